import shutil
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import checkpoint, merkle
from ..models.log import verification
from .log_case import LogCase

LEAF = "audit_log_leaf"
ENTRY = "audit_log_entry"
CHECKPOINT = "audit_log_checkpoint"


@tagged("post_install", "-at_install")
class TestLogVerification(LogCase):
    """Tampering as a database administrator can do it, with the triggers switched off: each kind is found and named."""

    def setUp(self):
        super().setUp()
        # 341 entries: one tile is complete, and there are notes at 1, 41 and 341.
        self.append(40)
        self.seal()
        self.append(300)
        self.seal()

    def _verify(self, user=None):
        log = self.log.with_user(user or self.accountant)
        with self.second_cursor():
            action = log.action_verify()
        return self.env["audit.log.verification"].browse(action["res_id"])

    def _assert_found(self, kind, index):
        found = self._verify()
        self.assertEqual((found.state, found.kind, found.first_index), ("damaged", kind, index), found.explanation)
        self.assertIn(str(index), found.explanation)
        alarm = self.env["audit.exception"].search([("res_model", "=", "audit.log"), ("res_id", "=", self.log.id)])
        self.assertEqual(alarm.explanation, found.explanation)
        return found

    def _entry_at(self, index):
        self.env.cr.execute(
            "SELECT entry_id FROM audit_log_leaf WHERE log_id = %s AND index = %s", [self.log.id, index]
        )
        return self.env.cr.fetchone()[0]

    def _change_entry(self, index):
        change = (
            "UPDATE audit_log_entry SET actor = replace(actor, 'user/', 'user/9'), "
            "entry = replace(encode(entry, 'escape'), 'user/', 'user/9')::bytea WHERE id = %s"
        )
        self.tamper(ENTRY, change, self._entry_at(index))

    def _rebuild(self):
        """Make leaves and tiles anew from the entries, as somebody would who wants to leave no trace."""
        log, hashes = self.log, self.leaves()
        self.env.cr.execute("SELECT entry_id FROM audit_log_leaf WHERE log_id = %s ORDER BY index", [log.id])
        ids = [row[0] for row in self.env.cr.fetchall()]
        for table in (LEAF, "audit_log_tile"):
            self.tamper(table, "DELETE FROM %s WHERE log_id = %%s" % table, log.id)  # noqa: S608
        # A tree takes entries in the order of their ids; entry 0 was written after what it precedes.
        self.tree().append(ids[:1], hashes[:1])
        self.tree().append(ids[1:], hashes[1:])

    def test_an_intact_log_is_found_intact_and_that_is_recorded(self):
        found = self._verify()
        self.assertEqual((found.state, found.checked, found.size), ("verified", 341, 341))
        self.assertEqual(found.progress, 100.0)
        entry = self.env["audit.log.entry"].search([("kind", "=", "log.verified")], limit=1)
        self.assertEqual(entry.actor, "user/%d" % self.accountant.id)
        self.assertEqual(entry.company_id, self.company)
        self.assertFalse(self.env["audit.exception"].search([("res_model", "=", "audit.log")]))

    def test_a_large_log_is_verified_in_portions_by_jobs_that_follow_each_other(self):
        with patch.object(verification, "PORTION", 30), patch.object(verification, "WAIT_SECONDS", 0):
            found = self._verify()
            self.assertEqual((found.state, found.checked), ("running", 0))
            for _job in range(20):
                job = self.env["queue.job"].search([("identity_key", "=", "audit-verify-%d" % found.id)], limit=1)
                self.assertTrue(job)
                with self.second_cursor():
                    found._work(0.03)
                if found.state != "running":
                    break
        self.assertEqual((found.state, found.checked), ("verified", 341))

    def test_it_says_who_asked_for_it(self):
        daily = self.log.sudo()._begin_verification()
        self.assertEqual(daily.with_user(self.accountant).asked_by, "Odoo, every day")
        self.assertEqual(self._verify().asked_by, self.accountant.name)

    def test_a_changed_entry(self):
        self._change_entry(17)
        found = self._assert_found("changed", 17)
        self.assertEqual(found.action_open_entry()["res_id"], self._entry_at(17))

    def test_a_changed_entry_behind_the_last_complete_tile(self):
        self._change_entry(300)
        self._assert_found("changed", 300)

    def test_an_entry_changed_together_with_its_leaf(self):
        self._change_entry(17)
        hash_ = self.leaves()[17]
        self.tamper(LEAF, "UPDATE audit_log_leaf SET hash = %s WHERE log_id = %s AND index = 17", hash_, self.log.id)
        self._assert_found("changed", 17)

    def test_an_entry_changed_together_with_the_whole_tree(self):
        self._change_entry(100)
        self._rebuild()
        self._assert_found("changed", 41)

    def test_an_entry_changed_together_with_the_whole_tree_and_all_notes_deleted(self):
        self._change_entry(100)
        self._rebuild()
        self.tamper(CHECKPOINT, "DELETE FROM audit_log_checkpoint WHERE log_id = %s", self.log.id)
        self._assert_found("changed", 0)

    def test_a_deleted_entry(self):
        entry = self._entry_at(50)
        self.tamper(ENTRY, "DELETE FROM audit_log_entry WHERE id = %s", entry)
        found = self._assert_found("missing", 50)
        with self.assertRaisesRegex(UserError, "no longer there"):
            found.action_open_entry()

    def test_a_deleted_leaf(self):
        self.tamper(LEAF, "DELETE FROM audit_log_leaf WHERE log_id = %s AND index = 50", self.log.id)
        self._assert_found("missing", 50)

    def test_an_entry_taken_out_with_the_later_ones_moved_up(self):
        self.tamper(LEAF, "DELETE FROM audit_log_leaf WHERE log_id = %s AND index = 50", self.log.id)
        for index in range(51, 341):
            move = "UPDATE audit_log_leaf SET index = index - 1 WHERE log_id = %s AND index = %s"
            self.tamper(LEAF, move, self.log.id, index)
        self._assert_found("missing", 50)

    def test_an_entry_put_in_with_the_later_ones_moved_down(self):
        (forged,) = self.append()
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = %s", [forged.id])
        for index in range(340, 49, -1):
            move = "UPDATE audit_log_leaf SET index = index + 1 WHERE log_id = %s AND index = %s"
            self.tamper(LEAF, move, self.log.id, index)
        leaf = "SELECT log_id, 50, id, sha256('\\x00' || entry) FROM audit_log_entry WHERE id = %s"
        self.tamper(LEAF, "INSERT INTO audit_log_leaf " + leaf, forged.id)
        self._assert_found("inserted", 50)

    def test_two_entries_that_changed_places(self):
        for old, new in ((50, 1000), (60, 50), (1000, 60)):
            move = "UPDATE audit_log_leaf SET index = %s WHERE log_id = %s AND index = %s"
            self.tamper(LEAF, move, new, self.log.id, old)
        self._assert_found("reordered", 50)

    def test_an_end_that_was_cut_off(self):
        self.tamper(LEAF, "DELETE FROM audit_log_leaf WHERE log_id = %s AND index >= 330", self.log.id)
        self._assert_found("truncated", 330)

    def test_an_end_that_was_cut_off_with_all_notes_is_known_to_the_signer(self):
        self.tamper(LEAF, "DELETE FROM audit_log_leaf WHERE log_id = %s AND index >= 330", self.log.id)
        self.tamper(CHECKPOINT, "DELETE FROM audit_log_checkpoint WHERE log_id = %s", self.log.id)
        self._assert_found("truncated", 330)

    def test_a_note_signed_with_another_key(self):
        signer = checkpoint.Signer(self.log.origin, bytes([2]) * 32)
        note = checkpoint.sign(checkpoint.Checkpoint(self.log.origin, 41, merkle.root(self.leaves()[:41])), [signer])
        self.tamper(CHECKPOINT, "UPDATE audit_log_checkpoint SET note = %s WHERE size = 41", str(note))
        self._assert_found("forged", 1)

    def test_a_note_that_says_another_size(self):
        self.tamper(CHECKPOINT, "UPDATE audit_log_checkpoint SET size = 40 WHERE size = 41")
        self._assert_found("forged", 1)

    def _take_over(self, number=2):
        """Sign the whole log with a key of one's own and name that in the database: notes and key fit each other."""
        signer, hashes = checkpoint.Signer(self.log.origin, bytes([number]) * 32), self.leaves()
        self.tamper("audit_log", "UPDATE audit_log SET verifier_key = %s WHERE id = %s", str(signer.key), self.log.id)
        for stored in self.env[CHECKPOINT.replace("_", ".")].search([("log_id", "=", self.log.id)]):
            root = merkle.root(hashes[: stored.size])
            note = checkpoint.sign(checkpoint.Checkpoint(self.log.origin, stored.size, root), [signer])
            change = "UPDATE audit_log_checkpoint SET root = %s, note = %s WHERE id = %s"
            self.tamper(CHECKPOINT, change, root.hex(), str(note), stored.id)

    def test_a_key_put_into_the_database_with_all_notes_signed_anew(self):
        self._take_over()
        found = self._assert_found("key", 0)
        self.assertIn("verifier key", found.explanation)

    def test_a_log_rewritten_under_a_key_put_into_the_database_when_the_memory_is_lost(self):
        self._change_entry(100)
        self._rebuild()
        self._take_over()
        shutil.rmtree(self.state_dir)
        self._assert_found("key", 0)

    def test_a_key_put_into_the_database_is_known_to_the_signers_memory_when_its_file_is_gone(self):
        self.signing_keys = []
        self.assertEqual(self._verify().state, "verified", "what the signer remembers speaks for the key")
        self._take_over()
        self._assert_found("key", 0)

    def test_a_log_that_nothing_outside_the_database_speaks_for_is_verified_with_a_reservation(self):
        self.signing_keys = []
        shutil.rmtree(self.state_dir)
        found = self._verify()
        self.assertEqual(found.state, "verified")
        self.assertIn("with the key that the database names itself", found.explanation)

    def test_a_column_that_says_something_else_than_the_sealed_bytes(self):
        self.tamper(ENTRY, "UPDATE audit_log_entry SET actor = 'user/1234' WHERE id = %s", self._entry_at(9))
        self._assert_found("column", 9)

    def test_a_time_that_was_moved_by_a_second(self):
        change = "UPDATE audit_log_entry SET time = time - interval '1 second' WHERE id = %s"
        self.tamper(ENTRY, change, self._entry_at(9))
        self._assert_found("column", 9)

    def test_a_content_that_was_exchanged(self):
        change = "UPDATE audit_log_payload SET payload = '{}' WHERE entry_id = %s"
        self.tamper("audit_log_payload", change, self._entry_at(9))
        self._assert_found("payload", 9)

    def test_a_content_that_was_deleted(self):
        self.tamper("audit_log_payload", "DELETE FROM audit_log_payload WHERE entry_id = %s", self._entry_at(9))
        self._assert_found("unapproved", 9)

    def test_the_first_of_two_damages_is_named(self):
        self._change_entry(300)
        self.tamper(ENTRY, "UPDATE audit_log_entry SET actor = 'user/1234' WHERE id = %s", self._entry_at(299))
        self._assert_found("column", 299)

    def test_an_administrators_server_action_can_change_a_log_but_not_unnoticed(self):
        """Its code runs with all rights of Odoo on the database."""
        code = """
env.cr.execute("ALTER TABLE audit_log_entry DISABLE TRIGGER USER")
env.cr.execute(
    "UPDATE audit_log_entry SET actor = 'user/9', "
    "entry = replace(encode(entry, 'escape'), actor, 'user/9')::bytea "
    "WHERE id = (SELECT entry_id FROM audit_log_leaf WHERE log_id = %d AND index = 77)")
env.cr.execute("ALTER TABLE audit_log_entry ENABLE TRIGGER USER")
"""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Tidy up",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": code % self.log.id,
            }
        )
        self.env.flush_all()
        action.run()
        self.env.invalidate_all()
        self._assert_found("changed", 77)

    def test_once_a_day_every_log_is_verified_and_damage_reported(self):
        self._change_entry(17)
        with self.second_cursor():
            self.env["audit.log.verification"]._cron_verify()
        jobs = self.env["queue.job"].search([("identity_key", "like", "audit-verify-")])
        self.assertEqual(len(jobs), len(self.env["audit.log"].search([("verifier_key", "!=", False)])))
        found = self.env["audit.log.verification"].search([("log_id", "=", self.log.id)])
        with self.second_cursor():
            found._work()
            self.env["audit.log.verification"]._cron_verify()
        self.assertEqual((found.state, found.first_index), ("damaged", 17))
        self.assertEqual(len(self.env["audit.log.verification"].search([("log_id", "=", self.log.id)])), 1)

    def test_a_job_that_was_killed_is_followed_by_another(self):
        with patch.object(verification, "WAIT_SECONDS", 0):
            found = self._verify()
        self.env["queue.job"].search([("identity_key", "=", "audit-verify-%d" % found.id)]).unlink()
        found.sudo().moved_at = "2026-01-01"
        with self.second_cursor():
            self.env["audit.log.verification"]._cron_verify()
        self.assertTrue(self.env["queue.job"].search([("identity_key", "=", "audit-verify-%d" % found.id)]))

    def test_people_of_another_company_and_without_a_role_verify_nothing(self):
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", "audit_connector_base.group_audit_user", company=other)
        plain = self._user("plain")
        for user in (stranger, plain):
            with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
                self._verify(user)

    def test_a_log_in_which_nothing_is_sealed_cannot_be_verified(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.append(company=other.id)
        log = self.env["audit.log"].search([("company_id", "=", other.id)])
        with self.assertRaisesRegex(UserError, "Nothing is sealed"):
            log.action_verify()
