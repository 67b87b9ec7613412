from odoo import _, fields, models
from odoo.exceptions import UserError


class AuditBankFile(models.Model):
    _inherit = "audit.bank.file"

    erased_by = fields.Char(
        string="Erased By", readonly=True, copy=False, help="Entry of the log that says why the content is gone."
    )

    def action_download(self):
        self._check_is_there()
        return super().action_download()

    def action_read_again(self):
        self._check_is_there()
        return super().action_read_again()

    def _store(self, data):
        """What was erased and came again is there again."""
        self.erased_by = False
        return super()._store(data)

    def _check_is_there(self):
        """Reading applies the rules of access."""
        if any(file["erased_by"] for file in self.read(["erased_by"])):
            raise UserError(_("Its content was erased when the time to keep it was over. What was read from it stays."))
