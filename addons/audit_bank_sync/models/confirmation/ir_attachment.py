from odoo import _, api, models
from odoo.exceptions import UserError

KEPT = ("audit.bank.answer.file", "audit.bank.file", "audit.card.settlement")
CONTENT = {"raw", "datas", "db_datas", "store_fname", "checksum", "res_model", "res_id", "res_field", "type", "url"}


class IrAttachment(models.Model):
    """Files of banks, their answers and reports of card processors stay as they were received, for administrators and
    for code alike."""

    _inherit = "ir.attachment"

    def write(self, vals):
        if CONTENT & vals.keys():
            self._refuse_of_evidence()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_evidence(self):
        self._refuse_of_evidence()

    def _refuse_of_evidence(self):
        """Sudo: to know whether it is one of those files."""
        if any(attachment.res_model in KEPT for attachment in self.sudo()):
            raise UserError(_("The file came from a bank or a card processor and is kept as it was received."))
