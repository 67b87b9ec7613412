from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from .match_case import MatchCase


@tagged("post_install", "-at_install")
class TestMatchTours(MatchCase, TourCase):
    def test_an_accountant_matches_by_the_keyboard(self):
        self.settings.write({"fee_account_id": self.expense.id, "write_off_account_id": self.other_expense.id})
        self.env["account.bank.statement.line"].search([("is_reconciled", "=", False)]).unlink()
        invoices = [self.bill_for(amount) for amount in (100.40, 250, 80)]
        first = self.line(100.40, invoices[0].name, date="2026-04-01", partner_name=self.partner.name)
        second = self.line(249, "Thanks", date="2026-04-02")
        third = self.line(80, invoices[2].name, date="2026-04-03", partner_name="Somebody else")
        self.search()
        self._tour("audit_match_bench", self.accountant)
        self.assertTrue(first.is_reconciled)
        self.assertBooked(second, (self.receivable, -250), (self.expense, 1))
        self.assertFalse(third.is_reconciled)
        match = self.proposals.search([("statement_line_ids", "in", third.ids)])
        self.assertEqual((match.state, match.refusal_reason), ("refused", "Paid in cash"))

    def test_the_empty_bench_says_what_to_do(self):
        self.env["account.bank.statement.line"].search([("is_reconciled", "=", False)]).unlink()
        self._tour("audit_match_bench_empty", self.accountant)
