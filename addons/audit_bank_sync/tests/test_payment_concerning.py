from odoo.tests import tagged

from ..core.tests.pain002_samples import payment, transaction
from ..models.payment.concerning import concerning
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentConcerning(PaymentCase):
    """Which of the transactions of a bank are looked at for what they say of payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connection = cls.env["audit.bank.connection"].create({"name": "Bank", "provider": "bank_file"})
        cls.account = cls.env["audit.bank.account"].create(
            {"connection_id": connection.id, "name": "Bank", "number": "DE89370400440532013000"}
        )
        cls.transfer = cls._transfer()

    def said(self, **details):
        return self.env["audit.bank.transaction"].create(
            {
                "account_id": self.account.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "state": "booked",
                "details": {"amount": "-100.40", "currency": self.currency, **details},
            }
        )

    def names(self, **references):
        return self.said(details=[{"references": references}])

    def test_what_names_no_payment_of_ours_is_left_out(self):
        strangers = self.names(end_to_end_id="INV-9") | self.said() | self.said(code={"subfamily": "ESCT"})
        self.assertFalse(concerning(strangers))

    def test_what_names_a_payment_of_ours_is_looked_at(self):
        ours = self.names(end_to_end_id=self.transfer.audit_end_to_end_id)
        self.transfer.sudo().write({"audit_batch_id": "BATCH-1"})
        ours |= self.names(payment_information_id="BATCH-1")
        ours |= self.said(batches=[{"payment_information_id": "BATCH-1", "count": 2}])
        self.assertEqual(concerning(ours | self.names(end_to_end_id="INV-9")), ours)

    def test_what_a_payment_was_called_when_it_was_sent_first_is_looked_at(self):
        first = self.transfer.audit_end_to_end_id
        self.report(payment(transaction(first, "RJCT", "AC04")), status="PART")
        self.transfer.action_draft()
        self.transfer.action_post()
        self.assertNotEqual(self.transfer.audit_end_to_end_id, first)
        self.assertTrue(concerning(self.names(end_to_end_id=first)))

    def test_what_came_back_is_looked_at_whatever_it_names(self):
        back = (
            self.said(reversal=True)
            | self.said(code={"subfamily": "RRTN"})
            | self.said(details=[{"returned": {"code": "AC04"}}])
            | self.said(details=[{"code": {"subfamily": "UPDD"}}])
        )
        self.assertEqual(concerning(back), back)
