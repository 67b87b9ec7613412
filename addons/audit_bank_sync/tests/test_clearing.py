import base64
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .statement_case import StatementCase

HEAD = "payout_id,date,gross,fees,refunds,chargebacks,reserve,net\n"


@tagged("post_install", "-at_install")
class TestClearing(StatementCase):
    """What a card processor announces, and what arrives at the bank."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        columns = ("gross", "fees", "refunds", "chargebacks", "reserve", "net")
        cls.processor = (
            cls.env["audit.card.mapping"]
            .with_user(cls.preparer)
            .create(
                {
                    "name": "Nordcard",
                    "journal_id": cls.journal.id,
                    **{"column_%s" % name: name for name in columns},
                }
            )
        )

    def _read(self, *rows, name="report.csv"):
        content = HEAD + "".join("%s\n" % row for row in rows)
        return (
            self.env["audit.card.settlement"]
            .with_user(self.preparer)
            .create(
                {
                    "mapping_id": self.processor.id,
                    "file_name": name,
                    "content": base64.b64encode(content.encode()),
                }
            )
        )

    def _breaks(self, payout):
        return self.env["audit.exception"].search(
            [("res_model", "=", payout._name), ("res_id", "=", payout.id), ("state", "=", "open")]
        )

    def test_a_payout_ties_to_the_line_that_names_it(self):
        line = self._line("2026-10-07", 905.5, "NORDCARD PAYOUT po_71 THANK YOU")
        self._line("2026-10-07", 905.5, "NORDCARD PAYOUT po_711")
        payout = self._read("po_71,2026-10-05,1000.00,14.50,50.00,20.00,10.00,905.50").payout_ids
        self.assertEqual((payout.net, payout.bank_amount, payout.residual), (905.5, 905.5, 0.0))
        self.assertEqual((payout.state, payout.statement_line_id, payout.bucket), ("tied", line, False))
        self.assertFalse(self._breaks(payout))
        opened = payout.with_user(self.preparer).action_open_line()
        self.assertEqual((opened["res_model"], opened["res_id"]), ("account.move", line.move_id.id))

    def test_a_payout_is_found_in_what_the_bank_said_beyond_the_label(self):
        line = self._line("2026-10-07", 905.5, "NORDCARD " + "x" * 130 + "…")
        connection = self.env["audit.bank.connection"].create({"name": "Hanseatische Bank"})
        account = self.env["audit.bank.account"].create(
            {"name": "Main", "number": self.account.acc_number, "connection_id": connection.id}
        )
        line.audit_bank_transaction_id = self.env["audit.bank.transaction"].create(
            {
                "account_id": account.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "state": "booked",
                "date": line.date,
                "amount": line.amount,
                "statement_line_id": line.id,
                "remittance": "NORDCARD %s po_71" % ("x" * 140),
            }
        )
        payout = self._read("po_71,2026-10-05,1000.00,14.50,50.00,20.00,10.00,905.50").payout_ids
        self.assertEqual((payout.state, payout.statement_line_id), ("tied", line))

    def test_the_clearing_account_is_told_apart_by_what_the_reports_say(self):
        accounts = self.env["account.account"]
        clearing = accounts.create(
            {"name": "Card clearing", "code": "109777", "account_type": "asset_current", "reconcile": True}
        )
        own = [*accounts._check_company_domain(self.company), ("account_type", "=", "income")]
        sales = accounts.search(own, limit=1)
        takings = [Command.create({"account_id": clearing.id, "balance": 1500.0})]
        takings.append(Command.create({"account_id": sales.id, "balance": -1500.0}))
        self.env["account.move"].create({"date": "2026-10-05", "line_ids": takings}).action_post()
        self.processor.account_id = clearing
        self._read("po_71,2026-10-05,1000.00,0,0,0,100.00,900.00")
        one = self.processor
        one.invalidate_recordset()
        self.assertEqual((one.clearing_balance, one.clearing_announced, one.clearing_reserve), (1500.0, 900.0, 100.0))
        self.assertEqual(one.clearing_rest, 500.0)

    def test_an_amount_alone_ties_nothing(self):
        self._line("2026-10-07", 905.5, "NORDCARD")
        payout = self._read("po_71,2026-10-05,1000.00,14.50,50.00,20.00,10.00,905.50").payout_ids
        self.assertEqual((payout.state, payout.residual), ("late", 905.5))

    def test_what_is_missing_has_an_age_and_an_owner(self):
        today = fields.Date.today()
        days = (2, 10, 45, 90)
        rows = ["po_%02d,%s,10,0,0,0,0,10" % (number, today - timedelta(days=number)) for number in days]
        payouts = self._read(*rows).payout_ids.sorted("name")
        self.assertEqual(payouts.mapped("bucket"), ["0", "1", "2", "3"])
        self.assertEqual(payouts.mapped("state"), ["waiting", "late", "late", "late"])
        self.assertEqual(payouts.search([("bucket", "=", "2"), ("id", "in", payouts.ids)]), payouts[2])
        self.assertFalse(self._breaks(payouts[0]))
        waiting = self._breaks(payouts[3])
        self.assertEqual((waiting.kind, waiting.break_amount, waiting.user_id), ("bank_break", 10.0, self.preparer))
        self._line(today, 10.0, "Payout po_90")
        payouts.settlement_id.with_user(self.preparer).action_compare()
        self.assertEqual(payouts[3].state, "tied")
        self.assertEqual(waiting.state, "superseded")

    def test_money_that_comes_after_its_report_is_found_without_a_person(self):
        """The usual order: the report first, the money some days later."""
        payout = self._read("po_71,%s,100,1,0,0,0,99" % fields.Date.today()).payout_ids
        self.assertEqual((payout.state, payout.residual), ("waiting", 99.0))
        cron = self.env.ref("audit_bank_sync.cron_card_payout")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        elsewhere = self._bank_journal("Elsewhere", "HB4")
        self._statement("Elsewhere", 0.0, (fields.Date.today(), 5.0), journal=elsewhere)
        self.assertEqual(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers)
        line = self._line(fields.Date.today(), 99.0, "NORDCARD po_71")
        self.assertGreater(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers, "at once")
        cron.ir_actions_server_id.run()
        self.assertEqual((payout.state, payout.statement_line_id, payout.residual), ("tied", line, 0.0))

    def test_what_becomes_late_goes_before_a_person_once(self):
        payout = self._read("po_71,%s,100,1,0,0,0,99" % fields.Date.today()).payout_ids
        look = self.env["audit.card.payout"]._cron_compare
        look()
        self.assertFalse(self._breaks(payout))
        with freeze_time(fields.Date.today() + timedelta(days=6)):
            look()
            waiting = self._breaks(payout)
            self.assertEqual((payout.state, waiting.break_amount, waiting.user_id), ("late", 99.0, self.preparer))
            waiting.with_user(self.preparer).action_settle()
        with freeze_time(fields.Date.today() + timedelta(days=7)):
            look()
            self.assertFalse(self._breaks(payout), "what a person decided is not asked again every day")

    def test_a_payout_whose_line_is_deleted_is_missing_again(self):
        line = self._line("2026-10-07", 99.0, "NORDCARD po_71")
        payout = self._read("po_71,2026-10-05,100,1,0,0,0,99").payout_ids
        self.assertEqual(payout.state, "tied")
        line.unlink()
        self.env.invalidate_all()
        self.env["audit.card.payout"]._cron_compare()
        self.assertEqual((payout.state, payout.residual, self._breaks(payout).break_amount), ("late", 99.0, 99.0))

    def test_another_amount_at_the_bank_is_a_break(self):
        self._line("2026-10-07", 900.0, "Payout po_71")
        payout = self._read("po_71,2026-10-05,1000.00,14.50,50.00,20.00,10.00,905.50").payout_ids
        self.assertEqual((payout.state, payout.residual), ("differs", 5.5))
        self.assertEqual(self._breaks(payout).break_amount, 5.5)

    def test_a_report_that_does_not_add_up_is_a_break_though_the_bank_agrees(self):
        self._line("2026-10-07", 99.0, "Payout po_71")
        payout = self._read("po_71,2026-10-05,100,1,0,0,0,98").payout_ids
        self.assertEqual((payout.state, self._breaks(payout).break_amount), ("wrong", 1.0))

    def test_a_file_is_read_once_and_a_payout_says_the_same_twice(self):
        row = "po_71,2026-10-05,100,1,0,0,0,99"
        self._read(row)
        with self.refused("read already"):
            self._read(row)
        again = self._read(row, "po_72,2026-10-06,10,0,0,0,0,10")
        self.assertEqual((again.payout_ids.mapped("name"), again.known_count), (["po_72"], 1))
        with self.refused("was read before"):
            self._read("po_71,2026-10-05,200,1,0,0,0,199")

    def test_a_report_is_read_whole_or_not_at_all(self):
        with self.refused("Line 3: “x” is not an amount"):
            self._read("po_71,2026-10-05,100,1,0,0,0,99", "po_72,2026-10-06,x,0,0,0,0,10")
        self.assertFalse(self.env["audit.card.payout"].search([("mapping_id", "=", self.processor.id)]))

    def test_nobody_writes_what_a_report_says(self):
        report = self._read("po_71,2026-10-05,100,1,0,0,0,99")
        with self.refused("stays as it was received"):
            report.write({"file_name": "other"})
        with self.refused("", UserError, Exception):
            report.payout_ids.with_user(self.preparer).write({"gross": 1})
        with self.refused("is kept"):
            report.sudo().unlink()

    def test_a_mapping_names_its_columns(self):
        with self.refused("Name the column with the gross amount", Exception):
            self.processor.column_gross = False
