from odoo import fields, models


class AuditException(models.Model):
    """Exceptions about the log itself."""

    _inherit = "audit.exception"

    kind = fields.Selection(selection_add=[("log", "Integration Log")], ondelete={"log": "cascade"})
