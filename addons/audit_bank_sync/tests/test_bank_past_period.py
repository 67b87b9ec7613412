from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools.misc import format_date

from .bank_api_case import BankApiCase


@tagged("post_install", "-at_install")
class TestBankPastPeriod(BankApiCase):
    """A past period that somebody asks the bank for, of the sandbox bank over its own interface."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.bookkeeper = self._user("bok", "audit_connector_base.group_audit_user", "account.group_account_user")
        self.connection = self.connect(mode="scheduled", history_days=10, overlap_days=10)

    def day(self, days):
        return (self.today + timedelta(days=days)).isoformat()

    def paid(self, number, days, amount="-12.50"):
        return {"id": "b%d" % number, "amount": amount, "booked": self.day(days), "text": "Payment %d" % number}

    def open_account(self, *transactions, calls=4, **settings):
        """The bank as it stands today, and a consent that is some days old."""
        self.begin(transactions=transactions, today=0, calls_a_day=calls, rate_headers="", **settings)
        self.connection.bank_psd2_calls = calls
        self.consent(self.connection)
        self.connection.sudo().consent_ids.granted_at = fields.Datetime.now() - timedelta(days=5)
        self.connection.account_ids.journal_id = self.journal
        return self.connection.account_ids

    def dialog(self, first, last, **values):
        action = self.connection.with_user(self.bookkeeper).action_past_period()
        dialogs = self.env[action["res_model"]].with_user(self.bookkeeper).with_context(**action["context"])
        return dialogs.create({"date_from": self.day(first), "date_to": self.day(last), **values})

    def started(self, dialog):
        """The windows that a dialog made, each fetched whose job was made."""
        with self.second_cursor():
            windows = self.env["audit.bank.window"].sudo().search(dialog.action_start()["domain"], order="date_from")
            for window in windows:
                if self.job_of(window):
                    window._fetch()
        self.env.invalidate_all()
        return windows

    def job_of(self, window):
        return self.env["queue.job"].search_count([("identity_key", "=", "audit-bank-fetch-%d" % window.id)])

    def transactions(self):
        return self.env["audit.bank.transaction"].search([("account_id", "in", self.connection.account_ids.ids)])

    def regular(self, account):
        with self.second_cursor():
            for window in account.sudo()._plan_windows():
                window._fetch()
        self.env.invalidate_all()

    def test_what_is_known_of_a_past_period_is_posted_once(self):
        account = self.open_account(self.paid(1, -40), self.paid(2, -8), self.paid(3, -8), self.paid(4, -2))
        account.posting = "auto"
        self.regular(account)
        self.assertEqual(len(self.transactions()), 3)
        fetched_at = account.last_fetched_at
        dialog = self.dialog(-60, -5)
        self.assertFalse(dialog.obstacle)
        self.assertIn("1 fetched or imported", dialog.shown)
        (window,) = self.started(dialog)
        self.assertEqual((window.state, window.new_count, window.known_count), ("fetched", 1, 2))
        self.assertEqual(set(self.transactions().mapped("posting_state")), {"posted"})
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(sorted(lines.mapped("payment_ref")), ["Payment %d" % number for number in (1, 2, 3, 4)])
        self.assertEqual(account.last_fetched_at, fetched_at)
        (again,) = self.started(self.dialog(-60, -5))
        self.assertEqual((again.new_count, again.known_count, len(self.transactions())), (0, 3, 4))

    def test_a_balance_of_the_past_takes_the_place_of_none_of_today(self):
        account = self.open_account(self.paid(1, -40))
        today = {"bank_balance": 7.0, "bank_balance_date": self.today, "bank_balance_kind": "ITBD"}
        account.sudo().write(today)
        (window,) = self.started(self.dialog(-60, -30))
        self.assertEqual((window.closing_kind, window.closing_date.isoformat()), ("CLBD", self.day(-30)))
        self.assertEqual((account.bank_balance, account.bank_balance_kind), (7.0, "ITBD"))

    def test_what_somebody_entered_by_hand_is_not_posted_beside_it(self):
        account = self.open_account(self.paid(1, -40), self.paid(2, -39, "-7.00"))
        account.posting = "auto"
        self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": self.day(-41), "amount": -12.5, "payment_ref": "By hand"}
        )
        (window,) = self.started(self.dialog(-60, -30))
        doubtful, other = self.transactions().sorted("amount")
        self.assertEqual((doubtful.posting_state, other.posting_state), ("doubt", "posted"))
        self.assertIn("the journal has a line of that amount", doubtful.looks_like_note)
        self.assertEqual(window.doubt_count, 1)
        doubtful.with_user(self.bookkeeper).action_set_aside()
        self.assertEqual(doubtful.posting_state, "ignored")

    def test_what_the_bank_tells_only_with_its_owner_is_not_asked_for(self):
        self.open_account(self.paid(1, -200), history_days=730)
        dialog = self.dialog(-300, -100)
        self.assertIn("renew the consent", dialog.obstacle)
        self.assertFalse(dialog.shown)
        asked = len(self.bank.asked())
        with self.refused("renew the consent"):
            dialog.action_start()
        self.assertEqual(len(self.bank.asked()), asked)
        self.connection.sudo().consent_ids.granted_at = fields.Datetime.now()
        (window,) = self.started(self.dialog(-300, -100))
        self.assertEqual((window.state, window.new_count), ("fetched", 1))

    def test_calls_that_the_day_has_not_left_wait_and_the_schedule_makes_them(self):
        account = self.open_account(*(self.paid(number, -10 * number) for number in range(1, 9)), calls=3)
        with patch.object(type(self.connection._provider()), "_longest_window", 20):
            dialog = self.dialog(-85, -6)
            self.assertEqual(dialog.shown.count("at once"), 2, "one call of the day is left to the regular fetch")
            self.assertEqual(dialog.shown.count("after "), 2)
            windows = self.started(dialog)
        self.assertEqual(windows.mapped("state"), ["fetched", "fetched", "open", "open"])
        self.assertEqual(account._calls_remaining(), 1)
        later = windows[2:]
        sweep = self.env["audit.bank.window"].sudo()._sweep_past
        sweep()
        self.assertEqual([self.job_of(one) for one in later], [0, 0])
        later.sudo().next_attempt_at = fields.Datetime.now() - timedelta(minutes=1)
        sweep()
        self.assertEqual([self.job_of(one) for one in later], [1, 1])
        with patch.object(type(self.connection._provider()), "_longest_window", 20):
            again = self.dialog(-85, -6).action_start()["domain"][0][2]
        self.assertLessEqual(set(later.ids), set(again), "those that wait are not made twice")

    def test_a_period_that_the_bank_refuses_is_asked_once_and_stops_no_regular_fetch(self):
        account = self.open_account(self.paid(1, -2), history_days=30)
        (refused,) = self.started(self.dialog(-60, -20))
        self.assertEqual((refused.state, refused.next_attempt_at), ("failed", False))
        self.assertTrue(self.env["audit.exception"]._about_bank("bank_fetch", refused))
        with self.second_cursor(), patch.object(type(account), "_is_due", lambda account: True):
            self.env["audit.bank.connection"]._cron_fetch()
        self.assertEqual(self.env["queue.job"].search_count([("identity_key", "like", "audit-bank-fetch-%")]), 2)
        (regular,) = account.window_ids - refused
        self.assertTrue(self.job_of(regular))

    def test_what_falls_into_a_locked_period_waits_and_says_so(self):
        account = self.open_account(self.paid(1, -40), self.paid(2, -20))
        account.posting = "auto"
        self.company.fiscalyear_lock_date = self.day(-30)
        self.started(self.dialog(-60, -10))
        locked, open_one = self.transactions().sorted("date")
        self.assertEqual((locked.posting_state, open_one.posting_state), ("waiting", "posted"))
        (exception,) = self.env["audit.exception"]._about_bank("bank_posting", account)
        self.assertIn("are closed for %s" % format_date(self.env, locked.date), exception.explanation)
        self.assertIn("booked on %s" % format_date(self.env, self.day(-29)), exception.explanation)

    def test_days_that_are_missing_are_proposed(self):
        account = self.open_account(self.paid(1, -2))
        for first, last in ((-60, -50), (-20, -10)):
            self.env["audit.bank.window"].sudo().create(
                {
                    "account_id": account.id,
                    "kind": "fetch",
                    "state": "fetched",
                    "date_from": self.day(first),
                    "date_to": self.day(last),
                }
            )
        proposed = self.env["audit.bank.past.period"]._usual_days(account)
        self.assertEqual(proposed[1].isoformat(), self.day(-61))
        account.sudo()._find_gaps()
        action = account.with_user(self.bookkeeper).action_past_period()
        dialog = self.env[action["res_model"]].with_user(self.bookkeeper).with_context(**action["context"]).create({})
        self.assertEqual((str(dialog.date_from), str(dialog.date_to)), (self.day(-49), self.day(-21)))
        self.assertEqual(dialog.account_ids, account)

    def test_who_asks_and_for_what_is_checked_and_recorded(self):
        account = self.open_account(self.paid(1, -40))
        another = self.connect(name="Another bank", connector_id=self.connection.connector_id.id)
        other = another.account_ids.create({"name": "Other", "number": "77", "connection_id": another.id})
        with self.refused("Choose accounts of"):
            self.dialog(-60, -30, account_ids=[Command.set(other.ids)]).action_start()
        for days, said in (((-1, -5), "ends before it begins"), ((-5, 3), "ends in the future")):
            with self.refused(said):
                self.dialog(*days).action_start()
        self.started(self.dialog(-60, -30))
        about = [("kind", "=", "bank.past_asked"), ("res_model", "=", account._name), ("res_id", "=", account.id)]
        entry = self.env["audit.log.entry"].search(about)
        self.assertIn("%s – %s" % (self.day(-60), self.day(-30)), entry.summary)
