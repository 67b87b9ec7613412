from odoo import _, api, fields, models

from ..core.brokers import route
from .broker import client_class


class AuditConnector(models.Model):
    """Settings of the protocol Redis."""

    _inherit = "audit.connector"

    redis_login = fields.Char(
        string="Redis User Name",
        tracking=True,
        help="Whom Odoo signs in as. Leave it empty where the server asks for a password only.",
    )
    redis_stream = fields.Char(
        string="Redis Stream",
        default="audit",
        tracking=True,
        help="Key of the stream that messages are added to. {type} is the event, such as invoice.posted, {entity} the "
        "kind of document, such as invoice.",
    )
    redis_max_length = fields.Integer(
        string="Keep About",
        help="How many messages the stream keeps, the oldest go first. 0: all of them, until somebody removes them.",
    )
    redis_replicas = fields.Integer(
        string="Replicas",
        help="A message counts as delivered when so many replicas have it besides the primary.",
    )
    redis_collect_stream = fields.Char(
        string="Redis Stream Collected From", tracking=True, help="Key of the stream. It is made where it is missing."
    )
    redis_group = fields.Char(
        string="Consumer Group",
        default="odoo",
        tracking=True,
        help="The name under which the server remembers what was taken. No other program may read in this group. It is "
        "made where it is missing, and begins with the oldest message.",
    )

    _sql_constraints = [
        ("redis_max_length_range", "CHECK (redis_max_length >= 0)", "Keep a number of messages, or 0 for all."),
        ("redis_replicas_range", "CHECK (redis_replicas BETWEEN 0 AND 10)", "There may be 0 to 10 replicas."),
    ]


class AuditAdapterRedis(models.AbstractModel):
    """Redis streams. Redis does not recognise what is sent again: readers have to, by the field ``id``."""

    _name = "audit.adapter.redis"
    _inherit = "audit.broker.adapter"
    _description = "Redis Adapter"
    _schemes = ("rediss", "redis")
    _library = ("redis", "redis>=5.0.1")

    @api.model
    def _label(self):
        return _("Message broker: Redis (Streams)")

    @api.model
    def _form(self):
        return [
            self._where_to("rediss://broker.example.com:6380", "redis_login"),
            (
                _("What Is Sent"),
                [
                    ("redis_stream", {"string": _("Stream"), "placeholder": "audit"}),
                    "redis_max_length",
                    "redis_replicas",
                ],
            ),
            self._what_is_collected(
                ("redis_collect_stream", {"string": _("Stream"), "placeholder": "for-odoo"}), ("redis_group", {})
            ),
        ]

    @api.model
    def _check_broker(self, connector, url):
        self._database(url)
        if connector.redis_login and not connector.login_secret_note:
            raise ValueError(_("Enter the password of the user."))
        route.check(connector.redis_stream or "")
        if connector.collect and not (connector.redis_collect_stream and connector.redis_group):
            raise ValueError(_("Enter the stream that messages are collected from, and the consumer group."))
        if connector.collect and connector.redis_collect_stream == connector.redis_stream:
            raise ValueError(_("It would collect its own messages. Choose another stream to collect from."))

    @api.model
    def _route(self, connector):
        return connector.redis_stream

    @api.model
    def _login(self, connector):
        return connector.redis_login or ""

    @api.model
    def _make_client(self, connector, collecting):
        client = client_class("redis", "RedisClient")
        options = {"database": self._database(self._url(connector))}
        if collecting:
            options["stream"] = connector.redis_collect_stream
            options["group"] = connector.redis_group
            options["consumer"] = "odoo-%d" % connector.id
        else:
            options["max_length"] = connector.redis_max_length
            options["replicas"] = connector.redis_replicas
        return lambda dialler, address: client(dialler, address, **options)

    @api.model
    def _database(self, url):
        """Number of the database in the path of the address; raises ``ValueError``."""
        number = url.target[1:]
        if number and not (number.isascii() and number.isdigit() and len(number) < 5):
            raise ValueError(_("After the port may stand the number of a database and nothing else."))
        return int(number or 0)
