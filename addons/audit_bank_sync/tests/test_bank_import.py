import base64
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from ..models.bank import staging
from ..wizards import bank_import
from .bank_case import BankCase

FILES = Path(__file__).parents[1] / "core" / "tests" / "files"


@tagged("post_install", "-at_install")
class TestBankImport(BankCase):
    """From a file to rows that are kept: each movement once, with all that the bank said."""

    def test_a_statement_is_kept_with_its_balances_and_every_entry(self):
        file = self.receive(self.statement(self.entry("30.00"), self.entry("20.00", way="DBIT")))
        self.assertEqual(
            (file.state, file.read_count, file.new_count), ("imported", 2, 2), file.line_ids.mapped("message")
        )
        window = file.window_ids
        self.assertEqual(window.account_id, self.account)
        self.assertEqual((window.opening_balance, window.booked_sum, window.closing_balance), (100.0, 10.0, 110.0))
        self.assertEqual((window.agreement, window.state), ("agrees", "fetched"))
        transactions = self.transactions()
        self.assertEqual(transactions.mapped("amount"), [30.0, -20.0])
        self.assertEqual(set(transactions.mapped("posting_state")), {"waiting"})
        self.assertTrue(all("<Amt" in raw for raw in transactions.mapped("raw")))
        self.assertEqual((self.account.bank_balance, str(self.account.bank_balance_date)), (110.0, "2026-03-31"))

    def test_what_the_bank_wrote_is_kept_letter_by_letter(self):
        said = "a\\b \\N\tc\r\n\\.\r\nd &amp; e"
        inside = "<NtryDtls><TxDtls><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls>" % said
        self.receive(self.statement(self.entry("10.00", inside=inside), self.entry("2.00")))
        kept = self.transactions()
        self.assertEqual(len(kept), 2)
        self.assertIn(said, kept[0].raw)
        # An XML parser ends lines with a line feed alone (XML 1.0, section 2.11).
        self.assertEqual(kept[0].remittance, "a\\b \\N\tc\n\\.\nd & e")

    def test_what_came_back_says_who_has_to_act(self):
        """Funds are missing where the money was to come from: at the payer of a collection, or with us."""
        inside = "<NtryDtls>%s</NtryDtls>" % samples.transaction(inside="<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>")
        self.receive(
            self.statement(
                self.entry("10.00", way="DBIT", inside=inside), self.entry("10.00", inside=inside), closing="100.00"
            )
        )
        collected, paid = self.transactions()
        self.assertEqual((collected.return_actor, paid.return_actor), ("other_party", "us"))
        self.assertEqual(self.transactions().mapped("return_class"), ["funds", "funds"])

    def test_the_same_content_under_two_names_is_one_import(self):
        data = self.statement(self.entry("10.00"))
        first = self.receive(data, "monday.xml")
        second = self.receive(data, "copy of monday.xml")
        self.assertEqual(first, second)
        self.assertEqual(first.other_names, "copy of monday.xml")
        self.assertEqual(len(self.transactions()), 1)

    def test_the_same_statement_in_another_file_books_nothing_again(self):
        self.receive(self.statement(self.entry("10.00")))
        again = self.receive(self.statement(self.entry("10.00")).replace(b"M1", b"M2"), "again.xml")
        self.assertEqual((again.new_count, again.known_count), (0, 1))
        self.assertEqual(len(self.transactions()), 1)
        self.assertIn("were here already", again.line_ids.message)

    def test_a_large_file_is_read_by_a_job_that_tells_how_far_it_is(self):
        data = self.statement(self.entry("4.00"), self.entry("6.00"))
        file, _new = self.env["audit.bank.file"]._receive(self.company, "large.xml", data)
        told = []
        tell = patch.object(type(file), "_tell_progress", lambda file, reading: told.append(reading.size))
        with self.second_cursor(), patch.object(staging, "CHUNK", 1), tell:
            file._import_by_job()
        self.assertEqual((file.state, file.new_count, told), ("imported", 2, [len(data)] * 2))

    def test_a_file_may_hold_several_statements_of_an_account_that_is_new_here(self):
        owner = samples.account(currency=self.currency)
        parts = "".join(
            samples.part(self.entry(amount), owner=owner, head="<Id>S%s</Id><ElctrncSeqNb>%s</ElctrncSeqNb>" % (n, n))
            for n, amount in (("1", "10.00"), ("2", "10.00"))
        )
        file = self.receive(samples.camt(parts))
        self.assertEqual((file.state, len(file.window_ids)), ("imported", 2), file.line_ids.mapped("message"))
        self.assertEqual(self.transactions().mapped("amount"), [10.0, 10.0])

    def test_two_equal_lines_of_a_statement_stay_two(self):
        data = self.statement(self.entry("5.00"), self.entry("5.00"))
        self.receive(data)
        self.receive(data.replace(b"M1", b"M2"), "again.xml")
        self.assertEqual(self.transactions().mapped("amount"), [5.0, 5.0])

    def test_what_was_announced_is_booked_and_keeps_its_history(self):
        purpose = "<RmtInf><Ustrd>Invoice 1</Ustrd></RmtInf>"
        detail = "<NtryDtls>%s</NtryDtls>" % samples.transaction(end_to_end="INV-1", inside=purpose)
        self.receive(self.statement(self.entry(status="<Cd>PDNG</Cd>", inside=detail), kind="052"), "report.xml")
        announced = self.transactions()
        self.assertEqual((announced.state, announced.posting_state), ("pending", "none"))
        file = self.receive(self.statement(self.entry(inside=detail)))
        self.assertEqual(file.promoted_count, 1)
        self.assertEqual(self.transactions(), announced)
        self.assertEqual((announced.state, announced.posting_state), ("booked", "waiting"))
        self.assertEqual(announced.sighting_ids.kind, "promoted")
        self.assertEqual(announced.sighting_ids.former["state"], "pending")

    def test_a_whole_real_statement_is_read(self):
        self.journal.currency_id = self.env["audit.bank.account"]._currency("EUR")
        self.journal.currency_id.active = True
        file = self.receive((FILES / "camt053.xml").read_bytes())
        self.assertEqual((file.state, file.format), ("imported", "camt.053.001.08"), file.line_ids.mapped("message"))
        self.assertEqual(file.window_ids.agreement, "agrees")
        again = self.receive((FILES / "mt940.sta").read_bytes(), "mt940.sta")
        self.assertEqual(again.state, "imported", again.line_ids.mapped("message"))
        self.assertEqual(again.new_count, again.doubt_count)

    def test_a_preview_is_for_people_with_a_role_and_of_what_is_read_at_once(self):
        content = base64.b64encode(self.statement(self.entry("10.00")))
        stranger = self._user("str")
        values = {"company_id": self.company.id, "content": content, "name": "statement.xml"}
        with self.refused("role in Audit"):
            self.env["audit.bank.import"].with_user(stranger).new(values)._onchange_content()
        wizard = self.env["audit.bank.import"].with_user(self.bookkeeper).new(values)
        wizard._onchange_content()
        self.assertTrue(wizard.sample)
        with patch.object(bank_import, "LONGEST_SHOWN", len(content) - 1):
            wizard._onchange_content()
        self.assertEqual((wizard.sample, wizard.may_import), (False, True))
        self.assertIn("large", wizard.summary)

    def test_a_sample_is_read_for_people_with_a_role(self):
        values = {
            "account_number": "1", "column_booking_date": "Date", "column_amount": "Amount",
            "sample_file": base64.b64encode(b"Date,Amount\n2026-03-31,10.00\n"),
        }  # fmt: skip
        mappings = self.env["audit.bank.mapping"]
        self.assertTrue(mappings.with_user(self.bookkeeper).new(values).sample_preview)
        self.assertFalse(mappings.with_user(self._user("str")).new(values).sample_preview)
