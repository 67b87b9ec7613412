from odoo import Command

from odoo.addons.audit_connector_base.tests.common import AuditCase

from ..core.tests import bank_file_samples as samples


class BankCase(AuditCase):
    """A company with a bank journal, and files of its bank in the currency of the company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id.name
        cls.journal = cls.env["account.journal"].create(
            {"name": "Hausbank", "code": "HB", "type": "bank", "bank_acc_number": samples.IBAN}
        )
        cls.bookkeeper = cls._user("bok", "audit_connector_base.group_audit_user", "account.group_account_user")

    def entry(self, amount="10.00", **options):
        return samples.entry(amount, currency=self.currency, **options)

    def statement(self, *entries, opening="100.00", closing="110.00", number="7", day="2026-03-31", kind="053"):
        """The bytes of a camt file with one statement of the journal's account."""
        balances = [("OPBD", opening), ("CLBD", closing)] if kind == "053" else []
        content = "".join(samples.balance(name, amount, day=day, currency=self.currency) for name, amount in balances)
        head = "<Id>S%s</Id><ElctrncSeqNb>%s</ElctrncSeqNb>" % (number, number)
        owner = samples.account(currency=self.currency)
        return samples.camt(samples.part(content + "".join(entries), kind=kind, head=head, owner=owner), kind=kind)

    def receive(self, data, name="statement.xml", **options):
        """Keep and read a file, and return it."""
        file, _new = self.env["audit.bank.file"]._receive(self.company, name, data, **options)
        file._import()
        return file

    def transactions(self, *domain):
        return self.env["audit.bank.transaction"].search([("company_id", "=", self.company.id), *domain], order="id")

    @property
    def account(self):
        return self.env["audit.bank.account"].search([("journal_id", "=", self.journal.id)])


class StandingCase(BankCase):
    """What changes the books and the bank's word, and the comparison of both."""

    def _entry(self, amount, day):
        """An entry by hand on the bank account."""
        own = self.env["account.account"]._check_company_domain(self.company)
        other = self.env["account.account"].search([*own, ("account_type", "=", "expense")], limit=1)
        entry = self.env["account.move"].create(
            {
                "date": day,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance, "name": "By hand"})
                    for account, balance in ((self.journal.default_account_id, amount), (other, -amount))
                ],
            }
        )
        entry.action_post()
        return entry

    def _post(self):
        self.transactions(("posting_state", "=", "waiting"))._post()

    def _april(self, amount="15.00", closing="125.00"):
        """The day after, on which 15.00 came in; another ``closing`` is another opening balance as well."""
        opening = "%.2f" % (float(closing) - float(amount))
        entry = self.entry(amount, day="2026-04-01")
        data = self.statement(entry, opening=opening, closing=closing, number="8", day="2026-04-01")
        return self.receive(data, "april.xml")

    def _watch(self):
        self.env["audit.bank.account"].sudo()._cron_watch_standing()
        return self.env["audit.exception"]._breaks_of(self.account)
