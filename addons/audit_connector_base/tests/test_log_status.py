from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import keyring, log_keys
from .log_case import SIGNING_KEYS, LogCase


@tagged("post_install", "-at_install")
class TestLogStatus(LogCase):
    """How a log is, in figures and in a sentence that says what to do."""

    def _status(self, user=None, log=None):
        self.env.invalidate_all()
        log = (log or self.log).with_user(user or self.accountant)
        return log.status, log.status_text

    def _without_a_key(self):
        def none():
            raise keyring.KeyMissing("Run ./setup/key signing")

        self.patch(log_keys, "signing_keys", none)

    def test_a_signed_log_is_good_and_counts_what_is_in_it_and_what_waits(self):
        self.append(3)
        self.assertEqual(self._status()[0], "new")
        self.seal()
        self.append(2)
        self.assertEqual(self._status()[0], "good")
        self.assertEqual((self.log.size, self.log.signed_size, self.log.waiting_count), (4, 4, 2))
        self.assertEqual((self.log.verified_state, self.log.set_aside_count), (False, 0))

    def test_a_missing_key_is_told_to_everybody_and_what_to_do_to_administrators(self):
        self.append()
        self.seal()
        self._without_a_key()
        status, text = self._status()
        self.assertEqual(status, "unsigned")
        self.assertIn("A key is missing", text)
        self.assertNotIn("setup/key", text)
        self.assertIn("Run ./setup/key signing", self._status(self.administrator)[1])

    def test_another_key_than_that_of_the_log_is_no_key(self):
        self.append()
        self.seal()
        self.signing_keys = SIGNING_KEYS[1:]
        status, text = self._status(self.administrator)
        self.assertEqual(status, "unsigned")
        self.assertIn("is not among those in signing_key", text)

    def test_a_stopped_log_says_why_and_what_to_do(self):
        self.append(20)
        self.seal()
        self.tamper("audit_log_leaf", "DELETE FROM audit_log_leaf WHERE log_id = %s AND index >= 10", self.log.id)
        self.seal()
        status, text = self._status()
        self.assertEqual(status, "stopped")
        for said in ("21 entries were signed, and 10 are there", "older backup", "begin a new log", "nothing is lost"):
            self.assertIn(said, text)

    def test_a_log_that_was_found_damaged_says_so_until_it_is_found_intact_again(self):
        self.append(20)
        self.seal()
        self.env.cr.execute("SELECT entry_id FROM audit_log_leaf WHERE log_id = %s AND index = 9", [self.log.id])
        entry = self.env["audit.log.entry"].browse(self.env.cr.fetchone()[0])
        actor = entry.actor
        change = "UPDATE audit_log_entry SET actor = %s WHERE id = %s"
        for shown, status in (("user/1234", "damaged"), (actor, "good")):
            self.tamper("audit_log_entry", change, shown, entry.id)
            with self.second_cursor():
                self.log.with_user(self.accountant).action_verify()
            self.assertEqual(self._status()[0], status)
            self.assertTrue(self.log.verified_at)
        self.assertEqual(self.log.verified_progress, 100.0)

    def test_what_waits_can_be_sealed_at_once(self):
        entry = self.append()
        with self.second_cursor():
            self.log.with_user(self.accountant).action_seal()
        self.assertNotIn(None, self.places(entry))

    def test_without_a_key_sealing_is_refused_with_the_reason(self):
        self.append()
        self._without_a_key()
        with self.refused("A key is missing"), self.second_cursor():
            self.log.with_user(self.accountant).action_seal()

    def test_people_without_a_role_or_of_another_company_seal_nothing(self):
        entry = self.append()
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        for user in (stranger, self._user("plain")):
            with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", AccessError, UserError):
                self.log.with_user(user).action_seal()
        self.assertEqual(self.places(entry), [None])
