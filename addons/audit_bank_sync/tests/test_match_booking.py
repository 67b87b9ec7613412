from odoo import Command, fields
from odoo.tests import tagged

from ..models.matching.collecting import bank_lines, collected
from .match_case import OTHER_BANK, OUR_BANK, MatchCase


@tagged("post_install", "-at_install")
class TestMatchBooking(MatchCase):
    """What accepting a match does to the books, by kind."""

    def test_a_line_that_names_an_invoice_pays_it(self):
        invoice = self.bill_for(100.40)
        line = self.line(100.40, "Payment %s" % invoice.name)
        match = self.of_line(line)
        self.assertEqual((match.kind, match.level), ("one_to_one", "suggest"))
        self.assertTrue(match.action_accept())
        self.assertEqual(match.state, "accepted")
        self.assertBooked(line, (self.receivable, -100.40))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(match.decided_by_id, self.accountant)
        self.assertEqual(self.kinds_logged(invoice), ["match.accepted"])
        self.assertEqual(self.kinds_logged(line.move_id), ["match.accepted"])

    def test_a_bill_is_paid_by_money_that_went_out(self):
        bill = self.bill_for(80, "in_invoice", ref="LX-778899")
        line = self.line(-80, "Invoice LX-778899")
        self.of_line(line).action_accept()
        self.assertBooked(line, (self.partner.property_account_payable_id, 80))
        self.assertEqual(bill.amount_residual, 0)

    def test_one_line_pays_several_invoices(self):
        invoices = self.bill_for(70) + self.bill_for(30.5)
        line = self.line(100.5, "%s and %s" % tuple(invoices.mapped("name")))
        match = self.of_line(line)
        self.assertEqual(match.kind, "one_to_many")
        match.action_accept()
        self.assertBooked(line, (self.receivable, -70), (self.receivable, -30.5))
        self.assertEqual(invoices.mapped("amount_residual"), [0, 0])

    def test_several_lines_pay_one_invoice(self):
        invoice = self.bill_for(100)
        lines = self.line(60, invoice.name) + self.line(40, invoice.name, date="2026-04-20")
        match = self.of_line(lines[0])
        self.assertEqual((match.kind, match.statement_line_ids), ("many_to_one", lines))
        match.action_accept()
        self.assertBooked(lines[0], (self.receivable, -60))
        self.assertBooked(lines[1], (self.receivable, -40))
        self.assertEqual(invoice.amount_residual, 0)

    def test_a_part_leaves_the_rest_of_the_invoice_open(self):
        invoice = self.bill_for(100)
        line = self.line(40, invoice.name)
        match = self.of_line(line)
        self.assertEqual(match.kind, "partial")
        match.action_accept()
        self.assertBooked(line, (self.receivable, -40))
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (60, "partial"))

    def test_what_is_paid_too_much_stays_on_the_line_and_not_with_the_partner(self):
        invoice = self.bill_for(100)
        line = self.line(150, invoice.name)
        match = self.of_line(line)
        self.assertEqual(self.parts_of(match), [("item", 100), ("unallocated", 50)])
        match.action_accept()
        _liquidity, suspense, others = line._seek_for_lines()
        self.assertEqual((suspense.balance, others.balance), (-50, -100))
        self.assertFalse(line.is_reconciled)
        self.assertEqual(invoice.amount_residual, 0)
        second = self.bill_for(50)
        other = self.proposals.bench_book(line.id, [{"use": "item", "item_id": self.term(second).id, "amount": 50}])
        self.assertEqual(self.proposals.browse(other).state, "accepted")
        self.assertBooked(line, (self.receivable, -100), (self.receivable, -50))

    def test_a_fee_needs_its_account_and_never_stays_with_the_partner(self):
        invoice = self.bill_for(200)
        line = self.line(199.10, invoice.name)
        match = self.of_line(line)
        self.assertEqual(self.parts_of(match), [("item", 200), ("fee", -0.90)])
        with self.refused("Choose an account for “Bank Fees” first: Audit ▸ Configuration ▸ Bank Matching"):
            match.action_accept()
        self.settings.fee_account_id = self.expense
        match.action_accept()
        self.assertBooked(line, (self.receivable, -200), (self.expense, 0.90))
        self.assertEqual(invoice.amount_residual, 0)

    def test_a_match_of_several_parts_is_undone_and_proposed_with_all_of_them_again(self):
        self.settings.fee_account_id = self.expense
        invoice = self.bill_for(200)
        line = self.line(199.10, invoice.name, partner_name=self.partner.name)
        match = self.of_line(line)
        match.action_accept()
        match.action_undo()
        self.assertEqual((match.state, line.is_reconciled, invoice.amount_residual), ("undone", False, 200.0))
        self.assertEqual(self.parts_of(self.of_line(line)), [("item", 200), ("fee", -0.90)])

    def _discounted(self, **values):
        """An invoice over 1,000 and tax with 2 % discount within 10 days; returns it with the discount."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % within 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        self.settings.write(
            {"discount_loss_account_id": self.expense.id, "discount_gain_account_id": self.other_expense.id}
        )
        tax = self.company.account_sale_tax_id
        line = Command.create({"name": "Service", "quantity": 1, "price_unit": 1000, "tax_ids": [Command.set(tax.ids)]})
        values = {"invoice_payment_term_id": term.id, "invoice_date": "2026-04-10", **values}
        invoice = self._invoice(invoice_line_ids=[line], **values)
        invoice.action_post()
        return invoice, 0.02 * (1000 + 10 * tax.amount)

    def test_a_discount_in_time_is_booked_with_its_taxes(self):
        invoice, discount = self._discounted()
        line = self.line(invoice.amount_total - discount, invoice.name, date="2026-04-18")
        match = self.of_line(line)
        self.assertEqual(self.parts_of(match), [("item", invoice.amount_total), ("discount", -discount)])
        match.action_accept()
        self.assertEqual(invoice.amount_residual, 0)
        _liquidity, suspense, others = line._seek_for_lines()
        self.assertFalse(suspense)
        self.assertEqual(sum(others.filtered(lambda one: one.account_id == self.expense).mapped("balance")), 20)
        self.assertEqual(sum(others.filtered("tax_line_id").mapped("balance")), discount - 20)

    def test_a_discount_in_another_currency_is_booked_with_its_taxes_at_the_rate_of_the_invoice(self):
        other = self._currency("EUR" if self.currency.name != "EUR" else "USD", 0.5)
        other.rate_ids = [Command.create({"name": "2026-04-15", "rate": 0.4})]
        journal = self.env["account.journal"].create(
            {"name": "Foreign bank", "type": "bank", "code": "BNK8", "currency_id": other.id}
        )
        invoice, discount = self._discounted(currency_id=other.id)
        line = self.line(invoice.amount_total - discount, invoice.name, date="2026-04-18", journal=journal)
        match = self.of_line(line)
        self.assertEqual(self.parts_of(match), [("item", invoice.amount_total), ("discount", -discount)])
        match.action_accept()
        self.assertEqual(invoice.amount_residual, 0)
        _liquidity, suspense, others = line._seek_for_lines()
        self.assertFalse(suspense)
        loss = others.filtered(lambda one: one.account_id == self.expense)
        self.assertEqual((sum(loss.mapped("amount_currency")), sum(loss.mapped("balance"))), (20, 40))
        taxes = others.filtered("tax_line_id")
        self.assertAlmostEqual(sum(taxes.mapped("amount_currency")), discount - 20)
        self.assertAlmostEqual(sum(taxes.mapped("balance")), 2 * (discount - 20))
        self.assertTrue(all(others.filtered(lambda one: one.account_id == self.receivable).mapped("reconciled")))

    def test_an_invoice_in_another_currency_is_closed_at_the_rate_of_the_day(self):
        euro = self._currency("EUR" if self.currency.name != "EUR" else "USD", 0.5)
        invoice = self.bill_for(100, currency_id=euro.id)
        self.settings.exchange_account_id = self.other_expense
        line = self.line(201, invoice.name)
        match = self.of_line(line)
        self.assertEqual(self.parts_of(match), [("item", 200), ("exchange", 1)])
        match.action_accept()
        self.assertBooked(line, (self.receivable, -200), (self.other_expense, -1))
        self.assertEqual(invoice.amount_residual, 0)

    def test_a_bank_account_in_another_currency_pays_items_in_either(self):
        other = self._currency("EUR" if self.currency.name != "EUR" else "USD", 0.5)
        other.rate_ids = [Command.create({"name": "2026-04-01", "rate": 0.4})]
        journal = self.env["account.journal"].create(
            {"name": "Foreign bank", "type": "bank", "code": "BNK8", "currency_id": other.id}
        )
        theirs = self.bill_for(100, currency_id=other.id)
        line = self.line(100, theirs.name, journal=journal)
        self.of_line(line).action_accept()
        liquidity, suspense, others = line._seek_for_lines()
        self.assertEqual((liquidity.balance, liquidity.amount_currency), (250, 100))
        self.assertFalse(suspense)
        self.assertEqual((others.balance, others.amount_currency), (-250, -100))
        self.assertEqual((theirs.amount_residual, others.amount_residual), (0, 0))
        ours = self.bill_for(250)
        line = self.line(100, ours.name, journal=journal)
        match = self.of_line(line)
        self.assertEqual(self.parts_of(match), [("item", 100)])
        match.action_accept()
        others = line._seek_for_lines()[2]
        self.assertEqual((others.balance, others.currency_id, ours.amount_residual), (-250, self.currency, 0))

    def test_both_sides_of_an_own_transfer_meet_on_the_transfer_account(self):
        second = self.second_bank()
        out = self.line(-500, "To savings", account_number=OTHER_BANK)
        incoming = self.line(500, "From current", journal=second, account_number=OUR_BANK)
        match = self.of_line(out)
        self.assertEqual((match.kind, match.statement_line_ids), ("own_transfer", out + incoming))
        match.action_accept()
        account = self.company.transfer_account_id
        self.assertBooked(out, (account, 500))
        self.assertBooked(incoming, (account, -500))
        sides = (out + incoming).move_id.line_ids.filtered(lambda one: one.account_id == account)
        self.assertTrue(all(sides.mapped("reconciled")))

    def test_lines_of_a_registered_transfer_close_what_it_has_outstanding(self):
        """17.0 registers a transfer as a pair of payments; on 19.0, people enter a payment over the same account."""
        second = self.second_bank()
        waiting = self.env["account.account"].create(
            {"name": "Outstanding transfers", "code": "101987", "account_type": "asset_current", "reconcile": True}
        )
        for journal in self.bank | second:
            sides = journal.inbound_payment_method_line_ids | journal.outbound_payment_method_line_ids
            sides.payment_account_id = waiting
        values = {"payment_type": "outbound", "amount": 500, "date": "2026-04-14", "journal_id": self.bank.id}
        if "is_internal_transfer" in self.env["account.payment"]._fields:
            values.update(is_internal_transfer=True, destination_journal_id=second.id)
        else:
            values.update(partner_type="supplier", destination_account_id=self.company.transfer_account_id.id)
        payment = self.env["account.payment"].create(values)
        payment.action_post()
        line = self.line(-500, "To savings", account_number=OTHER_BANK)
        match = self.of_line(line)
        outstanding = payment.move_id.line_ids.filtered(lambda one: one.account_id == waiting)
        self.assertEqual((match.kind, match.allocation_ids.item_id), ("one_to_one", outstanding))
        match.action_accept()
        self.assertBooked(line, (waiting, 500))
        self.assertTrue(outstanding.reconciled)
        self.assertFalse(self.env["audit.match.lesson"].search([("proposal_id", "=", match.id)]))

    def _transfer_in_two_steps(self, amounts=(-500, 500), **second_line):
        """The second line comes when the first was booked already; returns both lines."""
        second = self.second_bank()
        out = self.line(amounts[0], "To savings", account_number=OTHER_BANK)
        self.of_line(out).action_accept()
        incoming = self.line(amounts[1], "From current", journal=second, account_number=OUR_BANK, **second_line)
        return out, incoming

    def test_the_second_side_of_a_transfer_closes_the_first_that_was_booked_before(self):
        out, incoming = self._transfer_in_two_steps(date="2026-04-16")
        match = self.of_line(incoming)
        self.assertEqual((match.kind, match.statement_line_ids), ("own_transfer", incoming))
        match.action_accept()
        account = self.company.transfer_account_id
        sides = (out + incoming).move_id.line_ids.filtered(lambda one: one.account_id == account)
        self.assertEqual(sides.mapped("reconciled"), [True, True])
        match.action_undo()
        self.assertEqual((out.is_reconciled, incoming.is_reconciled), (True, False))
        left = out.move_id.line_ids.filtered(lambda one: one.account_id == account)
        self.assertFalse(left.reconciled)

    def test_what_is_not_the_other_side_of_a_transfer_stays_open_beside_it(self):
        out, incoming = self._transfer_in_two_steps((-500, 499))
        self.of_line(incoming).action_accept()
        account = self.company.transfer_account_id
        sides = (out + incoming).move_id.line_ids.filtered(lambda one: one.account_id == account)
        self.assertEqual(sides.mapped("reconciled"), [False, False])

    def test_a_payment_that_was_registered_waits_for_its_line(self):
        journal_account = self.env["account.account"].create(
            {"name": "Outstanding receipts", "code": "101988", "account_type": "asset_current", "reconcile": True}
        )
        self.bank.inbound_payment_method_line_ids.payment_account_id = journal_account
        invoice = self.bill_for(75)
        payment = self._pay(invoice)
        self.assertEqual(invoice.amount_residual, 0)
        line = self.line(75, "Customer %s" % invoice.name)
        match = self.of_line(line)
        match.action_accept()
        self.assertBooked(line, (journal_account, -75))
        self.assertTrue(payment.is_matched)

    def _told(self, line, **values):
        """What the bank said of a line, beyond what Odoo keeps of it."""
        connection = self.env["audit.bank.connection"].create({"name": "House bank", "company_id": self.company.id})
        account = self.env["audit.bank.account"].create(
            {
                "name": "Current", "number": OUR_BANK, "connection_id": connection.id,
                "currency_id": self.currency.id,
            }
        )  # fmt: skip
        return self.env["audit.bank.transaction"].sudo().create(
            {
                "account_id": account.id, "company_id": self.company.id, "currency_id": self.currency.id,
                "state": "booked", "date": line.date, "amount": line.amount, "statement_line_id": line.id, **values,
            }
        )  # fmt: skip

    def test_what_the_bank_said_beyond_the_line_finds_the_invoices_of_a_batch(self):
        invoices = self.bill_for(30) + self.bill_for(12.5)
        line = self.line(42.5, "Collective credit")
        told = [
            {"amount": "%.2f" % invoice.amount_total, "currency": self.currency.name, "remittance": [invoice.name]}
            for invoice in invoices
        ]
        self._told(line, code="PMNT/RCDT/ESCT", details={"details": told})
        match = self.of_line(line)
        self.assertEqual(match.kind, "one_to_many")
        self.assertEqual(match.allocation_ids.item_id.move_id, invoices)

    def _paying(self, *amounts):
        """Payments to a supplier that wait for their bank line on an account of their own, each with its references."""
        waiting = self.env["account.account"].create(
            {"name": "Outstanding transfers", "code": "101987", "account_type": "asset_current", "reconcile": True}
        )
        self.bank.outbound_payment_method_line_ids.payment_account_id = waiting
        return self.env["account.payment"].concat(
            *(self._pay(self.bill_for(amount, "in_invoice")) for amount in amounts)
        )

    def test_the_end_to_end_reference_that_a_payment_took_to_the_bank_finds_it(self):
        payments = self._paying(64, 64)
        self.assertTrue(all(payments.mapped("audit_end_to_end_id")))
        line = self.line(-64, "Transfer")
        self._told(line, end_to_end_id=payments[1].audit_end_to_end_id)
        match = self.of_line(line)
        self.assertEqual(match.allocation_ids.item_id.move_id, payments[1].move_id)
        self.assertIn("end_to_end", [reason["code"] for reason in match.reasons])

    def test_a_batch_that_the_bank_booked_as_one_is_found_by_the_reference_under_which_it_was_sent(self):
        payments, other = self._paying(64, 36), self._pay(self.bill_for(100, "in_invoice"))
        payments.sudo().write({"audit_batch_id": "BATCH-2026-04-15"})
        line = self.line(-100, "Collective order")
        self._told(line, details={"batches": [{"payment_information_id": "BATCH-2026-04-15"}]})
        match = self.of_line(line)
        self.assertEqual(match.allocation_ids.item_id.move_id, payments.move_id)
        self.assertNotIn(other.move_id, match.allocation_ids.item_id.move_id)

    def test_a_collection_is_found_by_its_mandate_and_instruction(self):
        waiting = self.env["account.account"].create(
            {"name": "Outstanding receipts", "code": "101988", "account_type": "asset_current", "reconcile": True}
        )
        self.bank.inbound_payment_method_line_ids.payment_account_id = waiting
        collections = self.env["account.payment"].concat(*(self._pay(self.bill_for(64)) for _time in range(2)))
        for number, collection in enumerate(collections, 1):
            collection.write({"audit_mandate_id": "M-7", "audit_instruction_id": "C-%d" % number})
        line = self.line(64, "Direct debit")
        self._told(line, mandate_id="M-7", details={"details": [{"references": {"instruction_id": "C-2"}}]})
        match = self.of_line(line)
        self.assertEqual(match.allocation_ids.item_id.move_id, collections[1].move_id)
        self.assertIn("mandate", [reason["code"] for reason in match.reasons])
        with self.refused("its references stay"):
            collections[1].audit_mandate_id = "M-8"

    def test_what_was_instructed_in_another_currency_and_the_day_of_payment_are_known(self):
        line = self.line(93.5, "From abroad")
        other = "USD" if self.currency.name != "USD" else "EUR"
        payment = {
            "amounts": [{"kind": "instructed", "amount": "100.00", "currency": other}],
            "accepted_at": "2026-04-11T08:15:00Z",
        }  # fmt: skip
        told = self._told(line, details={"details": [payment]}, value_date="2026-04-14")
        (found,) = bank_lines(self.env, self.company, line.ids)
        self.assertEqual((found.original_amount, found.original_currency), (10000, other))
        self.assertEqual(found.value_day.isoformat(), "2026-04-11")
        told.details = {}
        (found,) = bank_lines(self.env, self.company, line.ids)
        self.assertEqual((found.original_amount, found.value_day.isoformat()), (None, "2026-04-14"))

    def test_rates_are_those_that_odoo_converts_by(self):
        other = self._currency("USD" if self.currency.name != "USD" else "EUR", 2.0)
        rate = {"currency_id": other.id, "name": "2026-02-01"}
        self.env["res.currency.rate"].create(
            [{**rate, "rate": 4.0, "company_id": False}, {**rate, "rate": 2.5, "company_id": self.company.id}]
        )
        self.env["res.currency.rate"].create({**rate, "name": "2026-03-01", "rate": 8.0, "company_id": False})
        self.env["res.currency.rate"].create(
            {"currency_id": self.currency.id, "name": "2026-01-01", "rate": 1.25, "company_id": self.company.id}
        )
        rates = collected(self.env, self.company).rates
        for day in ("2026-01-15", "2026-02-01", "2026-03-15"):
            day = fields.Date.to_date(day)
            odoo = self.currency._convert(100.0, other, self.company, day)
            ours = rates.convert(10000, self.currency.name, other.name, day)
            self.assertAlmostEqual(ours / 100, odoo, 2, day)
