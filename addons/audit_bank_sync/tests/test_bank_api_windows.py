from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .bank_api_case import BankApiCase, samples


@tagged("post_install", "-at_install")
class TestBankApiWindows(BankApiCase):
    """From the bank's interface into the staged transactions, day after day."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.connection = self.connect(history_days=60, overlap_days=10)

    def day(self, days):
        return (self.today + timedelta(days=days)).isoformat()

    def open_account(self, *transactions, **settings):
        """Begin with the bank of yesterday and a consent for its account."""
        self.begin(transactions=transactions, **{"calls_a_day": 96, **settings})
        self.bank.order(today=self.day(-1))
        self.connection.bank_psd2_calls = 96
        self.consent(self.connection)
        return self.connection.account_ids

    def fetch_account(self, account):
        """What the button does, with its jobs; returns the windows."""
        with self.second_cursor():
            windows = account.sudo()._plan_windows()
            for window in windows:
                window._fetch()
        self.env.invalidate_all()
        return windows

    def transactions(self, account):
        return self.env["audit.bank.transaction"].search([("account_id", "=", account.id)], order="id")

    def test_a_window_that_broke_off_takes_nothing_and_is_fetched_again(self):
        rent = {**samples.RENT, "booked": self.day(-3), "value": None}
        others = [{**one, "booked": self.day(-2)} for one in samples.COFFEE]
        account = self.open_account(rent, *others)
        self.bank.fault("transactions", "503", page=2)
        (window,) = self.fetch_account(account)
        self.assertEqual((window.state, window.attempt_count), ("failed", 1))
        self.assertFalse(self.transactions(account))
        self.assertIn("does not answer", window.error)
        (again,) = self.fetch_account(account)
        self.assertEqual((again, window.state, window.attempt_count), (window, "fetched", 2))
        self.assertEqual((window.new_count, len(self.transactions(account))), (3, 3))
        self.assertEqual((window.date_to, account.covered_to), (self.today, self.today))

    def test_what_was_announced_is_booked_as_the_same_transaction(self):
        paid = {**samples.PAID, "pending": self.day(-2), "booked": self.day(0)}
        account = self.open_account(paid)
        self.fetch_account(account)
        (announced,) = self.transactions(account)
        self.assertEqual((announced.state, announced.bank_reference), ("pending", "p2"))
        self.bank.order(tell=["giro", "own", {**samples.RENT, "booked": self.day(0), "value": None}])
        self.bank.order(today=self.day(0))
        self.fetch_account(account)
        booked, rent = self.transactions(account)
        self.assertEqual(booked, announced)
        self.assertEqual((booked.state, booked.bank_reference), ("booked", "b2"))
        self.assertEqual(rent.bank_reference, "b1")

    def test_late_and_reissued_transactions_are_each_there_once(self):
        late = {**samples.LATE, "booked": self.day(-2), "seen": self.day(0)}
        reissued = {**samples.RENT, "booked": self.day(-3), "value": None, "reissued": [[self.day(0), "b1-new"]]}
        twice = [{**one, "booked": self.day(-2)} for one in samples.COFFEE]
        account = self.open_account(late, reissued, *twice)
        self.fetch_account(account)
        self.assertEqual(len(self.transactions(account)), 3)
        self.bank.order(today=self.day(0))
        (window,) = self.fetch_account(account)
        self.assertEqual((window.new_count, window.known_count), (1, 3))
        self.assertEqual(len(self.transactions(account)), 4)

    def test_the_closing_balance_of_the_last_day_that_the_bank_closed_is_kept_under_its_date(self):
        rent = {**samples.RENT, "booked": self.day(-3), "value": None}
        account = self.open_account(rent, balances_apart=True)
        (window,) = self.fetch_account(account)
        self.assertEqual(window.agreement, "unknown", "the bank gives no opening balance of that day")
        closed = (window.closing_kind, window.closing_balance, window.closing_date.isoformat())
        self.assertEqual(closed, ("CLBD", 150.0, self.day(-2)))
        stands = (account.bank_balance, account.bank_balance_kind, account.bank_balance_date.isoformat())
        self.assertEqual(stands, (150.0, "CLBD", self.day(-2)), "not what is available today")

    def test_where_the_opening_balance_alone_came_along_the_closing_one_is_asked_for(self):
        rent = {**samples.RENT, "booked": self.day(-3), "value": None}
        account = self.open_account(rent)
        (window,) = self.fetch_account(account)
        closed = (window.closing_kind, window.closing_balance, window.closing_date.isoformat())
        self.assertEqual((window.agreement, closed), ("agrees", ("CLBD", 150.0, self.day(-2))))
        self.assertEqual(account.bank_balance, 150.0)

    def test_a_spent_budget_leaves_the_window_open_until_the_bank_answers(self):
        account = self.open_account(samples.RENT, calls_a_day=0)
        (window,) = self.fetch_account(account)
        self.assertEqual(window.state, "failed")
        self.assertGreater(window.next_attempt_at, fields.Datetime.now() + timedelta(minutes=20))
        self.assertEqual(self.connection.consent_ids.state, "valid")
        asked = len(self.bank.asked())
        self.fetch_account(account)
        self.assertEqual(len(self.bank.asked()), asked)

    def test_a_consent_that_was_revoked_calls_the_owner(self):
        account = self.open_account(samples.RENT)
        self.bank.order(end_consents="revokedByPsu")
        (window,) = self.fetch_account(account)
        self.assertEqual((window.state, self.connection.health), ("failed", "consent"))
        self.assertEqual(self.connection.activity_ids.user_id, self.administrator)
        self.consent(self.connection)
        (again,) = self.fetch_account(account)
        self.assertEqual((again, again.state), (window, "fetched"))
