import json
from unittest.mock import patch

from odoo.tests import tagged

from .. import keyring, log_keys
from ..core import checkpoint, envelope, merkle
from ..models.log import beginning, sealer
from .log_case import SIGNING_KEYS, LogCase


@tagged("post_install", "-at_install")
class TestLogSealing(LogCase):
    def test_what_was_written_is_sealed_and_signed(self):
        self.append(3)
        self.seal()
        note = self.note()
        self.assertEqual(note.size, 4, "entry 0 tells who the log is")
        self.assertEqual(note.root, merkle.root(self.leaves()))
        self.assertEqual(note.origin, self.log.origin)

    def test_entry_0_names_the_log_its_key_and_its_database(self):
        self.append()
        self.seal()
        self.env.cr.execute("SELECT entry_id FROM audit_log_leaf WHERE log_id = %s AND index = 0", [self.log.id])
        entry = self.env["audit.log.entry"].browse(self.env.cr.fetchone()[0])
        self.assertEqual(entry.kind, "log.created")
        said = json.loads(entry.payload_text)
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.assertEqual(
            said,
            {
                "company": str(self.company.id),
                "database": database,
                "origin": self.log.origin,
                "vkey": self.log.verifier_key,
            },
        )
        self.assertEqual(checkpoint.parse_key(said["vkey"]).name, self.log.origin)

    def test_companies_and_the_system_have_logs_of_their_own(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM audit_log_pending")
        for company in (self.company.id, other.id, 0):
            self.append(company=company)
        # The log of the system stands in the template that this database is a copy of, so it first begins anew.
        self.seal()
        self.seal()
        logs = self.env["audit.log"].search([("state", "=", "open"), ("company_id", "in", (self.company | other).ids)])
        self.assertEqual([self.note(log).size for log in logs], [2, 2])
        # The system has recorded more than this.
        logs |= self.env["audit.log"].search([("state", "=", "open"), ("company_id", "=", False)])
        self.assertEqual(self.note(logs[-1]).root, merkle.root(self.leaves(logs[-1])))
        self.assertEqual(len(set(logs.mapped("origin"))), 3)

    def test_the_tree_is_the_same_however_it_was_cut_into_batches(self):
        self.append(900)
        with patch.object(sealer, "BATCH", 130):
            self.seal()
        self.assertEqual(self.note().size, 901)
        self.assertEqual(self.note().root, merkle.root(self.leaves()))
        for size in (1, 255, 256, 257, 511, 512, 700):
            self.assertEqual(self.tree().root(size), merkle.root(self.leaves()[:size]))

    def test_entries_that_are_committed_late_get_later_places(self):
        early, late = self.append(), self.append()
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = %s", [early.id])
        self.seal()
        self.env.cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s)", [early.id, self.log.id])
        self.seal()
        self.env.cr.execute("SELECT entry_id FROM audit_log_leaf WHERE log_id = %s ORDER BY index", [self.log.id])
        self.assertEqual([row[0] for row in self.env.cr.fetchall()][1:], [late.id, early.id])
        self.assertEqual(self.note().size, 3)

    def test_sealing_twice_signs_once(self):
        self.append()
        self.seal()
        self.seal()
        self.assertEqual(self.env["audit.log.checkpoint"].search_count([("log_id", "=", self.log.id)]), 2)

    def test_without_a_key_to_sign_with_nothing_is_sealed_and_nothing_lost(self):
        def none():
            raise keyring.KeyMissing("No key")

        entries = self.append(2)
        self.append(company=0)
        with patch.object(log_keys, "signing_keys", none):
            # The log of the system stands in the template that this database is a copy of, so it first begins anew.
            self.seal()
            self.seal()
        self.assertFalse(self.log.verifier_key)
        alarm = self.env["audit.exception"].search([("kind", "=", "log"), ("state", "=", "open")])
        self.assertEqual(alarm.explanation, "No key", "it is told once for the log of the company and of the system")
        self.assertTrue(alarm.activity_ids, "an administrator finds it among what is to do")
        self.seal()
        self.assertNotIn(None, self.places(entries))
        self.assertEqual(alarm.state, "superseded")

    def test_without_a_key_to_mark_with_business_goes_on_and_what_was_written_is_set_aside_later(self):
        self.append()
        self.seal()
        with patch.object(log_keys, "entry_keys", list):
            entry = self.append()
            self.seal()
        self.assertEqual(self.note().size, 2)
        self.assertTrue(self.env["audit.exception"].search([("title", "like", "cannot be signed")]))
        self.seal()
        aside = self.env["audit.log.quarantine"].search([("entry_id", "=", entry.id)])
        self.assertEqual(aside.reason, "no_mac")

    def test_what_was_written_without_a_key_before_the_log_began_is_taken_over_and_the_log_says_so(self):
        with patch.object(log_keys, "entry_keys", list):
            early = self.append(3)
            self.seal()
        self.assertFalse(self.log.verifier_key)
        self.append()
        with patch.object(beginning, "ADOPTED_AT_ONCE", 2):
            self.seal()
        self.env.cr.execute("SELECT count(*) FROM audit_log_leaf WHERE entry_id = ANY(%s)", [early.ids])
        self.assertEqual(self.env.cr.fetchone()[0], 3)
        said = self.env["audit.log.entry"].search([("kind", "=", "log.adopted"), ("company_id", "=", self.company.id)])
        self.assertEqual(json.loads(said.payload_text)["entries"], 4, "with what it said about the missing key")
        self.assertFalse(self.env["audit.log.quarantine"].search([("state", "=", "waiting")]))

    def test_a_copied_template_begins_logs_of_its_own(self):
        """Nothing was sealed in it, so there is nothing to confirm, but the original may use the name as well."""
        entry = self.append()
        template = self.log
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "00000000-0000-4000-8000-000000000000")
        self.seal()
        self.seal()
        self.assertEqual((template.state, template.verifier_key), ("closed", False))
        self.assertNotEqual(self.log.origin, template.origin)
        self.assertFalse(self.log.predecessor_id)
        self.env.cr.execute("SELECT log_id FROM audit_log_leaf WHERE entry_id = %s", [entry.id])
        self.assertEqual(self.env.cr.fetchone()[0], self.log.id)

    def test_a_row_inserted_by_sql_is_set_aside_and_reported(self):
        self.append()
        self.env.cr.execute(
            "INSERT INTO audit_log_entry (uuid, time, kind, direction, actor, company_id, correlation, commitment, "
            "entry, log_id, mac) SELECT 'forged', time, kind, direction, actor, company_id, correlation, commitment, "
            "entry, log_id, sha256(mac) FROM audit_log_entry ORDER BY id DESC LIMIT 1 RETURNING id"
        )
        forged = self.env.cr.fetchone()[0]
        self.seal()
        self.assertEqual(self.note().size, 2)
        aside = self.env["audit.log.quarantine"].search([("log_id", "=", self.log.id)])
        self.assertEqual((aside.entry_id, aside.reason, aside.company_id), (forged, "bad_mac", self.company))
        alarm = self.env["audit.exception"].search([("kind", "=", "log"), ("res_id", "=", self.log.id)])
        self.assertIn("set aside", alarm.title)
        self.assertEqual(alarm.company_id, self.company)

    def test_an_entry_changed_or_deleted_before_it_was_sealed_is_set_aside(self):
        changed, deleted = self.append(2)
        change = "UPDATE audit_log_entry SET entry = replace(entry::text, 'a', 'b')::bytea WHERE id = %s"
        self.tamper("audit_log_entry", change, changed.id)
        self.tamper("audit_log_entry", "DELETE FROM audit_log_entry WHERE id = %s", deleted.id)
        self.seal()
        found = self.env["audit.log.quarantine"].search([("log_id", "=", self.log.id)])
        self.assertEqual({one.entry_id: one.reason for one in found}, {changed.id: "bad_mac", deleted.id: "gone"})

    def test_an_entry_marked_with_an_older_key_is_sealed(self):
        entry = self.append()
        with patch.object(log_keys, "entry_keys", lambda: [b"n" * 32, bytes(range(32))]):
            self.append()
            self.seal()
        self.assertFalse(self.env["audit.log.quarantine"].search([("entry_id", "=", entry.id)]))
        self.assertEqual(self.note().size, 3)

    def test_what_the_key_before_has_marked_is_sealed_as_long_as_that_key_is_named_too(self):
        before, now = envelope.new_kek(), envelope.new_kek()
        self.append()
        self.seal()
        with self._log_key(before):
            waiting, forgotten = self.append(), self.append()
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = %s", [forgotten.id])
        with self._log_key("%s, %s" % (now, before)):
            marked = self.append()
            self.seal()
        self.assertNotIn(None, self.places(waiting | marked))
        self.env.cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s)", [forgotten.id, self.log.id])
        with self._log_key(now):
            self.seal()
        aside = self.env["audit.log.quarantine"].search([])
        self.assertEqual((aside.entry_id, aside.reason), (forgotten.id, "bad_mac"))

    def test_a_list_of_keys_of_which_one_is_none_is_reported(self):
        with self._log_key("%s, %s" % (envelope.new_kek(), envelope.new_kek()[:-4])):
            self.assertIn("not 32 bytes", log_keys.trouble_with_entry_keys())

    def _log_key(self, text):
        """Let ``log_key`` of odoo.conf be this text."""
        option = log_keys._option
        return patch.object(log_keys, "_option", lambda name: text if name == "log_key" else option(name))

    def test_an_entry_announced_twice_has_one_place(self):
        entry = self.append()
        self.seal()
        self.env.cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s), (%s, %s)", [entry.id, self.log.id] * 2)
        self.seal()
        self.assertEqual(self.note().size, 2)
        self.assertFalse(self.env["audit.log.quarantine"].search([]))

    def test_the_signer_of_another_key_does_not_sign(self):
        self.append()
        self.seal()
        self.signing_keys = SIGNING_KEYS[1:]
        self.append()
        self.seal()
        self.assertEqual(self.note().size, 2)
