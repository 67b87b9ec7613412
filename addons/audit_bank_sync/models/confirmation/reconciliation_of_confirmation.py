from odoo import _, fields, models

from ..statement.figures import BankBalance


class AuditBankReconciliation(models.Model):
    """Reconciliations that explain a balance which a bank confirmed."""

    _inherit = "audit.bank.reconciliation"

    confirmation_line_id = fields.Many2one(
        "audit.bank.confirmation.line", string="Confirmed Balance", readonly=True, index=True, ondelete="set null"
    )

    def _is_of_confirmation(self):
        return bool(self.sudo().confirmation_line_id) or super()._is_of_confirmation()

    def _bank_balance_given(self):
        """The confirmed balance. What the bank booked after its last statement then counts as known to it."""
        line = self.sudo().confirmation_line_id
        if not line:
            return super()._bank_balance_given()
        source = _("Confirmed by the bank: %s", line.answer_id.name or line.confirmation_id.name)
        return BankBalance(line.bank_amount, line.confirmation_id.date, source, None)
