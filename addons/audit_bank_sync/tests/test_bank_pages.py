from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankPages(BankCase):
    """A statement whose pages come in several files is one statement."""

    def _page(self, number, last, *entries, **balances):
        """The bytes of one page of statement 7, by the paging of its message."""
        paging = "<MsgPgntn><PgNb>%d</PgNb><LastPgInd>%s</LastPgInd></MsgPgntn>" % (number, last)
        told = "".join(samples.balance(kind, amount, currency=self.currency) for kind, amount in balances.items())
        part = samples.part(told + "".join(entries), owner=samples.account(currency=self.currency))
        return samples.camt(part, header="<MsgId>M%d</MsgId>%s" % (number, paging))

    def _two(self, entry="5.00"):
        first = self._page(1, "false", self.entry(entry), OPBD="100.00", ITBD="105.00")
        return first, self._page(2, "true", self.entry("5.00"), ITBD="105.00", CLBD="110.00")

    def assertJoined(self, first, last):
        self.assertEqual((first.joined_id, first.agreement), (last, "unknown"))
        self.assertIn("Judged with its last page", first.note)
        self.assertEqual((last.agreement, last.opening_balance, last.closing_balance), ("agrees", 100.0, 110.0))
        self.assertEqual((last.booked_sum, last.note), (10.0, False))

    def test_pages_of_two_files_add_up_together_and_stand_in_the_books_as_one(self):
        first, second = (self.receive(data, name).window_ids for data, name in zip(self._two(), ("1.xml", "2.xml")))
        self.assertJoined(first, second)
        self.transactions()._post()
        statement = self.transactions().statement_line_id.statement_id
        self.assertEqual((len(statement), statement.balance_start, statement.balance_end_real), (1, 100.0, 110.0))
        self.assertEqual(len(statement.line_ids), 2)

    def test_the_last_page_may_come_first(self):
        one, two = self._two()
        last = self.receive(two, "2.xml").window_ids
        self.assertEqual(last.agreement, "unknown")
        self.assertJoined(self.receive(one, "1.xml").window_ids, last)

    def test_statements_that_are_counted_as_pages_and_add_up_are_judged_each_by_itself(self):
        first = self.receive(self._page(45, "true", self.entry("5.00"), OPBD="100.00", CLBD="105.00"), "45.xml")
        second = self.receive(self._page(46, "true", self.entry("5.00"), OPBD="105.00", CLBD="110.00"), "46.xml")
        windows = first.window_ids | second.window_ids
        self.assertEqual(windows.mapped("agreement"), ["agrees", "agrees"])
        self.assertFalse(windows.joined_id)

    def test_a_page_that_comes_once_more_changes_nothing(self):
        one, two = self._two()
        first = self.receive(one, "1.xml").window_ids
        last = self.receive(two, "2.xml").window_ids
        again = self.receive(two.replace(b"M2", b"M3"), "3.xml").window_ids
        self.assertEqual((again.new_count, again.joined_id.ids), (0, []))
        self.assertJoined(first, last)

    def test_equal_lines_on_two_pages_are_two(self):
        for data, name in zip(self._two(), ("1.xml", "2.xml")):
            self.receive(data, name)
        self.assertEqual(self.transactions().mapped("posting_state"), ["waiting", "waiting"])

    def test_pages_that_do_not_add_up_are_explained_by_the_entries_of_all(self):
        one, _two = self._two()
        self.receive(one, "1.xml")
        last = self.receive(self._page(2, "true", ITBD="105.00", CLBD="100.00"), "2.xml").window_ids
        self.assertEqual((last.agreement, last.difference), ("differs", -5.0))
        self.assertIn("Without entry 1", last.note)
