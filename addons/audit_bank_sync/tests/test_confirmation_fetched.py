import hashlib
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .bank_api_case import BankApiCase, samples


@tagged("post_install", "-at_install")
class TestConfirmationFetched(BankApiCase):
    """What the sandbox bank confirms over its interface."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.preparer = self._user("pre", "audit_connector_base.group_audit_user", "account.group_account_user")
        self.reviewer = self._user("rev", "audit_connector_base.group_audit_approver")
        self.house = self.env["res.bank"].create({"name": "Sandbox Bank"})
        self.journal.bank_account_id.bank_id = self.house
        self.connection = self.connect()
        rent = {**samples.RENT, "booked": self.day(-3), "value": None}
        late = {"id": "b9", "amount": "-50.00", "booked": self.day(0), "text": "After that day"}
        self.scenario = {"transactions": [rent, late], "today": 0, "calls_a_day": 4}

    def day(self, days):
        return (self.today + timedelta(days=days)).isoformat()

    def open_bank(self, connection=None, **settings):
        self.begin(**{**self.scenario, **settings})
        self.consent(connection or self.connection)
        account = (connection or self.connection).account_ids
        account.journal_id = self.journal
        return account

    def sent(self, days=-2, **values):
        """A confirmation that went out, with a loan beside the account."""
        confirmation = (
            self.env["audit.bank.confirmation"]
            .with_user(self.preparer)
            .create({"bank_id": self.house.id, "date": self.day(days), **values})
        )
        confirmation.action_fill()
        loan = {"confirmation_id": confirmation.id, "section": "loan", "name": "Loan 77", "stated_amount": 5000.0}
        confirmation.line_ids.create(loan)
        self.confirmed(confirmation.with_user(self.reviewer), "approve").action_approve()
        confirmation.action_send()
        return confirmation

    def line_of(self, confirmation):
        return confirmation.line_ids.filtered(lambda one: one.journal_id == self.journal)

    def test_balance_and_accounts_are_kept_as_the_bank_sent_them(self):
        account = self.open_bank()
        confirmation = self.sent()
        self.assertTrue(confirmation.can_fetch_answer)
        said = confirmation.action_fetch_answer()["params"]
        self.assertIn("Loan 77", said["message"])
        line, (loan,) = self.line_of(confirmation), confirmation.line_ids.filtered(lambda one: one.section == "loan")
        self.assertEqual((line.answered, line.bank_amount, line.result), (True, 150.0, "differs"))
        self.assertEqual((loan.result, confirmation.state), ("waiting", "answered"), "nothing is told of loans")
        with self.refused("has not answered all lines: Loan 77"):
            confirmation.action_compare()
        listed, balances = confirmation.answer_ids.sorted("id")
        for answer in (listed, balances):
            kept = (answer.assurance, answer.channel, answer.proof, answer.file_state, answer.media_type)
            self.assertEqual(kept, ("B", "bank_api", "api", "intact", "text/plain"))
            self.assertEqual(hashlib.sha256(answer._intact()).hexdigest(), answer.sha256)
        listed.invalidate_recordset()
        self.assertEqual(listed.with_context(bin_size=True).file_state, "intact", "as a screen asks")
        self.assertIn(b'"resourceId": "giro"', listed._intact())
        self.assertIn(b'"closingBooked"', balances._intact())
        self.assertEqual((line.answer_id, line.assurance), (balances, "B"))
        self.assertIn(self.day(0), listed.note)
        self.assertTrue(confirmation.has_fetched_answer)
        self.assertEqual(line.entered_by, [self.preparer.id], "who asks had a hand in it and does not close it")
        self.assertEqual(account.calls_made, 1, "balances of a past day come with its movements, and cost a call")
        confirmation.action_fetch_answer()
        self.assertEqual(len(confirmation.answer_ids), 2, "the same answers again are the same")

    def test_a_day_of_which_nothing_is_told_stays_unanswered(self):
        account = self.open_bank(history_days=30)
        confirmation = self.sent(-60)
        said = confirmation.action_fetch_answer()["params"]
        line = self.line_of(confirmation)
        self.assertEqual((line.answered, line.result, said["type"]), (False, "waiting", "warning"))
        self.assertIn("gives no closing balance", line.remark)
        self.assertEqual(len(confirmation.answer_ids), 1)
        account.sudo().write({"calls_made": 4, "calls_day": self.today})
        asked = len(self.bank.asked())
        self.sent(-2).action_fetch_answer()
        self.assertFalse([one for one in self.bank.asked()[asked:] if one["path"].endswith("/transactions")])

    def test_an_account_that_nobody_asked_about_differs(self):
        self.open_bank()
        confirmation = self.sent()
        self.line_of(confirmation).sudo().write({"number": "77"})
        self.connection.account_ids.journal_id = False
        with self.refused("Hand in its letter"):
            confirmation.action_fetch_answer()
        line = self.line_of(confirmation).sudo()
        line.write({"journal_id": False, "number": samples.IBAN})
        scenario = samples.scenario(**self.scenario)
        scenario["accounts"][0]["currency"] = self.currency
        scenario["accounts"].append(
            {**scenario["accounts"][0], "id": "hidden", "iban": samples.OTHER, "name": "Hidden"}
        )
        foreign = "CHF" if self.currency != "CHF" else "SEK"
        scenario["accounts"].append({**scenario["accounts"][0], "id": "other", "currency": foreign, "name": "Foreign"})
        self.bank.order(scenario=scenario)
        self.consent(self.connection)
        confirmation.action_fetch_answer()
        hidden = confirmation.line_ids.filtered(lambda one: one.name == "Hidden")
        self.assertEqual((hidden.number, hidden.stated_amount, hidden.result), (samples.OTHER, 0.0, "differs"))
        same_number = confirmation.line_ids.filtered(lambda one: one.name == "Foreign")
        self.assertEqual((same_number.number, same_number.currency_id.name), (samples.IBAN, foreign))
        count = len(confirmation.line_ids)
        confirmation.action_fetch_answer()
        self.assertEqual(len(confirmation.line_ids), count, "each is added once")

    def test_the_aggregator_tells_the_last_closing_balance(self):
        aggregated = self.connect_aggregator()
        self.open_bank(aggregated)
        yesterday = self.sent(-1)
        yesterday.action_fetch_answer()
        self.assertEqual(self.line_of(yesterday).bank_amount, 150.0)
        before = self.sent(-2)
        before.action_fetch_answer()
        self.assertFalse(self.line_of(before).answered, "of earlier days it tells nothing")

    def test_what_an_auditor_received_is_not_overwritten(self):
        self.open_bank()
        confirmation = self.sent()
        line = self.line_of(confirmation)
        line.write({"bank_amount": 999.0})
        confirmation.action_fetch_answer()
        self.assertEqual((line.bank_amount, line.answer_id.ids), (999.0, []))

    def test_only_people_with_a_role_ask_and_only_after_it_was_sent(self):
        self.open_bank()
        confirmation = self.sent()
        stranger = self._user("str", "account.group_account_user")
        with self.refused("", Exception):
            confirmation.with_user(stranger).action_fetch_answer()
        draft = confirmation.with_user(self.preparer).create({"bank_id": self.house.id, "date": self.day(-2)})
        self.assertFalse(draft.can_fetch_answer)
        with self.refused("Draft"):
            draft.action_fetch_answer()
