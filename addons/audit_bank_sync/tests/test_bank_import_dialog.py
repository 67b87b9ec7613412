import base64

from odoo.tests import Form, tagged

from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankImportDialog(BankCase):
    """The dialog as a browser fills it in: what cannot be edited does not come back with it."""

    def chosen(self, data):
        """The dialog with a file, saved as by its button."""
        dialog = Form(self.env["audit.bank.import"].with_user(self.bookkeeper))
        dialog.content = base64.b64encode(data)
        return dialog

    def test_the_second_statement_of_an_account_is_imported_as_the_first_was(self):
        for number, day, opening in (("7", "2026-03-31", "100.00"), ("8", "2026-04-30", "110.00")):
            closing = "%.2f" % (float(opening) + 10)
            data = self.statement(
                self.entry("10.00", day=day), opening=opening, closing=closing, number=number, day=day
            )
            self.chosen(data).save().action_import()
        self.assertEqual(len(self.account), 1)
        self.assertEqual(self.transactions().mapped("amount"), [10.0, 10.0])

    def test_an_empty_file_is_named_as_such_until_another_is_chosen(self):
        dialog = self.env["audit.bank.import"].with_user(self.bookkeeper).new({})
        for name, content, said in (
            (False, False, False),
            ("march.sta", False, "“march.sta” is empty"),
            ("april.xml", base64.b64encode(self.statement(self.entry("10.00"))), False),
            ("march.sta", False, "“march.sta” is empty"),
        ):
            dialog.update({"name": name, "content": content})
            dialog._onchange_content()
            self.assertIn(said or "", dialog.obstacle or "")
            self.assertEqual(bool(dialog.obstacle), bool(said))
            self.assertEqual(dialog.may_import, bool(content))

    def test_an_account_of_no_journal_is_asked_about_and_goes_to_the_journal_chosen(self):
        self.journal.bank_account_id = False
        dialog = self.chosen(self.statement(self.entry("10.00")))
        self.assertTrue(dialog.unlinked)
        with dialog.account_ids.edit(0) as line:
            line.journal_id = self.journal
        self.assertFalse(dialog.unlinked)
        dialog.save().action_import()
        self.assertEqual(self.transactions().account_id, self.account)

    def test_the_preview_names_a_day_to_come_as_the_report_does(self):
        data = self.statement(self.entry("10.00", day="2097-01-31"))
        dialog = self.chosen(data)
        file = self.receive(data)
        self.assertIn("2097-01-31, a day to come", dialog.remarks)
        self.assertIn("2097-01-31, a day to come", " ".join(file.line_ids.mapped("message")))

    def test_a_statement_of_an_account_that_was_archived_is_kept_and_says_so(self):
        self.receive(self.statement(self.entry("10.00")))
        self.account.active = False
        dialog = self.chosen(self.statement(self.entry("5.00"), closing="105.00", number="8"))
        file = self.env["audit.bank.file"].browse(dialog.save().action_import()["res_id"])
        self.assertEqual(file.state, "failed")
        self.assertIn("is archived here", file.line_ids.message)
