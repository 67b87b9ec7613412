from odoo.tests import tagged

from odoo.addons.audit_connector_base.models.source.payment import state_of

from ..compat import sent_field_of_payments
from ..core.tests.pain002_samples import payment, transaction
from .payment_case import PaymentCase

NEW_NUMBER = "DE89370400440532013000"
OTHER_NUMBER = "DE02120300000000202051"
APPROVER = "audit_connector_base.group_audit_approver"


@tagged("post_install", "-at_install")
class TestHoldJudging(PaymentCase):
    """What Odoo holds itself: whoever changes bank details, in whatever order, a second person looks first."""

    def _account(self, partner, number=NEW_NUMBER):
        return self.env["res.partner.bank"].create({"acc_number": number, "partner_id": partner.id})

    def _change_unseen(self):
        """Bank details that another transaction changed, while it could not see the payments of this one."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner SET audit_bank_changed_at = date_trunc('second', now() at time zone 'UTC') "
            "WHERE id = %s",
            [self.vendor.id],
        )
        self.env.invalidate_all()

    def _release(self, transfer, user=None):
        hold = transfer.audit_hold_ids.filtered(lambda one: not one.approved_at).with_user(user or self.approver)
        hold.release_note = "Asked Ms. Weber"
        return self.press(hold.action_release)

    def test_a_change_that_nobody_saw_holds_the_payment_when_it_is_posted(self):
        transfer = self._transfer(post=False)
        self._change_unseen()
        self.assertFalse(transfer.audit_on_hold)
        with self.second_cursor():
            with self.refused("bank details of Papierhaus KG were changed"):
                transfer.action_post()
            self.assertFalse(transfer.audit_hold_ids, "undone with the rest")
            self.cr.postrollback.run()
        self.assertEqual(transfer.audit_hold_ids.mapped("state"), ["active"])
        self.assertEqual(state_of(transfer), "draft")
        self._release(transfer)
        transfer.action_post()
        self.assertEqual(state_of(transfer), "posted")

    def test_a_change_after_posting_holds_what_is_not_sent_yet(self):
        transfer, sent = self._transfer(), self._transfer()
        sent._mark_sent("M-0", "P-0")
        self.vendor_bank.acc_number = NEW_NUMBER
        self.assertTrue(transfer.audit_on_hold)
        self.assertFalse(sent.audit_on_hold, "the bank has it already")
        for way in (
            lambda: transfer._mark_sent("M-1", "P-1"),
            lambda: transfer.write({sent_field_of_payments(): True}),
        ):
            with self.refused("is on hold"):
                way()

    def test_a_change_that_nobody_saw_holds_the_payment_when_it_is_sent(self):
        transfer = self._transfer()
        self._change_unseen()
        with self.refused("bank details of Papierhaus KG were changed"):
            transfer._mark_sent("M-1", "P-1")
        self.assertFalse(transfer[sent_field_of_payments()])

    def test_posting_again_is_judged_again(self):
        transfer = self._transfer()
        transfer.action_draft()
        self._change_unseen()
        with self.refused("is on hold"):
            transfer.action_post()

    def test_a_release_is_for_the_account_the_partner_and_the_amount_that_were_seen(self):
        other = self._supplier(name="Another vendor")
        second = self._account(self.vendor, OTHER_NUMBER)
        for values in (
            {"amount": 9999.0},
            {"partner_id": other.id, "partner_bank_id": self._account(other).id},
            {"partner_bank_id": second.id},
        ):
            transfer = self._transfer(post=False)
            self.env["audit.payment.hold"]._hold(transfer, "suspicion", "The bank says: fraud")
            self._release(transfer)
            self.assertFalse(transfer.audit_on_hold)
            transfer.write(values)
            self.assertIn("It was released for", transfer.audit_hold_reason, values)

    def test_a_release_does_not_outlive_another_number_in_the_same_account(self):
        self.vendor_bank.acc_number = OTHER_NUMBER
        transfer = self._transfer(post=False)
        self._release(transfer)
        self.env.flush_all()
        # As an import by SQL, or a merge of partners, which tell nobody.
        self.cr.execute(
            "UPDATE res_partner_bank SET acc_number = %s, sanitized_acc_number = %s WHERE id = %s",
            [NEW_NUMBER, NEW_NUMBER, self.vendor_bank.id],
        )
        self.env.invalidate_all()
        with self.refused("is on hold"):
            transfer.action_post()

    def test_what_changes_behind_the_dialog_is_not_released(self):
        self.vendor_bank.acc_number = OTHER_NUMBER
        transfer = self._transfer(post=False)
        hold = transfer.audit_hold_ids.with_user(self.approver)
        hold.release_note = "Asked Ms. Weber"
        before = hold._identity_digest("release")
        self.assertIn("100.40", str(hold._identity_content("release")))
        transfer.amount = 9999.0
        self.assertNotEqual(hold._identity_digest("release"), before)

    def test_an_account_of_somebody_else_is_held(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        transfer = self._transfer(post=False)
        transfer.partner_bank_id = self._account(stranger)
        self.assertTrue(transfer.audit_on_hold)
        self.assertIn("belongs to Stranger and not to Papierhaus KG", transfer.audit_hold_reason)

    def test_a_change_at_a_contact_or_at_the_parent_is_seen(self):
        group = self._supplier(name="Paper Group")
        self._account(group, OTHER_NUMBER)
        subsidiary = self._supplier(name="Paper South", parent_id=group.id)
        waiting = self._transfer(post=False, partner_id=subsidiary.id, partner_bank_id=False)
        group.bank_ids.acc_number = NEW_NUMBER
        self.assertTrue(waiting.audit_on_hold)

    def test_merging_a_partner_with_an_account_is_a_change(self):
        waiting = self._transfer(post=False)
        stranger = self.env["res.partner"].create({"name": "Papierhaus", "email": self.vendor.email})
        self._account(stranger)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((stranger | self.vendor).ids, self.vendor)
        self.assertTrue(self.vendor.audit_bank_changed_at)
        self.assertTrue(waiting.audit_on_hold)

    def test_the_first_account_of_a_vendor_that_we_owe_something_is_a_change(self):
        vendor = self._supplier(name="New vendor")
        self._invoice("in_invoice", post=True, partner_id=vendor.id)
        account = self._account(vendor)
        self.assertTrue(self._transfer(post=False, partner_id=vendor.id, partner_bank_id=account.id).audit_on_hold)

    def test_the_only_account_that_is_edited_or_replaced_is_a_change(self):
        edited, replaced = self._supplier(name="Edited"), self._supplier(name="Replaced")
        self._account(edited, OTHER_NUMBER).acc_number = NEW_NUMBER
        self._account(replaced, OTHER_NUMBER).unlink()
        self._account(replaced)
        for vendor in (edited, replaced):
            account = vendor.bank_ids
            transfer = self._transfer(post=False, partner_id=vendor.id, partner_bank_id=account.id)
            self.assertTrue(transfer.audit_on_hold, vendor.name)

    def test_the_copy_of_a_held_payment_is_held(self):
        transfer = self._transfer(post=False)
        self.env["audit.payment.hold"]._hold(transfer, "suspicion", "The bank says: fraud")
        made = transfer.copy()
        self.assertEqual(made.audit_hold_ids.kind, "suspicion")
        with self.refused("Copied from"):
            made.action_post()

    def test_who_entered_a_payment_does_not_release_it(self):
        payments = self.env["account.payment"].with_user(self.approver)
        transfer = payments.create(
            {
                "amount": 100.40,
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.vendor.id,
                "journal_id": self.bank.id,
            }
        )
        self.env["audit.payment.hold"]._hold(transfer.sudo(), "suspicion", "The bank says: fraud")
        hold = self.env["audit.payment.hold"].search([("payment_id", "=", transfer.id)])
        with self.refused("You entered"):
            hold.with_user(self.approver).action_release()

    def test_who_redirects_a_held_payment_does_not_release_it(self):
        second, other = self._account(self.vendor, OTHER_NUMBER), self._user("ap2", APPROVER)
        for values in ({"amount": 9999.0}, {"partner_bank_id": second.id}):
            transfer = self._transfer(post=False)
            self.assertTrue(transfer.audit_on_hold)
            transfer.with_user(self.approver).write(values)
            with self.refused("worked on it"):
                self._release(transfer)
            self._release(transfer, user=other)
            self.assertFalse(transfer.audit_on_hold)

    def test_who_changes_the_bank_details_of_a_held_payment_does_not_release_it(self):
        self.vendor_bank.acc_number = OTHER_NUMBER
        transfer = self._transfer(post=False)
        self.vendor_bank.with_user(self.approver).sudo().acc_number = NEW_NUMBER
        self.vendor_bank.acc_number = OTHER_NUMBER
        with self.refused("worked on it"):
            self._release(transfer)

    def test_who_changed_the_bank_details_releases_no_hold_of_another_kind(self):
        self.env["ir.config_parameter"].sudo().set_param("audit.payment_hold_days", "0")
        transfer = self._transfer(post=False)
        self.env["audit.payment.hold"]._hold(transfer, "suspicion", "The bank says: fraud")
        self.vendor_bank.with_user(self.approver).sudo().acc_number = NEW_NUMBER
        with self.refused("You changed the bank details of Papierhaus KG"):
            self._release(transfer)

    def test_a_held_payment_is_not_posted_by_naming_another_entry(self):
        transfer = self._transfer(post=False)
        self.env["audit.payment.hold"]._hold(transfer, "suspicion", "The bank says: fraud")
        entry = self.env["account.move"].create({"move_type": "entry"})
        state = "posted" if "is_move_sent" in transfer._fields else "in_process"
        with self.refused("is on hold"):
            transfer.write({"state": state, "move_id": entry.id})
        self.assertEqual(state_of(transfer), "draft")

    def test_a_payment_that_has_left_is_not_held_when_that_is_said_again(self):
        transfer = self._transfer()
        transfer._mark_sent("M-1", "P-1")
        self.vendor_bank.acc_number = NEW_NUMBER
        transfer._mark_sent("M-1", "P-1")
        self.assertFalse(transfer.audit_on_hold)

    def test_a_payment_that_came_back_is_judged_when_it_is_sent_again(self):
        transfer = self._transfer()
        transfer._mark_sent("M-1", "P-1")
        self.report(payment(transaction(transfer.audit_end_to_end_id, "RJCT", "AC04")), status="PART")
        self.vendor_bank.acc_number = NEW_NUMBER
        with self.refused("is on hold"):
            transfer._mark_sent("M-2", "P-2")
