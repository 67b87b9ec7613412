from odoo.tests import tagged

from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentLateWords(PaymentCase):
    """What a bank says of a payment after it was booked."""

    def test_what_is_said_late_of_a_booked_payment_does_not_put_it_on_its_way_again(self):
        transfer = self._transfer()
        self.history._apply_entry(self.company, self.entry(transfer.audit_end_to_end_id))
        self.assertEqual(transfer.audit_bank_state, "booked")
        booked = transfer.audit_status_ids._latest()
        for status in ("ACSC", "ACSP"):
            self.assertTrue(self.history._apply_api(transfer, status, at="2026-06-30T10:00:00Z"))
        self.assertEqual((transfer.audit_bank_state, transfer.audit_status_ids._latest()), ("booked", booked))
        self.history._apply_api(transfer, "RJCT", at="2026-07-01T10:00:00Z")
        self.assertEqual(transfer.audit_status_ids._latest().state, "rejected")
