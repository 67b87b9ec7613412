from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditBankAnswerFile(models.Model):
    """Where the file of an answer lies: a record that nobody may read, whatever their role.

    Odoo hands out an attachment to whoever may read the record that it belongs to (17.0 even when it belongs to a field
    that they may not read). So only the routes of this addon, which ask, compare and log, reach these files.
    """

    _name = "audit.bank.answer.file"
    _inherit = ["audit.company.bound", "audit.keeps.attachments"]
    _description = "File of an Answer"
    _rec_name = "answer_id"

    answer_id = fields.Many2one("audit.bank.answer", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="answer_id.company_id", store=True, index=True, precompute=True)
    content = fields.Binary(attachment=True, readonly=True)
    sha256 = fields.Char(related="answer_id.sha256")

    def write(self, vals):  # pylint: disable=method-required-super
        """Nobody changes what was received, code of the suite included."""
        raise UserError(_("An answer is kept as it was received and cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("An answer is kept as it was received and cannot be deleted."))

    def _attachment(self):
        """The attachment with the bytes; empty when it is gone."""
        return self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_field", "=", "content"), ("res_id", "in", self.ids)],
            order="id",
            limit=1,
        )
