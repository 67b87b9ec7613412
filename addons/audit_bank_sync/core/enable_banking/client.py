"""Enable Banking, asked for banks, consents (it calls them sessions), accounts, balances and transactions.

A consent begins with ``begin_consent`` and the page that it leads to; the owner comes back with a code, for which
``finish_consent`` gets the session and the accounts it opens.
"""

from urllib.parse import quote

from ..bank_api.calls import Caller, member, objects
from ..bank_api.collecting import Piece, collect
from ..bank_api.failures import ANSWER, BankApiFailure
from ..bank_api.granted import GOOD, WAITING, Begun, Consent, Offered
from ..bank_api.members import day
from ..bank_files.problems import Invalid
from . import errors, reading

NAME = "Enable Banking"
BASE = "https://api.enablebanking.com"


class Client:
    """The aggregator. ``signer``: see `signing`; ``attended``: headers about the person at the screen."""

    def __init__(self, dialler, signer, base=BASE, attended=None):
        self._caller = Caller(dialler, base, errors.judge, sign=signer.headers, attended=attended)

    @property
    def calls(self):
        return self._caller.calls

    def keeping(self):
        """See ``Caller.keeping``."""
        return self._caller.keeping()

    def banks(self, country):
        """Return ``[(name, days that a consent may last or None)]`` of a country (ISO 3166, two letters)."""
        content = self._caller.call("GET", "/aspsps", {"country": country}).content
        found = []
        for one in objects(content, "aspsps"):
            seconds = one.get("maximum_consent_validity")
            days = seconds // 86400 if isinstance(seconds, int) and seconds > 0 else None
            found.append((member(one, "name", str), days))
        return found

    def begin_consent(self, bank, country, return_url, until, state, business=True):
        """Ask for a consent until the date ``until`` (UTC); return ``Begun``. ``state`` comes back with the owner."""
        body = {
            "access": {"valid_until": until.isoformat() + "T23:59:59+00:00", "balances": True, "transactions": True},
            "aspsp": {"name": bank, "country": country},
            "state": state,
            "redirect_url": return_url,
            "psu_type": "business" if business else "personal",
        }
        content = self._caller.call("POST", "/auth", body=body).content
        link = member(content, "url", str)
        if not link.startswith(("https://", "http://")):
            raise BankApiFailure(ANSWER, "there is no page on which to agree")
        return Begun(member(content, "authorization_id", str), link)

    def finish_consent(self, code):
        """Return ``(Consent, [Offered])`` for the code with which the owner came back; it is good once."""
        content = self._caller.call("POST", "/sessions", body={"code": code}).content
        access = content.get("access") if isinstance(content, dict) else None
        until = day(access.get("valid_until")) if isinstance(access, dict) else None
        session = member(content, "session_id", str)
        return Consent(session, GOOD, until, word="AUTHORIZED"), _offered(objects(content, "accounts"))

    def consent(self, session):
        """Return the ``Consent`` as it stands."""
        content = self._caller.call("GET", "/sessions/%s" % quote(session, safe="")).content
        word = member(content, "status", str)
        state = GOOD if word == "AUTHORIZED" else errors.STATES.get(word, WAITING)
        access = content.get("access")
        return Consent(session, state, day(access.get("valid_until")) if isinstance(access, dict) else None, word=word)

    def accounts(self, session):
        """Return the ``Offered`` accounts of a consent."""
        content = self._caller.call("GET", "/sessions/%s" % quote(session, safe="")).content
        listed = member(content, "accounts", list)
        if not all(isinstance(one, str) for one in listed):
            raise BankApiFailure(ANSWER, "the accounts of the session cannot be read")
        return _offered(
            [self._caller.call("GET", "/accounts/%s/details" % quote(one, safe="")).content for one in listed]
        )

    def end_consent(self, session):
        """Give a consent back."""
        self._caller.call("DELETE", "/sessions/%s" % quote(session, safe=""))

    def balances(self, offered):
        """Return the list of ``Balance`` of an account."""
        path = "/accounts/%s/balances" % quote(offered.id, safe="")
        content = self._caller.call("GET", path).content
        try:
            return [reading.read_balance(one) for one in objects(content, "balances")]
        except Invalid as error:
            raise BankApiFailure(ANSWER, "a balance cannot be read: %s (%s)" % (error, error.path)) from None

    def transactions(self, offered, begin, end):
        """Return the ``Fetched`` of the days ``begin`` to ``end`` with what is pending, and the balances."""
        path = "/accounts/%s/transactions" % quote(offered.id, safe="")
        asked = {"date_from": begin.isoformat(), "date_to": end.isoformat()}

        def fetch(onward):
            reply = self._caller.call("GET", path, {**asked, "continuation_key": onward}, counts=not onward)
            listed = [
                (one.get("status"), one, "transactions[%d]" % place)
                for place, one in enumerate(objects(reply.content, "transactions"), 1)
            ]
            onward = reply.content.get("continuation_key")
            if onward is not None and not isinstance(onward, str):
                raise BankApiFailure(ANSWER, "the key of the next page cannot be used")
            return Piece(listed, [], reply.body, onward or None)

        return collect(NAME, offered.account, begin, end, fetch, reading.read_entry, lambda: self.balances(offered))


def _offered(listed):
    found = []
    for one in listed:
        try:
            lasting, product = one.get("identification_hash"), one.get("product")
            found.append(Offered(member(one, "uid", str), reading.read_account(one), lasting, product))
        except (Invalid, AttributeError) as error:
            raise BankApiFailure(ANSWER, "an account cannot be read: %s" % error) from None
    return found
