import io

from odoo import Command

from odoo.addons.audit_connector_base.tests.common import GROUPS
from odoo.addons.audit_connector_base.tests.source_common import SourceCase

from ..core.bank_files import bank_file
from ..core.tests import bank_file_samples, pain002_samples


class PaymentCase(SourceCase):
    """Payments to a vendor and collections from a customer, and a bank that speaks about them in real files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver", "account.group_account_invoice")
        cls.accountant[GROUPS] = [Command.link(cls.env.ref("account.group_account_invoice").id)]
        cls.currency = cls.company.currency_id.name
        cls.vendor = cls._supplier(name="Papierhaus KG")
        cls.vendor_bank = cls.env["res.partner.bank"].create(
            {"acc_number": "GB29NWBK60161331926819", "partner_id": cls.vendor.id}
        )
        cls.history = cls.env["audit.payment.status"]
        cls.file = cls.env["ir.attachment"].create(
            {"name": "status.xml", "raw": b"-", "company_id": cls.company.id, "res_model": "res.company"}
        )

    @classmethod
    def _transfer(cls, post=True, **values):
        """A payment to the vendor."""
        return cls._payment(
            post=post,
            **{
                "payment_type": "outbound", "partner_type": "supplier", "partner_id": cls.vendor.id,
                "partner_bank_id": cls.vendor_bank.id, **values,
            },
        )  # fmt: skip

    @classmethod
    def _collection(cls):
        """``(invoice, payment)``: an invoice of 100.40 that was collected from the customer."""
        invoice = cls._invoice(post=True, invoice_line_ids=[
            Command.create({"name": "Service", "quantity": 1, "price_unit": 100.40, "tax_ids": [Command.clear()]})
        ])  # fmt: skip
        return invoice, cls._pay(invoice, journal_id=cls.bank.id)

    @classmethod
    def _line(cls, amount, label="Bank line", journal=None):
        """A line of a bank statement in Odoo."""
        return cls.env["account.bank.statement.line"].create(
            {"journal_id": (journal or cls.bank).id, "date": "2026-04-02", "payment_ref": label, "amount": amount}
        )

    def report(self, *payments, **options):
        """Read a pain.002 and put it onto the payments; returns the rows that are new."""
        content = bank_file.read_whole(io.BytesIO(pain002_samples.report(*payments, **options)))
        return self.history._apply_report(self.file, content.report)

    def entries(self, *texts, kind="053"):
        """Read the entries of a camt file."""
        owner = bank_file_samples.account(currency=self.currency)
        part = bank_file_samples.part("".join(texts), kind=kind, owner=owner)
        return bank_file.read_whole(io.BytesIO(bank_file_samples.camt(part, kind=kind))).entries

    def entry(self, end_to_end, amount="100.40", way="DBIT", inside="", kind="053", day="2026-04-01", status="BOOK"):
        """The one entry of a camt file, with one transaction."""
        (found,) = self.entries(
            bank_file_samples.entry(
                amount, way, "<Cd>%s</Cd>" % status, day=day, currency=self.currency,
                inside="<NtryDtls>%s</NtryDtls>" % bank_file_samples.transaction(
                    end_to_end=end_to_end, inside=inside
                ),
            ),
            kind=kind,
        )  # fmt: skip
        return found

    def waiting(self, kind, record=None):
        """What waits for a person: exceptions of a kind, about a record if one is given."""
        domain = [("kind", "=", kind), ("state", "=", "open")]
        if record:
            domain += [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["audit.exception"].search(domain)
