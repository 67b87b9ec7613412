import base64
import json
import time
from datetime import timedelta
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from odoo import fields
from odoo.tests import tagged

from .. import compat
from ..core import client_assertion
from ..models.access import api_refusal
from .api import FORM, ApiHttpCase

PRIVATE = ec.generate_private_key(ec.SECP256R1())
PEM = (
    PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def statement(client_id, audience, private=PRIVATE, header=None, **claims):
    """A statement signed by a client."""
    said = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "exp": int(time.time()) + 120,
        "jti": "number-%d" % time.perf_counter_ns(),
        **claims,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "ES256", **(header or {})}, said)]
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    r, s = utils.decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return "%s.%s" % (signed, base64.urlsafe_b64encode(signature).rstrip(b"=").decode())


@tagged("post_install", "-at_install")
class TestApiTokens(ApiHttpCase):
    """Signing in, and what a token is good for."""

    def setUp(self):
        super().setUp()
        self.client = self._active("invoice:read", "payment:read")
        self.secret = self._secret(self.client)

    def _good(self, response):
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["access_token"]

    def _refused(self, response, status=401, code="credentials"):
        self._assert_problem(response, status, code)
        return response

    def _read(self, token, status=200):
        response = self._get("invoice?limit=1", token)
        self.assertEqual(response.status_code, status, response.text)
        return response

    def test_a_secret_by_http_basic_or_in_the_form_gets_a_token(self):
        response = self._ask_token(self.client.client_id, self.secret)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        given = response.json()
        self.assertEqual(
            {**given, "access_token": ""},
            {"access_token": "", "token_type": "Bearer", "expires_in": 900, "scope": "invoice:read payment:read"},
        )
        self._read(given["access_token"])
        self._read(self._good(self._ask_token(**self._form())))

    def _form(self, **values):
        return {"client_id": self.client.client_id, "client_secret": self.secret, **values}

    def test_a_token_is_kept_as_its_hash_only(self):
        token = self._good(self._ask_token(self.client.client_id, self.secret))
        self.env.cr.execute("SELECT * FROM audit_api_token")
        stored = str(self.env.cr.fetchall())
        self.env.cr.execute("SELECT * FROM audit_api_key")
        stored += str(self.env.cr.fetchall())
        self.assertNotIn(token, stored)
        self.assertNotIn(self.secret, stored)
        entries = self.env["audit.log.entry"].search([("kind", "=like", "api%")])
        self.assertNotIn(self.secret, str(entries.mapped("payload_text")))
        self.assertNotIn(token, str(entries.mapped("payload_text")))

    def test_a_token_ends_after_a_quarter_of_an_hour(self):
        token = self._good(self._ask_token(self.client.client_id, self.secret))
        kept = self.env["audit.api.token"].sudo().search([("client_id", "=", self.client.id)])
        self.assertEqual((kept.expires_at - kept.issued_at).total_seconds(), 900)
        self.env.cr.execute("UPDATE audit_api_token SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 second'")
        self._refused(self._read(token, 401))

    def test_less_than_everything_may_be_asked_for_but_not_more(self):
        token = self._good(self._ask_token(self.client.client_id, self.secret, scope="invoice:read"))
        self._read(token)
        response = self._get("payment", token)
        self._refused(response, 403, "scope")
        self.assertEqual(response.json()["scope"], "payment:read")
        for scope in ("supplier:read", "invoice:read supplier:read", "invoice:write"):
            response = self._refused(
                self._ask_token(self.client.client_id, self.secret, scope=scope), 400, "invalid-scope"
            )
            self.assertEqual(response.json()["error"], "invalid_scope")
        for scope in ("", " ", "invoice", "*", "invoice:read  payment:read", "invoice:*"):
            self._refused(self._ask_token(self.client.client_id, self.secret, scope=scope), 400, "invalid-scope")

    def test_whatever_is_wrong_with_credentials_the_answer_is_the_same(self):
        other = self._active("invoice:read", name="Other")
        suspended = self._active("invoice:read", name="Suspended")
        suspended_secret = self._secret(suspended)
        suspended.action_suspend()
        signing = self._active("invoice:read", name="Signing", auth_method="private_key_jwt")
        unknown = "0190163d-8694-739b-aea5-966c26f8ad91"
        answers = set()
        for client_id, secret in (
            (self.client.client_id, "ads_wrong"),
            (self.client.client_id, self.secret + "x"),
            (self.client.client_id, self.secret.upper()),
            (self.client.client_id.upper(), self.secret),
            (other.client_id, self.secret),
            (unknown, self.secret),
            (suspended.client_id, suspended_secret),
            (signing.client_id, self.secret),
            (self.client.client_id, ""),
            ("", self.secret),
            ("", ""),
            ("' OR 1=1 --", self.secret),
            (self.client.name, self.secret),
        ):
            with self.subTest(client=client_id):
                with patch.object(api_refusal, "ATTEMPTS", 1000):
                    response = self._refused(self._ask_token(client_id, secret))
                answers.add((response.content, tuple(sorted(set(response.headers) - {"Date"}))))
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(json.loads(next(iter(answers))[0])["error"], "invalid_client")

    def test_a_bearer_token_that_is_not_good_is_answered_as_any_other(self):
        token = self._good(self._ask_token(self.client.client_id, self.secret))
        answers = set()
        for header in (
            None,
            "",
            "Bearer",
            "Bearer x",
            "Bearer " + "x" * 50,
            "Basic " + token,
            "bearer  " + token,
            token,
        ):
            response = self._request(
                "GET", "/audit/v1/invoice", {"Authorization": header} if header is not None else {}
            )
            answers.add((self._refused(response).content, response.headers["WWW-Authenticate"]))
        self.assertEqual(len(answers), 1, answers)

    def test_a_request_that_proves_itself_twice_or_asks_for_something_else_is_refused(self):
        for form, code in (
            ({"grant_type": "password"}, "unsupported-grant-type"),
            ({"grant_type": ""}, "unsupported-grant-type"),
            ({"client_secret": self.secret}, "invalid-request"),
            ({"username": "admin"}, "invalid-request"),
            ({"client_assertion": "a.b.c"}, "invalid-request"),
        ):
            with self.subTest(form=form):
                response = self._ask_token(self.client.client_id, self.secret, **form)
                self._refused(response, 400, code)
                self.assertEqual(response.json()["error"], code.replace("-", "_"))
        self._refused(self._ask_token(), 400, "invalid-request")
        self._refused(self._request("GET", "/audit/v1/token"), 405, "method")
        self._refused(
            self._request("POST", "/audit/v1/token?grant_type=x", {"Content-Type": FORM}, "a=1"), 400, "invalid-request"
        )
        self._refused(
            self._request("POST", "/audit/v1/token", {"Content-Type": "application/json"}, "{}"), 415, "content-type"
        )

    def _signing(self):
        client = self._active("invoice:read", name="Signing", auth_method="private_key_jwt")
        self.confirmed(client, "rotate")
        self.env["audit.api.key"].with_user(self.administrator)._add_public_key(client, "ES256", PEM, "2026", 24)
        return client

    def _state(self, text, **form):
        return self._ask_token(client_assertion_type=client_assertion.ASSERTION_TYPE, client_assertion=text, **form)

    def test_a_signed_statement_gets_a_token_once(self):
        client = self._signing()
        audience = self.env["ir.config_parameter"].get_param("web.base.url") + "/audit/v1/token"
        text = statement(client.client_id, audience)
        self._read(self._good(self._state(text, client_id=client.client_id)))
        self._refused(self._state(text))
        self.assertIn("used before", self.env["audit.api.refusal"].search([("client_id", "=", client.id)]).detail)
        self._good(self._state(statement(client.client_id, audience, header={"kid": "2026"})))

    def test_a_statement_for_somebody_else_or_by_another_key_is_refused(self):
        client = self._signing()
        audience = self.env["ir.config_parameter"].get_param("web.base.url") + "/audit/v1/token"
        stranger = ec.generate_private_key(ec.SECP256R1())
        with patch.object(api_refusal, "ATTEMPTS", 1000):
            for text, form in (
                (statement(client.client_id, "https://elsewhere.example/token"), {}),
                (statement(client.client_id, audience, private=stranger), {}),
                (statement(self.client.client_id, audience), {}),
                (statement(client.client_id, audience), {"client_id": self.client.client_id}),
                (statement(client.client_id, audience, header={"jwk": {}}), {}),
                (statement(client.client_id, audience, exp=int(time.time()) + 3600), {}),
                ("a.b.c", {}),
                ("", {}),
            ):
                response = self._refused(self._state(text, **form))
                self.assertEqual(response.json()["error"], "invalid_client")

    def test_the_audience_is_as_configured_whatever_host_the_request_names(self):
        client = self._signing()
        self.env["ir.config_parameter"].set_param("audit.api_audience", "urn:example:odoo")
        text = statement(client.client_id, "http://evil.example/audit/v1/token")
        response = self._ask_token(
            headers={"Host": "evil.example"},
            client_assertion_type=client_assertion.ASSERTION_TYPE,
            client_assertion=text,
        )
        self.assertNotEqual(response.status_code, 200)
        self._good(self._state(statement(client.client_id, "urn:example:odoo")))

    def test_suspended_revoked_expired_or_changed_a_client_is_refused_at_once(self):
        for stop in ("action_suspend", "action_revoke", "action_change"):
            client = self._active("invoice:read", name=stop)
            token = self._token(client)
            self._read(token)
            getattr(client, stop)()
            with self.subTest(stop=stop), patch.object(api_refusal, "ATTEMPTS", 1000):
                self._refused(self._read(token, 401))
        token = self._token(self.client)
        self.env.cr.execute("UPDATE audit_api_client SET expires_on = %s", [fields.Date.today() - timedelta(days=1)])
        self.env.invalidate_all()
        self._refused(self._read(token, 401))
        self._refused(self._ask_token(self.client.client_id, self.secret))

    def test_a_resumed_client_needs_a_new_token(self):
        token = self._token(self.client)
        self.client.action_suspend()
        self.client.with_user(self.approver).action_resume()
        self._refused(self._read(token, 401))
        self._read(self._token(self.client))

    def test_a_client_of_the_other_environment_is_refused(self):
        token = self._token(self.client)
        for parameter, value in (("audit.environment", "test"), ("database.is_neutralized", "True")):
            with self.subTest(parameter=parameter):
                self.env["ir.config_parameter"].set_param(parameter, value)
                self._refused(self._read(token, 401))
                self._refused(self._ask_token(self.client.client_id, self.secret))
                self.env["ir.config_parameter"].set_param(parameter, False)
                self._read(token)

    def test_a_client_calls_from_its_networks_only(self):
        """A header that names another address is believed from a listed proxy alone."""
        client = self._active("invoice:read", networks="192.0.2.0/24, 2001:db8::/32")
        secret = self._secret(client)
        inside = {"X-Forwarded-For": "192.0.2.7"}
        self._refused(self._ask_token(client.client_id, secret))
        self._refused(self._ask_token(client.client_id, secret, headers=inside))
        with patch.object(compat, "audit_options", lambda: {"proxies": "127.0.0.1, ::1"}):
            token = self._good(self._ask_token(client.client_id, secret, headers=inside))
            for address, status in (
                ("192.0.2.7", 200),
                ("2001:db8::7", 200),
                ("::ffff:192.0.2.7", 200),
                ("198.51.100.7", 401),
                ("192.0.2.7, 198.51.100.7", 401),
                ("somewhere", 401),
                ("", 401),
            ):
                with self.subTest(address=address):
                    response = self._get("invoice", token, X_Forwarded_For=address)
                    self.assertEqual(response.status_code, status, response.text)
        self._refused(self._get("invoice", token, X_Forwarded_For="192.0.2.7"))
        details = self.env["audit.api.refusal"].search([("client_id", "=", client.id)]).mapped("detail")
        self.assertIn("sender outside of the client's networks", details)

    def test_after_a_change_over_only_the_new_secret_counts(self):
        old = self.secret
        new = self._secret(self.client)
        token = self._good(self._ask_token(self.client.client_id, old))
        self._good(self._ask_token(self.client.client_id, new))
        self.env.cr.execute(
            "UPDATE audit_api_key SET valid_until = now() AT TIME ZONE 'UTC' WHERE valid_until IS NOT NULL"
        )
        self.env.invalidate_all()
        self._refused(self._ask_token(self.client.client_id, old))
        self._read(token)
        last = self._secret(self.client, overlap=0)
        self._refused(self._ask_token(self.client.client_id, new))
        self._refused(self._read(token, 401))
        self._good(self._ask_token(self.client.client_id, last))

    def test_giving_a_token_is_logged(self):
        self._token(self.client)
        facts = self._facts("api.token_given")
        self.assertEqual((facts["client"]["name"], facts["method"]), ("Analytics", "client_secret"))
