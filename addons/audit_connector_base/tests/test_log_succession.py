import json
import shutil

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import checkpoint, log_entry, merkle
from ..core.signer_memory import SignerMemory
from .log_case import SIGNING_KEYS, LogCase
from .sealing import SealedAtOnce

COPY = "00000000-0000-4000-8000-000000000000"


@tagged("post_install", "-at_install")
class TestLogSuccession(SealedAtOnce, LogCase):
    """Replacing the key, confirming a move and beginning anew: by an administrator, with a reason and the password."""

    def setUp(self):
        super().setUp()
        self.append(20)
        self.seal()
        self.first = self.log

    def _wizard(self, kind, user=None, reason="Because of the audit"):
        wizard = self.env["audit.log.change"].with_user(user or self.administrator)
        return wizard.create({"log_id": self.log.id, "kind": kind, "reason": reason})

    def _change(self, kind):
        wizard = self._wizard(kind)
        self.confirmed(wizard, "change_log")
        with self.second_cursor():
            action = wizard.action_confirm()
        self.seal()
        return self.env["audit.log"].browse(action["res_id"])

    def _notes(self, log):
        return self.env["audit.log.checkpoint"].search([("log_id", "=", log.id)], order="size, id").mapped("note")

    def _entry(self, kind):
        return self.env["audit.log.entry"].search([("kind", "=", kind)], limit=1)

    def _copy_database(self):
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", COPY)
        self.seal()

    def test_a_replaced_key_is_sealed_at_once(self):
        self.signing_keys = SIGNING_KEYS[::-1]
        wizard = self._wizard("key")
        self.confirmed(wizard, "change_log")
        with self.sealed_at_once(), self.second_cursor():
            wizard.action_confirm()

    def test_one_note_carries_the_signatures_of_the_former_and_the_new_key(self):
        old = self.log.verifier_key
        self.signing_keys = SIGNING_KEYS[::-1]
        self.assertTrue(self.log.key_to_replace)
        self._change("key")
        self.append()
        self.seal()
        new = self.log.verifier_key
        self.assertNotEqual(new, old)
        signed = [
            {str(key) for key in (checkpoint.parse_key(old), checkpoint.parse_key(new))
             if (key.name, key.id) in {(one.name, one.key_id) for one in checkpoint.parse(note).signatures}}
            for note in self._notes(self.log)
        ]  # fmt: skip
        self.assertEqual([len(keys) for keys in signed].count(2), 1)
        both = next(position for position, keys in enumerate(signed) if len(keys) == 2)
        self.assertTrue(all(keys == {old} for keys in signed[:both]))
        self.assertTrue(all(keys == {new} for keys in signed[both + 1 :]))
        self.assertGreater(len(signed), both + 1)
        said = json.loads(self._entry("key.rotated").payload_text)
        self.assertEqual((said["vkey"], said["replaces"]), (new, old))
        covered = checkpoint.parse(self._notes(self.log)[both]).checkpoint.size
        self.assertEqual(self.places(self._entry("key.rotated")), [covered - 1])

    def test_a_log_whose_key_was_replaced_is_found_intact_with_the_new_key_alone(self):
        self.signing_keys = SIGNING_KEYS[::-1]
        self._change("key")
        self.signing_keys = SIGNING_KEYS[1:]
        self.append()
        self.seal()
        with self.second_cursor():
            action = self.log.action_verify()
        found = self.env["audit.log.verification"].browse(action["res_id"])
        self.assertEqual(found.state, "verified", found.explanation)

    def test_a_signer_that_is_killed_while_the_key_is_replaced_signs_with_both_the_next_time(self):
        self.signing_keys = SIGNING_KEYS[::-1]
        with self.second_cursor():
            said = {"vkey": self.log._newest_signer_key(), "replaces": self.log.verifier_key}
            self.log.sudo()._seal_statement("key.rotated", said, "user/2", {"verifier_key": said["vkey"]})
        self.signing_keys = SIGNING_KEYS[1:]
        self.seal()
        self.assertFalse(self.log.frozen_kind)
        alarm = self.env["audit.exception"].search([("title", "like", "cannot be signed")])
        self.assertIn("former key", alarm.explanation)
        self.signing_keys = SIGNING_KEYS[::-1]
        self.seal()
        signatures = [len(checkpoint.parse(note).signatures) for note in self._notes(self.log)]
        self.assertEqual(signatures.count(2), 1)

    def test_without_another_key_in_front_nothing_is_replaced(self):
        self.assertFalse(self.log.key_to_replace)
        wizard = self.confirmed(self._wizard("key"), "change_log")
        with self.refused("Make another with ./setup/key signing"), self.second_cursor():
            wizard.action_confirm()

    def test_a_moved_database_goes_on_under_its_name_when_a_person_confirmed(self):
        self._copy_database()
        self.assertEqual(self.log.frozen_kind, "moved")
        alarm = self.env["audit.exception"].search([("res_id", "=", self.log.id), ("title", "like", "stopped")])
        size = self.note_size()
        self._change("move")
        self.assertEqual((alarm.state, alarm.decided_by_id), ("settled", self.administrator))
        self.assertEqual(self.log, self.first)
        self.assertFalse(self.log.frozen_kind)
        self.assertGreater(self.note_size(), size)
        said = json.loads(self._entry("log.moved").payload_text)
        self.assertEqual((said["to"], said["reason"]), (COPY, "Because of the audit"))
        self.assertEqual(SignerMemory(self.state_dir).recall(self.log.origin)[1], COPY)

    def note_size(self):
        return max(self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)]).mapped("size"))

    def test_a_signer_that_lost_its_memory_takes_up_the_last_note_if_the_log_fits_it(self):
        shutil.rmtree(self.state_dir)
        self.seal()
        self.assertEqual(self.log.frozen_kind, "memory_missing")
        self._change("move")
        self.assertFalse(self.log.frozen_kind)
        self.assertEqual(self.note().size, self.note_size())

    def test_a_shortened_log_cannot_be_taken_for_a_moved_one(self):
        shutil.rmtree(self.state_dir)
        self.tamper("audit_log_leaf", "DELETE FROM audit_log_leaf WHERE log_id = %s AND index >= 10", self.log.id)
        self.seal()
        wizard = self.confirmed(self._wizard("move"), "change_log")
        with self.refused("does not fit its last signed note"), self.second_cursor():
            wizard.action_confirm()
        self.assertEqual(self.log.frozen_kind, "memory_missing")

    def test_a_copy_begins_a_new_log_that_names_the_old_one(self):
        self._copy_database()
        last = self.note_of(self.first)
        alarm = self.env["audit.exception"].search([("res_id", "=", self.first.id), ("title", "like", "stopped")])
        waiting = self.append(2)
        new = self._change("anew")
        self.assertNotEqual(new.origin, self.first.origin)
        self.assertEqual((alarm.state, alarm.decided_by_id), ("settled", self.administrator))
        self.assertEqual((self.first.state, new.state, new.database_uuid), ("closed", "open", COPY))
        said = json.loads(self._entry("log.created").payload_text)
        self.assertEqual(said["origin"], new.origin)
        self.assertEqual((said["continues"]["origin"], said["continues"]["size"]), (self.first.origin, str(last.size)))
        self.assertEqual(self.note(new).root, merkle.root(self.leaves(new)))
        self.assertNotIn(None, self.places(waiting), "what waited is sealed in the new log")
        self.assertEqual(self.env["audit.log"]._writing(self.company.id), (new.id, new.origin))

    def note_of(self, log):
        return checkpoint.parse(self._notes(log)[-1]).checkpoint

    def test_what_a_process_still_writes_for_a_closed_log_is_sealed_in_its_successor(self):
        self._copy_database()
        new = self._change("anew")
        entry = self.append()
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET log_id = %s WHERE id = %s", self.first.id, entry.id)
        self.env.cr.execute("UPDATE audit_log_pending SET log_id = %s WHERE entry_id = %s", [self.first.id, entry.id])
        # Its mark names the former log.
        mac = log_entry.entry_mac(bytes(range(32)), self.first.origin, entry.sealed_text.encode())
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET mac = %s WHERE id = %s", mac, entry.id)
        size = self.note(new).size
        self.seal()
        self.assertEqual(self.note(new).size, size + 1)
        self.assertFalse(new.set_aside_count)

    def test_a_closed_log_is_still_verified(self):
        self._copy_database()
        self._change("anew")
        with self.second_cursor():
            action = self.first.action_verify()
        self.assertEqual(self.env["audit.log.verification"].browse(action["res_id"]).state, "verified")

    def test_other_logs_that_stopped_for_the_same_reason_are_seen_to_along_with_it(self):
        self.append(company=0)
        # The log of the system stands in the template that this database is a copy of, so it first begins anew.
        self.seal()
        self.seal()
        self._copy_database()
        self.assertFalse(self._wizard("move").other_ids.company_id)
        self.assertEqual(len(self._wizard("move").other_ids), 1)
        self._change("move")
        self.assertFalse(self.env["audit.log"].search([("frozen_kind", "!=", False)]))

    def test_only_administrators_change_a_log_with_a_reason_and_their_password(self):
        self._copy_database()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self._wizard("move", user=self.accountant)
        with self.refused("Say why first"):
            self.confirmed(self._wizard("move", reason=" "), "change_log").action_confirm()
        action = self._wizard("move").action_confirm()
        self.assertEqual(action["res_model"], "res.users.identitycheck")
        self.assertEqual(self.log.frozen_kind, "moved")

    def test_a_copied_database_sends_nothing_until_a_person_has_said_what_it_is(self):
        receiver = self.receiver()
        connector = self._connector(receiver)
        self._invoice(post=True)
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", COPY)
        self.assertIn("copied or moved", self.drain(connector))
        self.assertFalse(receiver.messages)
        self.seal()
        self._change("move")
        # Its secret was entered in the other database, which is another matter.
        self.assertIn("Enter it again", self.drain(connector))

    def test_nobody_changes_a_log_directly(self):
        for user in (self.accountant, self.administrator):
            for change in (
                lambda log: log.write({"frozen_kind": False}),
                lambda log: log.unlink(),
                lambda log: log.create({"uuid": "x", "origin": "x"}),
            ):
                with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
                    change(self.log.with_user(user))
