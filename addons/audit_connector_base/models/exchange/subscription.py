from datetime import datetime, timezone

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import batching
from .lanes import PRIORITIES

HOLD = """
UPDATE audit_delivery SET state = 'held' WHERE subscription_id = ANY(%s) AND state = 'pending'
"""
LET_GO = """
UPDATE audit_delivery SET state = 'pending' WHERE subscription_id = ANY(%s) AND state = 'held'
"""
MOVE = """
UPDATE audit_delivery d
   SET priority = s.priority,
       lane = CASE WHEN s.mode = 'batch' THEN 10 + s.id ELSE s.priority::integer END
  FROM audit_subscription s, audit_event e
 WHERE s.id = d.subscription_id AND s.id = ANY(%s) AND d.state IN ('pending', 'held')
   AND e.id = d.event_id AND NOT e.backfill
"""
# What was tried already waits as the retry policy says.
RESCHEDULE = """
UPDATE audit_delivery SET due_at = %(due)s
 WHERE subscription_id = %(subscription)s AND state IN ('pending', 'held') AND retry_count = 0 AND due_at > %(now)s
"""
SCHEDULE = {"mode", "batch_every", "batch_at", "batch_zone"}


class AuditSubscription(models.Model):
    """What one connector wants to hear of, of which companies, and how it is sent."""

    _name = "audit.subscription"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Audit Subscription"
    _order = "connector_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True, precompute=True)
    company_ids = fields.Many2many(
        "res.company",
        "audit_subscription_company_rel",
        string="Companies",
        compute="_compute_company_ids",
        store=True,
        readonly=False,
        precompute=True,
        help="Whose documents the platform is told about.",
    )
    event_type_ids = fields.Many2many("audit.event.type", string="Events", required=True)
    priority = fields.Selection(
        PRIORITIES,
        required=True,
        default="1",
        help="Each priority is sent by jobs of its own: bulk never holds up critical. The order of what happens to a "
        "document is kept within a priority.",
    )
    mode = fields.Selection(
        [("single", "As It Happens"), ("batch", "In Batches")],
        string="Sent",
        required=True,
        default="single",
    )
    batch_every = fields.Selection(
        [
            ("5", "Every 5 Minutes"),
            ("15", "Every 15 Minutes"),
            ("60", "Every Hour"),
            ("240", "Every 4 Hours"),
            (batching.DAILY, "Once a Day"),
        ],
        string="Schedule",
        default="60",
        required=True,
    )
    batch_at = fields.Float(string="At", default=2.0, help="Hour of the day, in the time zone beside it.")
    batch_zone = fields.Selection("_selection_zone", string="Time Zone", default="UTC", required=True)
    batch_size = fields.Integer(
        string="Messages in a Batch", default=100, help="At most so many are sent together; the rest follows at once."
    )
    active_from = fields.Datetime(help="Events before this moment are not sent. Empty: from now on.")

    _sql_constraints = [
        ("batch_size_range", "CHECK (batch_size BETWEEN 1 AND 1000)", "A batch has between 1 and 1000 messages."),
        ("batch_at_range", "CHECK (batch_at >= 0 AND batch_at < 24)", "The hour lies between 0:00 and 23:59."),
    ]

    @api.model
    def _selection_zone(self):
        return self.env["res.partner"]._fields["tz"].get_description(self.env)["selection"]

    @api.depends("event_type_ids", "connector_id")
    def _compute_name(self):
        for subscription in self:
            subscription.name = subscription.name or ", ".join(subscription.event_type_ids.mapped("name"))

    @api.depends("connector_id")
    def _compute_company_ids(self):
        for subscription in self:
            subscription.company_ids = subscription.company_ids or subscription.connector_id.company_id

    @api.constrains("event_type_ids")
    def _check_event_types(self):
        if any(not subscription.event_type_ids for subscription in self):
            raise ValidationError(_("Choose at least one event that the platform shall be told about."))

    @api.constrains("company_ids")
    def _check_companies(self):
        """Whoever lets a platform hear of a company must be allowed to see that company."""
        for subscription in self:
            if not subscription.company_ids:
                raise ValidationError(_("Choose at least one company whose documents the platform is told about."))
            foreign = subscription.company_ids - self.env.user.company_ids
            if foreign and not self.env.su:
                raise ValidationError(
                    _(
                        "You may not connect the documents of %s: it is not among your companies.",
                        foreign[0].sudo().name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._hold_or_let_go()
        return subscriptions

    def write(self, vals):
        """Refuse another connector: the rules of access know the company that it would come from, not where it goes."""
        if "connector_id" in vals and any(one.connector_id.id != vals["connector_id"] for one in self):
            raise UserError(_("A subscription stays with its connector. Make a new one for the other connector."))
        result = super().write(vals)
        if not SCHEDULE.isdisjoint(vals):
            self._reschedule()
        if not {"active", "priority", *SCHEDULE}.isdisjoint(vals):
            self._hold_or_let_go()
        return result

    def _hold_or_let_go(self):
        """What waits follows its subscription: held while it is switched off, and in the lane that it is sent in."""
        self.flush_recordset()
        self.env["audit.delivery"].flush_model()
        on = self.filtered("active")
        self.env.cr.execute(HOLD, [(self - on).ids])
        self.env.cr.execute(LET_GO, [on.ids])
        self.env.cr.execute(MOVE, [self.ids])
        self.env["audit.delivery"].invalidate_model(["state", "lane", "priority"])
        if on:
            on.connector_id._request_drain()

    def _reschedule(self):
        """Let what waits for a slot of a former schedule go in the next one of the present, or at once without any."""
        self.env["audit.delivery"].flush_model()
        now = datetime.now(timezone.utc)
        for subscription in self:
            due = subscription._next_slot(now) if subscription.mode == "batch" else now
            self.env.cr.execute(
                RESCHEDULE,
                {
                    "due": due.replace(tzinfo=None),
                    "now": now.replace(tzinfo=None),
                    "subscription": subscription.id,
                },
            )
        self.env["audit.delivery"].invalidate_model(["due_at"])

    def _next_slot(self, now):
        return batching.next_slot(self.batch_every, now, self.batch_at, self.batch_zone)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_with_waiting(self):
        """What waits would lose the reason why it waits, and go out."""
        waiting = self.env["audit.delivery"].search_count(
            [("subscription_id", "in", self.ids), ("state", "in", ("pending", "sending", "held"))]
        )
        if waiting:
            raise UserError(
                _("%s deliveries wait under this subscription. Switch it off instead of deleting it.", waiting)
            )

    def _disable_as_gone(self):
        """Switch off what the receiver does not want any more (it answered 410) and tell the connector's owner."""
        for subscription in self.filtered("active"):
            subscription.active = False
            subscription.connector_id.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=_("The receiver wants no more of “%s”", subscription.name),
                note=_(
                    "It answered 410 Gone, so the subscription was switched off. Waiting deliveries are kept and go "
                    "out when you switch it on again."
                ),
                user_id=(subscription.connector_id.user_id or self.env.user).id,
            )
