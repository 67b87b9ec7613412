import base64
import json
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from odoo import fields
from odoo.tests import Form, tagged

from ..core import signatures
from . import servers
from .common import SECRET
from .http_case import TRACE, HttpAdapterCase


@tagged("post_install", "-at_install")
class TestWebhook(HttpAdapterCase):
    def connector(self, platform, **values):
        return super().connector(platform, **{"signing_secret": SECRET, **values})

    def verified(self, request, secret=SECRET):
        return Webhook(secret).verify(request["body"], request["headers"])

    def test_the_official_library_verifies_what_is_sent(self):
        platform = self.platform()
        outcome = self.send(self.connector(platform))
        self.assertEqual((outcome.verdict, outcome.status, outcome.peer), ("delivered", 204, "127.0.0.1"))
        request = platform.requests[0]
        self.assertEqual(self.verified(request)["data"]["n"], 42)
        self.assertEqual(request["headers"]["webhook-id"], "m-42")
        self.assertEqual(request["headers"]["traceparent"], TRACE)
        self.assertEqual(outcome.target, "POST " + platform.url("/in"))

    def test_a_key_pair_signs_and_its_public_half_is_shown(self):
        platform, private = self.platform(), signatures.new_private_key()
        connector = self.connector(platform, signing_secret=private)
        self.assertEqual(connector.signing_public_key, signatures.public_key(private))
        self.assertEqual(connector.credential_ids.public_key, connector.signing_public_key)
        self.send(connector)
        request = platform.requests[0]
        headers, encoded = request["headers"], connector.signing_public_key.partition("_")[2]
        content = b"%s.%s.%s" % (
            headers["webhook-id"].encode(),
            headers["webhook-timestamp"].encode(),
            request["body"],
        )
        version, _comma, signature = headers["webhook-signature"].partition(",")
        self.assertEqual(version, "v1a")
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded))
        public.verify(base64.b64decode(signature), content)
        with self.assertRaises(InvalidSignature):
            public.verify(base64.b64decode(signature), content + b" ")

    def test_a_key_pair_can_be_generated_and_only_its_public_half_needs_copying(self):
        form = Form(self.env["audit.connector"])
        form.name = "Generated"
        form.url = "https://archive.example/in"
        form.generate_secret = "key_pair"
        shown = form.signing_public_key
        self.assertTrue(shown.startswith("whpk_"))
        connector = form.save()
        self.assertEqual(connector.signing_public_key, shown)
        self.assertEqual(signatures.public_key(connector._secret_of("signing")), shown)

    def test_a_shared_secret_has_no_public_half(self):
        self.assertFalse(self.connector(self.platform()).signing_public_key)

    def test_during_the_change_over_both_secrets_verify(self):
        platform, second = self.platform(), signatures.new_secret()
        connector = self.connector(platform)
        connector.signing_secret = second
        self.send(connector)
        self.verified(platform.requests[0], SECRET)
        self.verified(platform.requests[0], second)
        connector.action_end_rotation()
        self.send(connector)
        self.verified(platform.requests[1], second)
        with self.assertRaises(WebhookVerificationError):
            self.verified(platform.requests[1], SECRET)

    def test_changing_over_to_a_key_pair_signs_both_ways(self):
        platform = self.platform()
        connector = self.connector(platform)
        connector.signing_secret = signatures.new_private_key()
        self.send(connector)
        self.verified(platform.requests[0])
        header = platform.requests[0]["headers"]["webhook-signature"]
        self.assertEqual([part.partition(",")[0] for part in header.split(" ")], ["v1a", "v1"])

    def test_a_batch_is_one_signed_array_of_the_exact_envelopes(self):
        platform = self.platform()
        connector = self.connector(platform)
        sender = connector._adapter()._sender(connector)
        messages = [self.message(number) for number in (1, 2, 3)]
        outcomes = sender.batch(messages, "batch-7")
        sender.close()
        self.assertEqual([outcome.verdict for outcome in outcomes], ["delivered"] * 3)
        request = platform.requests[0]
        self.assertEqual(len(platform.requests), 1)
        self.assertEqual(request["headers"]["content-type"], "application/cloudevents-batch+json")
        self.assertEqual(request["headers"]["webhook-id"], "batch-7")
        self.assertNotIn("traceparent", request["headers"])
        self.assertEqual([event["id"] for event in self.verified(request)], ["m-1", "m-2", "m-3"])
        for message in messages:
            self.assertIn(message.body, request["body"])

    def test_the_drain_sends_a_batch_that_the_official_library_verifies(self):
        platform = self.platform()
        connector = self._connector(platform)
        connector.subscription_ids.write({"mode": "batch", "batch_every": "60", "batch_size": 10})
        invoices = [self._invoice(post=True) for _number in range(3)]
        deliveries = self.env["audit.delivery"].search([("connector_id", "=", connector.id)], order="id")
        deliveries.due_at = fields.Datetime.now()
        self.drain(connector, deliveries[0].lane)
        (request,) = platform.requests
        events = self.verified(request)
        self.assertEqual([event["subject"] for event in events], ["account.move/%d" % one.id for one in invoices])
        self.assertEqual([event["id"] for event in events], deliveries.mapped("message_id"))
        self.assertEqual(request["headers"]["webhook-id"], deliveries[0].attempt_ids.batch)
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})

    def test_a_batch_that_fails_fails_for_all_of_it(self):
        platform = self.platform(lambda request: (503, {"Retry-After": "7"}, b"busy"))
        connector = self.connector(platform)
        outcomes = connector._adapter()._sender(connector).batch([self.message(1), self.message(2)], "batch-7")
        self.assertEqual([(one.verdict, one.retry_after) for one in outcomes], [("slow_down", 7.0)] * 2)

    def test_connections_are_kept_and_closed_at_the_end(self):
        platform = self.platform()
        connector = self.connector(platform)
        sender = connector._adapter()._sender(connector)
        peers = set()
        platform.answer = lambda request: (peers.add(request["socket"].getpeername()), (204, {}, b""))[1]
        for number in range(3):
            sender(self.message(number))
        self.assertEqual(len(peers), 1)
        sender.close()
        sender(self.message())
        self.assertEqual(len(peers), 2)

    def test_an_authority_of_the_platforms_own_is_trusted_when_named(self):
        platform = self.platform(context=self.authority.server("127.0.0.1"))
        connector = self.connector(platform)
        outcome = self.send(connector)
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "tls"))
        self.assertIn("certificate is not accepted", outcome.reason)
        self.assertEqual(platform.requests, [])
        connector.ca_certificates = self.authority.pem
        self.assertEqual(self.send(connector).verdict, "delivered")

    def test_certificates_for_another_name_or_that_ended_are_refused(self):
        for days, called, words in ((1, "other.internal", "(?i)hostname|mismatch"), (-1, "api.internal", "expired")):
            platform = self.platform(context=self.authority.server("api.internal", days=days))
            self.called(called)
            connector = self.connector(
                platform,
                name=called,
                url=platform.url("/in", name=called),
                allowed_destinations=called,
                ca_certificates=self.authority.pem,
            )
            outcome = self.send(connector)
            with self.subTest(called=called):
                self.assertEqual((outcome.verdict, outcome.fault), ("retry", "tls"))
                self.assertRegex(outcome.reason, words)
                self.assertEqual(platform.requests, [])

    def test_authorities_that_are_none_are_refused_on_saving(self):
        connector = self.connector(self.platform())
        _certificate, key = self.authority.issue("x.example")
        for text, words in (("nonsense", "No certificate"), (self.authority.pem + key, "holds a private key")):
            with self.subTest(words=words), self.refused(words):
                connector.ca_certificates = text

    def test_a_redirect_is_not_followed(self):
        elsewhere = self.platform()
        platform = self.platform(lambda request: (307, {"Location": elsewhere.url("/in")}, b""))
        outcome = self.send(self.connector(platform))
        self.assertEqual((outcome.verdict, outcome.status), ("dead", 307))
        self.assertEqual(outcome.answer_headers["location"], elsewhere.url("/in"))
        self.assertEqual(elsewhere.requests, [])

    def test_servers_that_misbehave_are_outcomes_in_words(self):
        for answer, verdict, fault in (
            (servers.slow, "retry", "timeout"),
            (servers.reset, "retry", "reset"),
            (servers.endless, "delivered", ""),
        ):
            connector = self.connector(self.platform(answer), name=answer.__name__, timeout=1)
            started = time.monotonic()
            outcome = self.send(connector)
            with self.subTest(answer=answer.__name__):
                self.assertEqual((outcome.verdict, outcome.fault), (verdict, fault))
                self.assertLess(time.monotonic() - started, 2)
                self.assertLessEqual(len(outcome.answer_body), connector.ANSWER_KEPT)
                self.assertEqual(outcome.answer_truncated, answer is servers.endless)

    def test_nothing_of_the_secret_or_the_signature_is_kept(self):
        connector = self.connector(self.platform())
        outcome = self.send(connector)
        self.assertNotIn("webhook-signature", outcome.request_headers)
        self.assertNotIn(SECRET[6:], str(outcome))

    def test_the_drain_delivers_what_the_official_library_verifies(self):
        platform = self.platform()
        connector = self._connector(platform)
        invoice = self._invoice(post=True)
        self.drain(connector)
        events = [self.verified(request) for request in platform.requests]
        self.assertEqual([event["subject"] for event in events], ["account.move/%d" % invoice.id])
        request = platform.requests[0]
        self.assertEqual(request["headers"]["traceparent"], json.loads(request["body"])["traceparent"])
