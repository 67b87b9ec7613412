from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.audit_connector_base.models.source.payment import state_of

from ..compat import sent_field_of_payments
from ..core.tests.pain002_samples import payment, transaction
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentHolds(PaymentCase):
    """Payments that must not go out until a second person lets them go."""

    def _held(self, transfer, user=None, reason="Called by an unknown person"):
        holds = self.env["audit.payment.hold"].with_user(user or self.accountant)
        return holds.create({"payment_id": transfer.id, "reason": reason})

    def _released(self, hold, user=None, note="Asked Ms. Weber"):
        mine = hold.with_user(user or self.approver)
        mine.release_note = note
        return self.press(mine.action_release)

    def test_a_held_payment_is_not_posted_whichever_way(self):
        transfer = self._transfer(post=False)
        self._held(transfer)
        self.assertTrue(transfer.audit_on_hold)
        state = "posted" if "is_move_sent" in transfer._fields else "in_process"
        for way in (
            transfer.action_post,
            lambda: transfer.write({"state": state}),
            lambda: transfer.move_id and transfer.move_id.action_post() or transfer.action_post(),
            lambda: transfer.with_user(self.accountant).action_post(),
        ):
            with self.refused("is on hold: Called by an unknown person"):
                way()
        self.assertEqual(state_of(transfer), "draft")

    def test_a_held_payment_is_not_posted_by_giving_it_a_posted_entry(self):
        transfer, other = self._transfer(post=False), self._transfer()
        self._held(transfer)
        self.assertEqual(other.move_id.state, "posted")
        # On 17.0 a payment is in the state of its entry; on 19.0 it has one of its own.
        if transfer._fields["state"].inherited:
            with self.refused("is on hold: Called by an unknown person"):
                transfer.write({"move_id": other.move_id.id})
        else:
            transfer.write({"move_id": other.move_id.id})
        self.assertEqual(state_of(transfer), "draft")

    def test_a_held_payment_is_not_sent(self):
        transfer = self._transfer()
        self._held(transfer)
        sent = sent_field_of_payments()
        for way in (
            transfer.mark_as_sent,
            lambda: transfer.write({sent: True}),
            lambda: transfer._mark_sent("M-1", "P-1"),
        ):
            with self.refused("is on hold"):
                way()
        self.assertFalse(transfer[sent])

    def test_whoever_releases_it_sees_whether_an_account_is_named(self):
        hold = self._held(self._transfer(post=False))
        self.assertEqual(hold.account_text, self.vendor_bank.acc_number)
        hold = self._held(self._transfer(post=False, partner_bank_id=False))
        self.assertEqual(hold.account_text, "None named")

    def test_a_second_person_releases_it_with_the_password(self):
        transfer = self._transfer(post=False)
        hold = self._held(transfer)
        with self.refused("role Approver"):
            hold.with_user(self.accountant).action_release()
        with self.refused("needs your password", AccessError):
            hold.with_user(self.approver).write({"approved_by_id": self.approver.id})
        with self.refused("Say first why it is released"):
            self.press(hold.with_user(self.approver).action_release)
        self._released(hold)
        self.assertEqual((hold.state, hold.approved_by_id), ("released", self.approver))
        self.assertFalse(transfer.audit_on_hold)
        transfer.action_post()
        self.assertEqual(state_of(transfer), "posted")
        said = self.env["audit.log.entry"].search(
            [("res_model", "=", "account.payment"), ("res_id", "=", transfer.id), ("kind", "like", "payment_hold.")]
        )
        self.assertEqual(
            sorted(said.mapped("summary")),
            ["Hold released: Asked Ms. Weber", "Put on hold: Called by an unknown person"],
        )
        confirmed = self.env["audit.log.entry"].search(
            [("res_model", "=", "audit.payment.hold"), ("res_id", "=", hold.id), ("kind", "=", "identity.confirmed")]
        )
        self.assertEqual(len(confirmed), 1)

    def test_nobody_releases_what_they_held_themselves(self):
        hold = self._held(self._transfer(post=False), user=self.approver)
        with self.refused("somebody else has to approve"):
            hold.with_user(self.approver).action_release()
        self.assertEqual(hold.state, "active")

    def test_a_hold_stays_as_it_was_set(self):
        transfer = self._transfer(post=False)
        hold = self._held(transfer)
        for values in ({"state": "released"}, {"kind": "suspicion"}, {"payment_id": self._transfer().id}):
            with self.refused("stays as it was set"):
                hold.with_user(self.accountant).write(values)
        with self.refused("is not deleted"):
            hold.sudo().unlink()
        with self.refused("", UserError, AccessError):
            transfer.with_user(self.accountant).write({"audit_hold_ids": [(5, 0, 0)]})
        made = self.env["audit.payment.hold"].with_user(self.accountant).create(
            {"payment_id": transfer.id, "reason": "Twice", "state": "released", "kind": "suspicion"}
        )  # fmt: skip
        self.assertEqual((made.state, made.kind), ("active", "manual"))
        self._released(hold)
        self.assertTrue(transfer.audit_on_hold, "the other one is not released")

    def test_new_bank_details_hold_what_is_about_to_be_paid(self):
        waiting = self._transfer(post=False)
        self.vendor_bank.with_user(self.env.user).acc_number = "DE89370400440532013000"
        self.assertTrue(waiting.audit_on_hold)
        self.assertIn("bank details of Papierhaus KG were changed", waiting.audit_hold_reason)
        later = self._transfer(post=False)
        self.assertTrue(later.audit_on_hold, "made after the change")
        with self.refused("is on hold"):
            later.action_post()

    def test_who_changed_the_bank_details_does_not_release(self):
        waiting = self._transfer(post=False)
        self.vendor.sudo().with_user(self.approver).sudo().bank_ids.acc_number = "DE89370400440532013000"
        hold = waiting.audit_hold_ids
        self.assertEqual(hold.caused_by_id, self.approver)
        with self.refused("somebody else|because of a change of yours"):
            hold.with_user(self.approver).action_release()
        self._released(hold, user=self._user("ap2", "audit_connector_base.group_audit_approver"))
        waiting.write({"partner_bank_id": self.vendor_bank.id})
        self.assertFalse(waiting.audit_on_hold, "what was looked at is not asked for again")

    def test_the_first_bank_details_of_a_vendor_hold_nothing(self):
        vendor = self._supplier(name="New vendor")
        account = self.env["res.partner.bank"].create({"acc_number": "DE02120300000000202051", "partner_id": vendor.id})
        self.assertFalse(self._transfer(partner_id=vendor.id, partner_bank_id=account.id).audit_on_hold)

    def test_after_some_days_new_bank_details_are_no_reason_any_more(self):
        self._transfer()
        self.vendor_bank.acc_number = "DE89370400440532013000"
        long_ago = fields.Datetime.now() - timedelta(days=8)
        self.env.flush_all()
        self.cr.execute("UPDATE res_partner SET audit_bank_changed_at = %s WHERE id = %s", [long_ago, self.vendor.id])
        self.env.invalidate_all()
        self.assertFalse(self._transfer().audit_on_hold)
        self.env["res.config.settings"].create({"audit_payment_hold_days": 30}).execute()
        self.assertTrue(self._transfer(post=False).audit_on_hold)
        self.env["res.config.settings"].create({"audit_payment_hold_days": 0}).execute()
        self.assertFalse(self._transfer(post=False).audit_on_hold)

    def test_paying_a_bill_leaves_a_held_payment_as_a_draft(self):
        self._transfer()
        self.vendor_bank.acc_number = "DE89370400440532013000"
        bill = self._invoice("in_invoice", post=True, partner_id=self.vendor.id)
        paid = self._pay(bill, journal_id=self.bank.id)
        self.assertEqual((state_of(paid), paid.audit_on_hold), ("draft", True))
        self.assertNotIn(bill.payment_state, ("paid", "in_payment"))

    def test_a_suspicion_of_the_bank_holds_the_payment(self):
        transfer = self._transfer()
        transfer._mark_sent("M-1", "P-1")
        self.report(payment(transaction(transfer.audit_end_to_end_id, "RJCT", "FRAD")), status="PART")
        hold = transfer.audit_hold_ids
        self.assertEqual((hold.kind, hold.state), ("suspicion", "active"))
        self.assertIn("Of fraudulent origin", hold.reason)
        self.assertIn("on hold", self.waiting("payment_rejected", transfer).explanation)
