from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

# One query instead of a search and a reading, because every posting waits for it.
MATCHING = """
SELECT DISTINCT ON (s.company_id, s.connector_id) s.company_id, s.id, s.connector_id
  FROM audit_subscription s
  JOIN audit_event_type_audit_subscription_rel wanted ON wanted.audit_subscription_id = s.id
  JOIN audit_event_type kind ON kind.id = wanted.audit_event_type_id
 WHERE kind.code = %s AND s.active AND s.company_id = ANY(%s)
 ORDER BY s.company_id, s.connector_id, s.sequence, s.id
"""


class AuditSubscription(models.Model):
    """What one connector wants to hear of."""

    _name = "audit.subscription"
    _description = "Audit Subscription"
    _order = "connector_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True, precompute=True)
    event_type_ids = fields.Many2many("audit.event.type", string="Events", required=True)

    @api.depends("event_type_ids", "connector_id")
    def _compute_name(self):
        for subscription in self:
            subscription.name = subscription.name or ", ".join(subscription.event_type_ids.mapped("name"))

    @api.constrains("event_type_ids")
    def _check_event_types(self):
        if any(not subscription.event_type_ids for subscription in self):
            raise ValidationError(_("Choose at least one event that the platform shall be told about."))

    def write(self, vals):
        """Refuse another connector: the rules of access know the company that it would come from, not where it goes."""
        if "connector_id" in vals and any(one.connector_id.id != vals["connector_id"] for one in self):
            raise UserError(_("A subscription stays with its connector. Make a new one for the other connector."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_with_waiting(self):
        """What waits would lose the reason why it waits, and go out."""
        waiting = self.env["audit.delivery"].search_count(
            [("subscription_id", "in", self.ids), ("state", "in", ("pending", "sending"))]
        )
        if waiting:
            raise UserError(
                _("%s deliveries wait under this subscription. Switch it off instead of deleting it.", waiting)
            )

    @api.model
    def _matching(self, event_type, companies):
        """Return ``{company id: [(subscription id, connector id), …]}`` of those that want ``event_type``.

        Sudo: who posts an invoice need not know which platforms listen. One subscription a connector: a message goes
        to a platform once, however many of its subscriptions ask for it. Archived connectors still collect, so that
        nothing is lost while they are switched off.
        """
        self.flush_model(["active", "company_id", "connector_id", "event_type_ids", "sequence"])
        self.env["audit.event.type"].flush_model(["code"])
        self.env.cr.execute(MATCHING, [event_type, companies.ids])
        matching = {}
        for company, subscription, connector in self.env.cr.fetchall():
            matching.setdefault(company, []).append((subscription, connector))
        return matching

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
