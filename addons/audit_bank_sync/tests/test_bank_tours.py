from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankTours(BankCase, TourCase):
    def test_an_accountant_imports_a_statement_and_posts_it(self):
        self.assertEqual(self.currency, "USD")
        self._tour("audit_bank_import", self.bookkeeper)
        self.assertEqual(self.transactions().mapped("posting_state"), ["posted", "posted"])
        self.assertTrue(self.transactions().statement_line_id.statement_id)

    def test_a_file_that_cannot_be_read_is_kept_with_its_report(self):
        self._tour("audit_bank_bad_file", self.bookkeeper)
        file = self.env["audit.bank.file"].search([("company_id", "=", self.company.id)])
        self.assertEqual((file.name, file.state), ("cut.sta", "failed"))

    def test_an_accountant_decides_what_looks_like_another_one(self):
        for number, reference, text in (("7", "REF-1", "Invoice 1"), ("9", "REF-2", "")):
            purpose = text and "<RmtInf><Ustrd>%s</Ustrd></RmtInf>" % text
            inside = "<AcctSvcrRef>%s</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % (
                reference,
                samples.transaction(end_to_end="INV-1", inside=purpose),
            )
            self.receive(self.statement(self.entry(inside=inside), number=number), "%s.xml" % number)
        self._tour("audit_bank_doubt", self.bookkeeper)
        self.assertEqual(self.transactions().mapped("posting_state"), ["waiting", "merged"])
