import datetime
from contextlib import contextmanager, suppress

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.audit_connector_base.models.access.api import sender_address

from ...core.bank_api import budget, confirming, failures, members, notices
from ...core.bank_api.calls import MAX_ANSWER
from ...core.bank_api.failures import BankApiFailure
from ...core.bank_api.granted import GOOD, WAITING, Offered
from ...core.bank_files.problems import Unreadable
from ...core.bank_files.values import account_key
from .account_budget import utc_now
from .past_period import oldest_of
from .provider import CannotFetch, ProvidedAccount

RETURN_PATH = "/audit/bank/return"
FAULTS = {
    failures.CONSENT: "consent",
    failures.BUDGET: "budget",
    failures.OUTAGE: "timeout",
    failures.ACCESS: "login",
    failures.REQUEST: "settings",
    failures.ANSWER: "answer",
}
SHOWN_PROBLEMS = 3
FRESH = datetime.timedelta(hours=1)  # after a consent, in which most banks tell all that they have


class AuditBankApi(models.AbstractModel):
    """What providers over an HTTP interface share. A further one inherits it and names its client and its consents.

    A client is that of ``core.psd2`` or of its kind: ``accounts()``, ``transactions(offered, begin, end)``, ``calls``;
    where consents are needed also ``consent(outside_id)``, ``end_consent(outside_id)``.
    """

    _name = "audit.bank.api"
    _inherit = "audit.bank.provider"
    _description = "Bank Provider Over HTTP"

    @api.model
    def _client(self, connection, dialler, attended):
        """Return the client of the connection, for its consent in force.

        :param attended: headers about the person at the screen, empty when nobody sits there
        :raises ValueError: when it cannot be made of the settings, with the reason
        """
        raise NotImplementedError

    @api.model
    def _offered(self, client, connection):
        """Return the list of ``Offered`` accounts."""
        return client.accounts()

    @api.model
    def _identity(self, connector):
        """``(certificate, key)`` that the bank knows us by, None where it asks for none."""
        return None

    # One call brings as many days as the bank has; pages are free.
    _longest_window = 366

    @api.model
    def _needs_consent(self):
        return True

    @api.model
    def _accounts(self, connection):
        self._check_consent(connection)
        with self._asking(connection) as client:
            return [_provided(one) for one in self._offered(client, connection)]

    @api.model
    def _fetch(self, account, window):
        connection = account.connection_id
        self._check_consent(connection)
        if not account.outside_id:
            raise CannotFetch(_("The bank does not know account %s. Use “Find Accounts”.", account.number), "settings")
        self._check_budget(account)
        offered = Offered(account.outside_id, members.account(account.number, account.currency_id.name))
        ends = None
        try:
            with self._asking(connection) as client:
                try:
                    return client.transactions(offered, window.date_from, window.date_to)
                finally:
                    ends = self._note_calls(account, client.calls)
        except CannotFetch as error:
            if error.fault == "budget" and error.retry_after is None and ends:
                error.retry_after = (ends - utc_now()).total_seconds()
            raise

    # Whether the balances of a past day come along with its movements, which costs a call a day.
    _looks_back = False

    @api.model
    def _confirms(self):
        return True

    @api.model
    def _confirm(self, connection, accounts, day):
        self._check_consent(connection)
        oldest, told = self._oldest_day(connection), {}
        with self._asking(connection) as client:
            with client.keeping() as replies:
                offered = self._offered(client, connection)
            listed = replies[0].body
            by_id = {one.id: one for one in offered}
            for account in accounts.filtered(lambda one: one.outside_id in by_id):
                before = len(client.calls)
                budget_left = self._attended(connection) or account._calls_remaining() != 0
                looks_back = self._looks_back and budget_left and not (oldest and day < oldest)
                try:
                    told[account] = confirming.closing(client, by_id[account.outside_id], day, looks_back)
                finally:
                    self._note_calls(account, client.calls[before:])
        return listed, [_provided(one) for one in offered], told

    @api.model
    def _calls_per_day(self, account):
        return budget.DAILY

    @api.model
    def _oldest_day(self, connection):
        return oldest_of(connection, FRESH)

    @api.model
    def _check_consent(self, connection):
        if self._needs_consent() and not connection._consent():
            raise CannotFetch(
                _("No consent of “%s” is in force. Renew it on the bank connection.", connection.name), "consent"
            )

    @api.model
    def _check_budget(self, account):
        """Ask only when the bank will answer; a window that has to wait is fetched when it does."""
        now, calls = utc_now(), account._budget()
        if calls and not self._attended(account.connection_id) and not calls.left(now):
            wait = (calls.next_at(now) - now).total_seconds()
            raise CannotFetch(_("The calls that the bank permits today are used up."), "budget", wait)

    @contextmanager
    def _asking(self, connection):
        """Yield the connection's client, and say in words what goes wrong.

        :raises CannotFetch: whatever kept the bank from answering
        """
        connector = connection.connector_id
        blocker = connector._blocker()
        if blocker:
            raise CannotFetch(blocker, "settings")
        dialler = None
        try:
            dialler = connector._dialler(self._identity(connector), MAX_ANSWER)
            yield self._client(connection, dialler, self._attended(connection))
        except UserError as error:
            raise CannotFetch(str(error), "settings") from error
        except BankApiFailure as error:
            raise CannotFetch(self._words(error), FAULTS[error.kind], error.retry_after) from error
        except Unreadable as error:
            raise CannotFetch(self._words_of_problems(error.problems), "answer") from error
        except ValueError as error:
            reason = _("“%(name)s” cannot ask: %(reason)s", name=connector.name, reason=error)
            raise CannotFetch(reason, "settings") from error
        finally:
            if dialler:
                dialler.close()

    @api.model
    def _attended(self, connection):
        """Headers about who consented while they sit at the screen; such a call is not one of the few a day.

        A job runs in a request as well, one of the job runner and in the name of whoever asked for it; only that of a
        person belongs to a session of theirs.
        """
        consent = connection._consent() or connection.consent_ids[:1]
        if not request or consent.asked_by_id != self.env.user or request.session.uid != self.env.uid:
            return {}
        sent = request.httprequest
        # whatever proxy_mode made of it
        peer = sent.environ.get("werkzeug.proxy_fix.orig", sent.environ).get("REMOTE_ADDR") or ""
        address = sender_address(self.env["audit.connector"]._sender_address(peer, sent.headers)[0])
        return {"PSU-IP-Address": address} if address else {}

    @api.model
    def _words(self, error):
        """A failure as a sentence in the reader's language, with the bank's own code."""
        words = {
            failures.CONSENT: _("The consent is no longer good: renew it on the bank connection."),
            failures.BUDGET: _("The bank lets no more calls through for now. Odoo asks again when it does."),
            failures.OUTAGE: _("The bank does not answer. Odoo asks again later."),
            failures.ACCESS: _("The bank does not accept Odoo's certificate or key. Look at the connector."),
            failures.REQUEST: _("The bank refuses the request as it is. Look at the settings of the connection."),
            failures.ANSWER: _("The bank's answer cannot be read. Odoo asks again; if it stays so, tell the bank."),
        }[error.kind]
        return "%s (%s)" % (words, error.reason) if error.reason else words

    @api.model
    def _words_of_problems(self, problems):
        listed = "; ".join(str(problem) for problem in problems[:SHOWN_PROBLEMS])
        more = len(problems) - SHOWN_PROBLEMS
        if more > 0:
            listed = _("%(listed)s; and %(more)s more", listed=listed, more=more)
        return _("The bank's answer cannot be read, so nothing of it was taken: %s", listed)

    @api.model
    def _note_calls(self, account, calls):
        """Keep what each call that counts said of those left; returns until when the last one said so, or None."""
        now, reset = utc_now(), None
        for call in calls:
            # a bank that fails counts nothing
            if not call.counts or call.status >= 500:
                continue
            rate = budget.read_rate(call.headers, now)
            left = rate and rate.remaining
            reset = rate and (rate.reset or budget.midnight(now))
            if call.status == 429:
                left, reset = 0, reset or budget.midnight(now)
            account._note_budget(left=left, reset_at=reset and reset.replace(tzinfo=None, microsecond=0))
        return reset

    @api.model
    def _accounts_noticed(self, consent, body, headers):
        named = notices.accounts_named(body)
        keys = {account_key(one) for one in named}
        return consent.connection_id.account_ids.filtered(
            lambda one: one.outside_id and one.outside_id in named or one.number_key in keys
        )

    @api.model
    def _return_url(self, consent):
        return consent.get_base_url() + RETURN_PATH

    @api.model
    def _take_over(self, consent, said, offered=None):
        """Note what the bank says of a consent (``granted.Consent``), and add the accounts that it opens.

        :raises CannotFetch: while the bank waits for the person
        """
        connection = consent.connection_id
        if said.state == WAITING:
            raise CannotFetch(_("The bank waits for the confirmation of “%s”.", connection.name), "consent")
        if said.state != GOOD:
            consent._refuse(self._ended(said.state))
            return
        consent._grant(said.until, said.calls_a_day or 0, outside_id=said.id)
        # accounts that do not come now are found by the button
        with suppress(CannotFetch):
            provided = self._accounts(connection) if offered is None else [_provided(one) for one in offered]
            consent.account_note = "\n".join("%s %s" % (one.number, one.currency) for one in provided)
            self.env["audit.bank.account"]._add_provided(connection, provided)

    @api.model
    def _refresh_consent(self, consent):
        """End a consent in force that the bank says is over."""
        with self._asking(consent.connection_id) as client:
            said = client.consent(consent.outside_id)
            if consent.state == "valid" and said.state not in (GOOD, WAITING):
                consent._expire(self._ended(said.state))

    @api.model
    def _revoke_consent(self, consent):
        with self._asking(consent.connection_id) as client:
            client.end_consent(consent.outside_id)

    @api.model
    def _ended(self, state):
        return {
            failures.EXPIRED: _("It has expired at the bank."),
            failures.REVOKED: _("It was revoked at the bank."),
            failures.REFUSED: _("The account holder or the bank refused it."),
        }.get(state, _("The bank does not know it."))

    @api.model
    def _last_day(self, days):
        return fields.Date.today() + datetime.timedelta(days=days)


def _provided(offered):
    account = offered.account
    return ProvidedAccount(
        offered.id, account.number, account.currency or "", account.name or "", account.owner or "", account.bank or ""
    )
