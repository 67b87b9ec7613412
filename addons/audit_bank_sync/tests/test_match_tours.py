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
