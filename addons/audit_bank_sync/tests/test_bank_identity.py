from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankIdentity(BankCase):
    """What is one movement and what is two, and who has the last word about it: a person."""

    def _entry(self, reference, amount="10.00", text="Invoice 1", end_to_end="INV-1", **options):
        purpose = text and "<RmtInf><Ustrd>%s</Ustrd></RmtInf>" % text
        inside = "<AcctSvcrRef>%s</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % (
            reference,
            samples.transaction(end_to_end=end_to_end, inside=purpose),
        )
        return self.entry(amount, inside=inside, **options)

    def _reissued(self):
        self.receive(self.statement(self._entry("REF-1")))
        self.receive(self.statement(self._entry("REF-2"), number="9").replace(b"M1", b"M2"), "again.xml")
        return self.transactions()

    def test_a_reissued_id_is_merged_and_keeps_its_history(self):
        transaction = self._reissued()
        self.assertEqual(len(transaction), 1)
        self.assertEqual(transaction.bank_reference, "REF-2")
        self.assertEqual(transaction.sighting_ids.kind, "reissued")
        self.assertEqual(transaction.sighting_ids.former["bank_reference"], "REF-1")
        self.assertIn("another bank's reference", transaction.sighting_ids.reasons)

    def test_a_merge_can_be_taken_apart(self):
        transaction = self._reissued()
        transaction.sighting_ids.with_user(self.bookkeeper).action_undo()
        both = self.transactions()
        self.assertEqual(both.mapped("bank_reference"), ["REF-1", "REF-2"])
        self.assertEqual(both.mapped("posting_state"), ["waiting", "waiting"])
        self.assertEqual(transaction.sighting_ids.split_id, both[1])
        with self.refused("nothing here that could be taken apart"):
            transaction.sighting_ids.with_user(self.bookkeeper).action_undo()

    def test_what_is_taken_apart_stays_apart_when_it_comes_once_more(self):
        self._reissued().sighting_ids.action_undo()
        self.receive(self.statement(self._entry("REF-2"), number="10").replace(b"M1", b"M3"), "third.xml")
        self.assertEqual(self.transactions().mapped("bank_reference"), ["REF-1", "REF-2"])

    def _parking(self, number, opening, closing):
        """A statement of the day with one entry, which says the same in each of them."""
        purpose = "<RmtInf><Ustrd>Parking garage</Ustrd></RmtInf>"
        inside = "<NtryDtls>%s</NtryDtls>" % samples.transaction(end_to_end="MANDATE-7", inside=purpose)
        entry = self.entry("5.00", way="DBIT", inside=inside)
        return self.statement(entry, opening=opening, closing=closing, number=number)

    def assertBothKept(self):
        both = self.transactions()
        self.assertEqual(both.mapped("amount"), [-5.0, -5.0])
        self.assertEqual(both.mapped("posting_state"), ["waiting", "doubt"])
        self.assertIn("on the statement before or after", both[1].looks_like_note)

    def test_equal_lines_of_two_statements_of_one_day_are_not_taken_for_one(self):
        self.receive(self._parking("45", "100.00", "95.00"), "45.xml")
        self.receive(self._parking("46", "95.00", "90.00"), "46.xml")
        self.assertBothKept()

    def test_equal_lines_of_statements_that_come_in_the_other_order_are_not_taken_for_one(self):
        self.receive(self._parking("46", "95.00", "90.00"), "46.xml")
        self.receive(self._parking("45", "100.00", "95.00"), "45.xml")
        self.assertBothKept()

    def test_what_one_statement_announced_is_booked_by_the_next_as_the_same(self):
        purpose = "<RmtInf><Ustrd>Parking garage</Ustrd></RmtInf>"
        inside = "<NtryDtls>%s</NtryDtls>" % samples.transaction(end_to_end="MANDATE-7", inside=purpose)
        announced = self.entry("5.00", way="DBIT", status="<Cd>PDNG</Cd>", inside=inside)
        before = (self.entry("20.00", way="DBIT"), announced)
        self.receive(self.statement(*before, opening="120.00", closing="100.00", number="44"), "44.xml")
        self.receive(self._parking("45", "100.00", "95.00"), "45.xml")
        self.assertEqual(self.transactions().mapped("state"), ["booked", "booked"])
        self.assertEqual(self.transactions().mapped("posting_state"), ["waiting", "waiting"])

    def test_equal_lines_of_two_statements_in_one_file_are_not_taken_for_one(self):
        first, second = self._parking("45", "100.00", "95.00"), self._parking("46", "95.00", "90.00")
        begin, end = second.index(b"<Stmt>"), second.index(b"</Stmt>") + len(b"</Stmt>")
        self.receive(first.replace(b"</Stmt>", b"</Stmt>" + second[begin:end]))
        self.assertBothKept()

    def _doubtful(self):
        self.receive(self.statement(self._entry("REF-1")))
        again = self._entry("REF-2", text="")
        self.receive(self.statement(again, number="9").replace(b"M1", b"M2"), "again.xml")
        first, second = self.transactions()
        self.assertEqual((first.posting_state, second.posting_state), ("waiting", "doubt"))
        self.assertEqual(second.looks_like_id, first)
        return first, second

    def test_what_may_be_known_waits_for_a_person_and_is_not_posted(self):
        _first, second = self._doubtful()
        self.assertFalse(second._post())
        self.assertIn("same amount", second.looks_like_note)

    def test_a_person_says_that_it_is_the_same(self):
        first, second = self._doubtful()
        second.with_user(self.bookkeeper).action_same()
        self.assertEqual((first.posting_state, second.posting_state), ("waiting", "merged"))
        self.assertEqual(first.bank_reference, "REF-2")
        first.sighting_ids.with_user(self.bookkeeper).action_undo()
        self.assertEqual((first.bank_reference, second.posting_state), ("REF-1", "waiting"))

    def _third(self, looks_like):
        """One that is put into doubt here, as none of the ways there leads to the second one for certain."""
        entry = self._entry("REF-3", amount="11.00", text="Other", end_to_end="INV-3")
        self.receive(self.statement(entry, number="10").replace(b"M1", b"M3"), "third.xml")
        (third,) = self.transactions(("amount", "=", 11.0))
        third.write({"looks_like_id": looks_like.id, "posting_state": "doubt"})
        return third

    def test_what_is_the_same_as_something_merged_is_the_same_as_what_stayed(self):
        first, second = self._doubtful()
        third = self._third(second)
        (second + third).with_user(self.bookkeeper).action_same()
        self.assertEqual((first + second + third).mapped("posting_state"), ["waiting", "merged", "merged"])
        self.assertEqual(first.sighting_ids.split_id, second + third)
        self.assertEqual(len((first + second + third)._post()), 1)

    def test_what_is_the_same_as_something_doubtful_leaves_that_in_doubt(self):
        first, second = self._doubtful()
        third = self._third(second)
        third.with_user(self.bookkeeper).action_same()
        self.assertEqual((first + second + third).mapped("posting_state"), ["waiting", "doubt", "merged"])

    def test_what_is_set_aside_in_doubt_comes_back_in_doubt(self):
        _first, second = self._doubtful()
        mine = second.with_user(self.bookkeeper)
        mine.action_set_aside()
        mine.action_take_back()
        self.assertEqual(second.posting_state, "doubt")
        mine.action_different()
        mine.action_set_aside()
        mine.action_take_back()
        self.assertEqual(second.posting_state, "waiting")

    def test_a_person_says_that_it_is_another_one(self):
        first, second = self._doubtful()
        second.with_user(self.bookkeeper).action_different()
        self.assertEqual(len((first + second)._post()), 2)

    def test_what_is_posted_is_not_changed_by_a_new_reference(self):
        self.receive(self.statement(self._entry("REF-1")))
        transaction = self.transactions()
        line = transaction._post()
        self.receive(self.statement(self._entry("REF-2"), number="9").replace(b"M1", b"M2"), "again.xml")
        self.assertEqual((transaction.posting_state, transaction.statement_line_id), ("posted", line))
        self.assertEqual(self.transactions(), transaction)

    def test_a_notification_explains_an_entry_and_books_nothing(self):
        self.receive(self.statement(self.entry("30.00", inside="<AcctSvcrRef>B-1</AcctSvcrRef>"), closing="130.00"))
        details = "".join(
            samples.transaction(amount, end_to_end=name, inside="<RmtInf><Ustrd>%s</Ustrd></RmtInf>" % name)
            for amount, name in (("10.00", "INV-1"), ("20.00", "INV-2"))
        ).replace("EUR", self.currency)
        notice = self.entry("30.00", inside="<AcctSvcrRef>B-1</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % details)
        self.receive(self.statement(notice, kind="054"), "notice.xml")
        booked = self.transactions(("state", "=", "booked"))
        self.assertEqual(booked.detail_count, 2)
        self.assertEqual(self.transactions(("state", "=", "explanation")).looks_like_id, booked)
        self.assertEqual(len(self.transactions()._post()), 1)
