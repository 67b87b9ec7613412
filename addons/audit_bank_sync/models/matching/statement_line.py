from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access


class AccountBankStatementLine(models.Model):
    """Bank lines ask for a search when they come in, and have an owner while nobody has matched them."""

    _inherit = "account.bank.statement.line"

    audit_owner_id = fields.Many2one(
        "res.users",
        string="Owner",
        copy=False,
        index="btree_not_null",
        help="Looks after the line until it is matched.",
    )
    audit_age = fields.Integer(string="Age (Days)", compute="_compute_audit_age", help="Since the day it was booked.")

    @api.depends("date")
    def _compute_audit_age(self):
        today = fields.Date.context_today(self)
        for line in self:
            line.audit_age = (today - line.date).days if line.date else 0

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["audit.match.run"]._request(lines.company_id)
        return lines

    def action_audit_look_after(self):
        """Take unmatched lines over. Sudo: accountants may see the lines; who looks after them is nobody's secret."""
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit look after bank lines."))
        check_access(self, "read")
        self.sudo().write({"audit_owner_id": self.env.uid})
        return True
