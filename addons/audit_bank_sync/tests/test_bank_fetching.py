import datetime
from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..core.bank_files.statement import BOOKED, PENDING, Account
from ..core.fetched import Fetched
from ..models.bank.provider import CannotFetch
from .bank_case import BankCase

TODAY = datetime.date(2026, 4, 10)


class PowerCut(BaseException):
    """What ends a worker in the middle of its work: nothing can be noted any more."""


@tagged("post_install", "-at_install")
class TestBankFetching(BankCase):
    """Windows of a bank that is asked. Its answers are given here, see the providers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["audit.bank.connection"].create({"name": "Asked Bank", "history_days": 30})
        journal = cls.env["account.journal"].create({"name": "Asked", "code": "ASK", "type": "bank"})
        cls.followed = cls.env["audit.bank.account"].create(
            {
                "name": "Followed",
                "number": "DE02120300000000202051",
                "connection_id": cls.connection.id,
                "currency_id": cls.company.currency_id.id,
                "journal_id": journal.id,
            }
        )

    @contextmanager
    def _bank(self, *answers, today=TODAY):
        """A bank that answers each fetch with the next of ``answers``: a function of a ``Fetched``, or an exception."""
        answers = list(answers)

        def fetch(provider, account, window):
            answer = answers.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            fetched = Fetched("Test", Account(account.number, currency=self.currency))
            answer(fetched)
            return fetched.finish()

        provider = type(self.env["audit.bank.provider.bank_file"])
        with (
            patch.object(provider, "_fetch", fetch),
            patch.object(provider, "_can_be_asked", lambda provider: True),
            patch.object(fields.Date, "today", lambda *args: today),
        ):
            self.env.invalidate_all()
            yield

    def _run(self):
        windows = self.followed._plan_windows()
        with self.second_cursor():
            for window in windows:
                window._fetch()
        return windows

    def _says(self, *entries):
        def answer(fetched):
            fetched.note_answer(repr(entries).encode())
            for status, amount, day, reference in entries:
                fetched.add(
                    status=status, amount=Decimal(amount), currency=self.currency, bank_reference=reference,
                    booking_date=datetime.date(2026, 4, day), raw=reference,
                )  # fmt: skip

        return answer

    def test_a_failed_window_stays_open_and_is_fetched_again(self):
        with self._bank(CannotFetch("The bank is closed for maintenance."), self._says((BOOKED, "10.00", 9, "A"))):
            window = self._run()
            self.assertEqual((window.state, window.error), ("failed", "The bank is closed for maintenance."))
            self.assertEqual(self.connection.trouble, "The bank is closed for maintenance.")
            self.assertGreater(window.next_attempt_at, fields.Datetime.now())
            self.assertEqual(self._run(), window)
        self.assertEqual((window.state, window.attempt_count, window.new_count), ("fetched", 2, 1))
        self.assertFalse(self.connection.trouble)

    def test_what_overlaps_books_nothing_twice(self):
        first = self._says((BOOKED, "10.00", 8, "A"), (BOOKED, "10.00", 8, "B"))
        second = self._says((BOOKED, "10.00", 8, "A"), (BOOKED, "10.00", 8, "B"), (BOOKED, "7.00", 11, "C"))
        with self._bank(first):
            self._run()
        with self._bank(second, today=datetime.date(2026, 4, 12)):
            window = self._run()
            self.assertEqual(window.date_from, datetime.date(2026, 4, 5))
        self.assertEqual((window.new_count, window.known_count), (1, 2))
        self.assertEqual(self.transactions().mapped("bank_reference"), ["A", "B", "C"])

    def test_what_was_announced_for_no_day_is_withdrawn_as_well(self):
        def announced(fetched):
            fetched.note_answer(b"announced")
            fetched.add(status=PENDING, amount=Decimal("10.00"), currency=self.currency, bank_reference="A", raw="A")

        with self._bank(announced):
            self._run()
        self.assertEqual(self.transactions().mapped("date"), [False])
        with self._bank(self._says((BOOKED, "7.00", 10, "B"))):
            self._run()
        self.env.invalidate_all()
        self.assertEqual(self.transactions().mapped("state"), ["withdrawn", "booked"])

    def _stands(self, **balances):
        """Fetch, with balances of the bank: kind → (amount, day of April)."""

        def answer(fetched):
            fetched.note_answer(repr(balances).encode())
            for kind, (amount, day) in balances.items():
                fetched.add_balance(kind, Decimal(amount), self.currency, datetime.date(2026, 4, day))

        with self._bank(answer):
            self._run()
        self.env.invalidate_all()
        return self.followed.bank_balance_kind, self.followed.bank_balance, self.followed.standing

    def test_only_a_closing_booked_balance_has_to_agree_with_the_books(self):
        self.assertEqual(self._stands(ITAV=("70.00", 10)), ("ITAV", 70.0, "unknown"))
        self.assertEqual(self.followed.difference, 0.0)
        self.assertEqual(self._stands(ITAV=("60.00", 10), CLBD=("50.00", 9)), ("CLBD", 50.0, "differs"))
        self.assertEqual(self.followed.difference, 50.0)
        self.assertEqual(self._stands(ITBD=("40.00", 10)), ("CLBD", 50.0, "differs"), "until the next closing balance")
        self.assertEqual(self._stands(CLBD=("0.00", 10)), ("CLBD", 0.0, "agrees"))

    def test_what_is_no_longer_announced_is_withdrawn(self):
        with self._bank(self._says((PENDING, "10.00", 9, "A"))):
            self._run()
        with self._bank(self._says((BOOKED, "7.00", 10, "B"))):
            self._run()
        self.assertEqual(self.transactions().mapped("state"), ["withdrawn", "booked"])

    def test_a_person_is_called_when_the_bank_wants_another_consent(self):
        with self._bank(CannotFetch("The consent has ended.", "consent")):
            window = self._run()
            exception = self.env["audit.exception"]._about_bank("bank_fetch", window)
        self.assertEqual((exception.explanation, exception.severity), ("The consent has ended.", "2"))

    def _break_off(self, window, kind):
        """Fetch, which ends with an error of a kind; in no savepoint, as what was committed stays."""
        with self.second_cursor():
            try:
                window._fetch()
            except kind:
                return
            self.fail("It ended well.")

    def test_an_answer_that_cannot_be_taken_in_reaches_a_person(self):
        def without_a_day(fetched):
            fetched.note_answer(b"undated")
            fetched.add(status=BOOKED, amount=Decimal("10.00"), currency=self.currency, bank_reference="A", raw="A")

        with self._bank(*[without_a_day] * 3):
            for attempt in (1, 2, 3):
                window = self._run()
                self.assertEqual((window.state, window.attempt_count), ("failed", attempt))
                self.assertGreater(window.next_attempt_at, fields.Datetime.now())
                called = self.env["audit.exception"]._about_bank("bank_fetch", window)
                self.assertEqual(len(called), 1 if attempt == 3 else 0)
        self.assertIn("has no date", called.explanation)
        self.assertIn("has no date", self.connection.trouble)
        self.assertFalse(self.transactions())

    def test_settings_that_are_not_complete_reach_a_person_at_once(self):
        with self._bank(UserError("The connector has no key.")):
            window = self._run()
        called = self.env["audit.exception"]._about_bank("bank_fetch", window)
        self.assertEqual((window.state, called.explanation), ("failed", "The connector has no key."))

    def test_an_error_of_the_program_is_noted_without_its_words_and_fails_the_job(self):
        with self._bank(ValueError("hunter2")):
            window = self.followed._plan_windows()
            self._break_off(window, ValueError)
        self.assertEqual(window.state, "failed")
        self.assertIn("ValueError", window.error)
        self.assertNotIn("hunter2", window.error)

    def test_while_days_are_fetched_no_second_call_is_spent_on_them(self):
        with self._bank(), self.second_cursor():
            window = self.followed._plan_windows()
            self.assertTrue(window._claim())
            self.assertFalse(self.followed._plan_windows(), "it is being fetched")
            self.env["audit.bank.connection"]._cron_fetch()
            self.connection.with_user(self.accountant).action_fetch()
            self.assertEqual(self.followed.window_ids, window)
            window.sudo().next_attempt_at = fields.Datetime.now() - datetime.timedelta(minutes=1)
            self.assertEqual(self.followed._plan_windows(), window, "its fetch crashed")

    def test_the_schedule_leaves_a_failed_window_until_its_time(self):
        self.connection.mode = "scheduled"
        with self._bank(CannotFetch("The bank is closed for maintenance.")):
            window = self._run()
            jobs = [("identity_key", "=", "audit-bank-fetch-%d" % window.id)]
            self.env["audit.bank.connection"]._cron_fetch()
            self.assertFalse(self.env["queue.job"].search(jobs), "it would spend one of the few calls of the day")
            window.sudo().next_attempt_at = fields.Datetime.now() - datetime.timedelta(minutes=1)
            self.env["audit.bank.connection"]._cron_fetch()
            self.assertEqual(len(self.env["queue.job"].search(jobs)), 1)

    def test_what_a_bank_tells_of_days_to_come_puts_off_no_fetch(self):
        self.followed.sudo().covered_to = TODAY + datetime.timedelta(days=20)
        with self._bank():
            window = self.followed._plan_windows()
        overlap = datetime.timedelta(days=self.connection.overlap_days)
        self.assertEqual((window.date_from, window.date_to), (TODAY - overlap, TODAY))

    def test_a_crash_leaves_a_window_that_is_fetched_again(self):
        with self._bank(PowerCut(), self._says((BOOKED, "10.00", 9, "A"))):
            window = self.followed._plan_windows()
            self._break_off(window, PowerCut)
            self.assertEqual(window.state, "running")
            with self.second_cursor():
                self.assertIn("Another run", window._fetch())
                window.next_attempt_at = fields.Datetime.now() - datetime.timedelta(minutes=1)
                self.env.flush_all()
                window._fetch()
        self.assertEqual(window.state, "fetched")

    def test_days_between_two_fetches_are_shown_as_missing(self):
        windows = self.env["audit.bank.window"].sudo()
        for first, last in (("2026-03-02", "2026-03-06"), ("2026-03-16", "2026-03-20")):
            windows.create(
                {
                    "account_id": self.followed.id,
                    "kind": "fetch",
                    "state": "fetched",
                    "date_from": first,
                    "date_to": last,
                }
            )
        self.followed.sudo()._find_gaps()
        missing = self.followed.window_ids.filtered(lambda one: one.state == "missing")
        self.assertEqual((str(missing.date_from), str(missing.date_to)), ("2026-03-07", "2026-03-15"))
        self.assertTrue(self.env["audit.exception"]._about_bank("bank_gap", missing))

    def test_a_statement_between_two_others_is_missed_by_its_balance_and_found(self):
        self.receive(self.statement(self.entry("10.00")))
        later = self.statement(
            self.entry("5.00", day="2026-04-02"), opening="130.00", closing="135.00", number="9", day="2026-04-02"
        )
        self.receive(later, "later.xml")
        missing = self.account.window_ids.filtered(lambda one: one.state == "missing")
        self.assertEqual(missing.difference, 20.0)
        between = self.entry("20.00", day="2026-04-01")
        self.receive(
            self.statement(between, opening="110.00", closing="130.00", number="8", day="2026-04-01"), "between.xml"
        )
        self.assertFalse(self.account.window_ids.filtered(lambda one: one.state == "missing"))

    def test_an_owner_is_reminded_before_a_consent_ends_and_called_when_it_has(self):
        consent = self.connection._new_consent()
        consent._grant(valid_until=fields.Date.today() + datetime.timedelta(days=5))
        self.env["audit.bank.consent"]._cron_watch()
        self.env["audit.bank.consent"]._cron_watch()
        self.assertEqual(len(self.connection.activity_ids), 1)
        consent.valid_until = fields.Date.today() - datetime.timedelta(days=1)
        self.env["audit.bank.consent"]._cron_watch()
        self.assertEqual(consent.state, "expired")
        self.assertIn("has expired", self.connection.activity_ids.mapped("summary")[-1])

    def test_a_consent_of_which_the_bank_names_no_end_is_in_force(self):
        """Nobody could renew or revoke it where the buttons asked how many days are left."""
        self.assertFalse(self.followed.consent_in_force)
        consent = self.connection._new_consent()
        consent._grant()
        self.assertEqual((self.followed.consent_in_force, self.followed.consent_until), (True, False))
        arch = etree.fromstring(self.env["audit.bank.connection"].get_view(view_type="form")["arch"])
        buttons = [one for one in arch.iter("button") if "consent" in one.get("name", "")]
        self.assertEqual(len(buttons), 3)
        for button in buttons:
            self.assertIn("consent_in_force", button.get("invisible"))
            self.assertNotIn("days_left", button.get("invisible"))
        consent.valid_until = fields.Date.today() - datetime.timedelta(days=1)
        self.assertFalse(self.followed.consent_in_force)
