from odoo import models


class AuditBankTransaction(models.Model):
    """A staged return that is posted at last: its bank line and the original payment end each other."""

    _inherit = "audit.bank.transaction"

    def _note_posted(self, lines):
        result = super()._note_posted(lines)
        returns = self.env["audit.payment.status"].sudo().search(
            [
                ("source_model", "=", self._name),
                ("source_id", "in", self.ids),
                ("state", "=", "returned"),
                ("statement_line_id", "=", False),
            ]
        )  # fmt: skip
        if returns:
            self.env["audit.payment.status"]._apply_transactions(self.browse(returns.mapped("source_id")))
        return result
