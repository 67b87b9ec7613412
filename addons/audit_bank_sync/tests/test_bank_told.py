import json
import secrets
from datetime import date

from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.api import ApiHttpCase
from odoo.addons.audit_connector_base.tests.common import SECRET

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase

EVENT = "application/cloudevents+json"
ENVELOPE = {"specversion": "1.0", "source": "urn:treasury"}


class Told:
    """What a treasury system says of a transaction."""

    def told(self, number, amount="10.00", **values):
        return {
            "id": number,
            "account": samples.IBAN,
            "status": "booked",
            "amount": amount,
            "currency": self.company.currency_id.name,
            "booking_date": "2026-03-31",
            "value_date": "2026-03-31",
            "counterparty": {"name": "Nordwind Papier"},
            "remittance": "RE-1",
            **values,
        }


@tagged("post_install", "-at_install")
class TestBankTold(BankCase, Told):
    """Transactions that a platform tells of one by one, instead of files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.treasury = cls._connector(name="Treasury", inbound_active=True, inbound_secret=SECRET)
        cls.connection = cls.env["audit.bank.connection"].create(
            {"name": "House bank", "connector_id": cls.treasury.id, "provider": "told"}
        )
        cls.own = cls.env["audit.bank.account"].create(
            {
                "name": "Hausbank",
                "number": samples.IBAN,
                "connection_id": cls.connection.id,
                "journal_id": cls.journal.id,
                "currency_id": cls.company.currency_id.id,
            }
        )

    def tell(self, *reports, connector=None):
        """Send reports and have them worked on; returns their messages."""
        connector = connector or self.treasury
        last = self.env["audit.inbound.message"].search([], order="arrival desc", limit=1).arrival
        bodies = [
            {**ENVELOPE, "id": secrets.token_hex(8), "type": "bank_transaction.told", "data": report}
            for report in reports
        ]
        with self.second_cursor():
            connector._receive([(None, EVENT, json.dumps(body).encode(), {}) for body in bodies], "http")
            connector._process_inbound()
        return self.env["audit.inbound.message"].search([("arrival", ">", last)], order="arrival")

    def test_a_transaction_is_staged_and_posted_as_one_of_a_file(self):
        message = self.tell(self.told("T-1", "-12.50", end_to_end_id="E-1", mandate_id="M-1", code="PMNT-ICDT-ESCT"))
        transaction = self.transactions()
        self.assertEqual((message.state, message.res_id), ("processed", transaction.id), message.reason)
        self.assertEqual((transaction.amount, transaction.state), (-12.5, "booked"))
        self.assertEqual((transaction.posting_state, transaction.date), ("waiting", date(2026, 3, 31)))
        self.assertEqual((transaction.counterparty, transaction.remittance), ("Nordwind Papier", "RE-1"))
        self.assertEqual((transaction.end_to_end_id, transaction.mandate_id), ("E-1", "M-1"))
        self.assertIn('"T-1"', transaction.raw)
        transaction.with_user(self.bookkeeper).action_confirm()
        self.assertEqual(transaction.statement_line_id.amount, -12.5)

    def test_what_was_pending_becomes_booked_under_its_number(self):
        self.tell(self.told("T-1", status="pending", booking_date=None, remittance="on its way"))
        self.assertEqual(self.transactions().state, "pending")
        message = self.tell(self.told("T-1", counterparty={"name": "NORDWIND"}))
        self.assertEqual((self.transactions().state, self.transactions().posting_state), ("booked", "waiting"))
        self.assertIn("booked by now", message.reason)
        again = self.tell(self.told("T-1", status="pending"))
        self.assertIn("known already", again.reason)
        self.assertEqual(self.transactions().state, "booked")

    def test_two_equal_transactions_with_numbers_of_their_own_are_two(self):
        self.tell(self.told("T-1"), self.told("T-2"))
        self.assertEqual(self.transactions().mapped("posting_state"), ["waiting", "waiting"])

    def test_two_equal_transactions_are_two_with_the_statement_that_shows_them_as_well(self):
        said = {"counterparty": None, "remittance": "Fee of the month of March"}
        self.tell(*(self.told("T-%d" % n, bank_reference="B-%d" % n, **said) for n in (1, 2)))
        self.assertEqual(self.transactions().mapped("occurrence"), [1, 2])
        self.receive(self._two_fees())
        self.assertEqual(len(self.transactions()), 2)
        self.tell(self.told("T-3", **said))
        self.assertEqual(len(self.transactions()), 3, "one that the statement does not show")

    def test_two_equal_transactions_are_recognised_in_a_statement_that_came_before(self):
        self.receive(self._two_fees())
        said = {"counterparty": None, "remittance": "Fee of the month of March"}
        self.tell(*(self.told("T-%d" % n, bank_reference="B-%d" % n, **said) for n in (1, 2)))
        self.assertEqual(len(self.transactions()), 2)

    def test_an_amount_of_a_day_that_was_told_with_no_word_is_put_in_doubt_when_a_statement_shows_it(self):
        self.own.posting = "auto"
        self.tell(self.told("T-1", counterparty=None, remittance=None))
        self.receive(self._two_fees())
        told, *shown = self.transactions()
        self.assertEqual(told.posting_state, "posted")
        self.assertEqual([one.posting_state for one in shown], ["doubt", "doubt"])
        self.assertEqual({one.looks_like_id for one in shown}, {told})

    def _two_fees(self):
        inside = "<NtryDtls><TxDtls><RmtInf><Ustrd>Fee of the month of March</Ustrd></RmtInf></TxDtls></NtryDtls>"
        shown = [self.entry("10.00", inside="<AcctSvcrRef>B-%d</AcctSvcrRef>" % n + inside) for n in (1, 2)]
        return self.statement(*shown, closing="120.00")

    def test_what_a_statement_booked_before_the_system_did_is_put_in_doubt_and_not_posted_again(self):
        self.own.posting = "auto"
        self.tell(self.told("T-1", status="pending", booking_date=None, value_date=None, remittance="on its way"))
        inside = "<AcctSvcrRef>B-1</AcctSvcrRef>"
        other = "<NtryDtls><TxDtls><RmtInf><Ustrd>Invoice 77</Ustrd></RmtInf></TxDtls></NtryDtls>"
        self.receive(self.statement(self.entry("10.00", inside=inside + other)))
        self.assertEqual(len(self.transactions()), 2, "nothing says that they are one")
        self.tell(self.told("T-1", bank_reference="B-1", remittance="Invoice 77", counterparty=None))
        told, booked = self.transactions()
        self.assertEqual((told.state, told.posting_state, told.looks_like_id), ("booked", "doubt", booked))
        self.assertEqual(len(self.transactions().statement_line_id), 1)

    def test_a_number_leads_to_its_transaction_after_that_was_merged(self):
        self.tell(self.told("T-1"), self.told("T-2"))
        first, second = self.transactions()
        for told in (first, second):
            told.posting_state = "waiting"
        second.write({"posting_state": "merged", "looks_like_id": first.id})
        for number in ("T-1", "T-2", "T-1"):
            message = self.tell(self.told(number))
            self.assertEqual(message.res_id, first.id)
        self.assertEqual(len(self.transactions()), 2)

    def test_a_transaction_that_is_told_says_nothing_of_the_days_that_are_here(self):
        self.tell(self.told("T-1"))
        self.assertFalse(self.own.covered_to)

    def test_what_was_told_is_recognised_in_a_statement_and_posted_once(self):
        self.own.posting = "auto"
        self.tell(self.told("T-1", bank_reference="B-1"))
        entry = self.entry("10.00", inside="<AcctSvcrRef>B-1</AcctSvcrRef>")
        file = self.receive(self.statement(entry))
        self.assertEqual((file.state, file.new_count), ("imported", 0))
        self.assertEqual(len(self.transactions()), 1)
        self.assertEqual(len(self.transactions().statement_line_id), 1)

    def test_a_transaction_that_is_told_fills_no_gap_between_statements(self):
        self.tell(self.told("T-1"))
        window = self.transactions().window_id
        self.assertEqual((window.kind, window.has_balances, window.agreement), ("report", False, "unknown"))

    def test_another_transaction_under_a_used_number_is_refused(self):
        self.tell(self.told("T-1"))
        message = self.tell(self.told("T-1", "99.00"))
        self.assertEqual(message.state, "dead")
        self.assertIn("number of another transaction", message.reason)
        self.assertEqual(self.transactions().mapped("amount"), [10.0])

    def test_a_report_that_cannot_be_is_refused_and_nothing_is_kept(self):
        for wrong, said in (
            (self.told("T-1", "0.00"), "moves money"),
            (self.told("T-1", "1.2345"), "more decimals"),
            (self.told("T-1", booking_date=None), "booking_date"),
            (self.told("T-1", booking_date="2026-02-30"), "booking_date"),
            (self.told("T-1", currency="XXX"), "no account"),
            (self.told("T-1", account="DE00"), "no account"),
            (self.told("T-1", booking_date="2999-01-01"), "nothing is booked there"),
        ):
            with self.subTest(said):
                message = self.tell(wrong)
                self.assertEqual(message.state, "dead")
                text = "%s %s" % (message.reason, message.violations_text)
                self.assertIn(said, text)
                self.assertFalse(self.transactions())
                self.assertFalse(self.env["audit.bank.window"].search([("account_id", "=", self.own.id)]))

    def test_another_platform_tells_nothing_of_our_bank(self):
        shop = self._connector(name="Shop", inbound_active=True, inbound_secret=SECRET)
        message = self.tell(self.told("T-1"), connector=shop)
        self.assertIn("Nothing about banks is expected from “Shop”", message.reason)
        self.assertFalse(self.transactions())


@tagged("post_install", "-at_install")
class TestBankToldByClient(ApiHttpCase, Told):
    """The same by a client of the API."""

    def test_a_client_adds_a_transaction_and_reads_it(self):
        platform = self.env["audit.connector"].create(
            {"name": "Treasury", "url": "https://treasury.example/in", "signing_secret": SECRET}
        )
        connection = self.env["audit.bank.connection"].create(
            {"name": "House bank", "connector_id": platform.id, "provider": "told"}
        )
        self.env["audit.bank.account"].create(
            {
                "name": "Hausbank",
                "number": samples.IBAN,
                "connection_id": connection.id,
                "currency_id": self.company.currency_id.id,
            }
        )
        client = self._active("bank_transaction:write", "bank_transaction:read", connector_id=platform.id)
        token = self._token(client)
        response = self._post("bank_transaction", token, self.told("T-1"))
        self.assertEqual(response.status_code, 201, response.text)
        transaction = self.env["audit.bank.transaction"].search([("account_id.connection_id", "=", connection.id)])
        self.assertEqual(response.json()["record"], "audit.bank.transaction/%d" % transaction)
        self.assertTrue(response.headers["Location"].endswith("/bank_transaction/%d" % transaction))
        again = self._post("bank_transaction", token, self.told("T-1"))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        read = self._get("bank_transaction/%d" % transaction, token).json()
        self.assertEqual((read["amount"], read["external_ids"][0]["id"]), ("10.00", "T-1"))
        refused = self._post("bank_transaction", token, self.told("T-2", account="DE00"), key="key-2")
        self.assertEqual(refused.status_code, 422)
