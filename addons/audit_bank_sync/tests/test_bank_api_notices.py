import json
from contextlib import nullcontext
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import tagged

from odoo.addons.audit_connector_base.compat import SERIES

from ..models.bank.account_notice import QUIET_WITH_BUDGET
from .bank_api_case import BankApiCase, samples


@tagged("post_install", "-at_install")
class TestBankApiNotices(BankApiCase):
    """The sandbox bank calls when an account shows something new."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.connection = self.connect(mode="realtime", history_days=20, overlap_days=20)
        self.begin(transactions=[], today=0, calls_a_day=4, notices=3)
        self.consent(self.connection)
        self.account = self.connection.account_ids

    def tell(self, amount="-5.00", number=1):
        """Let the bank book something, and so call."""
        booked = {"id": "n%d" % number, "amount": amount, "booked": self.today.isoformat(), "text": "News"}
        self.env.flush_all()
        # 19.0 lets nobody in during a test who was not announced
        allowed = self.allow_requests(all_requests=True) if SERIES >= 19 else nullcontext()
        with allowed:
            self.bank.order(tell=["giro", "n%d" % number, booked])
        self.env.invalidate_all()

    def jobs(self, key):
        return self.env["queue.job"].search([("identity_key", "=", key % self.account.id)])

    def work(self):
        """Do what the calls let be done, and return the windows that are fetched."""
        with self.second_cursor():
            self.account.sudo()._fetch_noticed()
            windows = self.account.sudo().window_ids.filtered(lambda one: one.state == "open")
            for window in windows:
                window._fetch()
        self.env.invalidate_all()
        return windows

    def amounts(self):
        return self.env["audit.bank.transaction"].search([("account_id", "=", self.account.id)]).mapped("amount")

    def test_calls_about_an_account_fetch_it_once_and_at_once(self):
        self.tell()
        self.assertEqual(self.bank.noticed(), [{"account": "giro", "status": 204}] * 3)
        (job,) = self.jobs("audit-bank-noticed-%d")
        self.assertEqual((job.method_name, job.records), ("_fetch_noticed", self.account))
        self.assertLess(job.eta, fields.Datetime.now() + timedelta(seconds=10))
        self.assertFalse(self.amounts(), "what a call says is no movement")
        (window,) = self.work()
        self.assertEqual((window.state, self.amounts()), ("fetched", [-5.0]))
        about = [("kind", "=", "bank.noticed"), ("res_id", "=", self.account.id)]
        self.assertIn("the bank called", self.env["audit.log.entry"].search(about).summary)

    def test_calls_shortly_after_a_fetch_wait_for_the_next_one(self):
        self.tell()
        self.work()
        self.jobs("audit-bank-noticed-%d").unlink()
        self.tell("-6.00", 2)
        (job,) = self.jobs("audit-bank-noticed-%d")
        later = self.account.last_fetched_at + QUIET_WITH_BUDGET
        self.assertAlmostEqual(job.eta, later, delta=timedelta(seconds=2))
        self.assertFalse(self.work(), "nor where the job runs early")
        self.account.sudo().last_fetched_at -= QUIET_WITH_BUDGET + timedelta(seconds=2)
        self.assertEqual(len(self.work()), 1)
        self.assertEqual(sorted(self.amounts()), [-6.0, -5.0])

    def test_a_call_during_a_fetch_is_followed_by_another_one(self):
        """The fetch may have asked before the bank booked what it calls about."""
        with self.second_cursor():
            (window,) = self.account.sudo()._plan_windows()
            self.assertTrue(window._claim())
        self.tell()
        self.jobs("audit-bank-noticed-%d").unlink()
        self.assertFalse(self.work())
        (job,) = self.jobs("audit-bank-noticed-%d")
        self.assertGreater(job.eta, fields.Datetime.now() + timedelta(minutes=10))

    def test_calls_spend_no_more_than_the_bank_permits(self):
        self.account.sudo().write({"calls_made": 4, "calls_day": self.today})
        self.tell()
        self.assertFalse(self.work())
        self.assertFalse(self.account.window_ids)

    def test_a_connection_that_is_fetched_on_schedule_is_not_fetched_for_a_call(self):
        self.connection.sudo().mode = "scheduled"
        self.tell()
        self.assertFalse(self.jobs("audit-bank-noticed-%d"))
        self.assertFalse(self.work())

    def test_a_call_that_names_an_account_of_nobody_asks_about_the_consent(self):
        state = json.loads((self.bank.home / "state.json").read_text())
        (path,) = [urlsplit(one["notify"]).path for one in state["consents"].values()]
        consent = self.connection.consent_ids.id

        def call(**said):
            self.env.flush_all()
            status = self.opener.post(self.base_url() + path, timeout=30, **said).status_code
            self.env.invalidate_all()
            return status

        self.assertEqual(call(json={"accountId": "of somebody else"}), 204)
        self.assertFalse(self.jobs("audit-bank-noticed-%d"))
        self.assertTrue(self.env["queue.job"].search([("identity_key", "=", "audit-bank-notice-%d" % consent)]))
        large = json.dumps({"accountId": "giro", "more": "x" * 20000})
        self.assertEqual(call(data=large, headers={"Content-Type": "application/json"}), 204)
        self.assertFalse(self.jobs("audit-bank-noticed-%d"), "what is too long is not read")
        self.assertEqual(call(json={"account": {"iban": samples.IBAN}, "amount": "1000000"}), 204)
        self.assertTrue(self.jobs("audit-bank-noticed-%d"))
        self.assertFalse(self.amounts())
