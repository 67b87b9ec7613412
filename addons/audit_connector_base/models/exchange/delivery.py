from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditDelivery(models.Model):
    """One event on its way to one connector, under a message id that never changes."""

    _name = "audit.delivery"
    _description = "Audit Delivery"
    _order = "id desc"
    _rec_name = "message_id"

    event_id = fields.Many2one("audit.event", required=True, readonly=True, ondelete="cascade", index=True)
    subscription_id = fields.Many2one("audit.subscription", readonly=True, ondelete="set null", index=True)
    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    message_id = fields.Char(string="Message ID", required=True, readonly=True, index=True)
    subject = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being Sent"),
            ("delivered", "Delivered"),
            ("dead", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    due_at = fields.Datetime(string="Next Attempt", readonly=True)
    lease = fields.Integer(readonly=True, help="Number of the run that is sending it now.")
    lease_until = fields.Datetime(readonly=True, help="Until then no other run takes it over.")
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    retry_count = fields.Integer(readonly=True, default=0, help="Position in the retry schedule.")
    delivered_at = fields.Datetime(string="Delivered On", readonly=True)
    reason = fields.Char(string="Last Answer", readonly=True)
    attempt_ids = fields.One2many("audit.delivery.attempt", "delivery_id", readonly=True)
    event_name = fields.Char(string="What", related="event_id.type_name")
    document_name = fields.Char(string="Document", related="event_id.document_name")

    _sql_constraints = [
        ("once_per_connector", "UNIQUE (event_id, connector_id)", "An event goes to a connector once."),
    ]

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_delivery_due_idx ON audit_delivery (connector_id, due_at)
                WHERE state IN ('pending', 'sending');
            CREATE INDEX IF NOT EXISTS audit_delivery_open_idx ON audit_delivery (connector_id, subject, id)
                WHERE state IN ('pending', 'sending');
            """
        )

    @api.depends("event_id", "connector_id")
    def _compute_display_name(self):
        for delivery in self:
            delivery.display_name = _(
                "%(document)s to %(connector)s",
                document=delivery.document_name or delivery.subject,
                connector=delivery.connector_id.name,
            )

    def action_retry(self):
        """Send failed deliveries once more, under the same message id."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may send a failed delivery again."))
        failed = self.filtered(lambda delivery: delivery.state == "dead")
        if not failed:
            raise UserError(_("None of these deliveries has failed. Waiting ones are sent by themselves."))
        failed.sudo().write({"state": "pending", "due_at": fields.Datetime.now(), "retry_count": 0})
        failed.connector_id._request_drain()
        return True
