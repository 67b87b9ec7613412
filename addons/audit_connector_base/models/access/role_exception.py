from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access
from ..abstract.reauthentication import asks_identity

LONGEST = 366  # days


class AuditRoleException(models.Model):
    """Why one person may hold two conflicting roles for a while, and what is done instead. Another person approves it.

    It ends by itself, and is never longer than a year, so that somebody looks at it again.
    """

    _name = "audit.role.exception"
    _inherit = ["audit.company.bound", "audit.two.persons", "audit.configuration"]
    _description = "Justified Conflict of Roles"
    _order = "valid_until desc, id desc"
    _check_company_auto = True

    _prepared_fields = ("user_id", "conflict_id", "company_id", "reason", "compensation", "valid_until")

    user_id = fields.Many2one("res.users", string="Person", required=True, index=True, ondelete="restrict")
    conflict_id = fields.Many2one("audit.role.conflict", string="Roles", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    reason = fields.Text(string="Why It Is Needed", required=True)
    compensation = fields.Text(
        string="What Is Done Instead",
        required=True,
        help="For example who looks through what this person did, and when.",
    )
    valid_until = fields.Date(required=True, default=lambda self: fields.Date.today() + timedelta(days=180))
    ended_at = fields.Datetime(string="Withdrawn On", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Waits for Approval"), ("valid", "In Force"), ("expired", "Expired"), ("ended", "Withdrawn")],
        string="Status",
        compute="_compute_state",
        search="_search_state",
    )

    @api.depends("approved_by_id", "valid_until", "ended_at")
    def _compute_state(self):
        today = fields.Date.today()
        for exception in self:
            if exception.ended_at:
                exception.state = "ended"
            elif exception.valid_until and exception.valid_until < today:
                exception.state = "expired"
            else:
                exception.state = "valid" if exception.approved_by_id else "draft"

    @api.model
    def _search_state(self, operator, value):
        wanted = value if isinstance(value, (list, tuple)) else [value]
        found = self.search([]).filtered(lambda exception: exception.state in wanted)
        return [("id", "not in" if operator in ("!=", "not in") else "in", found.ids)]

    @api.depends("user_id", "conflict_id")
    def _compute_display_name(self):
        """Sudo: the names of the person and the roles, for whoever may read the exception itself."""
        for exception in self:
            person, roles = exception.user_id.sudo().name, exception.conflict_id.sudo().display_name
            exception.display_name = "%s: %s" % (person, roles) if person and roles else False

    @api.constrains("valid_until", "approved_by_id")
    def _check_valid_until(self):
        today = fields.Date.today()
        for exception in self.filtered(lambda one: not one.ended_at):
            if exception.valid_until > today + timedelta(days=LONGEST):
                raise ValidationError(_("An exception lasts a year at most. Look at it again then."))

    @api.constrains("user_id", "company_id")
    def _check_person(self):
        for exception in self:
            if exception.company_id not in exception.user_id.sudo().company_ids:
                raise ValidationError(_("That person does not work for this company."))

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._call_approvers(_("Approve an exception for conflicting roles"))
        return exceptions

    def _had_a_hand(self, user):
        return super()._had_a_hand(user) or user == self.user_id

    def _check_may_approve(self):
        if self.env.user in self.sudo().user_id:
            raise UserError(_("Nobody approves an exception for themselves."))
        return super()._check_may_approve()

    @asks_identity("approve", before="_check_may_approve")
    def action_approve(self):
        """Put it in force."""
        for exception in self:
            if exception.state != "draft":
                raise UserError(_("Only an exception that waits for approval can be approved."))
        self.write({"approved_by_id": self.env.uid})
        self._let_approvers_go()
        return True

    def action_end(self):
        """Withdraw it. Sudo: when it ended is for Odoo to say, after the rights were asked."""
        if not self.env.user.has_group("audit_connector_base.group_audit_approver"):
            raise UserError(_("Only people with the role Approver withdraw an exception."))
        check_access(self, "read")
        self.sudo().write({"ended_at": fields.Datetime.now()})
        self._let_approvers_go()
        return True

    def write(self, vals):
        """An approval that could be taken back could be deleted with all that it justified."""
        takes_back = "approved_by_id" in vals and not vals["approved_by_id"]
        if not self.env.su and ("ended_at" in vals or takes_back):
            raise UserError(_("Withdraw an exception with the button."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_approved(self):
        if any(exception.approved_by_id for exception in self.sudo()):
            raise UserError(_("An exception that was approved is kept. Withdraw it instead."))
