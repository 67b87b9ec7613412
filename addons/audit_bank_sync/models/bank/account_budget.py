import datetime

from odoo import _, api, fields, models

from ...core.bank_api.budget import Budget


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


class AuditBankAccount(models.Model):
    """The calls that a bank permits for an account a day, and the hours at which they are spent."""

    _inherit = "audit.bank.account"

    calls_note = fields.Char(
        string="Calls Today",
        compute="_compute_calls_note",
        help="Without anybody at the screen a bank answers a few times a day only. Odoo spreads these calls.",
    )

    @api.depends("calls_limit", "calls_left", "calls_reset_at", "calls_made", "calls_day", "connection_id")
    def _compute_calls_note(self):
        now = utc_now()
        for account in self:
            budget = account.connection_id.can_be_asked and account._budget()
            if not budget:
                account.calls_note = False
            elif budget.left(now):
                account.calls_note = _("%(left)s of %(limit)s left", left=budget.left(now), limit=budget.limit)
            else:
                again = fields.Datetime.context_timestamp(account, budget.next_at(now).replace(tzinfo=None))
                account.calls_note = _("used up until %s", again.strftime("%Y-%m-%d %H:%M"))

    def _budget(self):
        """The ``core.bank_api.budget.Budget`` of today, None where nothing limits the calls."""
        self.ensure_one()
        connection = self.connection_id
        limit = self.calls_limit or connection._consent().calls_per_day or connection._provider()._calls_per_day(self)
        if not limit:
            return None
        until = self.calls_reset_at and self.calls_reset_at.replace(tzinfo=datetime.timezone.utc)
        used = self.calls_made if self.calls_day == fields.Date.today() else 0
        return Budget(limit, used, self.calls_left if until else None, until or None)

    def _calls_remaining(self):
        """Calls that may still be made today without a person; None when nothing limits them."""
        budget = self._budget()
        return None if budget is None else budget.left(utc_now())

    def _is_due(self):
        """Whether the regular fetch is due; with a budget, at hours that spread its calls over the day."""
        budget = self._budget()
        if budget is None:
            return super()._is_due()
        last = self.last_fetched_at and self.last_fetched_at.replace(tzinfo=datetime.timezone.utc)
        return budget.is_due(utc_now(), last or None)
