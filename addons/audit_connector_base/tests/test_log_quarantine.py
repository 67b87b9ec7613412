import json
from unittest.mock import patch
from uuid import uuid4

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import log_keys
from ..core import merkle
from .log_case import LogCase
from .sealing import SealedAtOnce


@tagged("post_install", "-at_install")
class TestLogQuarantine(SealedAtOnce, LogCase):
    """What the sealer set aside is let in by two persons or kept out by an approver, with reasons."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")
        cls.second = cls._user("sec", "audit_connector_base.group_audit_approver")

    def setUp(self):
        super().setUp()
        self.append()
        self.seal()
        with patch.object(log_keys, "entry_keys", list):
            self.entry = self.append()
        self.seal()
        self.aside = self.env["audit.log.quarantine"].search([("entry_id", "=", self.entry.id)])

    def _ask(self, user=None, aside=None, note="The migration ran before the key was set"):
        aside = (aside or self.aside).with_user(user or self.administrator)
        aside.decision_note = note
        aside.action_ask()

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

    def test_that_somebody_asked_to_let_it_in_is_sealed_at_once(self):
        with self.sealed_at_once():
            self._ask()

    def test_what_is_let_in_is_sealed_and_the_decision_stands_in_the_log(self):
        self._ask()
        asked = self._facts("entry.asked")
        self.assertEqual((asked["entry"], asked["by"]), (self.entry.uuid, self.administrator.name))
        self.assertEqual(asked["reason"], "The migration ran before the key was set")
        self.assertEqual(self.log.set_aside_count, 1, "it is still to be decided")
        self._decide("action_let_in")
        self.assertEqual((self.aside.state, self.aside.decided_by_id), ("admitted", self.approver))
        self.assertEqual((self.aside.asked_by_id, self.aside.approved_by_id), (self.administrator, self.approver))
        self.assertIsNotNone(*self.places(self.entry))
        self.assertEqual(self.note().root, merkle.root(self.leaves()))
        decision = self.env["audit.log.entry"].search([("kind", "=", "entry.admitted")])
        said = json.loads(decision.payload_text)
        self.assertEqual(said["asked_by"], self.administrator.name)
        self.assertEqual(said["asked_because"], "The migration ran before the key was set")
        self.assertIsNotNone(*self.places(decision), "the decision is sealed")
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
            self._ask(aside=aside)
        self._decide("action_keep_out", aside=aside)
        self.assertEqual(aside.state, "refused")

    def test_only_approvers_decide_once_and_with_a_reason(self):
        for user in (self.accountant, self.administrator):
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
                self._decide("action_let_in", user=user)
        with self.refused("Say why first"):
            self._ask(note=" ")
        self._ask()
        for button in ("action_let_in", "action_keep_out"):
            with self.refused("Say why first"):
                self._decide(button, note="")
        self._decide("action_keep_out")
        with self.refused("", UserError):
            self._decide("action_let_in")
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
            self._ask(user=self.accountant)

    def test_nobody_lets_an_entry_in_alone(self):
        """Neither without asking, nor who asked, nor who wrote the reason for asking, nor by another door."""
        with self.refused("Two people let an entry"):
            self._decide("action_let_in")
        self.aside.with_user(self.second).decision_note = "As I was told"
        self.aside.with_user(self.approver).action_ask()
        for user in (self.approver, self.second):
            with self.refused("somebody else has to approve it"):
                self._decide("action_let_in", user=user)
        aside = self.aside.with_user(self.second)
        for values in ({"approved_by_id": self.second.id}, {"state": "admitted"}, {"worked_on_by": []}):
            with self.refused("Decide with the buttons"):
                aside.write(values)
        with self.refused("somebody else has to approve it"):
            self.confirmed(aside, "let_in").sudo().write({"approved_by_id": self.second.id})
        self.assertEqual(self.aside.state, "asked")
        self._decide("action_let_in", user=self._user("third", "audit_connector_base.group_audit_approver"))
        self.assertIsNotNone(*self.places(self.entry))

    def test_who_took_a_request_back_still_had_a_hand_in_it(self):
        self._ask(user=self.approver)
        self.aside.with_user(self.second).decision_note = "Nobody remembers a migration"
        self.aside.with_user(self.second).action_send_back()
        self.assertEqual((self.aside.state, self.aside.asked_because), ("waiting", False))
        self.assertEqual(self._facts("entry.returned")["reason"], "Nobody remembers a migration")
        self._ask(user=self.administrator)
        with self.refused("somebody else has to approve it"):
            self._decide("action_let_in", user=self.approver)
        self._decide("action_let_in", user=self.second)

    def test_what_is_set_aside_anew_has_to_be_asked_for_anew(self):
        self._ask()
        self.env.cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s)", [self.entry.id, self.log.id])
        self.seal()
        self.assertEqual((self.aside.state, self.aside.asked_by_id.id), ("waiting", False))

    def test_what_an_entry_of_the_system_says_is_for_those_who_may_read_it(self):
        self.append(company=0)
        for _time in range(2):
            # The log of the system in the template of this database is left to the template.
            self.seal()
        with patch.object(log_keys, "entry_keys", list):
            entry = self.append(company=0)
        self.seal()
        aside = self.env["audit.log.quarantine"].search([("entry_id", "=", entry.id)])
        self.assertIn("For administrators", aside.with_user(self.administrator).summary)
        manager = self._user("sys", "base.group_system", "audit_connector_base.group_audit_approver")
        self.assertEqual(aside.with_user(manager).summary, entry.summary)

    def test_without_the_password_nothing_is_decided(self):
        self._ask()
        aside = self.aside.with_user(self.approver)
        aside.decision_note = "Because"
        for button in (aside.action_let_in, aside.action_keep_out):
            self.assertEqual(button()["res_model"], "res.users.identitycheck")
        self.assertEqual(aside.state, "asked")
        with self.refused("needs your password", AccessError):
            aside.sudo().write({"approved_by_id": self.approver.id})

    def test_nobody_decides_with_the_words_of_another(self):
        self._ask()
        self.aside.with_user(self.administrator).decision_note = "I looked at it"
        aside = self.aside.with_user(self.approver)
        for button in (aside.action_let_in, aside.action_keep_out, aside.action_send_back):
            with self.refused("in your own words"):
                button()
        aside.decision_note = "Found in the list of the migration"
        check = self.asked(aside.action_let_in)
        self.assertIn("The migration ran before the key was set", check.audit_content)
        self.aside.with_user(self.administrator).decision_note = "Because I say so"
        with self.refused("changed since you were asked|in your own words"):
            self.answer(check)
        self.assertEqual(self.aside.state, "asked")

    def test_what_is_let_in_is_what_was_asked_for(self):
        self._ask()
        self.tamper(
            "audit_log_entry", "UPDATE audit_log_entry SET entry = entry || '\\x20' WHERE id = %s", self.entry.id
        )
        with self.refused("changed since somebody asked"):
            self._decide("action_let_in")

    def test_what_is_let_in_is_what_was_looked_at(self):
        self._ask()
        aside = self.aside.with_user(self.approver)
        aside.decision_note = "Recorded before the key was set"
        check = self.asked(aside.action_let_in)
        self.tamper(
            "audit_log_payload", "UPDATE audit_log_payload SET payload = '{}' WHERE entry_id = %s", self.entry.id
        )
        with self.refused("changed since you were asked"):
            self.answer(check)

    def test_what_shows_something_else_than_it_records_is_not_let_in(self):
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET kind = 'log.exported' WHERE id = %s", self.entry.id)
        with self.refused("not what it would record"):
            self._ask()
        self._decide("action_keep_out")

    def test_what_came_to_show_something_else_after_it_was_asked_for_is_not_let_in(self):
        self._ask()
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET kind = 'log.exported' WHERE id = %s", self.entry.id)
        with self.refused("not what it would record"):
            self._decide("action_let_in")

    def test_what_verification_would_find_damaged_cannot_even_be_asked_for(self):
        """A row of somebody else: a number that no entry of Odoo has, and no content."""
        self.env.cr.execute("SELECT entry FROM audit_log_entry WHERE id = %s", [self.entry.id])
        entry = bytes(self.env.cr.fetchone()[0])
        uuid = str(uuid4())
        self.env.cr.execute(
            """
            INSERT INTO audit_log_entry (uuid, time, kind, direction, actor, company_id, res_model, res_id, correlation,
                                         commitment, entry, log_id)
            SELECT %s, time, kind, direction, actor, company_id, res_model, res_id, correlation, commitment, %s, log_id
              FROM audit_log_entry WHERE id = %s RETURNING id
            """,
            [uuid, entry.replace(self.entry.uuid.encode(), uuid.encode()), self.entry.id],
        )
        forged = self.env["audit.log.entry"].browse(self.env.cr.fetchone()[0])
        self.seal()
        aside = self.env["audit.log.quarantine"].search([("entry_id", "=", forged.id)])
        self.assertEqual(aside.summary, "It has no content")
        with self.refused("can only be kept out"):
            self._ask(aside=aside)
        self._decide("action_keep_out", aside=aside)

    def test_nobody_lets_in_what_they_may_not_read(self):
        self.append(company=0)
        for _time in range(2):
            self.seal()
        with patch.object(log_keys, "entry_keys", list):
            entry = self.append(company=0)
        self.seal()
        aside = self.env["audit.log.quarantine"].search([("entry_id", "=", entry.id)])
        both = self._user(
            "bth", "audit_connector_base.group_audit_approver", "audit_connector_base.group_audit_connector_admin"
        )
        self._ask(aside=aside)
        with self.refused("may not read what the entry says"):
            self._decide("action_let_in", user=both, aside=aside)

    def _facts(self, kind):
        return json.loads(self.env["audit.log.entry"].search([("kind", "=", kind)], limit=1).payload_text)
