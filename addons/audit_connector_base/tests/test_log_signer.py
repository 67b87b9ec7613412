import shutil
from unittest.mock import patch

from odoo.tests import tagged

from ..core.signer_memory import SignerMemory
from ..models.log import signer
from .log_case import LogCase


@tagged("post_install", "-at_install")
class TestLogSigner(LogCase):
    """The signer remembers outside the database, and signs nothing that contradicts it."""

    def setUp(self):
        super().setUp()
        self.append(300)
        self.seal()
        self.signed = self.note()

    def _cut(self, size):
        """Put the tree back to ``size`` entries; what was cut off goes back to what waits, or away."""
        beyond = {
            "audit_log_leaf": "DELETE FROM audit_log_leaf WHERE log_id = %s AND index >= %s",
            "audit_log_tile": "DELETE FROM audit_log_tile WHERE log_id = %s AND (index + 1) * 256 ^ (level + 1) > %s",
            "audit_log_checkpoint": "DELETE FROM audit_log_checkpoint WHERE log_id = %s AND size > %s",
        }
        for table, statement in beyond.items():
            self.tamper(table, statement, self.log.id, size)

    def _assert_stopped(self, kind):
        self.seal()
        self.assertEqual(self.log.frozen_kind, kind)
        notes = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)])
        self.assertLessEqual(max(notes.mapped("size"), default=0), self.signed.size)
        alarm = self.env["audit.exception"].search([("res_model", "=", "audit.log"), ("res_id", "=", self.log.id)])
        self.assertIn("stopped", alarm.title)
        self.append(5)
        waiting = self._waiting()
        self.seal()
        self.assertEqual(self._waiting(), waiting, "what is recorded meanwhile waits")
        self.assertEqual(len(alarm), 1)

    def _waiting(self):
        self.env.cr.execute("SELECT count(*) FROM audit_log_pending WHERE log_id = %s", [self.log.id])
        return self.env.cr.fetchone()[0]

    def test_a_log_that_was_cut_off_is_stopped(self):
        self._cut(200)
        self._assert_stopped("truncated")

    def test_a_log_that_was_cut_off_with_all_its_checkpoints_is_stopped(self):
        self._cut(200)
        self.tamper("audit_log_checkpoint", "DELETE FROM audit_log_checkpoint WHERE log_id = %s", self.log.id)
        self._assert_stopped("truncated")

    def test_an_older_backup_that_grew_again_is_stopped(self):
        self._cut(200)
        with patch.object(signer.AuditLog, "_sign", lambda self, *arguments: True):
            self.append(400)
            self.seal()
        self.assertGreater(self.tree().size(), self.signed.size)
        self._assert_stopped("forked")

    def test_a_leaf_that_was_rewritten_together_with_its_tile_is_stopped(self):
        self.tamper("audit_log_tile", "UPDATE audit_log_tile SET root = sha256(root) WHERE log_id = %s", self.log.id)
        self._assert_stopped("forked")

    def test_a_tree_with_a_gap_is_stopped(self):
        self.tamper("audit_log_leaf", "DELETE FROM audit_log_leaf WHERE log_id = %s AND index = 290", self.log.id)
        self._assert_stopped("gap")

    def test_a_leaf_that_somebody_else_put_at_the_end_is_not_signed(self):
        forged = self.append()
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET mac = sha256(mac) WHERE id = %s", forged.id)
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = %s", [forged.id])
        self.env.cr.execute(
            "INSERT INTO audit_log_leaf SELECT log_id, %s, id, sha256('\\x00' || entry) FROM audit_log_entry "
            "WHERE id = %s",
            [self.signed.size, forged.id],
        )
        self._assert_stopped("foreign")

    def test_a_copied_database_is_stopped(self):
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "00000000-0000-4000-8000-000000000000")
        self._assert_stopped("moved")

    def test_a_database_without_the_memory_of_its_signer_is_stopped(self):
        shutil.rmtree(self.state_dir)
        self._assert_stopped("memory_missing")

    def test_a_memory_that_was_tampered_with_is_stopped(self):
        memory = SignerMemory(self.state_dir)
        note, database = memory.recall(self.log.origin)
        memory.keep(self.log.origin, note.replace("\n301\n", "\n300\n"), database)
        self._assert_stopped("memory_damaged")

    def test_a_signer_that_was_killed_before_its_note_was_stored_stores_it_the_next_time(self):
        self.append()
        with patch.object(signer.AuditLog, "_store_note", lambda self, kept: None):
            self.seal()
        self.assertEqual(self.note(), self.signed)
        self.seal()
        self.assertEqual(self.note().size, self.signed.size + 1)

    def test_a_sealer_that_was_killed_before_it_signed_signs_the_next_time(self):
        self.append(3)
        with patch.object(signer.AuditLog, "_sign", lambda self, *arguments: True):
            self.seal()
        self.assertEqual(self.note(), self.signed)
        self.seal()
        self.assertEqual(self.note().size, self.signed.size + 3)

    def test_a_folder_that_cannot_be_written_to_stops_nothing_for_good(self):
        entry = self.append()
        kept = self.state_dir.rename(self.state_dir.with_name("away"))
        self.state_dir.write_text("in the way")
        self.seal()
        self.assertFalse(self.log.frozen_kind)
        about = [("res_id", "=", self.log.id), ("title", "like", "cannot be signed")]
        alarm = self.env["audit.exception"].search(about)
        self.assertIn("in which the signer remembers", alarm.explanation)
        self.state_dir.unlink()
        kept.rename(self.state_dir)
        self.seal()
        self.assertNotIn(None, self.places(entry))
        self.assertEqual(alarm.state, "superseded", "it can be signed again")
