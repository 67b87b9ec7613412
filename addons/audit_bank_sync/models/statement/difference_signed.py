from odoo import _, models


class AuditBankReconciliation(models.Model):
    """What a reconciliation leaves unexplained is put before a person when it is signed.

    The account's journal is watched as well (``standing.py``), and one difference waits once: what waits about the
    account gives way to what somebody signed, unless it is of another day and of another amount.
    """

    _inherit = "audit.bank.reconciliation"

    def _raise_break(self):
        """Put an unexplained difference before a person. Sudo: whether the account may be seen does not matter."""
        self.ensure_one()
        self.env["audit.exception"]._raise_break(
            self,
            _("%(name)s does not tie: %(amount)s unexplained", name=self.name, amount=self._written(self.unexplained)),
            self.unexplained,
            self.currency_id,
            self.date,
            _("The preparer signed the reconciliation with a difference that its items do not explain."),
            instead_of=self.sudo()._breaks_of_account(),
        )

    def _breaks_of_account(self):
        """What waits about the account of the journal and is the same difference."""
        exceptions = self.env["audit.exception"]
        if self._is_of_confirmation():
            return exceptions
        accounts = self.env["audit.bank.account"].search([("journal_id", "=", self.journal_id.id)])
        listed = sum(self.line_ids.filtered("by_hand").mapped("amount"))
        zero = self.currency_id.is_zero
        return exceptions._breaks_of(accounts).filtered(
            lambda one: one.break_date == self.bank_date
            or zero(one.break_amount - self.unexplained)
            or zero(one.break_amount - self.unexplained - listed)
        )
