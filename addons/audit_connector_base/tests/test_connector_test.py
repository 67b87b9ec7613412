import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import servers
from .common import SECRET
from .http_case import HttpAdapterCase


@tagged("post_install", "-at_install")
class TestConnectorTest(HttpAdapterCase):
    def connector(self, platform, **values):
        return super().connector(platform, **{"signing_secret": SECRET, **values})

    def dialog(self, connector, user=None):
        action = connector.with_user(user or self.administrator).action_test()
        return self.env[action["res_model"]].with_user(user or self.administrator).with_context(
            **action["context"]
        ).create({})  # fmt: skip

    def answered(self, answer=None, **values):
        dialog = self.dialog(self.connector(self.platform(answer), **values))
        dialog.action_send()
        return dialog

    def test_the_answer_is_shown_with_what_was_sent(self):
        platform = self.platform(lambda request: (202, {"X-Request-Id": "r-7", "X-Inner": "no"}, b'{"ok":true}'))
        connector = self.connector(platform)
        dialog = self.dialog(connector)
        self.assertEqual((dialog.state, dialog.address), ("new", connector.url))
        self.assertIn("Adm", dialog.preview)
        action = dialog.action_send()
        self.assertEqual((action["res_id"], action["target"]), (dialog.id, "new"))
        self.assertTrue(dialog.good)
        self.assertEqual((dialog.status, dialog.peer), (202, "127.0.0.1"))
        self.assertEqual(dialog.target, "POST " + connector.url)
        self.assertIn("took the test message", dialog.verdict)
        self.assertEqual(dialog.answer_body, '{"ok":true}')
        self.assertIn("x-request-id: r-7", dialog.answer_headers)
        self.assertNotIn("x-inner", dialog.answer_headers.lower())
        self.assertIn("webhook-id: " + dialog.message_id, dialog.request_headers)
        self.assertNotIn("signature", dialog.request_headers)
        self.assertGreater(dialog.seconds, 0)

    def test_the_message_is_a_cloud_event_that_says_who_and_when(self):
        platform = self.platform()
        self.dialog(self.connector(platform)).action_send()
        event = json.loads(platform.requests[0]["body"])
        self.assertEqual((event["type"], event["specversion"]), ("connector.test", "1.0"))
        self.assertEqual(set(event["data"]), {"connector", "sent_at", "sent_by"})
        self.assertEqual((event["data"]["connector"], event["data"]["sent_by"]), ("Platform", "Adm"))
        self.assertNotIn("dataschema", event)

    def test_it_is_logged_and_not_counted(self):
        events = self.env["audit.event"].search_count([])
        dialog = self.answered()
        connector = dialog.connector_id
        entry = self.env["audit.log.entry"].search([("kind", "=", "connector.tested")], limit=1)
        self.assertEqual((entry.res_model, entry.res_id), (connector._name, connector.id))
        self.assertEqual((entry.direction, entry.result, entry.actor_name), ("out", "good", "Adm"))
        self.assertIn("Test message accepted by Platform", entry.summary)
        self.assertIn(dialog.message_id, entry.details)
        self.assertEqual(self.env["audit.event"].search_count([]), events)
        self.assertEqual((connector.delivered_count, connector.health), (0, "idle"))

    def test_a_refusal_is_told_in_words_and_with_what_to_do(self):
        for status, words in (
            (302, "location"),
            (401, "Check the secret"),
            (403, "permit"),
            (404, "address"),
            (410, "closed for good"),
            (413, "smaller"),
            (422, "fixed headers"),
            (429, "patience"),
            (500, "trouble of its own"),
            (418, "documentation"),
        ):
            dialog = self.answered(lambda request, status=status: (status, {}, b"no"), name="Answers %d" % status)
            with self.subTest(status=status):
                self.assertFalse(dialog.good)
                self.assertIn("answered, but did not take", dialog.verdict)
                self.assertIn(words, dialog.advice)
                entry = self.env["audit.log.entry"].search([("kind", "=", "connector.tested")], limit=1)
                self.assertEqual(entry.result, "bad")
                self.assertIn("HTTP %d" % status, entry.summary)

    def test_trouble_on_the_way_is_told_in_words_and_with_what_to_do(self):
        closed = self.platform()
        closed.close()
        protected = self.platform(context=self.authority.server("127.0.0.1"))
        self.called("inner.example")
        for platform, values, words in (
            (closed, {}, "Nobody listens"),
            (protected, {}, "Certificate Authorities"),
            (self.platform(servers.slow), {"timeout": 1}, "in time"),
            (self.platform(servers.reset), {}, "hung up"),
            (self.platform(), {"url": "https://inner.example/", "allowed_destinations": ""}, "Destinations Allowed"),
            (self.platform(), {"url": "https://unknown.invalid/"}, "host name is not known"),
        ):
            dialog = self.dialog(self.connector(platform, name=words, **values))
            dialog.action_send()
            with self.subTest(words=words):
                self.assertFalse(dialog.good or dialog.status)
                self.assertIn(words, dialog.advice)
                self.assertTrue(dialog.reason)

    def test_a_connector_that_cannot_send_says_why(self):
        connector = self.connector(self.platform())
        connector.credential_ids.sudo().envelope = "broken"
        dialog = self.dialog(connector)
        dialog.action_send()
        self.assertIn("not sent", dialog.verdict)
        self.assertIn("Enter it again", dialog.reason)

    @mute_logger("odoo.addons.audit_connector_base.models.connector.trial")
    def test_a_fault_inside_an_adapter_is_an_answer_too(self):
        connector = self.connector(self.platform())
        sender = type(connector._adapter()._sender(connector))
        self.patch(sender, "_post", lambda *arguments: 1 / 0)
        dialog = self.dialog(connector)
        dialog.action_send()
        self.assertIn("ZeroDivisionError", dialog.reason)
        self.assertIn("fault in Odoo", dialog.advice)

    def test_every_protocol_can_be_tested(self):
        platform = self.platform()
        dialog = self.dialog(
            self.connector(platform, adapter="rest", signing_secret=False, rest_path="/{entity}/{id}/{type}")
        )
        dialog.action_send()
        self.assertTrue(dialog.good, dialog.reason)
        path = "/in/connector/%d/connector.test" % dialog.connector_id.id
        self.assertEqual(platform.requests[0]["path"], path)
        self.assertIn(path, dialog.target)

    def test_only_connector_administrators_send_one(self):
        connector = self.connector(self.platform())
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            self.dialog(connector, self.accountant)
        with self.assertRaisesRegex(UserError, "Only connector administrators"):
            connector.with_user(self.accountant)._send_test()

    def test_another_companys_connector_cannot_be_tested(self):
        connector = self.connector(self.platform())
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        self.env.flush_all()
        self.env.invalidate_all()
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self.dialog(connector, stranger).action_send()

    def test_no_secret_stands_in_the_dialog(self):
        platform = self.platform(lambda request: (200, {}, json.dumps(request["headers"]).encode()))
        connector = self.connector(
            platform, adapter="rest", signing_secret=False, rest_auth="bearer", login_secret="hunter2-token"
        )
        dialog = self.dialog(connector)
        dialog.action_send()
        self.assertIn("Authorization: Bearer (hidden)", dialog.request_headers)
        self.assertNotIn("hunter2", str(dialog.read()))
