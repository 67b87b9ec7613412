from odoo import Command
from odoo.tests import tagged

from ..core.bank_files.plain import as_plain
from ..core.payment_movements import entry_of_plain, movements
from ..core.tests import bank_file_samples as samples
from .payment_case import PaymentCase

RETURNED = "<RtrInf><Rsn><Cd>MD06</Cd></Rsn><AddtlInf>asked for by the payer</AddtlInf></RtrInf>"


@tagged("post_install", "-at_install")
class TestPaymentMovements(PaymentCase):
    """Entries of bank statements, and the payments that they are of."""

    def test_only_a_booked_entry_means_paid(self):
        transfer = self._transfer()
        reference = transfer.audit_end_to_end_id
        self.history._apply_entry(self.company, self.entry(reference, status="PDNG"))
        self.assertFalse(transfer.audit_bank_state, "announced only")
        self.history._apply_entry(self.company, self.entry(reference, kind="054"))
        self.assertEqual((transfer.audit_bank_state, transfer.audit_bank_booked), ("settled", False))
        entry = self.entry(reference)
        self.assertTrue(self.history._apply_entry(self.company, entry))
        self.assertEqual((transfer.audit_bank_state, transfer.audit_bank_booked), ("booked", True))
        self.assertFalse(self.history._apply_entry(self.company, self.entry(reference)), "the same again")

    def test_an_entry_kept_as_values_says_the_same(self):
        entry = self.entry("E2E-1", inside=RETURNED + "<Chrgs><Rcrd><Amt Ccy='EUR'>3.00</Amt></Rcrd></Chrgs>")
        kept = entry_of_plain(as_plain(entry), entry.role, entry.page.account.key, entry.date)
        self.assertEqual(movements(kept), movements(entry))

    def test_what_does_not_fit_is_left_alone(self):
        transfer = self._transfer()
        reference = transfer.audit_end_to_end_id
        self.assertFalse(self.history._apply_entry(self.company, self.entry("OF-OTHERS", way="CRDT")))
        self.assertFalse(self.waiting("payment_unclear"), "money of others is nothing unusual")
        self.assertFalse(self.history._apply_entry(self.company, self.entry(reference, amount="90.00")))
        self.assertIn("90.00", self.waiting("payment_unclear").explanation)
        self.assertFalse(self.history._apply_entry(self.company, self.entry(reference, way="CRDT")))
        self.assertEqual(len(self.waiting("payment_unclear")), 2)
        self.assertFalse(transfer.audit_bank_state)

    def test_a_batch_that_is_booked_as_one_books_its_payments_when_it_comes_to_their_sum(self):
        payments = self._transfer() + self._transfer()
        payments._mark_sent("M-1", "P-1")

        def batch(amount):
            inside = "<NtryDtls><Btch><PmtInfId>P-1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch></NtryDtls>"
            return self.entries(samples.entry(amount, "DBIT", inside=inside, currency=self.currency))

        self.assertFalse(self.history._apply_entries(self.company, batch("100.40")))
        self.assertIn("200.80", self.waiting("payment_unclear").explanation)
        self.assertEqual(self.history._apply_entries(self.company, batch("200.80")).payment_id, payments)
        self.assertEqual(payments.mapped("audit_bank_booked"), [True, True])

    def test_a_return_reopens_the_invoice_and_ends_the_original(self):
        invoice, payment = self._collection()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        line = self._line(-100.40, "Return")
        row = self.history._apply_entry(
            self.company, self.entry(payment.audit_end_to_end_id, inside=RETURNED), line=line
        )
        self.assertEqual(invoice.payment_state, "not_paid")
        self.assertEqual(invoice.amount_residual, 100.40)
        self.assertEqual((row.state, row.statement_line_id, row.payment_id), ("returned", line, payment))
        self.assertEqual(row.reason, "Refund asked for by the payer (MD06): asked for by the payer")
        self.assertEqual(payment.audit_bank_actor, "other_party")
        _liquidity, counterpart, _others = payment._seek_for_lines()
        self.assertTrue(counterpart.reconciled, "the original and its return end each other")
        self.assertEqual(counterpart.matched_debit_ids.debit_move_id.move_id, line.move_id)
        self.assertTrue(line.is_reconciled)
        self.assertIn("MD06", self.waiting("payment_returned", payment).explanation)
        entry = self.env["audit.log.entry"].search([("kind", "=", "payment.returned"), ("res_id", "=", invoice.id)])
        self.assertIn("came back from the bank", entry.summary)

    def test_the_charges_of_a_return_stay_as_the_bank_wrote_them(self):
        invoice, payment = self._collection()
        line = self._line(-103.50, "Return with charges")
        charges = "<Chrgs><Rcrd><Amt Ccy='%s'>3.10</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>" % self.currency
        row = self.history._apply_entry(
            self.company, self.entry(payment.audit_end_to_end_id, "103.50", inside=charges + RETURNED), line=line
        )
        self.assertEqual(row.charges, "3.10 %s" % self.currency)
        self.assertEqual(invoice.payment_state, "not_paid")
        _bank, suspense, others = line._seek_for_lines()
        self.assertAlmostEqual(suspense.balance, 3.10, 2)
        self.assertAlmostEqual(others.balance, 100.40, 2)
        self.assertFalse(line.is_reconciled, "a person books the charges")

    def test_a_return_in_another_currency_ends_the_original_at_the_rates_of_both_days(self):
        other = self._currency("EUR" if self.currency != "EUR" else "USD", 0.5)
        self.env["res.currency.rate"].create(
            {"name": "2026-04-02", "rate": 0.4, "currency_id": other.id, "company_id": self.company.id}
        )
        abroad = self.env["account.journal"].create(
            {"name": "Bank abroad", "type": "bank", "code": "BNKA", "currency_id": other.id}
        )
        outstanding = self.bank.inbound_payment_method_line_ids.payment_account_id[:1]
        abroad.inbound_payment_method_line_ids.payment_account_id = outstanding
        self.currency = other.name
        for charged in (0, 3.10):
            with self.subTest(charged=charged):
                invoice = self._invoice(post=True, currency_id=other.id, invoice_line_ids=[
                    Command.create({"name": "Service", "price_unit": 100.40, "tax_ids": [Command.clear()]})
                ])  # fmt: skip
                payment = self._pay(invoice, journal_id=abroad.id)
                line = self._line(-100.40 - charged, "Return", abroad)
                charges = "<Chrgs><Rcrd><Amt Ccy='%s'>%.2f</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>"
                inside = (charges % (other.name, charged) if charged else "") + RETURNED
                entry = self.entry(payment.audit_end_to_end_id, "%.2f" % (100.40 + charged), inside=inside)
                self.history._apply_entry(self.company, entry, line=line)
                self.assertEqual(invoice.amount_residual, 100.40)
                _liquidity, counterpart, _others = payment._seek_for_lines()
                self.assertTrue(counterpart.reconciled)
                self.assertEqual(counterpart.matched_debit_ids.debit_move_id.move_id, line.move_id)
                self.assertEqual(line.is_reconciled, not charged, "a person books the charges")
                self.assertAlmostEqual(sum(line._seek_for_lines()[1].mapped("amount_currency")), charged, 2)

    def test_a_doubtful_return_undoes_nothing(self):
        invoice, payment = self._collection()
        state = invoice.payment_state
        reference = payment.audit_end_to_end_id
        for entry, why in (
            (self.entry("NOBODY", inside=RETURNED), "NOBODY"),
            (self.entry(reference, "90.00", inside=RETURNED), "do not explain the difference"),
            (self.entry(reference, way="CRDT", inside=RETURNED), "the same way"),
        ):
            with self.subTest(why=why):
                before = self.waiting("payment_unclear")
                self.assertFalse(self.history._apply_entry(self.company, entry))
                said = (self.waiting("payment_unclear") - before).explanation
                self.assertIn(why, said)
                self.assertIn("Refund asked for by the payer (MD06)", said)
                self.assertIn("Who has to act: the other party.", said)
        self.assertEqual(invoice.payment_state, state)
        self.assertFalse(payment.audit_bank_state)

    def test_what_came_back_twice_is_for_a_person(self):
        invoice, payment = self._collection()
        first = self.entry(payment.audit_end_to_end_id, inside=RETURNED)
        self.assertTrue(self.history._apply_entry(self.company, first, line=self._line(-100.40, "Return")))
        self.assertFalse(self.history._apply_entry(self.company, first), "the same again is not the second one")
        self.assertFalse(self.waiting("payment_unclear"))
        again = self.entry(payment.audit_end_to_end_id, inside=RETURNED, day="2026-04-09")
        self.assertFalse(self.history._apply_entry(self.company, again))
        self.assertIn("came back before", self.waiting("payment_unclear").explanation)
        self.assertEqual(invoice.payment_state, "not_paid")

    def test_a_notice_of_a_return_reopens_nothing_yet(self):
        invoice, payment = self._collection()
        state = invoice.payment_state
        self.history._apply_entry(self.company, self.entry(payment.audit_end_to_end_id, inside=RETURNED, kind="054"))
        self.assertEqual((payment.audit_bank_state, invoice.payment_state), ("returned", state))
        booked = self.entry(payment.audit_end_to_end_id, inside=RETURNED)
        self.history._apply_entry(self.company, booked, line=self._line(-100.40, "Return"))
        self.assertEqual(invoice.payment_state, "not_paid")
        self.assertEqual(len(self.waiting("payment_returned", payment)), 1)

    def test_a_transfer_that_came_back_reopens_the_bill(self):
        bill = self._invoice("in_invoice", post=True, partner_id=self.vendor.id)
        payment = self._pay(bill, journal_id=self.bank.id)
        amount = "%.2f" % payment.amount
        back = self.entry(payment.audit_end_to_end_id, amount, "CRDT", RETURNED.replace("MD06", "AC04"))
        self.history._apply_entry(self.company, back, line=self._line(payment.amount, "Back"))
        self.assertEqual(bill.payment_state, "not_paid")
        self.assertEqual((payment.audit_reason_class, payment.audit_bank_booked), ("fix_data", False))

    def test_a_return_that_nobody_posted_changes_nothing_in_the_books(self):
        invoice, payment = self._collection()
        state = invoice.payment_state
        entry = self.entry(payment.audit_end_to_end_id, inside=RETURNED)
        row = self.history._apply_entry(self.company, entry)
        self.assertEqual((payment.audit_bank_state, invoice.payment_state), ("returned", state))
        self.assertIn("as soon as the bank line", self.waiting("payment_returned", payment).explanation)
        line = self._line(-100.40, "Return")
        self.history._apply_entry(self.company, entry, line=line)
        _liquidity, counterpart, _others = payment._seek_for_lines()
        self.assertEqual((row.statement_line_id, counterpart.reconciled), (line, True))
        self.assertEqual(invoice.payment_state, "not_paid")

    def test_what_people_find_on_a_bank_line_is_booked_until_they_undo_it(self):
        transfer = self._transfer()
        transfer._mark_sent("M-1", "P-1")
        line = self._line(-100.40)
        liquidity = transfer._seek_for_lines()[0]
        _bank, suspense, _others = line._seek_for_lines()
        moved = line.with_context(force_delete=True, skip_readonly_check=True, skip_account_move_synchronization=True)
        values = {"account_id": liquidity.account_id.id, "partner_id": self.vendor.id, "debit": 100.40, "name": "Paid"}
        moved.write({"line_ids": [(2, suspense.id), (0, 0, values)]})
        counterpart = line.line_ids.filtered(lambda one: one.account_id == liquidity.account_id)
        self.assertFalse(transfer.audit_bank_booked)
        (counterpart | liquidity).reconcile()
        self.assertEqual((transfer.audit_bank_state, transfer.audit_bank_booked), ("booked", True))
        self.assertEqual(transfer.audit_bank_words, "Found on a bank statement")
        line.action_undo_reconciliation()
        self.assertEqual((transfer.audit_bank_state, transfer.audit_bank_booked), ("sent", False))
