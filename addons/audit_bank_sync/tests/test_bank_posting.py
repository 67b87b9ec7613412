import json
from ast import literal_eval

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankPosting(BankCase):
    """From what is kept to the books: once, with the bank's balances or none."""

    def test_confirming_posts_each_transaction_once(self):
        self.receive(self.statement(self.entry("30.00"), self.entry("20.00", way="DBIT")))
        transactions = self.transactions()
        transactions.with_user(self.bookkeeper).action_confirm()
        lines = transactions.statement_line_id
        self.assertEqual(lines.mapped("amount"), [30.0, -20.0])
        self.assertEqual(set(lines.move_id.mapped("state")), {"posted"})
        self.assertEqual(lines.journal_id, self.journal)
        with self.refused("Nothing here waits"):
            transactions.with_user(self.bookkeeper).action_confirm()
        self.assertFalse(transactions._post())

    def test_a_statement_that_adds_up_stands_in_the_books_with_the_balances_of_the_bank(self):
        self.receive(self.statement(self.entry("30.00"), self.entry("20.00", way="DBIT")))
        self.transactions()._post()
        statement = self.transactions().statement_line_id.statement_id
        self.assertEqual((statement.balance_start, statement.balance_end_real), (100.0, 110.0))
        self.assertTrue(statement.is_complete)

    def test_what_does_not_add_up_gets_no_statement_and_waits_with_an_explanation(self):
        file = self.receive(self.statement(self.entry("30.00"), self.entry("20.00"), closing="130.00"))
        self.assertEqual((file.window_ids.agreement, file.window_ids.difference), ("differs", -20.0))
        exception = self.env["audit.exception"]._about_bank("bank_balance", file.window_ids)
        self.assertIn("Difference: -20.00", exception.explanation)
        self.assertIn("Without entry 2", exception.explanation)
        self.assertEqual((exception.break_amount, exception.user_id), (-20.0, self.account.connection_id.user_id))
        about = [("type", "=", "bank_break.detected"), ("res_id", "=", exception.id)]
        payload = json.loads(self.env["audit.event"].search(about).payload_text)
        self.assertEqual(payload["difference"], {"amount": "-20.00", "currency": self.currency})
        listed = self.env["ir.actions.act_window"]._for_xml_id("audit_bank_sync.audit_exception_bank_break_action")
        self.assertIn(exception, exception.search(literal_eval(listed["domain"])))
        self.transactions()._post()
        self.assertFalse(self.transactions().statement_line_id.statement_id)

    def test_an_account_may_post_by_itself(self):
        self.receive(self.statement(self.entry("10.00")))
        self.account.posting = "auto"
        self.receive(
            self.statement(self.entry("15.00"), opening="110.00", closing="125.00", number="8", day="2026-04-01")
        )
        self.assertEqual(self.transactions().mapped("posting_state"), ["posted", "posted"])

    def test_what_somebody_uploads_who_may_not_post_waits_to_be_confirmed(self):
        self.receive(self.statement(self.entry("10.00")))
        self.account.posting = "auto"
        clerk = self._user("clk", "audit_connector_base.group_audit_user")
        forged = self.statement(self.entry("15.00"), opening="110.00", closing="125.00", number="8", day="2026-04-01")
        file, _new = self.env["audit.bank.file"].with_user(clerk)._receive(self.company, "april.xml", forged)
        file._import()
        brought = self.transactions(("window_id.file_id", "=", file.id))
        self.assertEqual((file.posts_by_rule, brought.posting_state), (False, "waiting"))
        self.receive(
            self.statement(self.entry("5.00"), opening="125.00", closing="130.00", number="9", day="2026-04-02")
        )
        self.assertEqual(brought.posting_state, "waiting", "nor with the next file")
        brought.with_user(self.bookkeeper).action_confirm()
        self.assertEqual(brought.posting_state, "posted")

    def test_nobody_writes_what_the_bank_said_of_an_account(self):
        self.receive(self.statement(self.entry("10.00")))
        account = self.account.with_user(self.administrator)
        for values in ({"bank_balance": 5.0}, {"covered_to": "2027-01-01"}, {"outside_id": "other"}):
            with self.subTest(values=values), self.refused("read from the bank"):
                account.write(values)
        with self.refused("read from the bank"):
            account.create(
                {
                    "name": "New",
                    "number": "77",
                    "connection_id": account.connection_id.id,
                    "currency_id": account.currency_id.id,
                    "bank_balance": 5.0,
                }
            )
        account.write({"name": "Main account"})

    def test_the_database_refuses_a_second_line_of_a_transaction(self):
        self.receive(self.statement(self.entry("10.00")))
        line = self.transactions()._post()
        self.assertTrue(line)
        with mute_logger("odoo.sql_db"), self.refused("audit_once", IntegrityError):
            self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.journal.id,
                    "amount": 10,
                    "date": "2026-03-31",
                    "audit_bank_transaction_id": self.transactions().id,
                }
            )

    def test_nobody_calls_a_line_that_of_a_transaction_but_posting(self):
        self.receive(self.statement(self.entry("10.00")))
        lines, transaction = self.env["account.bank.statement.line"].with_user(self.bookkeeper), self.transactions()
        values = {"journal_id": self.journal.id, "amount": 1, "date": "2026-03-31", "payment_ref": "By hand"}
        forged = {"audit_bank_transaction_id": transaction.id}
        with self.refused("for Odoo to say", AccessError):
            lines.create({**values, **forged})
        line = lines.with_context(default_audit_bank_transaction_id=transaction.id).create(values)
        self.assertFalse(line.audit_bank_transaction_id)
        with self.refused("for Odoo to say", AccessError):
            line.write(forged)
        transaction.with_user(self.bookkeeper).action_confirm()
        self.assertEqual(transaction.statement_line_id.audit_bank_transaction_id, transaction)

    def test_a_line_that_is_deleted_waits_to_be_confirmed_again(self):
        # Of a statement that adds up, 19.0 lets nobody delete a line.
        self.receive(self.statement(self.entry("10.00"), closing="999.00"))
        transaction = self.transactions()
        transaction._post().unlink()
        logged = self.env["audit.log.entry"].search([("kind", "=", "bank.line_deleted")], limit=1)
        self.assertIn("deleted from the books", logged.summary)
        self.assertEqual((transaction.posting_state, transaction.statement_line_id.ids), ("waiting", []))

    def test_a_line_that_is_deleted_is_not_posted_by_rule_again(self):
        self.receive(self.statement(self.entry("10.00"), closing="999.00"))
        self.account.posting = "auto"
        self.account._post_by_rule()
        transaction = self.transactions()
        self.assertEqual(transaction.posting_state, "posted")
        transaction.statement_line_id.unlink()
        self.account._post_by_rule()
        self.assertEqual((transaction.posting_state, transaction.statement_line_id.ids), ("ignored", []))
        transaction.with_user(self.bookkeeper).action_take_back()
        self.account._post_by_rule()
        self.assertEqual(transaction.posting_state, "posted")

    def test_a_statement_with_announced_entries_stands_in_the_books_without_them(self):
        announced = self.entry("5.00", status="<Cd>PDNG</Cd>")
        self.receive(self.statement(self.entry("10.00"), announced))
        self.transactions(("state", "=", "booked"))._post()
        statement = self.transactions().statement_line_id.statement_id
        self.assertEqual((statement.line_ids.mapped("amount"), statement.balance_end_real), ([10.0], 110.0))

    def test_entries_are_those_that_odoo_makes_by_itself(self):
        euro = self.env["audit.bank.account"]._currency("EUR")
        euro.active = True
        rates = {"currency_id": euro.id, "name": "2026-03-01", "rate": 0.8, "company_id": self.company.id}
        self.env["res.currency.rate"].create(rates)
        foreign = self.env["account.journal"].create(
            {"name": "Euro", "code": "HBE", "type": "bank", "currency_id": euro.id}
        )
        for journal in (self.journal, foreign):
            for amount in (10.0, -33.33):
                values = {"journal_id": journal.id, "date": "2026-03-31", "amount": amount, "payment_ref": "Label"}
                theirs = self.env["account.bank.statement.line"].create(values)
                transaction = self.env["audit.bank.transaction"].new({"amount": amount, "date": "2026-03-31"})
                lines = [(0, 0, line) for line in transaction._entry_lines(journal, "Label", transaction.date)]
                ours = self.env["account.bank.statement.line"].create({**values, "line_ids": lines})
                said = [
                    [
                        (one.account_id, one.currency_id, one.amount_currency, one.balance, one.name)
                        for one in line.line_ids
                    ]
                    for line in (theirs.move_id, ours.move_id)
                ]
                self.assertEqual(*said)

    def _closed_until(self, day):
        self.company.fiscalyear_lock_date = day

    def test_what_falls_into_a_closed_period_is_refused_and_not_booked_on_another_day(self):
        self.receive(self.statement(self.entry("10.00")))
        self._closed_until("2026-03-31")
        transaction = self.transactions()
        with self.refused("are closed for"):
            transaction.with_user(self.bookkeeper).action_confirm()
        self.assertEqual((transaction.posting_state, transaction.statement_line_id.ids), ("waiting", []))

    def test_a_person_posts_on_the_first_open_day_what_falls_into_a_closed_period(self):
        self.receive(self.statement(self.entry("10.00")))
        self._closed_until("2026-03-31")
        transaction = self.transactions()
        transaction.with_user(self.bookkeeper).action_confirm_on_open_day()
        line = transaction.statement_line_id
        self.assertEqual((str(transaction.date), str(line.date), line.state), ("2026-03-31", "2026-04-01", "posted"))
        self.assertFalse(line.statement_id, "the bank's statement has it on another day")

    def test_by_rule_closed_days_wait_for_a_person_and_the_others_are_posted(self):
        self.receive(self.statement(self.entry("10.00")))
        account = self.account
        account.posting = "auto"
        self._closed_until("2026-03-31")
        entry = self.entry("15.00", day="2026-04-01")
        self.receive(self.statement(entry, opening="110.00", closing="125.00", number="8", day="2026-04-01"))
        self.assertEqual(self.transactions().mapped("posting_state"), ["waiting", "posted"])
        exception = self.env["audit.exception"]._about_bank("bank_posting", account)
        self.assertIn("are closed for", exception.explanation)
        self._closed_until(False)
        account._post_by_rule()
        self.assertEqual(self.transactions().mapped("posting_state"), ["posted", "posted"])
        self.assertFalse(self.env["audit.exception"]._about_bank("bank_posting", account))

    def test_posting_needs_the_right_to_post(self):
        self.receive(self.statement(self.entry("10.00")))
        with self.refused("", UserError):
            self.transactions().with_user(
                self._user("viewer", "audit_connector_base.group_audit_user")
            ).action_confirm()

    def test_messages_of_many_transactions_take_as_many_queries_as_that_of_one(self):
        for number in range(1, 7):
            # Each on a statement and an entry of its own.
            opening, closing = "%d.00" % (100 + 10 * (number - 1)), "%d.00" % (100 + 10 * number)
            day = "2026-03-%02d" % number
            entry = self.entry("10.00", day=day, inside="<AcctSvcrRef>REF-%d</AcctSvcrRef>" % number)
            self.receive(
                self.statement(entry, opening=opening, closing=closing, number=str(number), day=day), "%d.xml" % number
            )
        transactions = self.transactions()
        transactions.with_user(self.bookkeeper)._post()
        self.assertEqual(len(transactions.statement_line_id.statement_id), 6)

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            told = self.env["audit.source.bank_transaction"]._payloads(some.browse(some.ids))
            self.assertEqual(len({one["statement"]["number"] for one in told}), len(some))
            return self.cr.sql_log_count - before

        queries(transactions)
        self.assertLessEqual(queries(transactions), queries(transactions[0]))

    def test_what_is_posted_is_told_as_an_event_that_matches_its_contract(self):
        self.receive(self.statement(self.entry("10.00")))
        transaction = self.transactions()
        transaction.with_user(self.bookkeeper)._post()
        event = self.env["audit.event"].search([("res_model", "=", transaction._name), ("res_id", "=", transaction.id)])
        self.assertEqual(event.type, "bank_transaction.imported")
        payload = self.env["audit.source.bank_transaction"]._payloads(transaction)[0]
        _contract, violations = self.env["audit.contract"]._check("bank_transaction", payload, 1, None)
        self.assertFalse(violations)
