import json

from odoo.tests import tagged

from .bank_case import StandingCase


@tagged("post_install", "-at_install")
class TestBankStanding(StandingCase):
    """Bank and books of an account are compared without anybody asking."""

    def test_a_difference_waits_for_a_person_once_all_is_posted(self):
        self.receive(self.statement(self.entry("10.00")))
        self.assertFalse(self._watch(), "something waits to be posted")
        self._post()
        found = self._watch()
        self.assertEqual((found.kind, found.break_amount, str(found.break_date)), ("bank_break", 100.0, "2026-03-31"))
        self.assertEqual((found.user_id, found.age), (self.account.connection_id.user_id, 0))
        self.assertIn("already lack 100.00", found.explanation)
        event = self.env["audit.event"].search([("type", "=", "bank_break.detected"), ("res_id", "=", found.id)])
        version = self.env["audit.contract.version"].search([("contract_id.entity", "=", "bank_break")], limit=1)
        self.assertEqual(version._contract().violations(json.loads(event.payload_text)), [])
        self.assertEqual(self._watch(), found, "the same is raised once")
        self._entry(100.0, "2026-03-30")
        self.assertFalse(self._watch())
        self.assertEqual(found.state, "superseded")

    def test_what_an_account_posts_by_itself_is_compared_at_once(self):
        self._entry(100.0, "2026-03-30")
        self.receive(self.statement(self.entry("10.00")))
        self._post()
        self.account.posting = "auto"
        self._entry(-3.0, "2026-03-30")
        self._april()
        self.assertEqual(self.env["audit.exception"]._breaks_of(self.account).break_amount, 3.0)

    def test_what_a_reconciliation_lists_is_no_difference(self):
        self._entry(100.0, "2026-03-30")
        self.receive(self.statement(self.entry("10.00")))
        self._april()
        self._post()
        self._entry(-7.0, "2026-04-01")
        self.account.invalidate_recordset()
        self.assertEqual((self.account.standing, self.account.difference), ("differs", 7.0))
        self.assertFalse(self._watch())

    def test_nothing_is_said_while_days_are_missing(self):
        self._entry(100.0, "2026-03-30")
        self.receive(self.statement(self.entry("10.00")))
        self._april(closing="145.00")
        self._post()
        self.assertTrue(self.account.window_ids.filtered(lambda one: one.state == "missing"))
        self.assertEqual(self.account.standing, "differs")
        self.assertFalse(self._watch())

    def test_a_set_aside_transaction_is_named(self):
        self._entry(100.0, "2026-03-30")
        self.receive(self.statement(self.entry("10.00")))
        self.transactions().with_user(self.bookkeeper).action_set_aside()
        found = self._watch()
        self.assertEqual(found.break_amount, 10.0)
        self.assertIn("set aside come to 10.00", found.explanation)

    def test_a_difference_that_somebody_settled_is_raised_again_only_after_it_came_right(self):
        self.receive(self.statement(self.entry("10.00")))
        self._post()
        self._watch().with_user(self.bookkeeper).action_settle()
        self.assertFalse(self._watch())
        opening = self._entry(100.0, "2026-03-30")
        self.assertFalse(self._watch())
        opening.button_draft()
        self.assertEqual(self._watch().break_amount, 100.0)

    def test_the_owner_stays_when_the_amount_changes(self):
        self.receive(self.statement(self.entry("10.00")))
        self._post()
        first = self._watch()
        first.user_id = self.bookkeeper
        self._entry(40.0, "2026-03-30")
        second = self._watch()
        self.assertEqual((first.state, second.break_amount, second.user_id), ("superseded", 60.0, self.bookkeeper))
