"""A bank that speaks NextGenPSD2 1.3, asked for consents, accounts, balances and transactions.

The consent opens all accounts of the person who gives it (``allPsd2``), for repeated access; who agrees is led to the
bank by the link that it answers with (redirect approach) and comes back to ``return_url``.
"""

import datetime
from urllib.parse import quote

from ..bank_api.calls import Caller, member, objects
from ..bank_api.collecting import Piece, collect
from ..bank_api.failures import ANSWER, BankApiFailure
from ..bank_api.granted import GOOD, WAITING, Begun, Consent, Offered
from ..bank_files.problems import Invalid
from . import errors, reading

NAME = "NextGenPSD2"


class Client:
    """One bank. ``base``: address of its interface up to and without ``/v1``; ``consent_id``: of the consent in use.

    ``attended``, ``sign``: see ``Caller``.
    """

    def __init__(self, dialler, base, consent_id=None, attended=None, sign=None):
        self._caller = Caller(dialler, base, errors.judge, sign, attended)
        self._consent_id = consent_id

    @property
    def calls(self):
        return self._caller.calls

    def keeping(self):
        """See ``Caller.keeping``."""
        return self._caller.keeping()

    def begin_consent(self, return_url, until, calls_a_day, refused_url=None, notify_url=None):
        """Ask for a consent until the date ``until``; return ``Begun``.

        ``notify_url``: where the bank may tell that the consent's status changed, None for nowhere.
        """
        headers = {
            "TPP-Redirect-Preferred": "true",
            "TPP-Redirect-URI": return_url,
            "TPP-Nok-Redirect-URI": refused_url or return_url,
        }
        if notify_url:
            headers["TPP-Notification-URI"] = notify_url
            headers["TPP-Notification-Content-Preferred"] = "status=LAST"
        body = {
            "access": {"allPsd2": "allAccounts"},
            "recurringIndicator": True,
            "validUntil": until.isoformat(),
            "frequencyPerDay": calls_a_day,
            "combinedServiceIndicator": False,
        }
        reply = self._caller.call("POST", "/v1/consents", body=body, headers=headers)
        links = member(reply.content, "_links")
        href = member(member(links, "scaRedirect"), "href", str)
        if not href.startswith(("https://", "http://")):
            raise BankApiFailure(ANSWER, "the bank gives no page on which to agree (scaRedirect)")
        return Begun(member(reply.content, "consentId", str), href)

    def consent(self, consent_id):
        """Return the ``Consent`` as it stands."""
        content = self._caller.call("GET", "/v1/consents/%s" % quote(consent_id, safe="")).content
        word = member(content, "consentStatus", str)
        state = GOOD if word == "valid" else errors.STATES.get(word, WAITING)
        try:
            until = datetime.date.fromisoformat(str(content.get("validUntil")))
        except ValueError:
            until = None
        frequency = content.get("frequencyPerDay")
        frequency = frequency if isinstance(frequency, int) and frequency > 0 else None
        return Consent(consent_id, state, until, frequency, word)

    def end_consent(self, consent_id):
        """Give a consent back."""
        self._caller.call("DELETE", "/v1/consents/%s" % quote(consent_id, safe=""))

    def accounts(self):
        """Return the ``Offered`` accounts of the consent."""
        content = self._caller.call("GET", "/v1/accounts", headers=self._consented()).content
        found = []
        for one in member(content, "accounts", list):
            try:
                found.append(
                    Offered(member(one, "resourceId", str), reading.read_account(one), product=one.get("product"))
                )
            except Invalid as error:
                raise BankApiFailure(ANSWER, "an account cannot be read: %s" % error) from None
        return found

    def balances(self, offered):
        """Return the list of ``Balance`` of an account."""
        path = self._path(offered, "balances")
        content = self._caller.call("GET", path, headers=self._consented()).content
        return _balances(objects(content, "balances"))

    def transactions(self, offered, begin, end):
        """Return the ``Fetched`` of the days ``begin`` to ``end`` with what is pending.

        Balances are asked for apart where the bank does not send them along, which is another call.
        """
        path = self._path(offered, "transactions")
        asked = {
            "bookingStatus": "both",
            "dateFrom": begin.isoformat(),
            "dateTo": end.isoformat(),
            "withBalance": "true",
        }

        def fetch(onward):
            at = onward or path
            content = self._caller.call(
                "GET", at, None if onward else asked, headers=self._consented(), counts=not onward
            )
            return self._piece(at, content)

        return collect(NAME, offered.account, begin, end, fetch, reading.read_entry, lambda: self.balances(offered))

    def _piece(self, at, reply):
        report = member(reply.content, "transactions")
        listed = []
        for status in reading.STATUSES:
            for place, members in enumerate(objects(report, status, optional=True), 1):
                listed.append((status, members, "%s[%d]" % (status, place)))
        links = report.get("_links") or {}
        link = links.get("next") if isinstance(links, dict) else None
        onward = self._caller.follow(at, member(link, "href", str)) if link else None
        return Piece(listed, _balances(objects(reply.content, "balances", optional=True)), reply.body, onward)

    def _path(self, offered, what):
        return "/v1/accounts/%s/%s" % (quote(offered.id, safe=""), what)

    def _consented(self):
        return {"Consent-ID": self._consent_id or ""}


def _balances(listed):
    try:
        return [reading.read_balance(one) for one in listed]
    except Invalid as error:
        raise BankApiFailure(ANSWER, "a balance cannot be read: %s (%s)" % (error, error.path)) from None
