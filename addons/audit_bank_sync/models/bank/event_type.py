from odoo import fields, models


class AuditEventType(models.Model):
    """What happens at banks has a heading of its own."""

    _inherit = "audit.event.type"

    category = fields.Selection(selection_add=[("bank", "Banks")], ondelete={"bank": "set null"})
