from odoo import _, fields, models
from odoo.exceptions import UserError

from ..models.abstract.reauthentication import asks_identity


class AuditDestinationApproval(models.TransientModel):
    """Where a connector would send to, for a second person to approve. What is approved is what was shown."""

    _name = "audit.destination.approval"
    _inherit = ["audit.company.bound", "audit.reauthentication"]
    _description = "Destination to Approve"
    _rec_name = "connector_id"

    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connector_id.company_id", store=True)
    former = fields.Char(string="Approved so Far", readonly=True)
    destination = fields.Char(string="Leads Now To", readonly=True)
    changed_by_id = fields.Many2one("res.users", string="Changed By", readonly=True)
    changed_at = fields.Datetime(string="Changed On", readonly=True)
    unfit = fields.Char(compute="_compute_unfit")

    def _compute_unfit(self):
        for shown in self:
            shown.unfit = shown.connector_id._unfit_to_approve()

    def _shown(self, connector):
        """The action that shows the destination of ``connector``. Sudo: notes that belong to Odoo are shown."""
        noted = connector.sudo()
        shown = self.create(
            {
                "connector_id": connector.id,
                "former": noted.approved_destination,
                "destination": connector._destination_now(),
                "changed_by_id": noted.destination_changed_by_id.id,
                "changed_at": noted.destination_changed_at,
            }
        )
        return {**shown.get_formview_action(), "name": _("Approve Where Messages Go"), "target": "new"}

    @asks_identity("approve", before="_check_may_approve")
    def action_approve(self):
        self.ensure_one()
        self.connector_id._approve_destination(self.destination or "")
        return {"type": "ir.actions.act_window_close"}

    def _check_may_approve(self):
        """:raises UserError: for people who may not"""
        if self.unfit:
            raise UserError(self.unfit)

    def _identity_content(self, action):
        return [(_("Approved so far"), self.former), (_("Leads now to"), self.destination)]

    def _identity_keys(self, action):
        """What is confirmed concerns the connector."""
        return self.connector_id._identity_keys(action)
