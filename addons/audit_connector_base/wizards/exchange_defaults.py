from odoo import _, fields, models
from odoo.exceptions import AccessError


class AuditExchangeDefaults(models.TransientModel):
    """The defaults of the exchange, for people who administer connectors and may change no other setting of Odoo."""

    _name = "audit.exchange.defaults"
    _inherit = "audit.company.bound"
    _description = "Exchange Defaults"

    timeout = fields.Integer(
        string="Time-out of New Connectors",
        required=True,
        default=lambda self: self.env["audit.connector"]._default_timeout(),
        help="How many seconds a platform may take to answer before Odoo tries again later.",
    )
    retry_policy_id = fields.Many2one(
        "audit.retry.policy",
        string="Retry Policy of New Connectors",
        default=lambda self: self.env["audit.connector"]._default_retry_policy(),
        domain="[('company_id', '=', False)]",
        help="When a message that was not taken is tried again, and which answers are worth it.",
    )
    inbound_max_kib = fields.Integer(
        string="Largest Message Accepted",
        required=True,
        default=lambda self: self.env["audit.connector"]._inbound_max_kib(),
        help="Larger requests from platforms are refused before they are read.",
    )

    def action_save(self):
        """Let these hold from now on."""
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise AccessError(_("Only connector administrators change the defaults of the exchange."))
        self.env["audit.connector"]._set_defaults(self.timeout, self.retry_policy_id, self.inbound_max_kib)
        return {"type": "ir.actions.act_window_close"}
