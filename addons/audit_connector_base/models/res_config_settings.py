from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import keyring


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    audit_delivery_timeout = fields.Integer(
        string="Time-out of New Connectors", config_parameter="audit.delivery_timeout", default=30
    )
    audit_connector_count = fields.Integer(compute="_compute_audit_connector_count")

    @api.constrains("audit_delivery_timeout")
    def _check_audit_delivery_timeout(self):
        if any(not 1 <= settings.audit_delivery_timeout <= 50 for settings in self):
            raise ValidationError(_("The time-out of new connectors must lie between 1 and 50 seconds."))

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
