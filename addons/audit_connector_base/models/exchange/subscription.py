from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


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
            subscription.name = subscription.name or ", ".join(subscription.event_type_ids.mapped("name")) or _("New")

    @api.constrains("event_type_ids")
    def _check_event_types(self):
        if any(not subscription.event_type_ids for subscription in self):
            raise ValidationError(_("Choose at least one event that the platform shall be told about."))

    @api.model
    def _matching(self, event_type, companies):
        """Return ``{company id: [(subscription id, connector id), …]}`` of those that want ``event_type``.

        Sudo: who posts an invoice need not know which platforms listen. One subscription a connector: a message goes
        to a platform once, however many of its subscriptions ask for it. Archived connectors still collect, so that
        nothing is lost while they are switched off.
        """
        subscriptions = self.sudo().search(
            [("event_type_ids.code", "=", event_type), ("company_id", "in", companies.ids)], order="sequence, id"
        )
        matching = {}
        for subscription in subscriptions:
            heard = matching.setdefault(subscription.company_id.id, {})
            heard.setdefault(subscription.connector_id.id, subscription.id)
        return {
            company: [(subscription, connector) for connector, subscription in heard.items()]
            for company, heard in matching.items()
        }

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
