import hashlib
import json

from psycopg2.errors import RestrictViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import log_entry
from .common import AuditCase


@tagged("post_install", "-at_install")
class TestLog(AuditCase):
    def _entry(self, **values):
        uuids = self.env["audit.log.entry"]._append(
            [
                {
                    "kind": "event.written",
                    "direction": "none",
                    "company_id": self.company.id,
                    "res_model": "res.partner",
                    "res_id": self.partner.id,
                    "correlation": "0" * 31 + "1",
                    "payload": b'{"type":"invoice.posted"}',
                    **values,
                }
            ]
        )
        return self.env["audit.log.entry"].search([("uuid", "in", uuids)])

    def test_sql_cannot_change_or_delete_an_entry(self):
        entry = self._entry()
        for statement in (
            "UPDATE audit_log_entry SET actor = 'user/1' WHERE id = %d",
            "DELETE FROM audit_log_entry WHERE id = %d",
            "UPDATE audit_log_payload SET payload = '' WHERE entry_id = %d",
            "DELETE FROM audit_log_payload WHERE entry_id = %d",
            "TRUNCATE audit_log_entry, audit_log_payload -- %d",
        ):
            with self.subTest(statement=statement), mute_logger("odoo.sql_db"):
                with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                    self.env.cr.execute(statement % entry.id)

    def test_the_orm_refuses_to_write_create_and_delete(self):
        entry = self._entry()
        for change in (
            lambda: entry.write({"actor": "user/1"}),
            lambda: entry.unlink(),
            lambda: entry.create({"kind": "forged"}),
        ):
            with self.assertRaises(UserError):
                change()

    def test_the_columns_say_what_the_recorded_bytes_say(self):
        entry = self._entry()
        recorded = json.loads(entry.sealed_text)
        self.assertEqual(recorded["id"], entry.uuid)
        self.assertEqual(recorded["kind"], entry.kind)
        self.assertEqual(recorded["actor"], entry.actor)
        self.assertEqual(recorded["company"], str(entry.company_id.id))
        self.assertEqual(recorded["subject"], "res.partner/%d" % self.partner.id)
        self.assertEqual(recorded["corr"], entry.correlation)
        self.assertEqual(recorded["commit"], entry.commitment)
        self.assertEqual(recorded["time"][:19], entry.time.isoformat()[:19])

    def test_the_commitment_opens_with_the_stored_salt_and_payload(self):
        entry = self._entry()
        self.env.cr.execute("SELECT salt, payload FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        salt, payload = map(bytes, self.env.cr.fetchone())
        self.assertEqual(log_entry.commitment(salt, payload), entry.commitment)
        self.assertNotEqual(hashlib.sha256(payload).hexdigest(), entry.commitment)

    def test_many_entries_take_one_statement(self):
        said = {
            "kind": "event.written", "direction": "none", "company_id": self.company.id, "correlation": "ab" * 16,
            "payload": b"{}",
        }  # fmt: skip
        self.env["audit.log.entry"]._append([said])
        with self.assertQueryCount(1):
            self.assertEqual(len(set(self.env["audit.log.entry"]._append([said] * 500))), 500)

    def test_contents_of_many_entries_are_read_in_one_query(self):
        entries = self._entry() + self._entry() + self._entry()
        with self.assertQueryCount(1):
            self.assertEqual(len(set(entries.mapped("payload_text"))), 1)

    def test_an_entry_survives_its_document(self):
        entry = self._entry()
        self.partner.unlink()
        self.env.invalidate_all()
        self.assertIn("Deleted document", entry.document_name)
        with self.assertRaisesRegex(UserError, "deleted since"):
            entry.action_open_document()

    def test_a_payload_that_is_no_json_is_shown_as_absent(self):
        entry = self._entry(payload=b"\xff\x00", media_type="application/octet-stream")
        self.assertFalse(entry.payload_text)
        self.assertTrue(entry.summary)
