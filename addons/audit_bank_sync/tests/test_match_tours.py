from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from .match_case import MatchCase


@tagged("post_install", "-at_install")
class TestMatchTours(MatchCase, TourCase):
    def test_an_accountant_matches_by_the_keyboard(self):
        self.settings.write({"fee_account_id": self.expense.id, "write_off_account_id": self.other_expense.id})
        self.env["account.bank.statement.line"].search([("is_reconciled", "=", False)]).unlink()
        invoices = [self.bill_for(amount) for amount in (100.40, 250)]
        first = self.line(100.40, invoices[0].name, date="2026-04-01", partner_name=self.partner.name)
        second = self.line(249, invoices[1].name, date="2026-04-02")
        self.search()
        self._tour("audit_match_bench", self.accountant)
        self.assertBooked(first, (self.receivable, -100.40))
        self.assertBooked(second, (self.receivable, -250), (self.expense, 1))
        decided = self.proposals.search([("statement_line_ids", "in", (first + second).ids)])
        self.assertEqual(sorted(decided.mapped("state")), ["accepted", "accepted", "refused", "undone"])
        self.assertEqual(decided.filtered("refusal_reason").mapped("refusal_reason"), ["Other delivery"])

    def test_every_key_of_the_bench_does_what_it_says(self):
        self.settings.write({"fee_account_id": self.expense.id, "write_off_account_id": self.other_expense.id})
        self.env["account.bank.statement.line"].search([("is_reconciled", "=", False)]).unlink()
        whole, short = self.bill_for(100), self.bill_for(250)
        alike = self.bill_for(75.10) + self.bill_for(75.10)
        both = self.line(60, whole.name, date="2026-04-01") + self.line(40, whole.name, date="2026-04-02")
        named = self.line(75.10, alike[0].name, date="2026-04-03", partner_name=self.partner.name)
        last = self.line(249.70, short.name, date="2026-04-04")
        self.search()
        self.assertEqual(len(self.proposals.bench_candidates(named.id)), 2)
        self._tour("audit_match_bench_keys", self.accountant)
        self.assertBooked(both[0], (self.receivable, -60))
        self.assertBooked(both[1], (self.receivable, -40))
        self.assertBooked(named, (self.receivable, -75.10))
        self.assertEqual(alike.mapped("amount_residual"), [75.10, 0], "the one that the arrows chose")
        self.assertBooked(last, (self.receivable, -250), (self.other_expense, 0.30))
