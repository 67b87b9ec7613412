from odoo import _, api, fields, models

from ..bank.window import UNFINISHED
from .figures import balance, closing_balance, figures


class AuditBankAccount(models.Model):
    """Whether bank and books agree, watched without anybody asking: what nothing explains is put before a person.

    Compared is what the overview shows: the bank's closing booked balance with the books of that day. It says something
    once all that the bank told up to that day is here and in the books; until then nothing is raised and nothing ends.
    A difference with which somebody signed a reconciliation waits there, see ``difference_signed.py``. All of it as the
    superuser.
    """

    _inherit = "audit.bank.account"

    agreed_at = fields.Datetime(
        readonly=True, help="When bank and books were found to agree again after a difference had been decided."
    )

    def _take_in(self, ids=()):
        result = super()._take_in(ids)
        self._watch_standing()
        return result

    @api.model
    def _cron_watch_standing(self):
        """Compare all accounts: entries of people change the books without any word of the bank."""
        self.search([("journal_id", "!=", False), ("bank_balance_date", "!=", False)])._watch_standing()

    def _watch_standing(self):
        self.invalidate_recordset(["ledger_balance", "difference", "standing"])
        for account in self:
            if account.standing == "agrees":
                account._note_agreement()
            elif account.standing == "differs" and account._is_all_here():
                account._judge_difference()

    def _is_all_here(self):
        """Whether the books have what the bank told up to the day of its balance, and no stretch of days is missing."""
        day = self.bank_balance_date
        waiting = [
            ("account_id", "=", self.id),
            ("posting_state", "in", ("waiting", "doubt")),
            "|",
            ("date", "=", False),
            ("date", "<=", day),
        ]
        missing = [
            ("account_id", "=", self.id),
            ("state", "in", (*UNFINISHED, "missing")),
            ("is_past", "=", False),
            "|",
            ("date_from", "=", False),
            ("date_from", "<=", day),
        ]
        transactions, windows = self.env["audit.bank.transaction"], self.env["audit.bank.window"]
        return not (transactions.search_count(waiting, limit=1) or windows.search_count(missing, limit=1))

    def _judge_difference(self):
        """Put before a person what a reconciliation of that day would leave unexplained."""
        journal, day = self.journal_id, self.bank_balance_date
        bank = closing_balance(journal, day)
        if not bank:
            return
        found = figures(journal, day, bank)
        expected = found.ledger + sum(item.amount for item in found.items)
        left = found.currency.round(bank.amount - expected)
        exceptions = self.env["audit.exception"]
        signed = exceptions._breaks_of(self._reconciliations())
        same = signed.filtered(lambda one: self._is_same_difference(one, left))[:1]
        if found.currency.is_zero(left):
            self._note_agreement()
        elif self._is_decided(left):
            exceptions._end_breaks(self)
        elif same:
            exceptions._breaks_of(self)._give_way_to(same)
        else:
            exceptions._raise_break(
                self,
                _("Bank and books differ: %s", self.display_name),
                left,
                found.currency,
                bank.date,
                self._difference_in_words(found, expected),
                owner=self.connection_id.user_id,
                # The books changed since it was signed.
                instead_of=signed.filtered(lambda one: one._reconciliation().bank_date == bank.date),
            )

    def _reconciliations(self):
        """All of the account's journal that compare the books with a balance which the bank stated."""
        of_journal = self.env["audit.bank.reconciliation"].search([("journal_id", "=", self.journal_id.id)])
        return of_journal.filtered(lambda one: not one._is_of_confirmation())

    @api.model
    def _is_same_difference(self, exception, amount):
        """Whether an exception about this account or a reconciliation of it is about a difference of ``amount``.

        Errors that a person listed in the reconciliation are part of the account's difference.
        """
        listed = sum(exception._reconciliation().line_ids.filtered("by_hand").mapped("amount"))
        rest, is_zero = amount - exception.break_amount, exception.break_currency_id.is_zero
        return is_zero(rest) or is_zero(rest - listed)

    def _note_agreement(self):
        """What waited has come right; the same difference is another one when it comes again after a decision."""
        self.env["audit.exception"]._end_breaks(self)
        if self._decided():
            self.agreed_at = fields.Datetime.now()

    def _is_decided(self, amount):
        """Whether somebody decided about this very difference, and bank and books have not agreed since."""
        return any(self._is_same_difference(one, amount) for one in self._decided())

    def _decided(self):
        """What was decided last about the account and last about its reconciliations, since bank and books agreed."""
        last = self.env["audit.exception"]._last_decided_break
        decided = last(self) | last(self._reconciliations())
        return decided.filtered(lambda one: not self.agreed_at or one.decided_at > self.agreed_at)

    def _difference_in_words(self, found, expected):
        def written(amount):
            return "%.*f %s" % (found.currency.decimal_places, amount, found.currency.name)

        said = [
            _(
                "The bank's closing balance of %(day)s is %(bank)s; by the books it should be %(expected)s. All that "
                "the bank told up to then is posted, and payments on their way are taken into account.",
                day=found.bank.date,
                bank=written(found.bank.amount),
                expected=written(expected),
            )
        ]
        aside = self._set_aside_sum(found.bank.date)
        if not found.currency.is_zero(aside):
            said.append(_("Transactions that were set aside come to %s.", written(aside)))
        began = self._beginning()
        if began and not found.currency.is_zero(began):
            said.append(
                _(
                    "When the bank's first statement here begins, the books already lack %s: look at the opening "
                    "balance.",
                    written(began),
                )
            )
        said.append(_("Make a bank reconciliation of that day to see the items one by one."))
        return "\n".join(said)

    def _set_aside_sum(self, day):
        domain = [("account_id", "=", self.id), ("posting_state", "=", "ignored"), ("date", "<=", day)]
        ((total,),) = self.env["audit.bank.transaction"]._read_group(domain, [], ["amount:sum"])
        return total or 0.0

    def _beginning(self):
        """Bank less books before the first statement that has an opening balance; None where there is none."""
        first = self.env["audit.bank.window"].search(
            [
                ("account_id", "=", self.id),
                ("state", "=", "fetched"),
                ("has_balances", "=", True),
                ("date_from", "!=", False),
            ],
            order="date_from, id",
            limit=1,
        )
        if not first:
            return None
        before = balance(self.journal_id, fields.Date.subtract(first.date_from, days=1))
        return first.opening_balance - before
