import base64
import dataclasses
import time

from odoo import _, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import oauth, request_template, tls
from .adapter import Outcome
from .http_exchange import HIDDEN

# Access tokens of this process.
TOKENS = oauth.TokenStore()


class AuditConnector(models.Model):
    """How Odoo signs in at a platform over HTTP: by password, token, API key or OAuth, each also with a certificate."""

    _inherit = "audit.connector"

    rest_auth = fields.Selection(
        [
            ("none", "Not at all"),
            ("basic", "User name and password (Basic)"),
            ("bearer", "Token (Bearer)"),
            ("api_key", "API key in a header"),
            ("oauth", "OAuth 2.0 (client credentials)"),
        ],
        string="Sign In By",
        required=True,
        default="none",
        tracking=True,
        help="As the platform's documentation says. A client certificate may be asked for besides.",
    )
    rest_login = fields.Char(string="Login Name", help="The account that the platform made for this Odoo.")
    rest_key_header = fields.Char(
        string="Header of the Key",
        default="X-API-Key",
        help="Name of the header in which the platform expects the key.",
    )
    rest_token_url = fields.Char(
        string="Token Address",
        tracking=True,
        help="Where Odoo asks for access tokens. The client secret is sent there and nowhere else.",
    )
    rest_client_id = fields.Char(string="Client ID", help="The name under which the platform knows this Odoo.")
    rest_scope = fields.Char(string="Scope", help="What the token shall be good for, separated by spaces.")
    rest_token_style = fields.Selection(
        [("basic", "In the Authorization header (usual)"), ("body", "In the form")],
        string="Client Secret Goes",
        required=True,
        default="basic",
        help="How client ID and secret are sent to the token address.",
    )

    def _check_login(self, headers):
        """Refuse a way of signing in that cannot work. ``headers``: the fixed ones, which must not collide with it.

        :raises ValidationError: with what is missing or wrong; never with a secret
        """
        try:
            self._check_login_settings(headers)
            self._check_secret_destinations()
            secret = self._entered_secret("login") if self.rest_auth != "none" else None
            if self.rest_auth in ("bearer", "api_key"):
                _refuse(request_template.check_value, secret, _("The token or key cannot be used: %s"))
            if self.rest_certificate:
                key = self._entered_secret("private_key")
                if not key:
                    raise ValueError(_("The client certificate has no private key. Enter the key that belongs to it."))
                tls.check_identity(self.rest_certificate, key)
        except ValueError as error:
            raise ValidationError(
                _("Connector “%(name)s” cannot sign in: %(reason)s", name=self.name, reason=error)
            ) from error

    def _check_login_settings(self, headers):
        """:raises ValueError: with what is missing or wrong apart from the secrets themselves"""
        if self.rest_auth != "none" and not self.login_secret_note:
            raise ValueError(_("It has no password, token or key. Enter the one that the platform gave you."))
        if self.rest_auth == "basic" and not request_template.is_login(self.rest_login or ""):
            raise ValueError(_("The login name is missing, or holds a colon or a control character."))
        if self.rest_auth == "api_key":
            name = request_template.check_name(self.rest_key_header or "", secret=True)
            if name.lower() in map(str.lower, headers):
                raise ValueError(_("%s is a fixed header already.", name))
        if self.rest_auth == "oauth":
            if not self.rest_client_id:
                raise ValueError(_("The client ID is missing; the platform gave it to you with the secret."))
            _refuse(
                lambda url: self._usable_url(url, self._policy()),
                self.rest_token_url or "",
                _("The token address cannot be used. %s"),
            )

    def _login_identity(self):
        """Return ``(certificate, key)`` that are shown to the platform, None without a client certificate."""
        if not self.rest_certificate:
            return None
        return self.rest_certificate, self._needed_secret("private_key")

    def _needed_secret(self, purpose):
        """:raises UserError: when there is none, though there was one when the settings were saved"""
        secret = self._secret_of(purpose)
        if not secret:
            raise UserError(self._gone_secret(purpose))
        return secret


def login_of(connector, dialler):
    """Return the ``Login`` of a connector: what it knows is read here, in the connector's transaction."""
    kind = connector.rest_auth
    if kind == "none":
        return Login()
    secret = connector._needed_secret("login")
    if kind == "basic":
        pair = base64.b64encode(("%s:%s" % (connector.rest_login, secret)).encode()).decode()
        return HeaderLogin("Authorization", "Basic " + pair, (secret, pair))
    if kind == "bearer":
        return HeaderLogin("Authorization", "Bearer " + secret, (secret,))
    if kind == "api_key":
        return HeaderLogin(connector.rest_key_header, secret, (secret,))
    client = oauth.Client(
        connector.rest_token_url,
        connector.rest_client_id,
        secret,
        connector.rest_scope or "",
        connector.rest_token_style == "body",
    )
    # All but the secret: a new one has another credential.
    key = (connector._credential_of("login").uuid, connector.rest_certificate, *client._replace(secret=""))
    return TokenLogin(dialler, client, TOKENS.source(key))


class Login:
    """Signs in by nothing: the request goes as it is."""

    def send(self, request, seconds, send):
        """Send ``request`` by ``send(request, seconds left)``, signed in; returns its ``Outcome``."""
        return send(request, seconds)


class HeaderLogin(Login):
    """Signs in by a header whose value never changes."""

    def __init__(self, name, value, hidden):
        self._name, self._value, self._hidden = name, value, hidden

    def send(self, request, seconds, send):
        return send(self._signed(request), seconds)

    def _signed(self, request):
        return _signed_in(request, self._name, self._value, self._hidden)


class TokenLogin(Login):
    """Signs in by an access token, which is asked for anew, once, when the platform no longer takes it."""

    def __init__(self, dialler, client, source):
        self._dialler, self._client, self._source = dialler, client, source

    def send(self, request, seconds, send):
        ends, started, token = time.monotonic() + seconds, time.monotonic(), None
        for last in (False, True):
            try:
                token = self._source.token(self._dialler, self._client, ends - time.monotonic(), stale=token)
            except oauth.TokenError as error:
                return Outcome(
                    "retry",
                    str(error),
                    retry_after=error.retry_after,
                    request_headers=request.shown,
                    seconds=time.monotonic() - started,
                    target=dataclasses.replace(request, hidden=(self._client.secret,)).target,
                    fault="token",
                )
            hidden = (token, self._client.secret)
            outcome = send(
                _signed_in(request, "Authorization", "Bearer " + token, hidden), max(ends - time.monotonic(), 0.001)
            )
            if outcome.status != 401 or last:
                return outcome
        return outcome


def _signed_in(request, name, value, hidden):
    shown = "%s %s" % (value.partition(" ")[0], HIDDEN) if name == "Authorization" else HIDDEN
    return dataclasses.replace(
        request, headers={**request.headers, name: value}, shown={**request.shown, name: shown}, hidden=hidden
    )


def _refuse(check, value, sentence):
    """Call ``check(value)``; raises ``ValueError`` with ``sentence`` around its reason."""
    try:
        check(value)
    except ValueError as error:
        raise ValueError(sentence % error) from None
