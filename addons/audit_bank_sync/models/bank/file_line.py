from odoo import _, fields, models


class AuditBankFileLine(models.Model):
    """One line of the report about a file: what is wrong, where, or what was left out and why."""

    _name = "audit.bank.file.line"
    _inherit = "audit.kept.by.odoo"
    _description = "Report on a Bank File"
    _order = "file_id desc, id"
    _rec_name = "message"

    file_id = fields.Many2one("audit.bank.file", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True, precompute=True)
    severity = fields.Selection(
        [("error", "Error"), ("warning", "Look at It"), ("note", "Note"), ("skipped", "Left Out")],
        required=True,
        readonly=True,
    )
    code = fields.Char(readonly=True)
    message = fields.Char(required=True, readonly=True)
    line = fields.Integer(string="Line in the File", readonly=True)
    path = fields.Char(string="Place", readonly=True)

    def _words_to_people(self):
        return _("The report tells what was read and cannot be changed.")
