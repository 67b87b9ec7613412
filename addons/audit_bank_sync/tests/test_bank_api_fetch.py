from contextlib import contextmanager
from datetime import datetime, timezone
from unittest.mock import patch

from odoo.tests import tagged

from ..models.bank import account_budget, api_provider
from ..models.bank.provider import CannotFetch
from .bank_api_case import BankApiCase, samples


@tagged("post_install", "-at_install")
class TestBankApiFetch(BankApiCase):
    """Windows fetched from the bank's own interface."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.consent(self.connection)
        self.account = self.connection.account_ids

    @contextmanager
    def cannot_fetch(self, fault):
        """Yield a list that holds the failure afterwards. What was noted meanwhile stays, as ``assertRaises`` would not
        have it."""
        caught = []
        try:
            yield caught
        except CannotFetch as error:
            caught.append(error)
        self.assertEqual([error.fault for error in caught], [fault])

    @contextmanager
    def clock(self, hour, minute=0):
        moment = datetime.now(timezone.utc).replace(hour=hour, minute=minute, second=0, microsecond=0)
        with (
            patch.object(account_budget, "utc_now", lambda: moment),
            patch.object(api_provider, "utc_now", lambda: moment),
        ):
            yield

    def asked_for_transactions(self):
        return sum(one["path"].endswith("/transactions") and "page" not in one["query"] for one in self.bank.asked())

    def test_all_pages_of_a_window_are_one_call_of_the_day(self):
        fetched = self.fetch(self.account)
        self.assertEqual(len(list(fetched)), 5)
        self.account.invalidate_recordset()
        self.assertEqual((self.account.calls_made, self.account.calls_left), (1, 3))
        self.assertEqual((self.account._calls_remaining(), self.account.calls_note), (3, "3 of 4 left"))

    def test_what_is_spent_is_not_asked_for_and_says_when(self):
        for _number in range(4):
            self.fetch(self.account)
            self.account.invalidate_recordset()
        with self.cannot_fetch("budget") as caught:
            self.fetch(self.account)
        self.assertGreater(caught[0].retry_after, 0)
        self.assertEqual(self.asked_for_transactions(), 4)

    def test_a_bank_that_permits_less_than_it_said_is_believed(self):
        self.begin(calls_a_day=0)
        self.consent(self.connection)
        with self.cannot_fetch("budget") as caught:
            self.fetch(self.account)
        self.assertIn("ACCESS_EXCEEDED", caught[0].reason)
        self.account.invalidate_recordset()
        self.assertEqual(self.account._calls_remaining(), 0)
        self.assertRegex(self.account.calls_note, r"^used up until 20\d\d-")

    def test_an_outage_costs_no_call_and_comes_with_the_time_to_wait(self):
        self.bank.fault("transactions", "503", page=2)
        self.bank.fault("transactions", "503")
        with self.cannot_fetch("timeout") as caught:
            self.fetch(self.account)
        self.assertEqual(caught[0].retry_after, 60)
        self.account.invalidate_recordset()
        self.assertEqual(self.account.calls_made, 0)

    def test_what_fails_is_told_by_who_can_do_something(self):
        for mode, fault in (("401", "login"), ("404", "settings"), ("html", "answer"), ("reset", "timeout")):
            self.bank.fault("transactions", mode)
            with self.cannot_fetch(fault):
                self.fetch(self.account)

    def test_a_consent_that_ended_asks_for_a_person(self):
        self.bank.order(end_consents="revokedByPsu")
        with self.cannot_fetch("consent") as caught:
            self.fetch(self.account)
        self.assertIn("renew it", caught[0].reason)

    def test_a_transaction_that_cannot_be_read_is_named_and_voids_the_window(self):
        wrong = {"transactionAmount": {"amount": "12,50", "currency": self.currency}}
        self.begin(transactions=[samples.RENT, {**samples.PAID, "extra": wrong}])
        self.consent(self.connection)
        with self.cannot_fetch("answer") as caught:
            self.fetch(self.account)
        self.assertIn("booked[1].transactionAmount.amount", caught[0].reason)

    def test_calls_are_spent_at_hours_that_spread_them_over_the_day(self):
        with self.clock(5, 59):
            self.assertFalse(self.account._is_due())
        with self.clock(6):
            self.assertTrue(self.account._is_due())
            self.account.sudo().last_fetched_at = account_budget.utc_now().replace(tzinfo=None)
        with self.clock(10, 59):
            self.assertFalse(self.account._is_due())
        with self.clock(11):
            self.assertTrue(self.account._is_due())
            self.account.sudo().write({"calls_made": 4, "calls_day": account_budget.utc_now().date()})
            self.assertFalse(self.account._is_due())

    def test_an_account_that_the_bank_does_not_know_says_what_to_do(self):
        self.account.sudo().outside_id = False
        with self.cannot_fetch("settings") as caught:
            self.fetch(self.account)
        self.assertIn("Find Accounts", caught[0].reason)
