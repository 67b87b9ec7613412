import base64
import json
import time

from odoo.tests import HttpCase, tagged

from ..core import checkpoint, proof_file, signatures, uuid7
from .common import SECRET
from .log_case import LogCase


@tagged("post_install", "-at_install")
class TestLogHeader(LogCase):
    """The last note goes out with webhooks, so that their receivers hold one."""

    def setUp(self):
        super().setUp()
        self.env["audit.log"]._forget_notes()
        self.addCleanup(self.env["audit.log"]._forget_notes)

    def test_every_webhook_carries_the_last_note(self):
        receiver = self.receiver()
        connector = self._connector(receiver)
        self._invoice(post=True)
        self.seal()
        note = self.note()
        seen = []
        handler = receiver.server.RequestHandlerClass
        post = handler.do_POST

        def do_post(request):
            seen.append(request.headers["Audit-Checkpoint"])
            post(request)

        handler.do_POST = do_post
        self.drain(connector)
        (header,) = seen
        opened = checkpoint.verify(base64.b64decode(header), [checkpoint.parse_key(self.log.verifier_key)])
        self.assertEqual(opened.checkpoint, note)
        attempt = self.env["audit.delivery.attempt"].search([("connector_id", "=", connector.id)])
        self.assertNotIn("Checkpoint", str(attempt.read()))

    def test_a_log_that_is_not_signed_sends_none(self):
        self.append()
        self.assertEqual(self.env["audit.log"]._note_header(self.company), {})

    def test_a_stopped_log_sends_none(self):
        self.append()
        self.seal()
        self.assertTrue(self.env["audit.log"]._note_header(self.company))
        self.log.sudo().frozen_kind = "forked"
        self.env["audit.log"]._forget_notes()
        self.assertEqual(self.env["audit.log"]._note_header(self.company), {})

    def test_many_answers_ask_the_database_once(self):
        self.append()
        self.seal()
        self.env["audit.log"]._note_header(self.company)
        with self.assertQueryCount(0):
            for _answer in range(100):
                self.env["audit.log"]._note_header(self.company)


@tagged("post_install", "-at_install")
class TestLogDownloads(LogCase, HttpCase):
    """What is downloaded or answered over HTTP."""

    def setUp(self):
        super().setUp()
        self.entry = self.append()
        self.seal()
        self.env["audit.log"]._forget_notes()
        self.addCleanup(self.env["audit.log"]._forget_notes)

    def _get(self, url, login=None):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def test_the_proof_of_an_entry_can_be_downloaded_and_verified_with_the_key_alone(self):
        action = self.entry.with_user(self.accountant).action_download_proof()
        response = self._get(action["url"], self.accountant.login)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        proof = proof_file.parse(response.content)
        verified = proof.verify([checkpoint.parse_key(self.log.verifier_key)])
        self.assertEqual(verified.checkpoint, self.note())
        self.assertEqual(proof.entry.decode(), self.entry.sealed_text)

    def test_a_note_can_be_downloaded(self):
        stored = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        response = self._get(stored.action_download()["url"], self.accountant.login)
        self.assertEqual(response.text, stored.note)

    def test_strangers_and_people_without_a_role_get_nothing(self):
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        plain = self._user("plain")
        stored = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        for user in (stranger, plain):
            for url in ("/audit/log/proof/%d" % self.entry.id, "/audit/log/note/%d" % stored.id):
                with self.subTest(user=user.login, url=url):
                    self.assertEqual(self._get(url, user.login).status_code, 404)
        self.assertEqual(self._get("/audit/log/proof/%d" % self.entry.id).status_code, 303)

    def test_what_is_not_signed_yet_has_no_proof_and_says_so(self):
        entry = self.append()
        response = self._get("/audit/log/proof/%d" % entry.id, self.accountant.login)
        self.assertEqual(response.status_code, 409)
        self.assertIn("within a minute", response.text)

    def test_an_entry_that_was_changed_is_not_proven(self):
        change = "UPDATE audit_log_entry SET entry = replace(encode(entry, 'escape'), '/', '/9')::bytea WHERE id = %s"
        self.tamper("audit_log_entry", change, self.entry.id)
        response = self._get("/audit/log/proof/%d" % self.entry.id, self.accountant.login)
        self.assertEqual(response.status_code, 409)
        self.assertIn("damaged", response.text)

    def test_senders_hold_the_note_of_the_company_that_received(self):
        connector = self.env["audit.connector"].create(
            {
                "name": "Supplier master",
                "url": "https://suppliers.example/in",
                "signing_secret": SECRET,
                "inbound_active": True,
                "inbound_secret": SECRET,
            }
        )
        body = json.dumps(
            {"specversion": "1.0", "id": "m-1", "source": "urn:x", "type": "x", "data": {}}
        ).encode()
        message_id, now = uuid7.uuid7(), int(time.time())
        headers = {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signatures.sign([SECRET], message_id, now, body),
        }
        response = self.url_open("/audit/v1/inbound/%s" % connector.inbound_code, data=body, headers=headers)
        self.assertEqual(response.status_code, 202, response.text)
        note = checkpoint.parse(base64.b64decode(response.headers["Audit-Checkpoint"]))
        self.assertEqual(note.checkpoint, self.note())
