from odoo import Command

from odoo.addons.audit_connector_base.tests.common import GROUPS
from odoo.addons.audit_connector_base.tests.source_common import SourceCase

BOOKKEEPER = "account.group_account_user"  # may write bank lines
OTHER_BANK = "DE13100000000000000002"
OUR_BANK = "DE02100000000000000001"


class MatchCase(SourceCase):
    """A company with a bank journal, invoices, and the accounts on which differences are booked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        cls.settings = cls.env["audit.match.settings"]._of_company(cls.company)
        cls.accountant[GROUPS] = [Command.link(cls.env.ref(BOOKKEEPER).id)]
        cls.receivable = cls.partner.property_account_receivable_id
        cls.proposals = cls.env["audit.match.proposal"].with_user(cls.accountant)

    @classmethod
    def line(cls, amount, text="", journal=None, **values):
        """An unmatched bank line."""
        return cls.env["account.bank.statement.line"].create(
            {
                "journal_id": (journal or cls.bank).id,
                "date": "2026-04-15",
                "payment_ref": text,
                "amount": amount,
                **values,
            }
        )

    @classmethod
    def bill_for(cls, amount, move_type="out_invoice", **values):
        """A posted document over exactly this amount, without taxes."""
        line = Command.create({"name": "Service", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]})
        return cls._invoice(move_type, post=True, invoice_line_ids=[line], **values)

    def term(self, invoice):
        return invoice.line_ids.filtered(lambda one: one.account_id == self.receivable)

    def search(self):
        """Look for matches, and return what is meant for each line, as the accountant sees it."""
        self.env["audit.match.run"]._match_now(self.company)
        return self.proposals.search([("state", "=", "open"), ("rank", "=", 0)])

    def of_line(self, line):
        """The one match that is meant for a line, after a search."""
        found = self.search().filtered(lambda one: line in one.statement_line_ids)
        self.assertEqual(len(found), 1, "one proposal is meant for %s" % line.payment_ref)
        return found

    def parts_of(self, proposal):
        return [(part.use, part.amount) for part in proposal.allocation_ids]

    def assertBooked(self, line, *amounts):
        """The entry of a line has its bank amount to the cent, and these counterparts ``(account, amount)``."""
        liquidity, suspense, others = line._seek_for_lines()
        self.assertEqual(liquidity.amount_currency, line.amount)
        self.assertFalse(suspense)
        self.assertTrue(line.is_reconciled)
        found = sorted((item.account_id.id, item.balance) for item in others)
        self.assertEqual(found, sorted((account.id, amount) for account, amount in amounts))

    def kinds_logged(self, move):
        entries = self.env["audit.log.entry"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id), ("kind", "=like", "match.%")], order="id"
        )
        return entries.mapped("kind")

    @classmethod
    def second_bank(cls):
        """Another bank journal of the company; both get account numbers."""
        numbers = cls.env["res.partner.bank"].create(
            [{"acc_number": number, "partner_id": cls.company.partner_id.id} for number in (OUR_BANK, OTHER_BANK)]
        )
        cls.bank.bank_account_id = numbers[0]
        return cls.env["account.journal"].create(
            {"name": "Second bank", "type": "bank", "code": "BNK9", "bank_account_id": numbers[1].id}
        )
