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
