import base64

from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.completeness_case import GapCase
from odoo.addons.audit_connector_base.tests.sealing import SealedAtOnce

from .payment_case import PaymentCase
from .statement_case import StatementCase


@tagged("post_install", "-at_install")
class TestBankDecisionsProven(SealedAtOnce, GapCase, PaymentCase):
    """What approvers decide about payments and matching is sealed at once, and missed in the log when it was forged."""

    def _hold(self, transfer):
        return self.env["audit.payment.hold"].with_user(self.accountant).create(
            {"payment_id": transfer.id, "reason": "Called by an unknown person", "release_note": "Asked Ms. Weber"}
        )  # fmt: skip

    def test_a_payment_hold_that_is_released(self):
        released, forged = self._hold(self._transfer(post=False)), self._hold(self._transfer(post=False))
        released.with_user(self.approver).release_note = "Asked Ms. Weber"
        with self.sealed_at_once():
            self.confirmed(released.with_user(self.approver), "release").action_release()
        self.assertFalse(self._look())
        self.env.cr.execute("UPDATE audit_payment_hold SET approved_at = now() WHERE id = %s", [forged.id])
        self.assertIn("Approvals", self._look().title)

    def test_matching_without_a_person_that_is_switched_on(self):
        settings = self.env["audit.match.settings"]._of_company(self.company).with_user(self.approver)
        with self.sealed_at_once():
            self.confirmed(settings, "approve").action_switch_on()
        self.assertFalse(self._look())
        approved_at = settings.approved_at
        settings.action_switch_off()
        self.env.flush_all()
        self.assertFalse(self._look())
        self.env.cr.execute(
            "UPDATE audit_match_settings SET approved_by_id = %s, approved_at = %s WHERE id = %s",
            [self.approver.id, approved_at, settings.id],
        )
        self.env.invalidate_all()
        self.assertIn("Approvals", self._look().title)


@tagged("post_install", "-at_install")
class TestBankStatementsProven(SealedAtOnce, StatementCase):
    """What is signed about balances, and what a bank confirms, is sealed at once."""

    def test_a_reconciliation_that_is_reviewed(self):
        one = self._reconciliation()
        one.action_sign()
        with self.sealed_at_once():
            self.confirmed(one.with_user(self.reviewer), "approve").action_review()

    def test_a_mandate_that_is_signed(self):
        confirmation = self.env["audit.bank.confirmation"].with_user(self.preparer)
        confirmation = confirmation.create({"bank_id": self.bank.id, "date": "2026-10-31"})
        confirmation.action_fill()
        with self.sealed_at_once():
            self.confirmed(confirmation.with_user(self.reviewer), "approve").action_approve()

    def test_an_answer_of_a_bank_and_the_end_of_its_confirmation(self):
        confirmation = self._sent_confirmation()
        take = self.env["audit.bank.answer.take"].with_user(self.preparer)
        letter = {"content": base64.b64encode(b"%PDF-1.4 800.00"), "file_name": "letter.pdf"}
        with self.sealed_at_once():
            take.create({"confirmation_id": confirmation.id, "channel": "bank_document", **letter}).action_take()
        confirmation.line_ids.filtered("journal_id").with_user(self.preparer).write({"bank_amount": 800.0})
        confirmation.action_compare()
        with self.sealed_at_once():
            self.confirmed(confirmation.with_user(self.reviewer), "close").action_close()
