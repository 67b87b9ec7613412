from datetime import timedelta, timezone

from odoo import _, api, fields, models

from ...core.bank_api.past import plan
from .account_budget import utc_now
from .window import UNFINISHED

NEAR = 3  # days between what the bank booked and a line that somebody entered by hand
# What the journal holds already, entered by hand or brought by something else, and looks like what is new.
IN_THE_BOOKS = """
UPDATE audit_bank_transaction t
   SET posting_state = 'doubt', looks_like_note = %(note)s || ' ' || m.name, write_date = %(now)s
  FROM account_bank_statement_line l
  JOIN account_move m ON m.id = l.move_id
 WHERE t.id = ANY(%(ids)s) AND t.posting_state = 'waiting'
   AND m.journal_id = %(journal)s AND m.state = 'posted' AND l.audit_bank_transaction_id IS NULL
   AND l.amount = t.amount AND m.date BETWEEN t.date - %(near)s AND t.date + %(near)s
RETURNING t.id
"""


class AuditBankConnection(models.Model):
    """How far back the bank tells, and the dialog that asks for it."""

    _inherit = "audit.bank.connection"

    reach_days = fields.Integer(
        string="Bank Tells Back (Days)",
        default=90,
        help="How old what the bank tells may be. Under PSD2 a bank may stop at 90 days, and tells of older days only "
        "just after the owner of the accounts consented.",
    )

    _sql_constraints = [("reach_range", "CHECK (reach_days BETWEEN 1 AND 3700)", "A bank tells back 1 to 3700 days.")]

    def action_past_period(self):
        """Open the dialog that fetches a past period of these accounts."""
        self.ensure_one()
        return self.account_ids._past_period_dialog(self)


class AuditBankAccount(models.Model):
    """A past period of an account: asked for once, by a person, and within the calls that the bank permits."""

    _inherit = "audit.bank.account"

    def action_past_period(self):
        """Open the dialog that fetches a past period of this account."""
        self.ensure_one()
        return self._past_period_dialog(self.connection_id)

    def _past_period_dialog(self, connection):
        return {
            "type": "ir.actions.act_window",
            "name": _("Fetch a Past Period"),
            "res_model": "audit.bank.past.period",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_connection_id": connection.id, "default_account_ids": self.ids},
        }

    def _past_asks(self, first, last):
        """Return the ``core.bank_api.past.Ask`` list for the days ``first`` to ``last`` of one account.

        Where the account is fetched by itself, one call a day is left to that.
        """
        self.ensure_one()
        connection = self.connection_id
        kept = 1 if connection.mode != "manual" else 0
        return plan(first, last, connection._provider()._longest_window, utc_now(), self._budget(), kept)

    def _known_in(self, first, last):
        """Windows of a period that came already, from files or from the bank."""
        self.ensure_one()
        return self.env["audit.bank.window"].search(
            [
                ("account_id", "=", self.id),
                ("state", "=", "fetched"),
                ("kind", "in", ("statement", "fetch")),
                ("date_from", "<=", last),
                ("date_to", ">=", first),
            ]
        )

    def _ask_for_past(self, first, last):
        """Make the windows of a past period, or take those that wait already, and return them. Superuser only."""
        windows = self.env["audit.bank.window"]
        now = fields.Datetime.now()
        for account in self:
            waiting = {(one.date_from, one.date_to): one for one in account._windows_of(UNFINISHED, is_past=True)}
            for ask in account._past_asks(first, last):
                at = ask.at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if ask.at else now
                window = waiting.get((ask.first, ask.last))
                if not window:
                    window = windows.create(
                        {
                            "account_id": account.id,
                            "kind": "fetch",
                            "is_past": True,
                            "date_from": ask.first,
                            "date_to": ask.last,
                            "state": "open",
                        }
                    )
                if window.state != "running":
                    window.next_attempt_at = at
                windows |= window
        return windows


class AuditBankWindow(models.Model):
    """Windows of a past period that a person asked for. They go their own way beside the regular fetch.

    One that the bank refuses is not asked for again by itself: each attempt is a call that the regular fetch would
    miss. What may pass, as an outage, is tried again.
    """

    _inherit = "audit.bank.window"

    is_past = fields.Boolean(string="Asked For", readonly=True, help="A past period that somebody asked for.")

    def _enqueue_due(self):
        """Have those fetched whose time has come; the others are found by the schedule."""
        now = fields.Datetime.now()
        due = self.filtered(lambda one: one.state in UNFINISHED and one.next_attempt_at and one.next_attempt_at <= now)
        due._enqueue()
        return due

    @api.model
    def _sweep_past(self):
        """Fetch what of past periods has waited long enough, whichever way the connection is fetched otherwise."""
        waiting = self.search(
            [
                ("is_past", "=", True),
                ("state", "in", UNFINISHED),
                ("next_attempt_at", "<=", fields.Datetime.now()),
                ("connection_id.active", "=", True),
            ]
        )
        waiting.filtered(lambda one: one.connection_id._can_ask_now())._enqueue_due()

    def _doubt_what_the_books_have(self, staging):
        """Let a person decide about what looks like a line of the journal that did not come from here.

        Days before the bank was connected may have been entered by hand. Superuser only.
        """
        account = self.account_id
        if not staging.new_ids or not account.journal_id:
            return
        self.env.flush_all()
        self.env.cr.execute(
            IN_THE_BOOKS,
            {
                "ids": staging.new_ids,
                "journal": account.journal_id.id,
                "near": NEAR,
                "now": fields.Datetime.now(),
                "note": _("the journal has a line of that amount around that day:"),
            },
        )
        found = self.env.cr.rowcount
        if found:
            self.env["audit.bank.transaction"].invalidate_model(["posting_state", "looks_like_note"])
            self.doubt_count += found


def oldest_of(connection, fresh):
    """The first day that a bank under PSD2 tells of now; None while the consent is as young as ``fresh``.

    Without its owner a bank need not tell of what is older than 90 days (Delegated Regulation (EU) 2018/389, articles
    10 and 10a); just after they consented most tell all they have.
    """
    granted = connection._consent().granted_at
    if granted and granted > fields.Datetime.now() - fresh:
        return None
    return fields.Date.today() - timedelta(days=connection.reach_days)
