from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from odoo.addons.audit_connector_base.transaction import short_transaction

from ...compat import check_access
from ...core.bank_files.problems import Unreadable
from .provider import CannotFetch
from .settling import settle
from .staging import Staging
from .window import UNFINISHED

LEASE = timedelta(minutes=15)  # after which a fetch that did not end is taken for one that crashed
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
# For these a person is called at once; others may pass by themselves.
NEEDS_A_PERSON = {"consent", "login", "refused", "settings", "tls"}
CALL_AFTER = 3  # attempts
CLAIM = """
UPDATE audit_bank_window
   SET state = 'running', attempt_count = coalesce(attempt_count, 0) + 1, next_attempt_at = %s, error = NULL
 WHERE id = %s AND (state IN ('open', 'failed') OR state = 'running' AND next_attempt_at < %s)
RETURNING attempt_count
"""
WITHDRAW = """
UPDATE audit_bank_transaction SET state = 'withdrawn', write_date = %(now)s
 WHERE account_id = %(account)s AND state = 'pending' AND NOT id = ANY(%(seen)s)
   AND (date BETWEEN %(from)s AND %(to)s OR date IS NULL AND %(to)s >= %(today)s)
RETURNING id
"""


class AuditBankWindow(models.Model):
    """Fetching a window: asked without any lock, taken in by one transaction, and again until it succeeds."""

    _inherit = "audit.bank.window"

    can_fetch = fields.Boolean(compute="_compute_can_fetch")

    @api.depends("state", "connection_id")
    def _compute_can_fetch(self):
        for window in self:
            window.can_fetch = window.state in UNFINISHED + ("missing",) and window.connection_id.can_be_asked

    def action_fetch(self):
        """Fetch it now, or again."""
        self.ensure_one()
        self._check_may_fetch()
        if self.state not in UNFINISHED + ("missing",):
            raise UserError(_("It was fetched already. Fetch the account again to ask once more."))
        if self.state == "missing":
            self.sudo().write({"state": "open", "kind": "fetch"})
        self.sudo()._enqueue()
        return True

    def _check_may_fetch(self):
        """Whoever has a role in Audit may ask the bank, within what it permits. Reading applies the rules."""
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit fetch from banks."))
        self.read(["state"])
        if not self.connection_id.can_be_asked:
            raise UserError(_("This bank sends files. Import the statement of these days."))

    def _enqueue(self):
        """Have windows fetched, each by a job of its own."""
        for window in self:
            window.with_delay(
                identity_key="audit-bank-fetch-%d" % window.id,
                max_retries=3,
                description=_("Fetch %s", window.display_name),
            )._fetch()

    def _fetch(self):
        """Ask the bank and take in what it says. Job method.

        Claimed and written in transactions of their own, so that no other one waits while the bank takes its time, and
        a crash leaves a window that is fetched again. Whatever else hinders it is noted: a window that stayed with its
        claim would be asked for again and again, and nobody would hear of it.
        """
        self.ensure_one()
        if not self._claim():
            return _("Another run is fetching it, or it is fetched.")
        try:
            fetched = self.connection_id._provider()._fetch(self.account_id, self)
            with short_transaction(self.env.registry) as env:
                result = env[self._name].browse(self.id)._take_in(fetched)
        except CannotFetch as error:
            failure = error
        except Unreadable as error:
            failure = CannotFetch(str(error), "answer")
        except (UserError, RedirectWarning) as error:
            # Settings are not complete, or the books refuse what is to follow from it.
            failure = CannotFetch(str(error.args[0]), "settings")
        except Exception as error:
            # The job fails with all that happened; words of a program may hold secrets, and go nowhere else.
            reason = _(
                "Something unexpected happened (%s). An administrator finds the details in the failed job.",
                type(error).__name__,
            )
            self._note_failed(CannotFetch(reason))
            raise
        else:
            self.invalidate_recordset()
            return result
        self._note_failed(failure)
        return failure.reason

    def _claim(self):
        now = fields.Datetime.now()
        with short_transaction(self.env.registry) as env:
            env.cr.execute(CLAIM, [now + LEASE, self.id, now])
            claimed = bool(env.cr.rowcount)
            env[self._name].invalidate_model()
        self.invalidate_recordset()
        return claimed

    def _take_in(self, fetched):
        """Write what the bank said of this window. Superuser, in a transaction of its own."""
        account = self.account_id
        staging = Staging(self.env, lambda page: account, window=self).run(fetched)
        settle(self.env, staging, fetched)
        if self.is_past:
            self._doubt_what_the_books_have(staging)
        withdrawn = self._withdraw(staging)
        self.next_attempt_at = False
        self.connection_id._note_trouble("")
        self.env["audit.exception"]._about_bank("bank_fetch", self)._close("superseded")
        self._log("bank.window_fetched", {"withdrawn": withdrawn})
        account._after_import(self, staging)
        return _("%(new)s new, %(known)s known", new=self.new_count, known=self.known_count)

    def _withdraw(self, staging):
        """What was announced and is not any more, nor booked, is no longer announced; it stays to be seen.

        What was announced for no day is told by every fetch up to today.
        """
        self.env.cr.execute(
            WITHDRAW,
            {
                "now": fields.Datetime.now(),
                "account": self.account_id.id,
                "from": self.date_from,
                "to": self.date_to,
                "today": fields.Date.today(),
                "seen": list(staging.seen_ids),
            },
        )
        self.env["audit.bank.transaction"].invalidate_model(["state"])
        return self.env.cr.rowcount

    def _note_failed(self, error):
        """Leave the window open, plan the next attempt, and call a person where that is needed."""
        with short_transaction(self.env.registry) as env:
            window = env[self._name].browse(self.id)
            wait = min(FIRST_RETRY * 3 ** max(0, window.attempt_count - 1), LONGEST_RETRY)
            if error.retry_after is not None:
                wait = timedelta(seconds=max(1, error.retry_after))
            again = fields.Datetime.now() + wait
            if window.is_past and error.fault in NEEDS_A_PERSON:
                again = False
            window.write({"state": "failed", "error": error.reason[:500], "next_attempt_at": again})
            window.connection_id._note_trouble(error.reason)
            window._log("bank.window_failed", {"reason": error.reason[:500]})
            if error.fault == "consent":
                window.connection_id._consent()._expire(error.reason)
            if error.fault in NEEDS_A_PERSON or window.attempt_count >= CALL_AFTER:
                env["audit.exception"]._raise_about_bank(
                    "bank_fetch",
                    window,
                    _("%s cannot be fetched", window.display_name),
                    error.reason,
                    owner=window.connection_id.user_id,
                    severity="2" if error.fault in NEEDS_A_PERSON else "1",
                )
        self.invalidate_recordset()

    def _log(self, kind, more=None):
        for window in self.sudo():
            facts = {
                "name": window.account_id.name,
                "account": window.account_id.number,
                "period": "%s – %s" % (window.date_from, window.date_to),
                "entries": window.entry_count,
                "new": window.new_count,
                "known": window.known_count,
                "promoted": window.promoted_count,
                "sha256": window.sha256 or "",
                **(more or {}),
            }
            subject = (window._name, window.id)
            self.env["audit.log.entry"]._append_facts(kind, [(window.company_id, subject, facts)], actor="system/bank")


class AuditBankAccount(models.Model):
    """Which days of an account are to be fetched next."""

    _inherit = "audit.bank.account"

    def _plan_windows(self):
        """Return the windows to fetch now: those that are still open, and one up to today where there is none.

        One that is being fetched right now is not among them, unless its fetch has crashed.
        Each begins some days before what is known, as banks add bookings late; a long period becomes several.
        Superuser only.
        """
        today, now = fields.Date.today(), fields.Datetime.now()
        windows = self.env["audit.bank.window"]
        for account in self.filtered("connection_id.can_be_asked"):
            open_ones = account._windows_of(("open", "failed"))
            running = account._windows_of(("running",))
            windows |= open_ones | running.filtered(lambda one: one.next_attempt_at and one.next_attempt_at < now)
            # While one is fetched, another of the same days would spend one of the few calls of the day.
            if running or any(one.date_to and one.date_to >= today for one in open_ones):
                continue
            connection = account.connection_id
            begin = today - timedelta(days=connection.history_days)
            if account.covered_to:
                begin = max(begin, min(account.covered_to, today) - timedelta(days=connection.overlap_days))
            longest = timedelta(days=max(1, connection._provider()._longest_window) - 1)
            while begin <= today:
                end = min(begin + longest, today)
                windows |= windows.create(
                    {"account_id": account.id, "kind": "fetch", "date_from": begin, "date_to": end, "state": "open"}
                )
                begin = end + timedelta(days=1)
        return windows

    def _windows_of(self, states, is_past=False):
        """Return the windows in one of ``states``. Looked for, as an account has one of them for each day of its life.

        :param is_past: those of a past period that a person asked for, or those of the regular fetch
        """
        self.ensure_one()
        return self.env["audit.bank.window"].search(
            [("account_id", "=", self.id), ("is_past", "=", is_past), ("state", "in", states)]
        )

    def _is_due(self):
        """Whether its turn has come: by the hours of the provider, stretched to what the budget of calls permits."""
        hours = self.connection_id._provider()._hours_between_calls
        remaining = self._calls_remaining()
        if remaining is not None and not remaining:
            return False
        return not self.last_fetched_at or self.last_fetched_at <= fields.Datetime.now() - timedelta(hours=hours)


class AuditBankConnection(models.Model):
    """Fetching all accounts of a bank, by hand and on schedule."""

    _inherit = "audit.bank.connection"

    def action_fetch(self):
        """Fetch what is new of all accounts now."""
        self.ensure_one()
        check_access(self, "read")
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit fetch from banks."))
        if not self.can_be_asked:
            raise UserError(_("This bank sends files. Use “Import Statements”."))
        if self.needs_consent and not self._consent():
            raise UserError(_("No consent is in force. Ask the bank for one first."))
        self.sudo().account_ids._plan_windows()._enqueue()
        return True

    @api.model
    def _cron_fetch(self):
        """Fetch what is due, and again what failed when its time has come."""
        now = fields.Datetime.now()
        for connection in self.search([("mode", "in", ("scheduled", "realtime"))]):
            if not connection._can_ask_now():
                continue
            windows = self.env["audit.bank.window"].search(
                [
                    ("connection_id", "=", connection.id),
                    ("is_past", "=", False),
                    ("state", "in", UNFINISHED),
                    "|",
                    ("next_attempt_at", "=", False),
                    ("next_attempt_at", "<=", now),
                ]
            )
            for account in connection.account_ids:
                if account._is_due() and not account._windows_of(("failed",)):
                    windows |= account._plan_windows()
            windows._enqueue()
        self.env["audit.bank.window"]._sweep_past()

    def _can_ask_now(self):
        """Whether the bank answers: it is one that can be asked, and a consent is in force where it wants one."""
        self.ensure_one()
        return bool(self.can_be_asked and (not self.needs_consent or self._consent()))
