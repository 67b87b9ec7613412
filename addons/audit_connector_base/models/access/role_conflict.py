from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError


class AuditRoleConflict(models.Model):
    """Two roles that nobody should hold at the same time, and why. One matrix for the whole system."""

    _name = "audit.role.conflict"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Conflicting Roles"
    _order = "severity desc, id"
    _rec_names_search = ["first_id", "second_id", "reason"]

    first_id = fields.Many2one("res.groups", string="Role", required=True, ondelete="cascade", index=True)
    second_id = fields.Many2one("res.groups", string="And Role", required=True, ondelete="cascade", index=True)
    severity = fields.Selection([("1", "Low"), ("2", "Normal"), ("3", "High")], required=True, default="2")
    reason = fields.Char(string="Why", required=True, translate=True, help="What one person could do who holds both.")
    active = fields.Boolean(default=True)

    _sql_constraints = [
        ("two_roles", "CHECK (first_id <> second_id)", "Choose two different roles."),
        ("once", "UNIQUE (first_id, second_id)", "These two roles stand in the matrix already."),
    ]

    def write(self, vals):
        """Which two roles it is about stays as it is once an exception was approved for them, as that would move on."""
        if {"first_id", "second_id"} & vals.keys():
            self._refuse_approved()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_approved(self):
        """Sudo: exceptions of companies that one does not see count as well."""
        approved = [("conflict_id", "in", self.ids), ("approved_by_id", "!=", False)]
        exception = self.env["audit.role.exception"].sudo().search(approved, limit=1)
        if exception:
            raise UserError(
                _(
                    "An exception was approved for “%s”. Archive it and make another one.",
                    exception.conflict_id.display_name,
                )
            )

    @api.depends("first_id", "second_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Sudo: names of roles are no secret."""
        for conflict in self.sudo():
            names = [role.full_name for role in (conflict.first_id, conflict.second_id) if role]
            conflict.display_name = _("%(first)s with %(second)s", first=names[0], second=names[-1]) if names else ""

    @api.constrains("first_id", "second_id")
    def _check_turned_round(self):
        for conflict in self.with_context(active_test=False):
            turned = [("first_id", "=", conflict.second_id.id), ("second_id", "=", conflict.first_id.id)]
            if conflict.search_count(turned, limit=1):
                raise ValidationError(_("These two roles stand in the matrix already, the other way round."))
