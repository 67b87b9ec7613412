from odoo import Command
from odoo.tests import tagged

from ..compat import SERIES
from .source_common import SourceCase


@tagged("post_install", "-at_install")
class TestSourceBooks(SourceCase):
    """Invoices, entries and payments: each thing that happens to them is said once."""

    def test_an_invoice_is_told_of_through_its_life(self):
        invoice = self._invoice()
        with self.said("invoice.posted"):
            invoice.action_post()
        with self.said("invoice.reset_to_draft") as heard:
            invoice.button_draft()
        self.assertEqual(heard[0][2]["state"], "draft")
        with self.said("invoice.cancelled"):
            invoice.button_cancel()
        with self.said("invoice.reset_to_draft"):
            invoice.button_draft()
        with self.said("invoice.posted"):
            invoice.action_post()

    def test_cancelling_what_is_posted_is_not_told_of_as_a_draft_in_passing(self):
        invoice = self._invoice(post=True)
        with self.said("invoice.cancelled") as heard:
            invoice.button_cancel()
        self.assertEqual(heard[0][2]["state"], "cancelled")
        self.assertEqual(heard[0][2]["actor"]["id"], "res.users/%d" % self.env.uid)

    def test_nothing_is_said_when_nothing_changes(self):
        invoice, entry, payment = self._invoice(post=True), self._entry(post=True), self._payment(post=True)
        with self.said():
            invoice.ref = "R-1"
            entry.ref = "R-2"
            invoice.write({"state": "posted"})
            self.partner.comment = "Known since long"
            payment.action_post() if payment.state == "draft" else None
            self.company.name = "Renamed"

    def test_a_batch_is_told_of_in_one_go_and_each_document_once(self):
        moves = self._invoice() + self._invoice("out_refund") + self._entry() + self._invoice()
        with self.said("invoice.posted", "invoice.posted", "invoice.posted", "journal_entry.posted") as heard:
            moves.action_post()
        self.assertEqual({document for _code, document, _payload in heard}, set(moves))

    def test_a_payment_is_told_of_with_its_entry_and_the_entry_is_not(self):
        payment = self._payment()
        with self.said("payment.posted") as heard:
            payment.action_post()
        _code, document, payload = heard[0]
        self.assertEqual(document, payment)
        self.assertEqual(payload["state"], "posted")
        self.assertEqual(payload["entry"]["number"], payment.move_id.name)
        self.assertEqual(sorted(line["debit"] for line in payload["entry"]["lines"]), ["0.00", "100.40"])
        with self.said("payment.reset_to_draft"):
            payment.action_draft()
        with self.said("payment.cancelled"):
            payment.action_cancel()

    def test_a_payment_whose_entry_is_posted_is_told_of_as_a_payment(self):
        payment = self._payment(post=True)
        payment.action_draft()
        payment.move_id.button_cancel()
        with self.said("payment.reset_to_draft"):
            payment.action_draft()
        with self.said("payment.posted"):
            payment.action_post()

    def test_paying_an_invoice_says_the_payment_the_reconciliation_and_that_it_is_paid(self):
        invoice = self._invoice(post=True)
        with self.said("payment.posted", "payment.reconciled", "invoice.paid") as heard:
            payment = self._pay(invoice)
        self.assertEqual(heard[1][1], payment)
        reconciled = heard[1][2]
        self.assertTrue(reconciled["reconciled"])
        self.assertEqual(
            reconciled["reconciled_with"],
            [
                {
                    "id": "account.move/%d" % invoice.id,
                    "number": invoice.name,
                    "kind": "invoice",
                    "amount": "100.40",
                    "currency": "USD",
                }
            ],
        )
        self.assertIn(heard[2][2]["payment_state"], ("paid", "in_payment"))
        self.assertEqual(heard[2][2]["amounts"]["residual"], "0.00")
        with self.said("payment.unreconciled") as heard:
            invoice.line_ids.remove_move_reconcile()
        self.assertEqual(heard[0][2]["reconciled_with"], [])

    def test_a_payment_that_is_reset_or_cancelled_is_unreconciled(self):
        """17.0 undoes the reconciliation when the payment is reset, 19.0 when it is cancelled."""
        payment = self._pay(self._invoice(post=True))
        reset = ["payment.reset_to_draft"] if SERIES >= 19 else ["payment.unreconciled", "payment.reset_to_draft"]
        with self.said(*reset):
            payment.action_draft()
        payment.action_post()
        undone = self._pay(self._invoice(post=True))
        with self.said("payment.unreconciled", "payment.cancelled") as heard:
            undone.action_cancel()
        self.assertEqual(heard[1][2]["reconciled_with"], [])

    def test_several_payments_are_posted_in_one_go_and_reconciled_each_with_its_invoice(self):
        invoices = self._invoice(post=True) + self._invoice(post=True) + self._invoice(post=True)
        told = ["payment.reconciled", "invoice.paid"] * 3  # the wizard reconciles them one by one
        with self.said(*["payment.posted"] * 3, *told) as heard:
            payments = self._pay(invoices)
        self.assertEqual(self.env["account.payment"].union(*(one[1] for one in heard[:3])), payments)

    def test_payments_that_are_reconciled_together_are_told_of_together(self):
        invoices = self._invoice(post=True) + self._invoice(post=True)
        payments = self._payment(post=True, count=2)
        lines = (invoices + payments.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        with self.said("payment.reconciled", "payment.reconciled", "invoice.paid", "invoice.paid"):
            lines.reconcile()
        with self.said("payment.unreconciled", "payment.unreconciled"):
            lines.remove_move_reconcile()

    def test_one_payment_of_several_invoices_is_reconciled_once(self):
        invoices = self._invoice(post=True) + self._invoice(post=True)
        with self.said("payment.posted", "payment.reconciled", "invoice.paid", "invoice.paid") as heard:
            self._pay(invoices, group_payment=True)
        self.assertEqual(len(heard[1][2]["reconciled_with"]), 2)

    def test_a_difference_of_exchange_is_no_reconciliation_of_its_own(self):
        krona = self._currency("SEK", 11.3)
        krona.rate_ids = [Command.create({"name": "2026-03-15", "rate": 10.1})]
        invoice = self._invoice(currency_id=krona.id, invoice_date="2026-03-01", post=True)
        with self.said("payment.posted", "payment.reconciled", "journal_entry.posted", "invoice.paid"):
            self._pay(invoice)

    def test_an_invoice_of_nothing_is_posted_and_then_paid(self):
        invoice = self._invoice()
        invoice.invoice_line_ids.price_unit = 0
        with self.said("invoice.posted", "invoice.paid"):
            invoice.action_post()

    def test_what_is_posted_later_is_told_of_later(self):
        invoice = self._invoice(invoice_date="2099-01-01", date="2099-01-01")
        with self.said():
            invoice._post(soft=True)
        self.assertEqual(invoice.state, "draft")

    def test_people_without_any_audit_role_pay_and_cancel(self):
        billing = self._user("bill", "account.group_account_invoice")
        invoice = self._invoice().with_user(billing)
        with self.said("invoice.posted", "payment.posted", "payment.reconciled", "invoice.paid") as heard:
            invoice.action_post()
            wizard = self.env["account.payment.register"].with_user(billing)
            wizard = wizard.with_context(active_model="account.move", active_ids=invoice.ids)
            wizard.create({"payment_date": "2026-03-31"})._create_payments()
        self.assertEqual({payload["actor"]["id"] for _c, _d, payload in heard}, {"res.users/%d" % billing.id})

    def test_a_failure_says_nothing_and_leaves_nothing_behind(self):
        invoice = self._invoice()
        invoice.invoice_date = False
        line = invoice.invoice_line_ids
        line.unlink()
        with self.said():
            with self.refused(""):
                invoice.action_post()
        invoice.invoice_line_ids = [Command.create({"name": "Service", "price_unit": 5})]
        with self.said("invoice.posted"):
            invoice.action_post()

    def test_posting_takes_no_more_statements_for_many_than_for_one_beyond_odoos_own(self):
        def recording(moves):
            source = self.env["audit.event.type"]._source("invoice.posted")
            self.env["audit.event"]._record("invoice.posted", moves, source._payloads(moves, by=self.env.user))

        one = self._invoice(post=True, lines=5)
        many = self.env["account.move"].concat(*(self._invoice(post=True, lines=5) for _n in range(10)))
        recording(one)
        self.assertLessEqual(self.queries(recording, many), self.queries(recording, one))

    def test_a_statement_line_is_told_of_as_the_entry_that_it_makes(self):
        with self.said("journal_entry.posted") as heard:
            self.env["account.bank.statement.line"].create(
                {"journal_id": self.bank.id, "date": "2026-03-31", "payment_ref": "Fee", "amount": -7}
            )
        self.assertEqual(heard[0][2]["kind"], "bank_statement_line")
        self.assertEqual(heard[0][2]["total"], "7.00")
