from odoo import api, fields, models

from ...compat import check_access


class AuditMatchProposal(models.Model):
    """Who looks after what is proposed, and for how long it is there: that of the bank line, which outlives proposals.

    A search that finds the same in other words makes another proposal, and the line keeps its owner.
    """

    _inherit = "audit.match.proposal"

    audit_owner_id = fields.Many2one(related="statement_line_ids.audit_owner_id", string="Owner")
    audit_age = fields.Integer(
        string="Age (Days)",
        compute="_compute_audit_age",
        help="From the day that the bank line was booked to the decision, or to today.",
    )

    @api.depends("date", "decided_at")
    def _compute_audit_age(self):
        today = fields.Date.context_today(self)
        for proposal in self:
            until = proposal.decided_at.date() if proposal.decided_at else today
            proposal.audit_age = (until - proposal.date).days if proposal.date else 0

    def action_look_after(self):
        """Take the bank lines over."""
        check_access(self, "read")
        return self.statement_line_ids.action_audit_look_after()
