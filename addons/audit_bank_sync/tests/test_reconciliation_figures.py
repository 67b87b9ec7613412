from odoo import Command
from odoo.tests import tagged

from ..models.statement.figures import figures
from .statement_case import StatementCase


@tagged("post_install", "-at_install")
class TestReconciliationFigures(StatementCase):
    """What stands between the ledger and the bank."""

    def test_outstanding_payments_and_deposits_in_transit_lead_from_the_ledger_to_the_bank(self):
        out, coming = self._payment(150.0, "2026-10-30"), self._payment(90.0, "2026-10-31", "inbound")
        one = self._reconciliation()
        self.assertEqual((one.account_balance, one.ledger_balance), (800.0, 740.0))
        self.assertEqual((one.outstanding_total, one.transit_total, one.error_total), (150.0, -90.0, 0.0))
        self.assertEqual(
            (one.expected_balance, one.bank_balance, one.unexplained, one.ties), (800.0, 800.0, 0.0, "yes")
        )
        self.assertEqual(one.bank_source, "October")
        self.assertEqual(one.bank_statement_id, self.october)
        found = {line.kind: (line.res_model, line.res_id, line.partner, line.age) for line in one.line_ids}
        self.assertEqual(found["outstanding"], ("account.move", out.move_id.id, self.partner.name, 1))
        self.assertEqual(found["transit"], ("account.move", coming.move_id.id, self.partner.name, 0))
        for line in one.line_ids:
            opened = line.with_user(self.preparer).action_open_document()
            self.assertEqual((opened["res_model"], opened["res_id"]), ("account.move", line.res_id))

    def test_a_payment_matched_later_was_outstanding_on_the_day(self):
        payment = self._payment(150.0, "2026-10-30")
        self._match(self._line("2026-11-02", -150.0), payment)
        self.assertEqual(self._reconciliation("2026-10-31").outstanding_total, 150.0)
        self._statement("November", 640.0, ("2026-11-05", -10.0), start=650.0)
        november = self._reconciliation("2026-11-30")
        self.assertEqual(november.outstanding_total, 0.0)
        self.assertFalse(november.line_ids, "the line of 2 November is in the balance of 5 November")
        self.assertEqual((november.bank_balance, november.unexplained, november.ties), (640.0, 0.0, "yes"))

    def test_an_old_line_without_a_statement_that_the_bank_does_not_know_is_a_difference(self):
        self._line("2026-10-07", -30.0, "Entered by mistake")
        one = self._reconciliation()
        self.assertFalse(one.line_ids)
        self.assertEqual((one.account_balance, one.bank_balance, one.unexplained), (770.0, 800.0, 30.0))
        self.assertEqual(one.ties, "no")

    def test_of_the_day_of_the_balance_only_what_follows_its_last_line_is_later(self):
        follows = self._line("2026-10-10", -4.0, "After the statement")
        self.assertGreater(follows.internal_index, max(self.october.line_ids.mapped("internal_index")))
        one = self._reconciliation()
        self.assertEqual([(item.kind, item.amount) for item in one.line_ids], [("later", 4.0)])
        self.assertEqual(one.ties, "yes")
        follows.sequence = follows.sequence + 1
        self.assertLess(follows.internal_index, max(self.october.line_ids.mapped("internal_index")))
        before = figures(self.journal, self.october.date)
        self.assertFalse(before.items, "it stands before the last line, so the balance holds it")

    def test_a_line_of_a_later_statement_is_not_in_the_balance_before(self):
        self._statement("November", 770.0, ("2026-10-09", -20.0), ("2026-11-02", -10.0), start=800.0)
        one = self._reconciliation("2026-10-31")
        self.assertEqual([(item.kind, item.amount) for item in one.line_ids], [("later", 20.0)])
        self.assertEqual(one.ties, "yes")

    def test_payments_of_a_journal_without_accounts_of_its_own_for_them_are_outstanding(self):
        plain = self.env["account.journal"].create({"name": "Plain", "code": "HB3", "type": "bank"})
        sides = plain.inbound_payment_method_line_ids | plain.outbound_payment_method_line_ids
        self.assertFalse(sides.payment_account_id)
        payments = self._payment(150.0, "2026-10-30", journal=plain)
        payments |= self._payment(90.0, "2026-10-31", "inbound", journal=plain)
        found = figures(plain, self.october.date.replace(day=31)).items
        self.assertEqual(
            [(item.kind, item.amount, item.document) for item in found],
            [("outstanding", 150.0, payments[0].move_id), ("transit", -90.0, payments[1].move_id)],
        )

    def test_what_a_payment_has_left_is_outstanding_when_part_of_it_was_matched(self):
        payment = self._payment(150.0, "2026-10-20")
        self._match(self._line("2026-10-25", -50.0), payment)
        one = self._reconciliation()
        self.assertEqual(one.outstanding_total, 100.0)

    def test_entries_by_hand_on_the_bank_account_are_listed_and_hide_nothing(self):
        self._entry(25.0, "2026-10-20")
        one = self._reconciliation()
        self.assertEqual(one.account_balance, 825.0)
        self.assertEqual([(line.kind, line.amount) for line in one.line_ids], [("manual", -25.0)])
        self.assertEqual((one.error_total, one.ties), (-25.0, "yes"))

    def test_an_opening_balance_is_no_error(self):
        self._entry(40.0, "2026-10-01")
        one = self._reconciliation()
        self.assertFalse(one.line_ids)
        self.assertEqual((one.unexplained, one.ties), (-40.0, "no"), "the bank began with nothing")

    def test_an_entry_on_the_day_of_the_first_line_is_an_opening_balance_if_the_bank_begins_with_it(self):
        self._entry(40.0, "2026-10-05")
        one = self._reconciliation()
        self.assertEqual([(line.kind, line.amount) for line in one.line_ids], [("manual", -40.0)])
        self.october.write({"balance_start": 40.0, "balance_end_real": 840.0})
        one.with_user(self.preparer).action_refresh()
        self.assertFalse(one.line_ids)
        self.assertEqual((one.account_balance, one.unexplained, one.ties), (840.0, 0.0, "yes"))

    def test_a_balance_that_odoo_added_up_is_none_of_the_bank(self):
        statement = self.env["account.bank.statement"].create(
            {"name": "Added up", "line_ids": [Command.set(self._line("2026-10-20", -30.0).ids)]}
        )
        self.assertTrue(statement.audit_balance_computed)
        one = self._reconciliation()
        self.assertEqual((one.bank_statement_id, one.bank_balance), (self.october, 800.0))
        statement.balance_end_real = 770.0
        one.with_user(self.preparer).action_refresh()
        self.assertEqual((one.bank_statement_id, one.bank_balance), (statement, 770.0))

    def test_the_balance_is_the_banks_and_what_it_does_not_explain_remains(self):
        self.october.balance_end_real = 795.0
        one = self._reconciliation()
        self.assertEqual((one.bank_balance, one.unexplained, one.ties), (795.0, -5.0, "no"))
        self.assertFalse(one.line_ids, "nothing is made up")

    def test_lines_after_the_closing_balance_are_listed(self):
        line = self._line("2026-11-03", -30.0, "Fee")
        one = self._reconciliation("2026-11-05")
        self.assertEqual((one.bank_date.isoformat(), one.bank_balance), ("2026-10-10", 800.0))
        self.assertEqual([(item.kind, item.amount, item.name) for item in one.line_ids], [("later", 30.0, "Fee")])
        self.assertEqual(one.ties, "yes")
        opened = one.line_ids.with_user(self.preparer).action_open_document()
        self.assertEqual((opened["res_model"], opened["res_id"]), ("account.move", line.move_id.id))

    def _followed(self):
        """The account at the bank, as it is fetched."""
        connection = self.env["audit.bank.connection"].create({"name": "Hanseatische Bank"})
        return self.env["audit.bank.account"].create(
            {
                "name": "Main account",
                "number": self.account.acc_number,
                "connection_id": connection.id,
                "journal_id": self.journal.id,
                "currency_id": self.company.currency_id.id,
            }
        )

    def _closed(self, account, balance, **values):
        """What the bank said at the end of the day of the statement of October."""
        return self.env["audit.bank.window"].create(
            {
                "account_id": account.id,
                "state": "fetched",
                "closing_kind": "CLBD",
                "closing_date": self.october.date,
                "closing_balance": balance,
                **values,
            }
        )

    def test_a_balance_that_somebody_typed_does_not_count_beside_the_bank_s_own(self):
        self._closed(self._followed(), 795.0)
        self.october.balance_end_real = 999.0
        bank = figures(self.journal, self.october.date).bank
        self.assertEqual((bank.amount, bank.statement), (795.0, self.october))

    def test_a_balance_that_somebody_typed_for_a_later_day_counts_once_the_account_is_followed_no_more(self):
        account, until = self._followed(), self.october.date.replace(day=31)
        self._closed(account, 795.0)
        typed = self._statement("Typed", 600.0, ("2026-10-20", -200.0), start=800.0)
        bank = figures(self.journal, until).bank
        self.assertEqual((bank.amount, bank.date, bank.statement), (795.0, self.october.date, self.october))
        account.active = False
        bank = figures(self.journal, until).bank
        self.assertEqual((bank.amount, bank.statement), (600.0, typed))

    def test_a_balance_from_a_file_of_somebody_who_may_not_post_counts_once_it_is_booked(self):
        account = self._followed()
        file = self.env["audit.bank.file"].create({"name": "x", "company_id": self.company.id, "sha256": "0" * 64})
        window = self._closed(account, 795.0, file_id=file.id, kind="statement")
        self.assertEqual(figures(self.journal, self.october.date).bank.amount, 800.0)
        window.statement_id = self.october
        self.assertEqual(figures(self.journal, self.october.date).bank.amount, 795.0)
        window.statement_id = False
        file.posts_by_rule = True
        self.assertEqual(figures(self.journal, self.october.date).bank.amount, 795.0)

    def test_a_balance_fetched_from_the_bank_counts_where_it_is_newer(self):
        account = self._followed()
        self._line("2026-10-20", -30.0)
        window = {"account_id": account.id, "state": "fetched", "closing_balance": 770.0, "closing_kind": "CLBD"}
        self.env["audit.bank.window"].create(
            [
                {**window, "closing_date": "2026-10-25"},
                {**window, "closing_date": "2026-10-30", "closing_balance": 1.0, "closing_kind": "ITBD"},
            ]
        )
        self._line("2026-10-28", -5.0, "Fee")
        one = self._reconciliation()
        self.assertEqual((one.bank_balance, one.bank_date.isoformat()), (770.0, "2026-10-25"))
        self.assertEqual([(item.kind, item.amount) for item in one.line_ids], [("later", 5.0)])
        self.assertEqual(one.ties, "yes")

    def test_lines_that_nobody_matched_are_counted(self):
        one = self._reconciliation()
        self.assertEqual((one.unmatched_count, one.unmatched_amount), (2, 800.0))

    def test_without_a_balance_of_the_bank_nothing_is_said_to_tie(self):
        one = self._reconciliation("2026-09-30")
        self.assertEqual((one.bank_known, one.ties), (False, "unknown"))
        with self.refused("no closing balance of the bank"):
            one.action_sign()

    def test_an_account_in_another_currency_is_reconciled_in_it(self):
        others = [("name", "in", ("EUR", "USD")), ("id", "!=", self.company.currency_id.id)]
        euro = self.env["res.currency"].with_context(active_test=False).search(others, limit=1)
        euro.active = True
        self.env["res.currency.rate"].create({"name": "2026-01-01", "currency_id": euro.id, "rate": 0.5})
        journal = self._bank_journal("Euro account", "HB2", currency_id=euro.id)
        self._statement("Euro", 300.0, ("2026-10-06", 300.0), journal=journal)
        one = (
            self.env["audit.bank.reconciliation"]
            .with_user(self.preparer)
            .create({"journal_id": journal.id, "date": "2026-10-31"})
        )
        self.assertEqual((one.currency_id, one.account_balance, one.ties), (euro, 300.0, "yes"))

    def test_the_number_of_queries_does_not_grow_with_the_items(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(figures(self.journal, self.october.date.replace(day=31)).items)
            return self.env.cr.sql_log_count - before

        self._payment(1.0, "2026-10-30")
        few = count()
        for number in range(12):
            self._payment(2.0 + number, "2026-10-30")
        self.env.flush_all()
        self.assertLessEqual(count(), few + 1)
