from odoo import Command
from odoo.tests import tagged
from odoo.tools import convert_file

from .match_case import MatchCase


@tagged("post_install", "-at_install")
class TestMatchLimits(MatchCase):
    """What one person may write off or call a fee, however it is cut."""

    def test_limits_hold_for_all_parts_of_a_line_together(self):
        self.settings.write({"fee_account_id": self.expense.id, "write_off_account_id": self.other_expense.id})
        invoice = self.bill_for(1000)
        line = self.line(990.20, "no number")
        (found,) = self.proposals.bench_find(line.id, invoice.name)
        item, fee = {"use": "item", "item_id": found["item_id"], "amount": 1000}, {"use": "fee", "amount": -4.90}
        with self.refused("More than 4.95"):
            self.proposals.bench_book(line.id, [item, fee, fee])
        self.proposals.bench_book(line.id, [{**item, "amount": 900}, fee])
        with self.refused("More than 4.95"):
            self.proposals.bench_book(line.id, [{**item, "amount": 100}, fee])

    def test_the_approver_of_the_demonstration_books_what_is_beyond_them(self):
        self.settings.write({"fee_account_id": self.expense.id, "write_off_account_id": self.other_expense.id})
        convert_file(self.env, "audit_connector_base", "demo/res_users_demo.xml", {}, "init", True)
        people = [self.env.ref("audit_connector_base.user_%s" % role) for role in ("accountant", "approver")]
        for user in people:
            user.write({"company_ids": [Command.link(self.company.id)], "company_id": self.company.id})
        invoice, line = self.bill_for(1000), self.line(900, "no number")
        (found,) = self.proposals.bench_find(line.id, invoice.name)
        parts = [
            {"use": "item", "item_id": found["item_id"], "amount": 1000},
            {"use": "write_off", "amount": -100},
        ]
        accountant, approver = (self.proposals.with_user(user).with_company(self.company) for user in people)
        with self.refused("decided by people with the role Approver"):
            accountant.bench_book(line.id, parts)
        approver.bench_book(line.id, parts)
        self.assertTrue(line.is_reconciled)
