from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..compat import SERIES
from .bank_case import BankCase
from .statement_case import StatementCase

LIST = "list" if SERIES >= 19 else "tree"
BUTTON = ".//button[@name='action_open_audit_trail']"


class TrailMixin:
    """What an accountant finds behind the button of a document."""

    def trail(self, document, user):
        document = document.with_user(user)
        entries = self.env["audit.log.entry"].with_user(user)
        found = entries.search(document.action_open_audit_trail()["params"]["domain"])
        self.assertEqual(document.audit_entry_count, len(found))
        return found

    def has_button(self, model, user, mode="form"):
        arch = self.env[model].with_user(user).get_view(view_type=mode)["arch"]
        return etree.fromstring(arch).find(BUTTON) is not None


@tagged("post_install", "-at_install")
class TestBankTrail(BankCase, TrailMixin):
    """The audit trail of what banks told, and of the statements in the books."""

    def setUp(self):
        super().setUp()
        self.receive(self.statement(self.entry("10.00")))
        self.transaction = self.transactions()
        self.transaction.with_user(self.bookkeeper).action_confirm()
        self.in_books = self.transaction.statement_line_id.statement_id

    def test_a_bank_transaction_opens_what_was_told_of_it(self):
        self.assertEqual(self.trail(self.transaction, self.bookkeeper).mapped("kind"), ["event.written"])
        self.assertTrue(self.has_button("audit.bank.transaction", self.bookkeeper))

    def test_a_statement_opens_how_it_came_and_its_files_those_that_are_gone_included(self):
        values = {"name": "March.pdf", "raw": b"x", "res_model": self.in_books._name, "res_id": self.in_books.id}
        self.env["ir.attachment"].create(values).unlink()
        self.env["audit.bank.window"].search([("statement_id", "=", self.in_books.id)])._log("bank.window_fetched")
        told = [(one.res_model, one.kind) for one in self.trail(self.in_books, self.bookkeeper)]
        self.assertEqual(told.count(("ir.attachment", "event.written")), 2)
        self.assertIn(("audit.bank.window", "bank.window_fetched"), told)
        self.assertIn(("audit.bank.file", "bank.file_imported"), told)
        for mode in ("form", LIST):
            self.assertTrue(self.has_button(self.in_books._name, self.bookkeeper, mode), mode)

    def test_statements_are_there_without_a_role_in_audit_but_not_their_trail(self):
        clerk = self._user("clerk", "account.group_account_user")
        self.assertFalse(self.has_button(self.in_books._name, clerk))
        self.assertEqual(self.in_books.with_user(clerk).read(["name"])[0]["name"], self.in_books.name)
        with self.refused("people with a role in Audit", AccessError):
            self.in_books.with_user(clerk).action_open_audit_trail()

    def test_the_trail_of_a_statement_is_closed_to_another_company(self):
        other = self.env["res.company"].create({"name": "Other company"})
        roles = ("audit_connector_base.group_audit_user", "account.group_account_user")
        stranger = self._user("str", *roles, company=other)
        with self.refused("", AccessError):
            self.in_books.with_user(stranger).action_open_audit_trail()


@tagged("post_install", "-at_install")
class TestConfirmationTrail(StatementCase, TrailMixin):
    def test_a_confirmation_opens_its_steps(self):
        confirmations = self.env["audit.bank.confirmation"].with_user(self.preparer)
        confirmation = confirmations.create({"bank_id": self.bank.id, "date": "2026-10-31"})
        self.assertEqual(self.trail(confirmation, self.preparer).mapped("kind"), ["bank_confirmation.prepared"])
        self.assertTrue(self.has_button("audit.bank.confirmation", self.preparer))
