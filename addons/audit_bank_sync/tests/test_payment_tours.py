from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from ..core.tests.pain002_samples import payment, transaction
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentTours(PaymentCase, TourCase):
    def test_a_rejected_payment_is_held_and_released_by_another_person(self):
        transfer = self._transfer()
        transfer._mark_sent("M-1", "P-1")
        self.report(status="ACCP", message="B-1", at="2026-03-31T10:00:00")
        listed = transaction(transfer.audit_end_to_end_id, "RJCT", "AC04")
        self.report(payment(listed), status="PART", message="B-2", at="2026-03-31T11:00:00")
        self._tour("audit_payment_hold", self.accountant)
        hold = transfer.audit_hold_ids
        self.assertEqual((hold.state, hold.prepared_by_id), ("active", self.accountant))
        self._tour("audit_payment_release", self.approver)
        self.assertEqual((hold.state, hold.approved_by_id), ("released", self.approver))
