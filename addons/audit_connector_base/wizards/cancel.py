from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ..compat import check_access


class AuditDeliveryCancel(models.TransientModel):
    """Ask why messages shall never be sent."""

    _name = "audit.delivery.cancel"
    _inherit = "audit.company.bound"
    _description = "Cancel Messages"

    delivery_ids = fields.Many2many("audit.delivery", required=True)
    open_count = fields.Integer(string="Messages to Cancel", compute="_compute_counts")
    other_count = fields.Integer(
        string="Stay as They Are",
        compute="_compute_counts",
        help="They were delivered, are being sent, or are cancelled.",
    )
    reason = fields.Char(required=True, help="Recorded in the audit trail of each document.")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "audit.delivery":
            values["delivery_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values

    @api.depends("delivery_ids")
    def _compute_counts(self):
        for wizard in self:
            open_ = wizard.delivery_ids.filtered(lambda one: one.state in ("pending", "held", "dead"))
            wizard.open_count = len(open_)
            wizard.other_count = len(wizard.delivery_ids - open_)

    def action_cancel(self):
        """Cancel what is not yet delivered."""
        self.ensure_one()
        deliveries = self.delivery_ids
        deliveries._require_administrator(_("Only connector administrators may cancel a message."))
        check_access(deliveries, "read")
        if not deliveries._cancel(self.reason):
            raise UserError(_("None of these messages waits or has failed, so there is nothing to cancel."))
        return {"type": "ir.actions.act_window_close"}
