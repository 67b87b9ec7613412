from odoo import api, fields, models

from ...core.bank_files import reason_codes
from .words import ACTORS, CLASSES


class AuditBankTransaction(models.Model):
    """What came back: who has to act, and, once it is posted, how bank line and original payment end each other."""

    _inherit = "audit.bank.transaction"

    return_class = fields.Selection(CLASSES, string="What to Do", compute="_compute_return_acts")
    return_actor = fields.Selection(ACTORS, string="Who Has to Act", compute="_compute_return_acts")

    @api.depends("return_code", "amount")
    def _compute_return_acts(self):
        """Where money leaves with a return, it was collected from the other party."""
        for transaction in self:
            code = transaction.return_code
            said = reason_codes.words(code, transaction.amount < 0) if code else None
            transaction.return_class = said and said.kind
            transaction.return_actor = said and said.actor

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
