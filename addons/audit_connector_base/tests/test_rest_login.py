import base64
import json
from datetime import datetime, timedelta, timezone

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SECRET
from .http_case import PASSWORD, TOKEN, RestCase


@tagged("post_install", "-at_install")
class TestRestLogin(RestCase):
    def test_basic_bearer_and_api_key_sign_in(self):
        pair = base64.b64encode(("odoo:" + PASSWORD).encode()).decode()
        for values, name, value in (
            ({"rest_auth": "basic", "rest_login": "odoo", "login_secret": PASSWORD}, "authorization", "Basic " + pair),
            ({"rest_auth": "bearer", "login_secret": TOKEN}, "authorization", "Bearer " + TOKEN),
            ({"rest_auth": "api_key", "login_secret": TOKEN, "rest_key_header": "X-Key"}, "x-key", TOKEN),
        ):
            request, outcome = self.sent(**values)
            with self.subTest(values["rest_auth"]):
                self.assertEqual(request["headers"][name], value)
                shown = {key.lower(): text for key, text in outcome.request_headers.items()}[name]
                self.assertIn("(hidden)", shown)

    def test_the_form_asks_for_what_the_way_of_signing_in_needs(self):
        endpoint = self.endpoint()
        form = Form(self.env["audit.connector"].with_user(self.administrator))
        form.name = "By form"
        form.adapter = "rest"
        form.url = self.platform().url("/in")
        form.allowed_destinations = "127.0.0.1"
        for name in ("login_secret", "private_key", "rest_login", "rest_token_url", "rest_key_header"):
            with self.assertRaises(AssertionError, msg=name):
                setattr(form, name, "x")
        form.rest_auth = "oauth"
        form.rest_token_url = endpoint.url("/token")
        form.rest_client_id = "odoo"
        form.login_secret = TOKEN
        self.assertEqual(self.send(form.save()).verdict, "delivered")

    def test_ways_of_signing_in_that_cannot_work_are_refused_and_the_secret_is_not_repeated(self):
        platform = self.platform()
        for values, words in (
            ({"rest_auth": "basic", "login_secret": PASSWORD}, "login name"),
            ({"rest_auth": "basic", "rest_login": "a:b", "login_secret": PASSWORD}, "colon"),
            ({"rest_auth": "bearer"}, "no password, token or key"),
            ({"rest_auth": "bearer", "login_secret": "hunter2\r\nX: 1"}, "line breaks"),
            ({"rest_auth": "bearer", "login_secret": PASSWORD}, "ASCII"),
            ({"rest_auth": "api_key", "login_secret": TOKEN, "rest_key_header": "Host"}, "set by Odoo"),
            (
                {"rest_auth": "api_key", "login_secret": TOKEN, "rest_key_header": "x-a", "rest_headers": "X-A: 1"},
                "fixed header already",
            ),
            ({"rest_auth": "oauth", "login_secret": TOKEN}, "client ID"),
            ({"rest_auth": "oauth", "login_secret": TOKEN, "rest_client_id": "odoo"}, "token address"),
            (
                {
                    "rest_auth": "oauth",
                    "login_secret": TOKEN,
                    "rest_client_id": "odoo",
                    "rest_token_url": "http://login.example/",
                },
                "https",
            ),
        ):
            with self.subTest(values=values), self.refused(words) as caught:
                self.connector(platform, **values)
            self.assertNotIn("hunter2", str(caught.exception))

    def test_a_leftover_secret_does_not_keep_the_address_from_changing(self):
        connector = self.connector(self.platform(), rest_auth="bearer", login_secret=TOKEN)
        with self.refused("Enter it again"):
            connector.url = "https://elsewhere.example/"
        connector.rest_auth = "none"
        connector.url = "https://elsewhere.example/"
        with self.refused("no password, token or key"):
            connector.rest_auth = "bearer"

    def test_a_webhooks_secret_does_not_keep_it_from_becoming_rest(self):
        platform, endpoint = self.platform(), self.endpoint()
        connector = self.connector(platform, adapter="webhook", signing_secret=SECRET)
        connector.write(
            {
                "adapter": "rest",
                "rest_auth": "oauth",
                "rest_token_url": endpoint.url(),
                "rest_client_id": "odoo",
                "login_secret": TOKEN,
            }
        )
        self.assertEqual(self.send(connector).verdict, "delivered")

    def test_a_secret_that_is_gone_is_asked_for_again(self):
        certificate, key = self.authority.issue("odoo.example")
        values = {"rest_certificate": certificate, "private_key": key, "rest_auth": "bearer", "login_secret": TOKEN}
        for purpose in ("login", "private_key"):
            connector = self.connector(self.platform(), name=purpose, **values)
            connector.credential_ids.sudo().filtered(lambda one, gone=purpose: one.purpose == gone).unlink()
            with self.subTest(purpose=purpose), self.refused("Enter it again"):
                self.send(connector)

    def test_what_the_platform_repeats_of_a_secret_is_blotted_out(self):
        pair = base64.b64encode(("odoo:" + PASSWORD).encode()).decode()

        def echo(request):
            return 400, {"Location": "/%s" % pair}, json.dumps({**request["headers"], "password": PASSWORD}).encode()

        connector = self.connector(self.platform(echo), rest_auth="basic", rest_login="odoo", login_secret=PASSWORD)
        outcome = self.send(connector)
        self.assertIn(b"(hidden)", outcome.answer_body)
        for form in (pair, PASSWORD, json.dumps(PASSWORD)[1:-1]):
            self.assertNotIn(form, str(outcome) + outcome.answer_body.decode())

    def test_secrets_in_what_is_called_are_blotted_out(self):
        path = "/{entity}?by={type}&api_key=4711&a=%s" % TOKEN
        platform = self.platform()
        connector = self.connector(platform, rest_path=path, rest_auth="bearer", login_secret=TOKEN)
        outcome = self.send(connector)
        self.assertIn("4711", platform.requests[0]["path"], "the platform gets it as it is")
        self.assertEqual(
            outcome.target, "POST %s?by=invoice.posted&api_key=(hidden)&a=(hidden)" % platform.url("/in/invoice")
        )

    def test_a_secret_at_the_edge_of_a_long_answer_is_blotted_out(self):
        def edge(request):
            return 200, {}, b"x" * (65536 - 9) + TOKEN.encode() * 2

        outcome = self.send(self.connector(self.platform(edge), rest_auth="bearer", login_secret=TOKEN))
        self.assertTrue(outcome.answer_truncated)
        self.assertNotIn(b"hunt", outcome.answer_body)

    def test_a_token_is_asked_for_once_and_kept_between_runs(self):
        platform, endpoint = self.platform(), self.endpoint()
        connector = self.oauth(platform, endpoint, rest_scope="audit.write")
        for _run in range(3):
            self.assertEqual(self.send(connector).verdict, "delivered")
        self.assertEqual(endpoint.given, 1)
        self.assertTrue(all(endpoint.protects(request) for request in platform.requests))
        self.assertEqual(endpoint.forms()[0], {"grant_type": ["client_credentials"], "scope": ["audit.write"]})

    def test_the_client_secret_may_go_into_the_form(self):
        endpoint = self.endpoint()
        self.send(self.oauth(self.platform(), endpoint, rest_token_style="body"))
        self.assertEqual(endpoint.forms()[0]["client_secret"], [TOKEN])
        self.assertNotIn("authorization", endpoint.requests[0]["headers"])

    def test_an_expired_token_is_replaced(self):
        platform, endpoint = self.platform(), self.endpoint()
        endpoint.lifetime = 0.001
        connector = self.oauth(platform, endpoint)
        self.send(connector)
        self.send(connector)
        self.assertEqual(endpoint.given, 2)
        self.assertEqual(platform.requests[1]["headers"]["authorization"], "Bearer given-token-2")

    def test_a_token_that_is_no_longer_taken_is_asked_for_anew_once(self):
        endpoint = self.endpoint()
        platform = self.platform(lambda request: (204 if endpoint.protects(request) else 401, {}, b""))
        connector = self.oauth(platform, endpoint)
        self.send(connector)
        endpoint.tokens.append("revoked-all-before")
        self.assertEqual(self.send(connector).verdict, "delivered")
        self.assertEqual(endpoint.given, 2)
        platform.answer = lambda request: (401, {}, b"")
        outcome = self.send(connector)
        self.assertEqual((outcome.verdict, outcome.status), ("dead", 401))
        self.assertEqual(endpoint.given, 3)
        self.assertEqual({request["headers"]["idempotency-key"] for request in platform.requests}, {"m-42"})

    def test_a_replaced_secret_gets_a_token_of_its_own(self):
        endpoint = self.endpoint()
        connector = self.oauth(self.platform(), endpoint)
        self.send(connector)
        connector.login_secret = "another"
        self.send(connector)
        self.assertEqual(endpoint.given, 2)

    def test_trouble_with_the_token_address_is_tried_again_and_tells(self):
        platform, endpoint = self.platform(), self.endpoint()
        connector = self.oauth(platform, endpoint)
        endpoint.refuse = (401, {"error": "invalid_client", "error_description": "no " + TOKEN})
        outcome = self.send(connector)
        self.assertEqual((outcome.verdict, outcome.status, outcome.fault), ("retry", None, "token"))
        self.assertIn("HTTP 401 (invalid_client)", outcome.reason)
        self.assertEqual(platform.requests, [])
        endpoint.close()
        self.assertIn("does not answer", self.send(connector).reason)

    def test_the_client_secret_is_bound_to_the_token_address(self):
        platform, endpoint = self.platform(), self.endpoint()
        connector = self.oauth(platform, endpoint)
        self.assertIn("/token", connector.credential_ids.destination)
        for change in (
            {"rest_token_url": endpoint.url("/elsewhere")},
            {"rest_auth": "bearer"},
            {"url": "https://elsewhere.example/"},
        ):
            with self.subTest(change=change), self.refused("Enter it again"):
                connector.write(change)
        connector.write({"rest_token_url": endpoint.url("/elsewhere"), "login_secret": TOKEN})

    def test_a_client_certificate_is_shown_and_combines_with_the_others(self):
        platform = self.platform(context=self.authority.server("127.0.0.1", demand_client=True))
        certificate, key = self.authority.issue("odoo.example", days=90)
        connector = self.connector(platform, ca_certificates=self.authority.pem, rest_auth="bearer", login_secret=TOKEN)
        outcome = self.send(connector)
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn(outcome.fault, ("tls", "reset"))
        connector.write({"rest_certificate": certificate, "private_key": key})
        self.assertEqual(self.send(connector).verdict, "delivered")
        self.assertEqual(platform.requests[0]["headers"]["authorization"], "Bearer " + TOKEN)
        self.assertIn("odoo.example, good until", connector.rest_certificate_note)
        self.assertFalse(connector.protocol_warning)

    def test_a_key_that_does_not_belong_to_the_certificate_is_refused(self):
        certificate, key = self.authority.issue("odoo.example")
        connector = self.connector(self.platform())
        for values, words in (
            ({"rest_certificate": certificate}, "no private key"),
            ({"rest_certificate": certificate, "private_key": self.authority.issue("b")[1]}, "does not belong"),
            ({"rest_certificate": certificate + key, "private_key": key}, "its own field"),
            ({"rest_certificate": certificate, "private_key": "hunter2"}, "PEM text"),
        ):
            with self.subTest(words=words), self.refused(words) as caught:
                connector.write(values)
            self.assertNotIn("hunter2", str(caught.exception))

    def test_a_certificate_that_ends_soon_or_has_ended_is_warned_of(self):
        connector = self.connector(self.platform())
        for days, words in ((90, ""), (20, "ends on"), (-1, "ended on")):
            certificate, key = self.authority.issue("odoo.example", days=days)
            connector.write({"rest_certificate": certificate, "private_key": key})
            with self.subTest(days=days):
                self.assertIn(words, connector.protocol_warning or "")
                self.assertEqual(bool(connector.protocol_warning), bool(words))
                date = (datetime.now(timezone.utc) + timedelta(days=days)).date().isoformat()
                self.assertIn(date, connector.rest_certificate_note)

    def test_no_secret_stands_in_any_row_after_a_delivery(self):
        endpoint = self.endpoint()
        platform = self.platform(lambda request: (400, {}, json.dumps(request["headers"]).encode()))
        certificate, key = self.authority.issue("odoo.example")
        values = {
            "adapter": "rest",
            "allowed_destinations": "127.0.0.1",
            "signing_secret": False,
            "rest_certificate": certificate,
            "private_key": key,
        }
        oauth = {"rest_auth": "oauth", "rest_token_url": endpoint.url(), "rest_client_id": "odoo"}
        connectors = (
            self._connector(platform, name="By OAuth", login_secret=TOKEN, **oauth, **values)
            | self._connector(platform, name="By token", rest_auth="bearer", login_secret=TOKEN, **values)
        )  # fmt: skip
        self._invoice(post=True)
        for connector in connectors:
            self.drain(connector)
        attempts = self.env["audit.delivery.attempt"].search([("connector_id", "in", connectors.ids)])
        self.assertEqual(attempts.mapped("status"), [400, 400])
        self.env.flush_all()
        secrets = (TOKEN, endpoint.tokens[-1], key.split("\n")[1])
        for table in self._tables():
            self.env.cr.execute("SELECT coalesce(string_agg(t::text, ' '), '') FROM \"%s\" t" % table)  # noqa: S608
            content = self.env.cr.fetchone()[0]
            for secret in secrets:
                self.assertNotIn(secret, content, table)
                self.assertNotIn(secret.encode().hex(), content, table)

    def _tables(self):
        """Where what is sent, answered and logged could have left a trace: our own tables, the chatter and the jobs."""
        self.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND (tablename LIKE 'audit%%' "
            "OR tablename IN ('mail_message', 'mail_tracking_value', 'queue_job', 'ir_logging'))"
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @mute_logger("odoo.addons.audit_connector_base.models.exchange.drain")
    def test_an_exception_inside_shows_no_secret(self):
        connector = self.connector(self.platform(), rest_auth="bearer", login_secret=TOKEN)
        sender = connector._adapter()._sender(connector)
        for part in (sender, sender._login, sender._dialler):
            self.assertNotIn(TOKEN, repr(part))
        self.assertNotIn(TOKEN, repr(sender._login._signed(sender._request(self.message()))))
        # A header that the library refuses is quoted in its error, which must not come out.
        sender._login._value = "Bearer %s\r\nX: 1" % TOKEN
        outcome = sender(self.message())
        self.assertEqual((outcome.verdict, outcome.fault), ("dead", "settings"))
        self.assertNotIn(TOKEN, str(outcome))
