import io
import zipfile

from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankBadFiles(BankCase):
    """What cannot be read: a message with its place, nothing taken in, the file kept."""

    def _refused(self, data, code, line=None, name="bad.xml"):
        before = len(self.transactions())
        file = self.receive(data, name)
        self.assertEqual(file.state, "failed")
        found = file.line_ids.filtered(lambda one: one.code == code and one.severity == "error")
        self.assertTrue(found, file.line_ids.mapped(lambda one: (one.code, one.message)))
        if line:
            self.assertEqual(found[0].line, line)
        self.assertEqual(len(self.transactions()), before)
        self.assertFalse(file.window_ids)
        with file._opened() as stream:
            self.assertEqual(stream.read(), data)
        self.assertTrue(self.env["audit.exception"]._about_bank("bank_file", file))
        return file

    def test_a_file_that_was_cut_off(self):
        good = self.statement(*[self.entry("10.00")] * 40)
        self._refused(good[: len(good) * 2 // 3], "truncated")

    def test_a_bomb_of_entities(self):
        prolog = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>"
        self._refused(samples.camt(samples.part(""), prolog=prolog), "doctype")

    def test_another_namespace(self):
        self._refused(samples.camt(samples.part(""), namespace="urn:example:invoice"), "wrong-namespace")

    def test_letters_that_are_not_in_the_encoding(self):
        data = self.statement(self.entry("10.00")).replace(b"M1", b"M\xff1")
        self._refused(data, "encoding-wrong", line=2)

    def test_entries_in_another_currency(self):
        other = samples.entry("5.00", currency="JPY")
        self._refused(self.statement(self.entry("10.00"), other), "currency-mixed")

    def test_a_booking_without_any_day(self):
        data = self.statement(self.entry("10.00"))
        for name in (b"BookgDt", b"ValDt"):
            data = data.replace(b"<%s><Dt>2026-03-31</Dt></%s>" % (name, name), b"")
        self._refused(data, "date-missing")

    def test_an_account_that_is_not_ours(self):
        data = self.statement(self.entry("10.00")).replace(samples.IBAN.encode(), samples.OTHER.encode())
        file = self._refused(data, "account-unknown")
        self.assertIn(samples.OTHER, file.line_ids[0].message)

    def test_an_account_that_is_linked_later_is_read_again(self):
        data = self.statement(self.entry("10.00")).replace(samples.IBAN.encode(), samples.OTHER.encode())
        file = self._refused(data, "account-unknown")
        self.env["audit.bank.account"].create(
            {
                "name": "Savings",
                "number": samples.OTHER,
                "connection_id": file.connection_id.id,
                "currency_id": self.company.currency_id.id,
            }
        )
        file.with_user(self.bookkeeper).action_read_again()
        self.assertEqual((file.state, file.new_count), ("imported", 1))
        self.assertEqual(
            self.env["audit.exception"].search([("res_id", "=", file.id), ("kind", "=", "bank_file")]).state,
            "superseded",
        )

    def test_a_table_without_its_mapping(self):
        self._refused(b"date;amount\n2026-03-31;10,00\n", "format-unknown", name="list.csv")

    def test_an_empty_file(self):
        self._refused(b" \n", "empty")

    def test_a_day_to_come_is_read_and_said(self):
        file = self.receive(self.statement(self.entry("10.00", day="2099-03-31"), day="2099-03-31"))
        self.assertEqual(file.state, "imported")
        self.assertIn("a day to come", "".join(file.line_ids.mapped("message")))
        self.assertEqual(file.line_ids.filtered(lambda one: one.code == "date-in-future").severity, "warning")

    def test_one_bad_statement_keeps_the_good_one_of_the_same_file_out(self):
        good = samples.part(self.entry("10.00"), owner=samples.account(currency=self.currency))
        foreign = samples.part(
            self.entry("20.00"), owner=samples.account(samples.OTHER, currency=self.currency), head="<Id>S2</Id>"
        )
        self._refused(samples.camt(good + foreign), "account-unknown")

    def test_an_archive_is_taken_apart(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a.xml", self.statement(self.entry("10.00")))
            archive.writestr(
                "b.xml", self.statement(self.entry("5.00"), opening="110.00", closing="115.00", number="8")
            )
        members = self.env["audit.bank.file"]._members("both.zip", stream.getvalue())
        self.assertEqual([name for name, _data in members], ["a.xml", "b.xml"])

    def test_a_file_that_is_not_there_as_it_came_is_not_read(self):
        file, _new = self.env["audit.bank.file"]._receive(
            self.company, "march.xml", self.statement(self.entry("10.00"))
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE ir_attachment SET db_datas = 'x', store_fname = NULL WHERE id = %s", [file.attachment_id.id]
        )
        self.env.invalidate_all()
        file._import()
        self.assertEqual((file.state, file.line_ids.code), ("failed", "file-changed"))
        self.assertFalse(self.transactions())

    def test_names_of_files_show_what_they_are(self):
        data = self.statement(self.entry("10.00"))
        file, _new = self.env["audit.bank.file"]._receive(self.company, "../a\\lmx.\u202emarch\n.xml", data)
        self.assertEqual(file.name, "lmx.march.xml")
