from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..abstract.unchecked import UncheckedMany2one
from .lanes import FIRST_BATCH, PRIORITIES

TABLE = """
ALTER TABLE audit_delivery DROP CONSTRAINT IF EXISTS audit_delivery_event_id_fkey,
                           DROP CONSTRAINT IF EXISTS audit_delivery_company_id_fkey;
DROP INDEX IF EXISTS audit_delivery_due_idx;
DROP INDEX IF EXISTS audit_delivery_open_idx;
DROP INDEX IF EXISTS audit_delivery__company_id_index;
DROP INDEX IF EXISTS audit_delivery__event_id_index;
CREATE INDEX IF NOT EXISTS audit_delivery_company_idx ON audit_delivery (company_id, create_date);
CREATE INDEX IF NOT EXISTS audit_delivery_pending_idx ON audit_delivery (connector_id, lane, due_at, id)
    WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS audit_delivery_order_idx ON audit_delivery (connector_id, lane, subject, id)
    WHERE state IN ('pending', 'sending');
CREATE INDEX IF NOT EXISTS audit_delivery_probe_idx ON audit_delivery (connector_id, lane, attempt_count, id)
    WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS audit_delivery_sending_idx ON audit_delivery (connector_id, lane) WHERE state = 'sending';
CREATE INDEX IF NOT EXISTS audit_delivery_undelivered_idx ON audit_delivery (connector_id, state, id)
    WHERE state <> 'delivered';
CREATE INDEX IF NOT EXISTS audit_delivery_held_idx ON audit_delivery (subscription_id)
    WHERE state IN ('pending', 'held');
CREATE INDEX IF NOT EXISTS audit_delivery_state_idx ON audit_delivery (state, id DESC);
CREATE INDEX IF NOT EXISTS audit_delivery_priority_idx ON audit_delivery (priority, id DESC) WHERE priority <> '1';
CREATE INDEX IF NOT EXISTS audit_delivery_subject_idx ON audit_delivery (subject, id);
"""


class AuditDelivery(models.Model):
    """One event on its way to one connector, under a message id that never changes."""

    _name = "audit.delivery"
    _inherit = "audit.company.bound"
    _description = "Audit Delivery"
    _order = "id desc"
    _rec_name = "message_id"

    # Events are never deleted, and what is in the way of deleting a company is the event.
    event_id = UncheckedMany2one("audit.event", required=True, readonly=True, ondelete="restrict")
    event_type = fields.Selection("_selection_event_type", readonly=True)
    subscription_id = fields.Many2one("audit.subscription", readonly=True, ondelete="set null", index=True)
    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = UncheckedMany2one("res.company", required=True, readonly=True, help="That of the event.")
    message_id = fields.Char(string="Message ID", required=True, readonly=True, index=True)
    subject = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being Sent"),
            ("held", "On Hold"),
            ("delivered", "Delivered"),
            ("dead", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    priority = fields.Selection(PRIORITIES, required=True, readonly=True, default="1")
    lane = fields.Integer(
        required=True, readonly=True, default=1, help="What is sent in one row; see its subscription."
    )
    due_at = fields.Datetime(string="Next Attempt", readonly=True)
    lease = fields.Integer(readonly=True, help="Number of the run that is sending it now.")
    lease_until = fields.Datetime(readonly=True, help="Until then no other run takes it over.")
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    retry_count = fields.Integer(readonly=True, default=0, help="Position in the retry schedule.")
    batch_limit = fields.Integer(
        readonly=True,
        help="Its batch was cut: with how many it may go along at most. 0: as many as its subscription says.",
    )
    delivered_at = fields.Datetime(string="Delivered On", readonly=True)
    reason = fields.Char(string="Last Answer", readonly=True)
    failure = fields.Selection(
        [
            ("contract", "Does Not Match Its Contract"),
            ("credentials", "Not Signed In"),
            ("address", "Address Not Found"),
            ("refused", "Address Not Allowed"),
            ("settings", "Settings of the Connector"),
            ("too_large", "Too Large"),
            ("rejected", "Rejected by the Platform"),
            ("gone", "Receiver Gone"),
            ("exhausted", "Given Up"),
        ],
        string="Kind of Failure",
        readonly=True,
    )
    next_step = fields.Char(compute="_compute_next_step")
    waits_for = fields.Char(string="Waits For", compute="_compute_waits_for")
    cancel_reason = fields.Char(string="Cancelled Because", readonly=True)
    contract_major = fields.Integer(readonly=True, help="The main version of its contract that the platform wants.")
    contract_minor = fields.Integer(
        readonly=True, help="Where the subscription has a fixed version, its second number."
    )
    contract = fields.Char(
        string="Checked Against", readonly=True, help="The version of the contract that the message was held against."
    )
    attempt_ids = fields.One2many("audit.delivery.attempt", "delivery_id", readonly=True)
    event_name = fields.Char(string="What", related="event_id.type_name")
    document_name = fields.Char(string="Document", related="event_id.document_name")

    _sql_constraints = [
        ("once_per_connector", "UNIQUE (event_id, connector_id)", "An event goes to a connector once."),
    ]

    def init(self):
        self.env.cr.execute(TABLE)

    @api.model
    def _selection_event_type(self):
        return self.env["audit.event"]._selection_type()

    @api.depends("event_id", "connector_id")
    def _compute_display_name(self):
        for delivery in self:
            delivery.display_name = _(
                "%(document)s to %(connector)s",
                document=delivery.document_name or delivery.subject,
                connector=delivery.connector_id.name,
            )

    @api.depends("state", "failure")
    def _compute_next_step(self):
        steps = {
            "contract": _(
                "The message lacks or exceeds what was agreed. Correct the document in Odoo and tell the platform "
                "again with a back-fill, or have the contract extended and send this one again."
            ),
            "credentials": _("Enter the secret of the connector anew, send a test message, then send this one again."),
            "address": _(
                "Correct the address of the connector (one that the platform has moved to stands in its answer), send "
                "a test message, then send this one again."
            ),
            "refused": _(
                "The address lies in a closed network. If it is meant, name it on the connector under Internal "
                "Destinations Allowed, then send this one again."
            ),
            "settings": _(
                "Repair the settings of the connector, as the answer says, send a test message, then send this one "
                "again."
            ),
            "too_large": _("Ask the platform to accept larger messages, then send this one again."),
            "rejected": _(
                "Open the last attempt and read what the platform answered. When the cause is repaired there, send "
                "this one again."
            ),
            "gone": _("The platform wants no more of these. If that is a mistake, switch the subscription on again."),
            "exhausted": _("See on the connector why it cannot be reached. When it is back, send this one again."),
        }
        for delivery in self:
            delivery.next_step = steps.get(delivery.failure, False) if delivery.state == "dead" else False

    @api.depends("state", "attempt_count", "lane")
    def _compute_waits_for(self):
        """Sudo: whoever sees the message may know what keeps it."""
        now = fields.Datetime.now()
        for delivery in self:
            connector = delivery.connector_id.sudo()
            if delivery.state == "held":
                waits = _("The subscription to be switched on again")
            elif delivery.state != "pending" or not connector:
                waits = False
            elif connector.approval_trouble:
                waits = _("Approval of the new destination")
            elif connector._blocker() or connector.disabled_at or not connector.active:
                waits = _("The connector to be started again")
            elif connector.breaker_open:
                waits = _("The platform to answer again")
            elif (connector.state_ids[:1].paused_until or now) > now:
                waits = _("The platform, which asked to wait")
            elif delivery.attempt_count:
                waits = _("The next attempt")
            elif delivery.lane >= FIRST_BATCH:
                waits = _("The next batch")
            else:
                waits = _("Its turn")
            delivery.waits_for = waits

    def action_send_now(self):
        """Send waiting deliveries now. It decides nothing but the hour, so nobody is asked why.

        What failed, was cancelled or delivered is sent again by ``audit.replay``, with a reason.
        """
        self._require_administrator(_("Only connector administrators may send a message now."))
        waiting = self.filtered(lambda delivery: delivery.state == "pending")
        if not waiting:
            raise UserError(_("None of these messages waits. What failed or was delivered goes out with Send Again."))
        waiting._replay(_("sent before its time by hand"))
        return True

    def action_open_document(self):
        """Open the document that the message is about."""
        self.ensure_one()
        event = self.event_id
        record = self.env[event.res_model].browse(event.res_id).exists() if event.res_model in self.env else None
        if not record:
            raise UserError(_("The document of this message, %s, was deleted since.", self.document_name))
        return record.get_formview_action()

    def _require_administrator(self, message):
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(message)
