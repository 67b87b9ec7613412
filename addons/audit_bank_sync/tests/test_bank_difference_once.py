from odoo import Command
from odoo.tests import tagged

from .bank_case import StandingCase


@tagged("post_install", "-at_install")
class TestBankDifferenceOnce(StandingCase):
    """A difference of an account that a signed reconciliation shows as well waits for a person once."""

    def setUp(self):
        super().setUp()
        self.receive(self.statement(self.entry("10.00")))
        self._post()

    def _signed(self, day="2026-03-31", **error):
        one = self.env["audit.bank.reconciliation"].with_user(self.bookkeeper)
        one = one.create({"journal_id": self.journal.id, "date": day})
        if error:
            one.write({"line_ids": [Command.create({"kind": "bank_error", "date": day, "explanation": "x", **error})]})
        one.action_sign()
        return one

    def _waiting(self):
        domain = [("kind", "=", "bank_break"), ("company_id", "=", self.company.id)]
        return self.env["audit.exception"].search([*domain, ("state", "=", "open")])

    def test_who_signs_takes_the_difference_of_the_account_over_with_its_owner(self):
        first = self._watch()
        owner = self._user("own", "audit_connector_base.group_audit_user")
        first.user_id = owner
        one = self._signed()
        waiting = self._waiting()
        self.assertEqual((waiting.res_model, waiting.res_id, waiting.break_amount), (one._name, one.id, 100.0))
        self.assertEqual(waiting.user_id, owner)
        self.assertEqual(first.state, "superseded")
        self.assertIn(waiting.title, first.decision_note)
        closed = self.env["audit.log.entry"].search(
            [("kind", "=", "exception.superseded"), ("res_model", "=", self.account._name)]
        )
        self.assertIn(waiting.title, closed[:1].details)

    def test_what_was_signed_is_not_raised_about_the_account_again(self):
        self._signed()
        signed = self._waiting()
        self.assertFalse(self._watch())
        self._april()
        self._post()
        self.assertFalse(self._watch(), "the same difference a day later")
        signed.with_user(self.bookkeeper).action_settle()
        self.assertFalse(self._watch(), "somebody decided about it")
        self._entry(30.0, "2026-03-30")
        self.assertEqual(self._watch().break_amount, 70.0)

    def test_when_the_books_change_after_the_signature_the_later_word_takes_its_place(self):
        one = self._signed()
        signed = self._waiting()
        self._entry(40.0, "2026-03-30")
        found = self._watch()
        self.assertEqual(self._waiting(), found)
        self.assertEqual((found.break_amount, found.res_model), (60.0, self.account._name))
        self.assertEqual(signed.state, "superseded")
        one.action_return()
        one.action_refresh()
        one.action_sign()
        self.assertEqual(self._waiting().res_id, one.id)
        self.assertFalse(self._watch())

    def test_errors_that_a_person_listed_make_it_no_other_difference(self):
        self._watch()
        one = self._signed(name="Booked twice by the bank", amount=30.0)
        self.assertEqual(one.unexplained, 70.0)
        self.assertEqual(self._waiting().res_model, one._name)
        self.assertFalse(self._watch())

    def test_another_difference_of_an_earlier_day_waits_beside_that_of_the_account(self):
        self._signed()
        self._april()
        self._post()
        self._entry(-5.0, "2026-03-15")
        self._watch()
        self.assertEqual(sorted(self._waiting().mapped("break_amount")), [100.0, 105.0])

    def test_a_draft_that_is_deleted_leaves_nothing_waiting(self):
        one = self._signed()
        one.action_return()
        one.unlink()
        self.assertFalse(self._waiting())
        self.assertEqual(self._watch().break_amount, 100.0)
