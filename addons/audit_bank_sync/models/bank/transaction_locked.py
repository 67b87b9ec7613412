from datetime import timedelta

from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

SHOWN_DAYS = 5


class AuditBankTransaction(models.Model):
    """Transactions of days on which the books are closed: Odoo would book them on another day without a word.

    A bank line on another day than the bank's makes the balance of both days differ from the bank's, so that only a
    person decides it.
    """

    _inherit = "audit.bank.transaction"

    def action_confirm_on_open_day(self):
        """Post what waits; what falls into a closed period, on the first day that is open."""
        return self._confirm(on_open_day=True)

    def _check_open_days(self, journal):
        """Refuse what would not be booked on the day of the bank."""
        locked = [day for day in sorted(set(filter(None, self.mapped("date")))) if self._open_day(journal, day) != day]
        if locked:
            raise UserError(self._locked_in_words(journal, locked))

    def _locked_in_words(self, journal, days):
        shown = ", ".join(format_date(self.env, day) for day in days[:SHOWN_DAYS])
        return _(
            "The books of “%(journal)s” are closed for %(days)s. Open the period and confirm then, or open the "
            "transactions and use “Post on the First Open Day”: they would be booked on %(open)s.",
            journal=journal.display_name,
            days="%s …" % shown if len(days) > SHOWN_DAYS else shown,
            open=format_date(self.env, self._open_day(journal, days[-1])),
        )

    def _open_day(self, journal, day):
        """Return ``day``, or the first day after it on which an entry without taxes may be posted in ``journal``.

        Asked of Odoo for whoever posts: 19.0 lets single people past a lock date. False where the bank gave no day.
        """
        entry = self.env["account.move"].new({"journal_id": journal.id, "company_id": journal.company_id.id})
        while day:
            locks = entry._get_violated_lock_dates(day, False)
            if not locks:
                break
            day = locks[-1][0] + timedelta(days=1)
        return day


class AuditBankAccount(models.Model):
    """What waits on an account and falls into a closed period, for posting without a person."""

    _inherit = "audit.bank.account"

    def _locked_days(self):
        """Return the days, in order, of which something waits and on which the books are closed."""
        self.ensure_one()
        waiting = self.env["audit.bank.transaction"]
        groups = waiting._read_group([*self._waiting_domain(), ("date", "!=", False)], ["date:day"])
        days = sorted(day for (day,) in groups)
        return [day for day in days if waiting._open_day(self.journal_id, day) != day]
