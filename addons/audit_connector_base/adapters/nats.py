from odoo import _, api, fields, models

from ..core.brokers import route
from .broker import client_class


class AuditConnector(models.Model):
    """Settings of the protocol NATS."""

    _inherit = "audit.connector"

    nats_login = fields.Char(
        string="NATS User Name", tracking=True, help="Whom Odoo signs in as. Leave it empty to sign in with a token."
    )
    nats_subject = fields.Char(
        string="Subject",
        default="audit.{type}",
        tracking=True,
        help="Where messages are published: {type} is the event, such as invoice.posted, {entity} the kind of "
        "document, such as invoice.",
    )
    nats_stream = fields.Char(
        string="NATS Stream",
        default="AUDIT",
        tracking=True,
        help="The JetStream stream that stores these subjects. A message counts as delivered when it has stored it.",
    )
    nats_create = fields.Boolean(
        string="Make the Stream",
        help="Make it where it is missing: kept in files, for all messages that are sent here, and recognising repeats "
        "for two days.",
    )
    nats_collect_stream = fields.Char(string="Stream Collected From", tracking=True, help="It must be there.")
    nats_consumer = fields.Char(
        string="Durable Consumer",
        default="odoo",
        tracking=True,
        help="The name under which the server remembers what Odoo has taken. It is made where it is missing.",
    )


class AuditAdapterNats(models.AbstractModel):
    """NATS JetStream: delivered means stored in a stream, which recognises what is sent again."""

    _name = "audit.adapter.nats"
    _inherit = "audit.broker.adapter"
    _description = "NATS Adapter"
    _schemes = ("tls", "nats")
    _library = ("nats", "nats-py>=2.6")

    @api.model
    def _label(self):
        return _("Message broker: NATS (JetStream)")

    @api.model
    def _form(self):
        return [
            self._where_to("tls://broker.example.com:4222", "nats_login"),
            (
                _("What Is Sent"),
                [
                    ("nats_subject", {"placeholder": "audit.{type}"}),
                    ("nats_stream", {"string": _("Stream"), "placeholder": "AUDIT"}),
                    "nats_create",
                ],
            ),
            self._what_is_collected(
                ("nats_collect_stream", {"string": _("Stream"), "placeholder": "FOR_ODOO"}), ("nats_consumer", {})
            ),
        ]

    @api.model
    def _check_broker(self, connector, url):
        if url.target != "/":
            raise ValueError(_("The address ends with the port; NATS knows no paths."))
        if connector.nats_login and not connector.login_secret_note:
            raise ValueError(_("Enter the password of the user."))
        route.check_subject(connector.nats_subject or "")
        names = [connector.nats_stream]
        if connector.nats_create and not connector.nats_stream:
            raise ValueError(_("Name the stream that Odoo shall make."))
        if connector.nats_create and route.subjects(connector.nats_subject) == [">"]:
            raise ValueError(_("For a stream that Odoo makes, let the subject begin with a word of its own and a dot."))
        if connector.collect:
            if not connector.nats_collect_stream or not connector.nats_consumer:
                raise ValueError(_("Enter the stream that messages are collected from, and the durable consumer."))
            names += [connector.nats_collect_stream, connector.nats_consumer]
        for name in filter(None, names):
            route.check_name(name)

    @api.model
    def _route(self, connector):
        return connector.nats_subject

    @api.model
    def _login(self, connector):
        return connector.nats_login or ""

    @api.model
    def _make_client(self, connector, collecting):
        client = client_class("nats", "NatsClient")
        if collecting:
            options = {"stream": connector.nats_collect_stream, "consumer": connector.nats_consumer}
        else:
            options = {"stream": connector.nats_stream or ""}
            if connector.nats_create:
                options["create"] = route.subjects(connector.nats_subject)
        return lambda dialler, address: client(dialler, address, **options)
