from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...compat import with_implied

# Whoever is in a group, in one that implies it, or in one that implies that. 17.0 writes implied memberships down and
# 19.0 does not; followed like this, both are the same. OdooBot is no person.
VIEW = """
CREATE OR REPLACE VIEW audit_role_holder AS
WITH RECURSIVE grants (group_id, role_id) AS (
    SELECT role.id, role.id
      FROM (SELECT first_id AS id FROM audit_role_conflict UNION SELECT second_id FROM audit_role_conflict) role
    UNION
    SELECT implied.gid, grants.role_id FROM res_groups_implied_rel implied JOIN grants ON grants.group_id = implied.hid
), holders AS (
    SELECT DISTINCT member.uid AS user_id, grants.role_id
      FROM grants JOIN res_groups_users_rel member ON member.gid = grants.group_id
)
SELECT (conflict.id::bigint * 16777216 + person.id) * 65536 + works.cid AS id,
       conflict.id AS conflict_id, conflict.severity, person.id AS user_id, works.cid AS company_id,
       exception.id AS exception_id, exception.valid_until,
       CASE WHEN exception.id IS NULL THEN 'open'
            WHEN exception.valid_until < CURRENT_DATE THEN 'expired' ELSE 'justified' END AS status
  FROM audit_role_conflict conflict
  JOIN holders one ON one.role_id = conflict.first_id
  JOIN holders other ON other.role_id = conflict.second_id AND other.user_id = one.user_id
  JOIN res_users person ON person.id = one.user_id AND person.active AND person.id <> 1
  JOIN res_company_users_rel works ON works.user_id = person.id
  LEFT JOIN LATERAL (
    SELECT e.id, e.valid_until FROM audit_role_exception e
     WHERE e.conflict_id = conflict.id AND e.user_id = person.id AND e.company_id = works.cid
       AND e.approved_by_id IS NOT NULL AND e.ended_at IS NULL
     ORDER BY e.valid_until DESC LIMIT 1) exception ON TRUE
 WHERE conflict.active
"""


class AuditRoleHolder(models.Model):
    """Report: who holds two roles that nobody should hold at the same time, in which company, and whether it is
    justified."""

    _name = "audit.role.holder"
    _inherit = "audit.company.bound"
    _description = "Segregation of Duties"
    _auto = False
    _log_access = False
    _order = "status, severity desc, user_id"
    _rec_name = "user_id"
    _depends = {
        "audit.role.conflict": ["active", "first_id", "second_id", "severity"],
        "audit.role.exception": ["approved_by_id", "company_id", "conflict_id", "ended_at", "user_id", "valid_until"],
        "res.users": ["active"],
    }

    conflict_id = fields.Many2one("audit.role.conflict", string="Conflicting Roles", readonly=True)
    severity = fields.Selection([("1", "Low"), ("2", "Normal"), ("3", "High")], readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    exception_id = fields.Many2one("audit.role.exception", string="Justification", readonly=True)
    valid_until = fields.Date(string="Justified Until", readonly=True)
    status = fields.Selection(
        [("open", "Not Justified"), ("expired", "Justification Expired"), ("justified", "Justified")], readonly=True
    )
    reason = fields.Char(related="conflict_id.reason", string="Why It Matters")
    held_by = fields.Char(string="Held Through", compute="_compute_held_by")

    def init(self):
        self.env.cr.execute("DROP VIEW IF EXISTS audit_role_holder")
        self.env.cr.execute(VIEW)

    def _compute_held_by(self):
        """The groups by which a person came to the two roles. Sudo: administrators of the suite manage no people."""
        for holder in self.sudo():
            groups = holder.user_id.groups_id
            ways = [
                groups.filtered(lambda group, role=role: role in with_implied(group))
                for role in (holder.conflict_id.first_id, holder.conflict_id.second_id)
            ]
            holder.held_by = ", ".join(sorted({name for way in ways for name in _highest(way).mapped("full_name")}))

    def action_justify(self):
        """Open the form of a new exception for this person."""
        self.ensure_one()
        self._check_may_see()
        return {
            "type": "ir.actions.act_window",
            "name": _("Justify a Conflict of Roles"),
            "res_model": "audit.role.exception",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_user_id": self.user_id.id,
                "default_conflict_id": self.conflict_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_print(self):
        """Print what is shown, or all of it when nothing is chosen."""
        self._check_may_see()
        holders = self or self.search([])
        if not holders:
            raise UserError(_("Nobody holds conflicting roles, so there is nothing to print."))
        return self.env.ref("audit_connector_base.action_report_role_holder").report_action(holders)

    @api.model
    def _check_may_see(self):
        may_see = any(
            self.env.user.has_group("audit_connector_base.%s" % role)
            for role in ("group_audit_approver", "group_audit_connector_admin")
        )
        if not may_see:
            raise UserError(_("This report is for approvers and connector administrators."))
        self.read(["user_id"])


def _highest(groups):
    """Those groups that no other of them implies."""
    return groups.filtered(lambda group: not any(group in with_implied(other) for other in groups - group))
