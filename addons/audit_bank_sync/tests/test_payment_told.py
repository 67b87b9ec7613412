from types import SimpleNamespace

from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.common import SECRET

from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentTold(PaymentCase):
    """What the system that sends payments tells of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub = cls.env["audit.connector"].create(
            {"name": "Payment hub", "url": "https://hub.example/in", "signing_secret": SECRET}
        )
        cls.env["audit.bank.connection"].create({"name": "House bank", "connector_id": cls.hub.id, "provider": "told"})
        cls.payment = cls._transfer()

    def tell(self, status, connector=None, **values):
        data = {
            "end_to_end_id": self.payment.audit_end_to_end_id, "status": status, "at": "2026-03-31T10:00:00Z", **values,
        }  # fmt: skip
        self.assertEqual(self.env["audit.contract"]._check("payment_status_report", data, 1)[1], [])
        message = SimpleNamespace(connector_id=connector or self.hub, company_id=self.company)
        return self.env["audit.inbound.handler.payment_status"]._handle(message, data)

    def test_a_payment_is_sent_accepted_and_rejected_in_words(self):
        self.tell("SENT", message_id="M-1", batch_id="B-1")
        self.assertEqual((self.payment.audit_bank_state, self.payment.audit_message_id), ("sent", "M-1"))
        self.tell("ACCP", at="2026-03-31T11:00:00Z", amount="%.2f" % self.payment.amount, currency=self.currency)
        self.assertEqual(self.payment.audit_bank_state, "accepted")
        reasons = [{"code": "AC04", "text": "gone"}]
        handled = self.tell("RJCT", at="2026-03-31T12:00:00Z", reasons=reasons, bank_reference="O-1")
        self.assertEqual((self.payment.audit_bank_state, self.payment.audit_reason_class), ("rejected", "fix_data"))
        self.assertIn("Account closed (AC04)", handled.sentence)
        self.assertEqual(handled.record, self.payment)
        self.assertTrue(self.waiting("payment_rejected", self.payment))

    def test_a_system_speaks_of_the_payments_of_its_own_banks(self):
        connection = self.env["audit.bank.connection"].search([("connector_id", "=", self.hub.id)])
        account = self.env["audit.bank.account"].create(
            {
                "name": "Own", "number": "1", "connection_id": connection.id, "journal_id": self.payment.journal_id.id,
                "currency_id": self.company.currency_id.id,
            }
        )  # fmt: skip
        self.tell("ACCP")
        account.journal_id = self.env["account.journal"].create({"name": "Other", "code": "OTH", "type": "bank"})
        with self.refused("tells of other banks"):
            self.tell("RJCT")
        self.assertEqual(self.payment.audit_bank_state, "accepted")

    def test_the_same_word_twice_is_one(self):
        self.tell("ACSC")
        count = len(self.payment.audit_status_ids)
        self.tell("ACSC")
        self.assertEqual(len(self.payment.audit_status_ids), count)
        self.assertFalse(self.payment.audit_bank_booked, "no status means paid")

    def test_what_fits_no_payment_is_refused_with_the_reason(self):
        with self.refused("has the reference NONE"):
            self.tell("ACSC", end_to_end_id="NONE")
        with self.refused("The bank speaks of"):
            self.tell("ACSC", amount="99999.00", currency=self.currency)
        shop = self.env["audit.connector"].create(
            {"name": "Shop", "url": "https://shop.example/in", "signing_secret": SECRET}
        )
        with self.refused("Nothing about banks is expected from “Shop”"):
            self.tell("ACSC", connector=shop)
        self.assertFalse(self.payment.audit_status_ids.filtered(lambda one: one.source == "api"))
