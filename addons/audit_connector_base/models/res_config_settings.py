from odoo import _, api, fields, models

from .. import keyring
from .environment import AUDIENCE


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    audit_delivery_timeout = fields.Integer(
        string="Time-out of New Connectors", config_parameter="audit.delivery_timeout", default=30
    )
    audit_retry_policy_id = fields.Many2one(
        "audit.retry.policy", string="Retry Policy of New Connectors", config_parameter="audit.retry_policy_id"
    )
    audit_inbound_max_kib = fields.Integer(
        string="Largest Message Accepted (KiB)",
        compute="_compute_audit_inbound_max_kib",
        inverse="_inverse_audit_inbound_max_kib",
    )
    audit_api_audience = fields.Char(string="Audience of Signed Statements", config_parameter=AUDIENCE)
    audit_connector_count = fields.Integer(compute="_compute_audit_connector_count")

    @api.constrains("audit_delivery_timeout")
    def _check_audit_delivery_timeout(self):
        for settings in self:
            self.env["audit.connector"]._check_default_timeout(settings.audit_delivery_timeout)

    @api.depends("company_id")
    def _compute_audit_inbound_max_kib(self):
        self.audit_inbound_max_kib = self.env["audit.connector"]._inbound_max_kib()

    def _inverse_audit_inbound_max_kib(self):
        for settings in self:
            self.env["audit.connector"]._check_inbound_max_kib(settings.audit_inbound_max_kib)
            self.env["ir.config_parameter"].sudo().set_param(
                "audit.inbound_max_size", str(settings.audit_inbound_max_kib * 1024)
            )

    @api.depends("company_id")
    def _compute_audit_connector_count(self):
        self.audit_connector_count = self.env["audit.connector"].search_count([])

    audit_key_ready = fields.Boolean(compute="_compute_audit_key")
    audit_key_state = fields.Char(compute="_compute_audit_key")

    @api.depends("company_id")
    def _compute_audit_key(self):
        try:
            active, keys = keyring.wrapping_keys()
        except keyring.KeyMissing as error:
            self.audit_key_ready, self.audit_key_state = False, str(error)
        else:
            self.audit_key_ready = True
            self.audit_key_state = _("Key “%(id)s” in use, %(count)s in all", id=active, count=len(keys))
