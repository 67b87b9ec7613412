from odoo import _, api, models
from odoo.exceptions import UserError

KEPT = "audit.bank.answer.file"
CONTENT = {"raw", "datas", "db_datas", "store_fname", "checksum", "res_model", "res_id", "res_field", "type", "url"}


class IrAttachment(models.Model):
    """Files of banks' answers stay as they were received, for administrators and for code alike."""

    _inherit = "ir.attachment"

    def write(self, vals):
        if CONTENT & vals.keys():
            self._refuse_of_answers()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_answers(self):
        self._refuse_of_answers()

    def _refuse_of_answers(self):
        """Sudo: to know whether it is one of those files."""
        if any(attachment.res_model == KEPT for attachment in self.sudo()):
            raise UserError(_("The file is the answer of a bank to a confirmation and is kept as it was received."))
