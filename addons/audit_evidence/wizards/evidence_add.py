from odoo import _, fields, models
from odoo.exceptions import UserError


class AuditEvidenceAdd(models.TransientModel):
    """Dialog in which files are added to a request.

    What the browser uploads belongs to whoever uploaded it and to nothing else; from there it is copied, byte for byte,
    and dropped.
    """

    _name = "audit.evidence.add"
    _inherit = "audit.company.bound"
    _description = "Add Files to an Audit Request"

    request_id = fields.Many2one("audit.request", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True, precompute=True)
    file_ids = fields.Many2many(
        "ir.attachment", "audit_evidence_add_file_rel", "wizard_id", "attachment_id", string="Files"
    )

    def action_add(self):
        """Keep the files as they are."""
        self.ensure_one()
        self.request_id._check_may_prepare()
        files = self.file_ids
        if not files:
            raise UserError(_("Choose a file first."))
        if any(file.create_uid != self.env.user or not self._holds(file) for file in files):
            raise UserError(_("Only files that you uploaded here are added. Choose them again."))
        self.env["audit.evidence"]._add(self.request_id, [(file.name, file.raw or b"") for file in files])
        files.unlink()
        return {"type": "ir.actions.act_window_close"}

    def _holds(self, file):
        """Whether a file was uploaded into a dialog of this kind, into this one where it was saved before."""
        return file.res_model == self._name and file.res_id in (0, False, self.id)
