from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .. import log_keys
from .erasure_case import ErasureCase

ADMIN = "audit_connector_base.group_audit_connector_admin"
APPROVER = "audit_connector_base.group_audit_approver"


@tagged("post_install", "-at_install")
class TestApproversCalled(ErasureCase):
    """Who may decide on something that waits has it among their activities, until it is decided."""

    def setUp(self):
        super().setUp()
        self.append(3)
        self.seal()

    def _called(self, record):
        self.env.flush_all()
        return record.sudo().activity_ids.user_id & (self.approver + self.second_approver)

    def _exception(self, user):
        return self.env["audit.role.exception"].with_user(user).create(
            {
                "user_id": self.second_approver.id,
                "conflict_id": self.env.ref("audit_connector_base.role_conflict_admin_approver").id,
                "reason": "Two of us only",
                "compensation": "The director looks through the trail",
            }
        )  # fmt: skip

    def test_a_change_of_a_holder_is_put_before_those_who_may_confirm_it(self):
        holder = self.env["audit.log.anchor.target"].create({"name": "Firm", "addresses": "firm@example.com"})
        change = self.env["audit.log.anchor.change"].with_user(self.administrator).create(
            {"target_id": holder.id, "reason": "Another firm", "addresses": "other@example.org"}
        )  # fmt: skip
        self.assertEqual(self._called(change), self.approver + self.second_approver)
        self.confirmed(change.with_user(self.approver), "approve").action_confirm()
        self.assertFalse(change.sudo().activity_ids)

    def test_an_entry_that_is_asked_for_is_put_before_those_who_did_not_ask(self):
        with patch.object(log_keys, "entry_keys", list):
            entry = self.append()
        self.seal()
        aside = self.env["audit.log.quarantine"].search([("entry_id", "=", entry.id)])
        mine = aside.with_user(self.approver)
        mine.decision_note = "Recorded before the key was set"
        mine.action_ask()
        self.assertEqual(self._called(aside), self.second_approver)
        mine.decision_note = "Not sure any more"
        mine.action_send_back()
        self.assertFalse(aside.sudo().activity_ids)

    def test_an_erasure_is_put_before_those_who_may_approve_it_until_it_is_over(self):
        self._old_invoice()
        self._policy()
        run = self._run()
        self.assertFalse(self._called(run))
        run.action_ask()
        self.assertEqual(self._called(run), self.approver + self.second_approver)
        run.action_count()
        self.assertFalse(self._called(run))
        run.action_ask()
        self.confirmed(run.with_user(self.approver), "erase").action_approve()
        self.assertFalse(run.sudo().activity_ids)

    def test_nobody_is_called_for_what_is_theirs(self):
        exception = self._exception(self.administrator)
        self.assertEqual(self._called(exception), self.approver, "it is about the other one")
        self.confirmed(exception.with_user(self.approver), "approve").action_approve()
        self.assertFalse(exception.sudo().activity_ids)

    def test_nobody_is_called_for_what_they_may_not_see(self):
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", APPROVER, company=other)
        self.assertNotIn(stranger, self._exception(self.administrator).sudo().activity_ids.user_id)
        stranger.company_ids = [Command.link(self.company.id)]
        self.assertIn(stranger, self._exception(self.administrator)._approvers())

    def test_no_key_of_the_context_keeps_approvers_from_being_called(self):
        context = {"mail_activity_automation_skip": True, "default_user_id": self.accountant.id}
        exception = self._exception(self.administrator)
        exception.with_context(**context)._call_approvers("Look")
        self.assertEqual(self._called(exception), self.approver)

    def test_whoever_is_called_may_tick_it_off(self):
        exception = self._exception(self.administrator)
        exception.sudo().activity_ids.filtered(lambda one: one.user_id == self.approver).with_user(
            self.approver
        ).action_feedback("Talked about it")
        self.assertFalse(self._called(exception))
