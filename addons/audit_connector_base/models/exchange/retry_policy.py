from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...core import retry


class AuditRetryPolicy(models.Model):
    """When a message that was not taken is tried again, and which answers are worth it."""

    _name = "audit.retry.policy"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Audit Retry Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty: every company may use it."
    )
    schedule = fields.Char(
        required=True,
        default="0s, 5s, 5m, 30m, 2h, 5h, 10h, 10h",
        help="The delay before each attempt, the first included: a number and s, m, h or d. After the last the message "
        "fails and a person looks at it.",
    )
    jitter = fields.Float(
        string="Spread (%)",
        default=20,
        help="Each delay is made longer or shorter by up to so much, so that what failed together does not return "
        "together.",
    )
    statuses = fields.Char(
        string="Answers Tried Again",
        required=True,
        default="408, 425, 429, 500-599",
        help="HTTP answers after which the message is tried again. All other refusals are final. What never reached "
        "the platform (network, time-out, TLS) is always tried again.",
    )
    lasts = fields.Char(string="Given Up After", compute="_compute_lasts")

    _sql_constraints = [("jitter_range", "CHECK (jitter >= 0 AND jitter <= 50)", "The spread lies between 0 and 50 %.")]

    @api.depends("schedule")
    def _compute_lasts(self):
        for policy in self:
            try:
                seconds = sum(retry.parse_schedule(policy.schedule or ""))
            except ValueError:
                policy.lasts = False
                continue
            minutes = round(seconds / 60)
            if minutes < 60:
                policy.lasts = _("%s min", minutes)
            elif minutes < 48 * 60:
                policy.lasts = _("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
            else:
                policy.lasts = _("%(days)s days %(hours)s h", days=minutes // 1440, hours=minutes % 1440 // 60)

    @api.constrains("schedule", "statuses")
    def _check_readable(self):
        for policy in self:
            try:
                retry.parse_schedule(policy.schedule)
                retry.parse_statuses(policy.statuses)
            except ValueError as error:
                raise ValidationError(
                    _("The retry policy “%(name)s”: %(reason)s", name=policy.name, reason=error)
                ) from error

    def _policy(self):
        """Return the ``core.retry.Policy`` of this record; the documented default of an empty one."""
        if not self:
            return retry.Policy()
        self.ensure_one()
        return retry.Policy(retry.parse_schedule(self.schedule), self.jitter / 100, retry.parse_statuses(self.statuses))
