from odoo import _, api, models
from odoo.exceptions import UserError

CONTENT = {"raw", "datas", "db_datas", "store_fname", "checksum", "res_model", "res_id", "res_field", "type", "url",
           "name", "public", "mimetype", "access_token"}  # fmt: skip


class IrAttachment(models.Model):
    """Files provided for requests of auditors stay as they were added, for administrators and for code alike."""

    _inherit = "ir.attachment"

    def write(self, vals):
        if CONTENT & vals.keys():
            self._refuse_of_requests()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_requests(self):
        self._refuse_of_requests()

    def _refuse_of_requests(self):
        """Sudo: to know whether it is one of those files."""
        ids = [one.id for one in self.sudo() if one.res_model == "audit.evidence.file"]
        if ids and self.env["audit.evidence"].sudo().search_count([("attachment_id", "in", ids)], limit=1):
            raise UserError(_("The file is evidence for a request of an auditor and is kept as it was added."))
