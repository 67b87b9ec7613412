from odoo import _, fields, models


class AuditExceptionLine(models.Model):
    """One fact on which Odoo and a platform differ, as both had it when the difference was noticed."""

    _name = "audit.exception.line"
    _inherit = "audit.kept.by.odoo"
    _description = "Audit Exception Line"
    _log_access = False
    _order = "exception_id, id"
    _rec_name = "label"

    exception_id = fields.Many2one("audit.exception", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="exception_id.company_id", store=True, index=True, precompute=True)
    field_key = fields.Char(required=True, readonly=True)
    field_group = fields.Char(readonly=True)
    label = fields.Char(string="Fact", required=True, readonly=True)
    value_odoo = fields.Char(string="In Odoo", readonly=True)
    value_received = fields.Char(string="As Received", readonly=True)

    def _words_to_people(self):
        return _("What was received is evidence and cannot be changed.")
