import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple
from urllib.parse import unquote_plus

from odoo import api, models

from ...core import api_query, client_assertion
from ...core.problem import Refusal
from ...transaction import short_transaction
from ..environment import audience_of
from .api import JSON, NO_STORE, Answer, as_json
from .api_key import digest_of
from .api_token import LIFETIME

GRANT = "client_credentials"
KNOWN = {"grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type"}

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BASIC = re.compile(r"[A-Za-z0-9+/]{1,2000}={0,2}")
_SCOPE = re.compile(r"[a-z_]{1,64}:(read|write)( [a-z_]{1,64}:(read|write))*")
_CHALLENGE = 'Basic realm="audit", charset="UTF-8"'

# A statement counts once; what is kept is only good for as long as it could come again.
ONCE = """
INSERT INTO audit_api_statement (client_id, digest, expires_at) VALUES (%s, %s, to_timestamp(%s) AT TIME ZONE 'UTC')
    ON CONFLICT DO NOTHING RETURNING client_id
"""


class Proof(NamedTuple):
    """What a client brought: who it says it is by (``client_id``), and one of a secret and a signed statement."""

    client_id: str
    secret: str = ""
    assertion: str = ""


class NotProven(Exception):
    """Credentials that do not count; the text says why, for our own log."""


class AuditApi(models.AbstractModel):
    """Signing in: access tokens by the client credentials grant (RFC 6749, section 4.4).

    A client proves itself with its secret, by HTTP Basic or in the form (section 2.3.1), or with a statement signed by
    its private key (RFC 7523). All that can be wrong with that has one answer.
    """

    _inherit = "audit.api"

    @api.model
    def _give_token(self, asked):
        """Answer ``POST /audit/v1/token``; raises ``Refusal``: 400 for a wrong form, 401 and 429 after counting it."""
        given = api_query.form(asked.headers, asked.read)
        self._check_token_request(asked, given)
        proof = self._proof(asked, given)
        client = self.env["audit.api.client"].search([("client_id", "=", proof.client_id)])
        refusals = self.env["audit.api.refusal"]
        seconds, proven = refusals._slowed(client.id, asked.source)
        if seconds and not proven:
            refusals._count(client.id, asked.source, "slow-down", "not looked at")
            raise self._slow_down(seconds)
        try:
            with short_transaction(self.env.registry) as env:
                return env["audit.api"]._sign_in(asked, given, client.id, proof)
        except NotProven as error:
            refusal = self._refused(client.id, asked.source, str(error), _CHALLENGE)
            refusal.members["error"] = "invalid_client"
            raise refusal from None
        except Refusal as refusal:
            refusals._count(client.id, asked.source, refusal.code, refusal.note or refusal.detail)
            raise

    @api.model
    def _sign_in(self, asked, given, client_id, proof):
        """Verify a proof and return the ``Answer`` with a token. In a transaction of its own, which the token needs."""
        client = self.env["audit.api.client"].browse(client_id or ())
        self._verify(client, proof)
        why_not = client._why_refused(asked.address)
        if why_not:
            raise NotProven(why_not)
        # What is answered from here on stands in the log of the system, of which a proven client holds the last note.
        note = self._system_note()
        try:
            answer = self._grant(asked, given, client)
        except Refusal as refusal:
            refusal.headers = {**refusal.headers, **note}
            raise
        return answer._replace(headers={**answer.headers, **note})

    @api.model
    def _grant(self, asked, given, client):
        """Return the ``Answer`` with a token for a client that has proven itself; raises ``Refusal`` (400, 429)."""
        allowed = client._scopes()
        scopes = sorted(set(given["scope"].split(" "))) if "scope" in given else allowed
        if not set(scopes) <= set(allowed):
            raise _refused_form("invalid_scope", "The client may have none of these scopes, or not all of them.")
        allowance = self.env["audit.api.token"]._take(client)
        limits = allowance.headers()
        if not allowance.allowed:
            raise Refusal(
                429,
                "rate",
                "Too many requests. Come again later.",
                {"Retry-After": str(allowance.retry_after()), **limits},
            )
        token = self.env["audit.api.token"]._issue(client, scopes, asked.source)
        self.env["audit.api.refusal"]._prove(client.id, asked.source)
        self.env["audit.log.entry"]._append_system(
            "api.token_given",
            [
                (
                    (client._name, client.id),
                    {
                        "client": {"id": client.id, "name": client.name},
                        "source": asked.source,
                        "scopes": scopes,
                        "method": client.auth_method,
                    },
                )
            ],
            direction="in",
            actor="client/%s" % client.client_id,
            correlation=self._trace(asked),
        )
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": " ".join(scopes)}
        return Answer(200, as_json(answer), {"Content-Type": JSON, **NO_STORE, "Pragma": "no-cache", **limits})

    @api.model
    def _check_token_request(self, asked, given):
        if asked.query:
            raise _refused_form("invalid_request", "Send everything in the form, nothing in the address.")
        unknown = sorted(set(given) - KNOWN)
        if unknown:
            raise _refused_form("invalid_request", "The form has members that are not known here.")
        if given.get("grant_type") != GRANT:
            raise _refused_form("unsupported_grant_type", "The grant_type is %s." % GRANT)
        if "scope" in given and not _SCOPE.fullmatch(given["scope"]):
            raise _refused_form("invalid_scope", "The scope is a list such as “invoice:read payment:read”.")

    @api.model
    def _proof(self, asked, given):
        """Return the ``Proof`` in a request, read but not judged; raises ``Refusal`` (400) unless it is just one."""
        header = asked.headers.get("Authorization")
        ways = [header is not None, "client_secret" in given, "client_assertion" in given]
        if sum(ways) != 1 or ("client_assertion" in given) != ("client_assertion_type" in given):
            raise _refused_form("invalid_request", "Prove who you are in one way: HTTP Basic, secret or statement.")
        if header is not None:
            proof = _basic(header)
            if given.get("client_id") not in (None, proof.client_id):
                return Proof("")
            return proof
        if "client_secret" in given:
            return Proof(_name(given.get("client_id", "")), secret=given["client_secret"])
        if given["client_assertion_type"] != client_assertion.ASSERTION_TYPE:
            raise _refused_form("invalid_request", "The client_assertion_type is %s." % client_assertion.ASSERTION_TYPE)
        try:
            claimed = client_assertion.claimed_client(given["client_assertion"])
        except client_assertion.AssertionRefused:
            claimed = ""
        if given.get("client_id") not in (None, claimed):
            claimed = ""
        return Proof(_name(claimed), assertion=given["client_assertion"])

    @api.model
    def _verify(self, client, proof):
        """Raise ``NotProven`` unless ``proof`` is one of ``client`` (none or one), by the way set for it."""
        method = "private_key_jwt" if proof.assertion else "client_secret"
        keys = client.key_ids._usable(client).filtered(lambda key: key.kind == method)
        if proof.secret:
            digest = digest_of(proof.secret)
            # All are compared, and something is where there is none, so that the time tells nothing.
            matches = [hmac.compare_digest(digest, known or "") for known in keys.mapped("digest") or [""]]
            if not any(matches):
                raise NotProven("unknown client" if not client else "wrong secret")
            return
        try:
            statement = client_assertion.verify(
                proof.assertion,
                [client_assertion.Key(key.algorithm, key.public_key, key.key_name or "") for key in keys],
                client.client_id or "",
                audience_of(self.env),
            )
        except client_assertion.AssertionRefused as error:
            raise NotProven("unknown client" if not client else "statement: %s" % error) from None
        self._use_once(client, statement)

    @api.model
    def _use_once(self, client, statement):
        self.env.cr.execute(
            "DELETE FROM audit_api_statement WHERE client_id = %s AND expires_at < now() AT TIME ZONE 'UTC'"
            " - interval '1 hour'",
            [client.id],
        )
        digest = hashlib.sha256(statement.jti.encode()).hexdigest()
        self.env.cr.execute(ONCE, [client.id, digest, statement.expires_at])
        if not self.env.cr.fetchone():
            raise NotProven("statement: used before")


def _basic(header):
    """The ``Proof`` in HTTP Basic; both halves are form-encoded before they are joined (RFC 6749, section 2.3.1)."""
    kind, _space, encoded = header.partition(" ")
    if kind.lower() != "basic" or not _BASIC.fullmatch(encoded):
        return Proof("", secret=secrets.token_hex(8))
    try:
        client_id, _colon, secret = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return Proof("", secret=secrets.token_hex(8))
    return Proof(_name(unquote_plus(client_id)), secret=unquote_plus(secret) or "-")


def _name(client_id):
    """A client ID as one of ours looks, else an empty text."""
    return client_id if _UUID.fullmatch(client_id) else ""


def _refused_form(error, detail):
    """What is wrong with the request itself, in the words of RFC 6749, section 5.2."""
    return Refusal(400, error.replace("_", "-"), detail, error=error)
