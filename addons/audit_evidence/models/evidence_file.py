from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditEvidenceFile(models.Model):
    """Where a file for an auditor lies: a record that nobody may read, whatever their role.

    Odoo hands out an attachment to whoever may read the record that it belongs to, and notes it nowhere. So only the
    routes of this addon, which ask, compare and log, reach these files.
    """

    _name = "audit.evidence.file"
    _inherit = ["audit.company.bound", "audit.keeps.attachments"]
    _description = "Place of a File for an Auditor"
    _rec_name = "request_id"

    request_id = fields.Many2one("audit.request", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True, precompute=True)

    def write(self, vals):  # pylint: disable=method-required-super
        """A file stays where it is, code of the suite included."""
        raise UserError(_("A file is kept as it was added and cannot be changed. Add another one."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        """Sudo: whether a file is there is asked past rights, which nobody has."""
        attachments = self.env["ir.attachment"].sudo()
        if attachments.search_count([("res_model", "=", self._name), ("res_id", "in", self.ids)], limit=1):
            raise UserError(_("A file is taken out with the button on the request."))

    @api.model
    def _hashes_kept(self, attachments):
        """Of those that are evidence; what was taken out of a request goes with its place. Sudo: to know."""
        evidence = self.env["audit.evidence"].sudo().search([("attachment_id", "in", attachments.ids)])
        return {one.attachment_id.id: one.sha256 for one in evidence}

    @api.model
    def _words_to_changers(self):
        return _("The file is evidence for a request of an auditor and is kept as it was added.")
