from odoo import fields
from odoo.tests import tagged

from .retention_case import RetentionCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestRetentionTours(RetentionCase, TourCase):
    def test_a_policy_is_tried_and_a_hold_beats_it_then_two_people_erase(self):
        invoice = self._old_invoice()
        self._tour("audit_retention_dry_run", self.administrator)
        run = self.Run.search([("company_id", "=", self.company.id)])
        self.assertEqual((run.state, run.to_erase), ("counted", 0))
        self.assertTrue(run.held)
        self.assertTrue(self._contents(invoice), "nothing was erased by counting")
        hold = self.Hold.search([("company_id", "=", self.company.id)])
        self.confirmed(hold.with_user(self.approver), "release").write({"released_at": fields.Datetime.now()})
        mine = run.with_user(self.administrator)
        mine.action_count()
        mine.action_ask()
        self._tour("audit_retention_approval", self.approver)
        self.assertEqual((run.state, run.approved_by_id), ("running", self.approver))
        self._work_off(run)
        self.assertFalse(self._contents(invoice))
        self._tour("audit_retention_proof", self.administrator)
