from odoo.tests import tagged

from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestHoldFamilies(PaymentCase):
    """Accounts that become a partner's own, as somebody becomes its contact or its parent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.account = cls.env["res.partner.bank"].create(
            {"acc_number": "DE89370400440532013000", "partner_id": cls.stranger.id}
        )

    def test_hold_judging_of_a_contact_that_brings_an_account(self):
        waiting = self._transfer(post=False)
        below = self.env["res.partner"].create({"name": "Below", "parent_id": self.stranger.id})
        self.account.write({"partner_id": below.id, "active": False})
        self.assertFalse(waiting.audit_on_hold)
        self.stranger.parent_id = self.vendor
        self.assertTrue(waiting.audit_on_hold)
        self.assertTrue(self.vendor.audit_bank_changed_at)
        self.account.active = True
        self.assertTrue(self._transfer(post=False, partner_bank_id=self.account.id).audit_on_hold)

    def test_hold_judging_of_a_subsidiary_that_becomes_a_contact(self):
        self.stranger.write({"is_company": True, "parent_id": self.vendor.id})
        waiting = self._transfer(post=False)
        self.assertFalse(waiting.audit_on_hold)
        self.stranger.is_company = False
        self.assertTrue(waiting.audit_on_hold)

    def test_hold_judging_of_a_parent_that_brings_an_account(self):
        self.vendor.parent_id = self.stranger
        self.assertTrue(self._transfer(post=False, partner_bank_id=self.account.id).audit_on_hold)

    def test_hold_judging_lets_a_contact_without_an_account_come_to_a_vendor(self):
        waiting = self._transfer(post=False)
        self.env["res.partner"].create({"name": "Ms. Weber"}).parent_id = self.vendor
        self.assertFalse(waiting.audit_on_hold)
