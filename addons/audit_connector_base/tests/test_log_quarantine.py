import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import log_keys
from ..core import merkle
from .log_case import LogCase


@tagged("post_install", "-at_install")
class TestLogQuarantine(LogCase):
    """What the sealer set aside is let in or kept out by an approver, with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")

    def setUp(self):
        super().setUp()
        self.append()
        self.seal()
        with patch.object(log_keys, "entry_keys", list):
            self.entry = self.append()
        self.seal()
        self.aside = self.env["audit.log.quarantine"].search([("entry_id", "=", self.entry.id)])

    def _decide(self, button, user=None, aside=None, note="Recorded before the key was set"):
        aside = (aside or self.aside).with_user(user or self.approver)
        aside.decision_note = note
        self.confirmed(aside, {"action_let_in": "let_in", "action_keep_out": "keep_out"}[button])
        with self.second_cursor():
            getattr(aside, button)()
        self.seal()

    def test_it_is_shown_with_what_it_says(self):
        self.assertEqual(self.aside.reason, "no_mac")
        self.assertEqual(self.aside.time, self.entry.time)
        self.assertEqual(self.aside.document_name, self.entry.document_name)
        self.assertEqual(self.places(self.entry), [None])
        self.assertEqual(self.log.set_aside_count, 1)

    def test_what_is_let_in_is_sealed_and_the_decision_stands_in_the_log(self):
        self._decide("action_let_in")
        self.assertEqual((self.aside.state, self.aside.decided_by_id), ("admitted", self.approver))
        self.assertIsNotNone(*self.places(self.entry))
        self.assertEqual(self.note().root, merkle.root(self.leaves()))
        decision = self.env["audit.log.entry"].search([("kind", "=", "entry.admitted")])
        said = json.loads(decision.payload_text)
        self.assertEqual((said["entry"], said["reason"]), (self.entry.uuid, "Recorded before the key was set"))
        self.assertEqual(decision.actor, "user/%d" % self.approver.id)

    def test_what_is_kept_out_stays_out(self):
        self._decide("action_keep_out")
        self.assertEqual((self.aside.state, self.places(self.entry)), ("refused", [None]))
        self.assertTrue(self.env["audit.log.entry"].search([("kind", "=", "entry.refused")]))

    def test_a_decision_that_somebody_wrote_into_the_table_lets_nothing_in(self):
        self.env.cr.execute("UPDATE audit_log_quarantine SET state = 'admitted' WHERE id = %s", [self.aside.id])
        self.env.cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s)", [self.entry.id, self.log.id])
        self.seal()
        self.aside.invalidate_recordset()
        self.assertEqual(self.aside.state, "waiting")
        self.assertEqual(self.places(self.entry), [None])

    def test_a_deleted_entry_can_only_be_kept_out(self):
        gone = self.append()
        self.tamper("audit_log_entry", "DELETE FROM audit_log_entry WHERE id = %s", gone.id)
        self.seal()
        aside = self.env["audit.log.quarantine"].search([("reason", "=", "gone")])
        self.assertEqual(aside.summary, "Deleted")
        with self.refused("can only be kept out"):
            self._decide("action_let_in", aside=aside)
        self._decide("action_keep_out", aside=aside)
        self.assertEqual(aside.state, "refused")

    def test_only_approvers_decide_once_and_with_a_reason(self):
        for user in (self.accountant, self.administrator):
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
                self._decide("action_let_in", user=user)
        with self.refused("Say why first"):
            self._decide("action_let_in", note="")
        self._decide("action_keep_out")
        with self.refused("", UserError):
            self._decide("action_let_in")

    def test_without_the_password_nothing_is_decided(self):
        aside = self.aside.with_user(self.approver)
        aside.decision_note = "Because"
        self.assertEqual(aside.action_let_in()["res_model"], "res.users.identitycheck")
        self.assertEqual(aside.state, "waiting")
