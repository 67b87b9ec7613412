from urllib.parse import unquote

from odoo import _, api, fields, models

from ..core.brokers import route
from .broker import client_class


class AuditConnector(models.Model):
    """Settings of the protocol AMQP."""

    _inherit = "audit.connector"

    amqp_login = fields.Char(string="AMQP User Name", tracking=True, help="Whom Odoo signs in as at the broker.")
    amqp_exchange = fields.Char(
        string="Exchange",
        default="audit",
        tracking=True,
        help="Messages go to this exchange, which hands them on to every queue that is bound to it.",
    )
    amqp_declare = fields.Boolean(
        string="Make the Exchange",
        default=True,
        help="Make it as a durable topic exchange where it is missing. Switch it off where the broker's administrator "
        "makes exchanges, or the user may not.",
    )
    amqp_routing_key = fields.Char(
        string="Routing Key",
        default="audit.{type}",
        tracking=True,
        help="What queues choose messages by: {type} is the event, such as invoice.posted, {entity} the kind of "
        "document, such as invoice.",
    )
    amqp_mandatory = fields.Boolean(
        string="Refuse What No Queue Takes",
        default=True,
        tracking=True,
        help="A message for which no queue is bound is tried again until one is. Without this the broker drops it, and "
        "it counts as delivered.",
    )
    amqp_queue = fields.Char(
        string="Queue",
        tracking=True,
        help="Messages are taken from this queue. It must be there, and belong to Odoo alone.",
    )


class AuditAdapterAmqp(models.AbstractModel):
    """AMQP 0-9-1 as RabbitMQ speaks it, with publisher confirms: delivered means stored by the broker."""

    _name = "audit.adapter.amqp"
    _inherit = "audit.broker.adapter"
    _description = "AMQP Adapter"
    _schemes = ("amqps", "amqp")
    _library = ("pika", "pika>=1.3")

    @api.model
    def _label(self):
        return _("Message broker: RabbitMQ (AMQP)")

    @api.model
    def _form(self):
        return [
            self._where_to("amqps://broker.example.com:5671/production", "amqp_login"),
            (
                _("What Is Sent"),
                [
                    ("amqp_exchange", {"placeholder": "audit"}),
                    "amqp_declare",
                    ("amqp_routing_key", {"placeholder": "audit.{type}"}),
                    "amqp_mandatory",
                ],
            ),
            self._what_is_collected(("amqp_queue", {"placeholder": "odoo"})),
        ]

    @api.model
    def _check_broker(self, connector, url):
        if not connector.amqp_login or not connector.login_secret_note:
            raise ValueError(_("Enter the user name and the password for the broker."))
        if "/" in url.target[1:] or "?" in url.target:
            raise ValueError(_("After the port stands the virtual host and nothing else; write a slash in it as %2F."))
        route.check(connector.amqp_routing_key or "")
        if not connector.amqp_exchange:
            raise ValueError(_("Enter the name of the exchange."))
        if connector.collect and not connector.amqp_queue:
            raise ValueError(_("Enter the queue that messages are collected from."))

    @api.model
    def _route(self, connector):
        return connector.amqp_routing_key

    @api.model
    def _login(self, connector):
        return connector.amqp_login

    @api.model
    def _make_client(self, connector, collecting):
        client = client_class("amqp", "AmqpClient")
        vhost = unquote(self._url(connector).target[1:]) or "/"
        options = {"vhost": vhost}
        if collecting:
            options["queue"] = connector.amqp_queue
        else:
            options["exchange"] = connector.amqp_exchange
            options["declare"] = connector.amqp_declare
            options["mandatory"] = connector.amqp_mandatory
        return lambda dialler, address: client(dialler, address, **options)
