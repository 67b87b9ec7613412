from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .res_partner import PARAMETER


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    audit_payment_hold_days = fields.Integer(
        string="Hold Payments After New Bank Details (Days)",
        compute="_compute_audit_payment_hold_days",
        inverse="_inverse_audit_payment_hold_days",
    )

    @api.depends("company_id")
    def _compute_audit_payment_hold_days(self):
        self.audit_payment_hold_days = self.env["res.partner"]._days_of_new_bank_details()

    def _inverse_audit_payment_hold_days(self):
        """Odoo's own way to keep a number forgets a zero, which here switches the holds off."""
        for settings in self:
            if not 0 <= settings.audit_payment_hold_days <= 365:
                raise ValidationError(_("Payments are held for 0 to 365 days after the bank details changed."))
            self.env["ir.config_parameter"].sudo().set_param(PARAMETER, str(settings.audit_payment_hold_days))
