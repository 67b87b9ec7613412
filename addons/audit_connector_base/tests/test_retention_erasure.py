from psycopg2.errors import RestrictViolation
from psycopg2.sql import SQL

from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import hooks
from ..core import log_entry
from .records import Maker
from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestErasure(RetentionCase):
    def test_the_log_loses_content_and_salt_and_keeps_its_proof(self):
        invoice = self._old_invoice()
        self._policy("log")
        entry = self.env["audit.log.entry"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])[
            -1
        ]
        sealed, commitment = entry.sealed_text, entry.commitment
        self.env.cr.execute("SELECT salt, payload FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        salt, payload = map(bytes, self.env.cr.fetchone())
        run = self._erased()
        self.env.cr.execute("SELECT salt, payload, erased_by FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        self.assertEqual(self.env.cr.fetchone(), (None, None, run.erasure))
        self.assertEqual((entry.sealed_text, entry.commitment), (sealed, commitment))
        self.assertEqual(log_entry.commitment(salt, payload), commitment, "whoever kept a copy can still prove it")
        self.assertIn("(content erased)", entry.summary)
        self.assertIn(self.approver.name, entry.details)
        self.assertFalse(entry.payload_text)

    def _change_content(self, change, entry):
        statement = SQL("UPDATE audit_log_payload SET {} WHERE entry_id = %s").format(SQL(change))
        self.env.cr.execute(statement, [entry])

    def test_no_file_made_before_keeps_what_was_erased(self):
        self._old_invoice()
        self._policy("log")
        log = self.env["audit.log"].search([("company_id", "=", self.company.id)], limit=1)
        exports = self.env["audit.log.export"].sudo()
        told, silent = (exports.create({"log_id": log.id, "with_content": told}) for told in (True, False))
        (told | silent).state = "ready"
        self._erased()
        self.assertEqual((told.state, silent.state), ("removed", "ready"))

    def test_the_database_permits_this_one_change_only(self):
        invoice = self._old_invoice()
        self._policy("log")
        entries = self.env["audit.log.entry"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])
        run = self._approved(self._run())
        approval, entry = run.erasure, entries[-1].id
        other = self.env["res.company"].create({"name": "Other company"})
        fact = (other, ("res.company", other.id), {"x": "y"})
        (foreign,) = self.env["audit.log.entry"]._append_facts("retention.approved", [fact])
        whole = "payload = NULL, salt = NULL, erased_by = '%s'"
        for change in (
            "payload = NULL, salt = NULL",
            "payload = NULL, erased_by = '%s'" % approval,
            "salt = NULL, erased_by = '%s'" % approval,
            "payload = '', salt = NULL, erased_by = '%s'" % approval,
            "erased_by = '%s'" % approval,
            whole % entries[-1].uuid,
            whole % foreign,
            whole % approval + ", entry_id = entry_id + 1000000",
            "payload = 'other'",
        ):
            with self.subTest(change=change), mute_logger("odoo.sql_db"):
                with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                    self._change_content(change, entry)
        self._change_content(whole % approval, entry)
        for change in ("payload = 'new', salt = 'new'", whole % approval, "erased_by = NULL"):
            with self.subTest(change=change), mute_logger("odoo.sql_db"):
                with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                    self._change_content(change, entry)

    def test_uninstalling_drops_every_function(self):
        self.env.cr.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'audit\\_%'")
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, set(hooks.FUNCTIONS))

    def test_messages_and_answers_lose_their_contents(self):
        platform = self.receiver()
        platform.answers = [200]
        connector = self._connector(platform)
        invoice = self._invoice(post=True)
        self.drain(connector)
        self._age()
        event = self.env["audit.event"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])
        attempt = self.env["audit.delivery.attempt"].search([("connector_id", "=", connector.id)])
        self.assertEqual(attempt.answer_body, "ok")
        self._policy()
        run = self._erased()
        self.env.invalidate_all()
        self.assertEqual(event._payloads(), {event.id: None})
        self.assertFalse(event.payload_sha256, "a digest without salt lets what is missing be guessed")
        self.assertEqual(event.erased_by, run.erasure)
        self.assertFalse(
            attempt.answer_body or attempt.answer_headers or attempt.request_headers or attempt.answer_sha256
        )
        self.assertEqual((attempt.outcome, attempt.erased_by), ("delivered", run.erasure))
        event.delivery_ids._replay("to see")
        self.drain(connector)
        self.assertEqual(event.delivery_ids.state, "dead")
        self.assertIn("its content was erased", event.delivery_ids.reason)

    def test_what_waits_to_be_sent_is_kept(self):
        self._connector()
        self._old_invoice()
        self._policy("event")
        run = self._run()
        line = self._line(run, "event")
        self.assertGreaterEqual(line.busy, 1)
        self.assertEqual(line.to_erase, line.found - line.busy)

    def _received(self, state):
        connector = self._connector()
        connector._receive([("m-1", "application/json", b'{"type": "x", "iban": "DE02"}', {})], "file")
        message = self.env["audit.inbound.message"].search([("connector_id", "=", connector.id)])
        line = {"field_key": "iban", "label": "IBAN", "value_odoo": "DE01", "value_received": "DE02"}
        exception = self.env["audit.exception"]._raise(message, "conflict", "IBAN", [line], self.partner)
        message.state = state
        return connector, message, exception

    def test_messages_received_and_the_values_decided_on_lose_their_contents(self):
        connector, message, exception = self._received("dead")
        exception._close("rejected")
        message.state = "dead"
        self._age()
        self._policy("inbound")
        self._erased()
        self.env.invalidate_all()
        self.assertEqual(message._bodies(), {message.id: None})
        self.assertFalse(message.body_sha256 or message.headers or message.violations)
        self.assertFalse(exception.line_ids.value_received or exception.line_ids.value_odoo)
        with self.refused("was erased"):
            message._data()
        receipts = connector._receive([("m-1", "application/json", b'{"type": "x", "iban": "DE03"}', {})], "file")
        self.assertEqual(receipts[0].verdict, "duplicate", "it is still known by its number")

    def test_what_waits_for_a_decision_is_kept(self):
        _connector, message, exception = self._received("exception")
        self._age()
        self._policy("inbound")
        self.assertEqual(self._line(self._run(), "inbound").to_erase, 0)
        self.assertEqual(exception.state, "open")
        self.assertTrue(message._bodies()[message.id])

    def test_texts_that_jobs_left_behind_are_emptied(self):
        job = self.env["audit.connector"].with_delay()._wake()
        record = self.env["queue.job"].search([("uuid", "=", job.uuid)])
        record.write({"state": "failed", "exc_info": "Traceback: DE02", "exc_message": "DE02", "result": "DE02"})
        waiting = self.env["audit.connector"].with_delay()._wake()
        waiting = self.env["queue.job"].search([("uuid", "=", waiting.uuid)])
        waiting.write({"exc_info": "to be tried again"})
        self._age()
        self._policy("job")
        self._erased()
        self.env.invalidate_all()
        self.assertFalse(record.exc_info or record.exc_message or record.result)
        self.assertEqual(record.state, "failed")
        self.assertEqual(waiting.exc_info, "to be tried again")

    def test_answers_to_programs_go_whole(self):
        maker_env = self.env(user=self.administrator, context={"allowed_company_ids": self.company.ids})
        answer = Maker(maker_env).of("audit.api.answer")
        self._age()
        self._policy("api_answer")
        self.Hold.create({"name": "Lawsuit"})
        self.env["audit.api.answer"]._forget_old()
        self.assertTrue(answer.exists(), "also what would be forgotten by itself")
        self.env.cr.execute("UPDATE audit_retention_hold SET released_at = now()")
        self.env.invalidate_all()
        self._erased()
        self.env.invalidate_all()
        self.assertFalse(answer.exists())
