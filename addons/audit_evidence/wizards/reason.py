from odoo import _, api, fields, models
from odoo.exceptions import UserError

STEPS_OF_REQUESTS = ("return", "cancel")


class AuditReason(models.TransientModel):
    """Dialog that asks why, before a request is returned or cancelled, or a sign-off withdrawn.

    Whether the person may do that is asked again when they confirm it.
    """

    _name = "audit.reason"
    _inherit = "audit.company.bound"
    _description = "Reason of a Step"

    step = fields.Selection(
        [("return", "Return"), ("cancel", "Cancel"), ("withdraw", "Withdraw")], required=True, default="return"
    )
    request_id = fields.Many2one("audit.request", ondelete="cascade")
    signoff_id = fields.Many2one("audit.signoff", ondelete="cascade")
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, precompute=True)
    reason = fields.Text(string="Why", required=True)

    @api.depends("request_id", "signoff_id")
    def _compute_company_id(self):
        for one in self:
            one.company_id = one.request_id.company_id or one.signoff_id.company_id or self.env.company

    def action_confirm(self):
        """Take the step, with the reason."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        subject = self.request_id if self.step in STEPS_OF_REQUESTS else self.signoff_id
        if not reason or not subject:
            raise UserError(_("Say why."))
        if self.step == "return":
            subject._check_may_prepare()
            subject._return(reason)
        elif self.step == "cancel":
            subject._cancel(reason)
        else:
            subject._withdraw(reason)
        return {"type": "ir.actions.act_window_close"}
