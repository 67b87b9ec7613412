from odoo.tests import tagged

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
