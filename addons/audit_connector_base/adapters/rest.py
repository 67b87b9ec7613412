from datetime import datetime, timedelta, timezone

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..core import address, canonical, cloudevents, request_template, tls
from ..models.connector.adapter import Outcome, Sender
from ..models.connector.http_exchange import PEM_STYLE, Request, exchange
from ..models.connector.http_login import login_of

WARN_BEFORE = timedelta(days=30)


class AuditConnector(models.Model):
    """Settings of the protocol REST, beside those of signing in (``http_login``)."""

    _inherit = "audit.connector"

    rest_method = fields.Selection(
        [("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")],
        string="Method",
        required=True,
        default="POST",
        help="POST adds what is sent, PUT writes it under its path, PATCH changes what is there; see the documentation "
        "of the platform.",
    )
    rest_path = fields.Char(
        string="Path",
        help="Appended to the address. {entity} is the kind of document, such as invoice, {id} its number in Odoo, "
        "{type} the event, such as invoice.posted, and {message_id} the number of the message.",
    )
    rest_content = fields.Selection(
        [("envelope", "The event with its envelope (CloudEvents)"), ("entity", "The document alone")],
        string="What Is Sent",
        required=True,
        default="envelope",
        help="The envelope says which event it is, when it happened and where. Some platforms understand the document "
        "alone.",
    )
    rest_headers = fields.Text(
        string="Fixed Headers",
        help="Headers that the platform wants with every message, one a line as Name: value. They are no place for "
        "secrets: everybody who sees the connector reads them.",
    )
    rest_success = fields.Char(
        string="Answers That Mean Delivered",
        default="2xx",
        help="Statuses, separated by commas. Add 409 where the platform answers so to what it has already.",
    )
    rest_certificate = fields.Text(
        string="Client Certificate",
        help="PEM text of the certificate that the platform knows you by (mutual TLS), with its chain. Leave it empty "
        "where the platform asks for none.",
    )
    rest_certificate_note = fields.Char(string="Certificate Of", compute="_compute_rest_certificate_note")

    @api.depends("rest_certificate")
    def _compute_rest_certificate_note(self):
        for connector in self:
            own = connector._rest_own_certificate()
            connector.rest_certificate_note = own and _(
                "%(name)s, good until %(date)s", name=own.name, date=fields.Date.to_string(own.valid_until.date())
            )

    @api.depends("rest_certificate")
    def _compute_protocol_warning(self):
        return super()._compute_protocol_warning()

    @api.depends("rest_auth", "rest_token_url")
    def _compute_secrets_unfit(self):
        return super()._compute_secrets_unfit()

    def _rest_own_certificate(self):
        """The ``core.tls.Certificate`` that is shown to the platform, False when there is none to be read."""
        try:
            return bool(self.rest_certificate) and tls.read_certificates(self.rest_certificate)[0]
        except ValueError:
            return False


class AuditAdapterRest(models.AbstractModel):
    """HTTP requests to an interface that is not ours: its method, path, headers and way of signing in."""

    _name = "audit.adapter.rest"
    _inherit = "audit.adapter"
    _description = "REST Adapter"
    _certificate_field = "rest_certificate"

    @api.model
    def _label(self):
        return _("REST (HTTP interface of the platform)")

    @api.model
    def _form(self):
        oauth = {"invisible": "rest_auth != 'oauth'"}
        return [
            (
                _("Where to"),
                [
                    ("url", {"placeholder": "https://api.example.com/v2"}),
                    "rest_method",
                    ("rest_path", {"placeholder": "/documents/{entity}/{id}"}),
                    ("allowed_destinations", {"placeholder": _("one a line, e.g. archive.internal:8443")}),
                    ("ca_certificates", {"placeholder": "-----BEGIN CERTIFICATE-----", "style": PEM_STYLE}),
                ],
            ),
            (
                _("What is sent"),
                [
                    "rest_content",
                    ("rest_headers", {"placeholder": "X-Tenant: 4711"}),
                    ("rest_success", {"placeholder": "2xx"}),
                ],
            ),
            (
                _("How Odoo signs in"),
                [
                    "rest_auth",
                    ("rest_login", {"invisible": "rest_auth != 'basic'"}),
                    ("rest_key_header", {"invisible": "rest_auth != 'api_key'", "placeholder": "X-API-Key"}),
                    ("rest_token_url", {**oauth, "placeholder": "https://login.example.com/oauth2/token"}),
                    ("rest_client_id", oauth),
                    ("rest_scope", {**oauth, "placeholder": _("as the platform names it, or empty")}),
                    ("rest_token_style", oauth),
                    ("rest_certificate", {"placeholder": "-----BEGIN CERTIFICATE-----", "style": PEM_STYLE}),
                    ("rest_certificate_note", {"invisible": "not rest_certificate_note"}),
                ],
            ),
        ]

    @api.model
    def _secrets_used(self):
        called = {
            "basic": _("Password"),
            "bearer": _("Token"),
            "api_key": _("API Key"),
            "oauth": _("Client Secret"),
        }
        return [
            *(
                ("login_secret", {"string": label, "password": "1", "invisible": "rest_auth != '%s'" % kind})
                for kind, label in called.items()
            ),
            ("private_key", {"invisible": "not rest_certificate", "placeholder": "-----BEGIN PRIVATE KEY-----"}),
        ]

    @api.model
    def _secrets_needed(self, connector):
        needed = {"login_secret": connector.rest_auth != "none", "private_key": bool(connector.rest_certificate)}
        return [name for name, wanted in needed.items() if wanted]

    @api.model
    def _secret_kind(self, connector, name):
        kinds = {"bearer": "api_key", "api_key": "api_key", "oauth": "oauth_client"}
        if name == "login_secret" and connector.rest_auth in kinds:
            return kinds[connector.rest_auth]
        return super()._secret_kind(connector, name)

    @api.model
    def _destination(self, connector):
        """The platform and, with OAuth, the whole token address: that is where the client secret goes."""
        platform = super()._destination(connector)
        if connector.rest_auth != "oauth" or not platform:
            return platform
        return _destination_with_token(platform, connector.rest_token_url or "")

    @api.model
    def _sends_to(self, connector):
        place = super()._sends_to(connector)
        if not place:
            return place
        place = place.rstrip("/") + (connector.rest_path or "/")
        if connector.rest_auth != "oauth":
            return place
        return _destination_with_token(place, connector.rest_token_url or "")

    @api.model
    def _warning(self, connector):
        own = connector._rest_own_certificate()
        left = own and own.valid_until - datetime.now(timezone.utc)
        if not own or left > WARN_BEFORE:
            return super()._warning(connector)
        date = fields.Date.to_string(own.valid_until.date())
        if left < timedelta(0):
            return _("The client certificate ended on %s, so nothing can be sent. Enter the new one and its key.", date)
        return _("The client certificate ends on %s. Enter the new one and its key before.", date)

    @api.model
    def _check_settings(self, connector):
        connector._check_url()
        connector._check_ca_certificates()
        try:
            path = request_template.check_path(connector.rest_path or "")
            example = dict.fromkeys(request_template.PLACEHOLDERS, "1")
            connector._usable_url(
                request_template.join(connector.url, request_template.fill_path(path, example)), connector._policy()
            )
            headers = request_template.parse_headers(connector.rest_headers or "")
            request_template.parse_success(connector.rest_success)
        except ValueError as error:
            raise ValidationError(
                _("The request of connector “%(name)s”: %(reason)s", name=connector.name, reason=error)
            ) from error
        connector._check_login(headers)

    @api.model
    def _sender(self, connector):
        return RestSender(connector)


class RestSender(Sender):
    """Makes a request of each message. All that the database knows is read when it is made."""

    def __init__(self, connector):
        self._dialler = connector._dialler(connector._login_identity())
        self._login = login_of(connector, self._dialler)
        self._seconds = connector.timeout
        self._method = connector.rest_method
        self._base = connector.url
        self._path = connector.rest_path or ""
        self._bare = connector.rest_content == "entity"
        self._headers = request_template.parse_headers(connector.rest_headers or "")
        self._success = request_template.parse_success(connector.rest_success)

    def __call__(self, message):
        try:
            request = self._request(message)
        except ValueError as error:
            return Outcome("dead", "the request cannot be made: %s" % error, reached=False, fault="settings")
        return self._login.send(
            request, self._seconds, lambda made, left: exchange(self._dialler, made, left, self._success)
        )

    def close(self):
        self._dialler.close()

    def _request(self, message):
        """:raises ValueError: when the message has no value for a placeholder, or is none of ours"""
        url = request_template.join(
            self._base,
            request_template.fill_path(
                self._path,
                {
                    "entity": message.entity or message.type.partition(".")[0],
                    "id": message.subject.rpartition("/")[2],
                    "message_id": message.id,
                    "type": message.type,
                },
            ),
        )
        shown = {
            "Content-Type": "application/json" if self._bare else message.content_type,
            "User-Agent": "odoo-audit/1",
            "Idempotency-Key": message.id,
            **({"traceparent": message.traceparent} if message.traceparent else {}),
        }
        fixed = {name.lower() for name in self._headers}
        shown = {**{name: value for name, value in shown.items() if name.lower() not in fixed}, **self._headers}
        body = canonical.dumps(cloudevents.parse(message.body).data) if self._bare else message.body
        return Request(self._method, url, shown, body, shown)


def _destination_with_token(platform, token_url):
    try:
        token = address.check_url(token_url, require_tls=False)
    except ValueError:
        return ""
    return "%s, token from %s://%s:%d%s" % (platform, *token)
