import base64
import json
import time
from html import unescape

from odoo import Command
from odoo.tests import tagged

from ..core import checkpoint, signatures
from .api import ApiHttpCase
from .common import SECRET
from .log_case import LogCase
from .records import Maker, suite_models

# Prints that say nothing about what was recorded.
NO_STATEMENTS = {"audit_bank_sync.report_bank_confirmation": "a letter that asks the bank"}


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
        self.env.flush_all()
        self.env["audit.log"]._forget_notes()
        self.assertEqual(self.env["audit.log"]._note_header(self.company), {})

    def test_printed_statements_carry_the_last_note(self):
        self.env["audit.log"]._forget_notes()
        statements = self._statements()
        self.assertIn("audit_connector_base.report_retention_run", statements)
        for report, record in statements.items():
            self.assertNotIn("Last signed note", self._printed(report, record), report)
        self.append()
        self.seal()
        self.env["audit.log"]._forget_notes()
        stored = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        for report, record in statements.items():
            printed = self._printed(report, record)
            for line in filter(None, stored.note.split("\n")):
                self.assertIn(line, printed, report)

    def _statements(self):
        """``{name of a report: a record to print}`` of every print of the suite that is a statement."""
        maker = Maker(self.env(context={"allowed_company_ids": self.company.ids}))
        actions = self.env["ir.actions.report"].search([("model", "in", suite_models(self.env))])
        names = {action.report_name: action.model for action in actions if action.report_name not in NO_STATEMENTS}
        return {report: maker.of(model) for report, model in names.items()}

    def _printed(self, report, record):
        return unescape(self.env["ir.actions.report"]._render_qweb_html(report, record.ids)[0].decode())

    def test_many_answers_ask_the_database_once(self):
        self.append()
        self.seal()
        self.env["audit.log"]._note_header(self.company)
        with self.assertQueryCount(0):
            for _answer in range(100):
                self.env["audit.log"]._note_header(self.company)


@tagged("post_install", "-at_install")
class TestLogHeaderOverHttp(LogCase, ApiHttpCase):
    """Whoever sends messages or reads by the API holds the last note as well."""

    def setUp(self):
        super().setUp()
        self.append()
        self.seal()
        self.env["audit.log"]._forget_notes()
        self.addCleanup(self.env["audit.log"]._forget_notes)

    def _held(self, response):
        """The checkpoint in an answer, verified with the key of the log."""
        note = base64.b64decode(response.headers["Audit-Checkpoint"])
        return checkpoint.verify(note, [checkpoint.parse_key(self.log.verifier_key)]).checkpoint

    def test_programs_hold_the_note_of_the_company_that_they_read(self):
        client = self._active("invoice:read")
        token = self._token(client)
        self.env["audit.log"]._forget_notes()
        for path, status in (("invoice?limit=1", 200), ("payment", 403)):
            with self.subTest(path=path):
                response = self._get(path, token)
                self.assertEqual(response.status_code, status, response.text)
                self.assertEqual(self._held(response), self.note())
        self.assertNotIn("Audit-Checkpoint", self._get("invoice", "x" * 43).headers, "a stranger is told nothing")

    def test_a_program_of_several_companies_holds_a_note_of_each_in_turn(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.append(company=other.id)
        self.seal()
        for user in (self.administrator, self.approver):
            user.company_ids += other
        client = self._active("invoice:read", company_ids=[Command.set((self.company | other).ids)])
        token = self._token(client)
        self.env["audit.log"]._forget_notes()
        notes = [base64.b64decode(self._get("invoice", token).headers["Audit-Checkpoint"]) for _turn in range(4)]
        logs = self.env["audit.log"].search([("state", "=", "open"), ("company_id", "in", (self.company | other).ids)])
        self.assertEqual({checkpoint.parse(note).checkpoint.origin for note in notes}, set(logs.mapped("origin")))

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
        event = {"specversion": "1.0", "id": "m-1", "source": "urn:x", "type": "x", "data": {}}
        for message, status in ((event, 202), ({**event, "data": {"x": 1}}, 409), ({"id": "m-2"}, 400)):
            body, message_id, now = json.dumps(message).encode(), "n-1", int(time.time())
            headers = {
                "Content-Type": "application/cloudevents+json",
                "webhook-id": message_id,
                "webhook-timestamp": str(now),
                "webhook-signature": signatures.sign([SECRET], message_id, now, body),
            }
            with self.subTest(status=status):
                response = self.url_open("/audit/v1/inbound/%s" % connector.inbound_code, data=body, headers=headers)
                self.assertEqual(response.status_code, status, response.text)
                self.assertEqual(self._held(response), self.note())
        headers["webhook-signature"] = "v1,AAAA"
        response = self.url_open("/audit/v1/inbound/%s" % connector.inbound_code, data=body, headers=headers)
        self.assertEqual(response.status_code, 401)
        self.assertNotIn("Audit-Checkpoint", response.headers, "a stranger is told nothing")

    def test_what_is_about_no_company_carries_the_note_of_the_system(self):
        client, log = self._active("invoice:read"), self.env["audit.log"]
        secret = self._secret(client)
        self.append(company=0)
        for _time in range(2):
            # The log of the system in the template of this database is left to the template.
            self.seal()
        system = log.search([("company_id", "=", False), ("state", "=", "open")])
        log._forget_notes()
        asked = {
            "token": lambda: self._ask_token(client.client_id, secret),
            "a scope that it has not": lambda: self._ask_token(client.client_id, secret, scope="payment:read"),
            "health": lambda: self._get("health"),
            "openapi.json": lambda: self._get("openapi.json"),
            "docs": lambda: self._get("docs"),
            "contracts": lambda: self._get("contracts"),
            "one contract": lambda: self._get("contracts/invoice/1.json"),
            "the same again": lambda: self._get(
                "contracts/invoice/1.json", If_None_Match=self._get("contracts/invoice/1.json").headers["ETag"]
            ),
        }
        for name, ask in asked.items():
            with self.subTest(asked=name):
                response = ask()
                self.assertIn(response.status_code, (200, 304, 400), response.text)
                note = base64.b64decode(response.headers["Audit-Checkpoint"])
                opened = checkpoint.verify(note, [checkpoint.parse_key(system.verifier_key)]).checkpoint
                self.assertEqual(opened, self.note(system))
        for refused in (self._ask_token(client.client_id, "x" * 43), self._get("contracts/nothing")):
            self.assertNotIn("Audit-Checkpoint", refused.headers, "a stranger is told nothing")
