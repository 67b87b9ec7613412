from functools import partial

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestRetentionList(RetentionCase):
    """What an erasure would take, content by content, as whoever approves it sees it."""

    def setUp(self):
        super().setUp()
        self.invoice = self._old_invoice()
        self._policy()
        self.run_ = self._run()

    def _listed(self, user=None):
        action = self.run_.with_user(user or self.approver).action_open_list()
        return self.env[action["res_model"]].with_user(user or self.approver).search(action["domain"])

    def test_the_approver_sees_each_content_that_would_go(self):
        with self.refused("listed when it is asked for"):
            self._listed()
        self.run_.action_ask()
        listed = self._listed()
        self.assertEqual(len(listed), self.run_.to_erase)
        about = listed.filtered(lambda one: (one.res_model, one.res_id) == ("account.move", self.invoice.id))
        self.assertEqual(set(about.mapped("kind")), {"event", "log"})
        for one in about:
            self.assertIn(self.invoice.name, one.document_name)
            self.assertIn("Invoice posted", one.content)
            self.assertGreater(one.size, 100)
            self.assertTrue(one.size_text)
            self.assertLess(one.at, self._line(self.run_).before)
        event = about.filtered(lambda one: one.kind == "event")
        self.assertEqual(event.with_user(self.administrator).action_open()["res_model"], "audit.event")
        line = self._line(self.run_)
        self.assertEqual(line.size, sum(listed.filtered(lambda one: one.kind == "log").mapped("size")))

    def test_the_list_is_fixed_when_it_is_asked_for(self):
        self.run_.action_ask()
        before = self._listed().ids
        self._old_invoice()
        self.assertEqual(self._listed().ids, before)
        for user in (self.approver, self.administrator):
            one = self._listed(user)[0]
            for change in (partial(one.write, {"row_id": 1}), one.unlink, one.copy):
                with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
                    change()
            with self.refused("stays as it was"):
                one.sudo().write({"row_id": 1})
            with self.refused("stays as it was"):
                one.sudo().unlink()

    def test_what_goes_is_what_was_listed(self):
        self.run_.action_ask()
        listed = set(self._listed().filtered(lambda one: one.kind == "log").mapped("row_id"))
        self.press(self.run_.with_user(self.approver).action_approve)
        self.run_.invalidate_recordset()
        self._work_off(self.run_)
        self.env.cr.execute("SELECT entry_id FROM audit_log_payload WHERE erased_by = %s", [self.run_.sudo().erasure])
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, listed)

    def test_a_list_that_was_changed_in_the_database_is_not_approved(self):
        self.run_.action_ask()
        for change in (
            "UPDATE audit_retention_listed SET row_id = row_id + 100000 WHERE id = %s",
            "DELETE FROM audit_retention_listed WHERE id = %s",
        ):
            with self.subTest(change=change), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(change, self._listed()[:1].ids)
                with self.refused("no longer the one that was asked for"):
                    self.press(self.run_.with_user(self.approver).action_approve)
                savepoint.rollback()

    def test_nobody_approves_a_list_that_changed_while_they_were_asked(self):
        self.run_.action_ask()
        check = self.asked(self.run_.with_user(self.approver).action_approve)
        self.assertIn("the oldest of", check.audit_content)
        self.run_.sudo().line_ids[0].sha256 = "0" * 64
        with self.refused("changed since you were asked"):
            self.answer(check)

    def test_the_approval_records_which_list_it_was(self):
        run = self._approved(self.run_)
        approval = self.env["audit.log.entry"].search([("uuid", "=", run.sudo().erasure)])
        for line in run.sudo().line_ids:
            self.assertEqual(len(line.sha256), 64)
            self.assertIn(line.sha256, approval.details)
        listed = self.env["audit.log.entry"].search([("kind", "=", "retention.listed"), ("res_id", "=", run.id)])
        self.assertEqual(
            listed.summary, "Contents of the audit trail listed that may be erased: %d" % (self._line(run).to_erase)
        )
        self.assertIn("Entries", listed.details)
