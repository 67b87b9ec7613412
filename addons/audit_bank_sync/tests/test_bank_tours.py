from odoo import fields
from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase

# Click the first event of the calendar, and the button of what shows up, until its form is there.
CALENDAR = """
const steps = [".o_calendar_view .fc-event", ".o_cw_popover_edit", ".o_form_view [name='date_from']"];
const looking = setInterval(() => {
    const found = document.querySelector(steps[0]);
    if (found) {
        steps.shift();
        found.click();
        if (!steps.length) {
            clearInterval(looking);
            console.log("test successful");
        }
    }
}, 200);
"""


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

    def test_what_was_fetched_stands_on_a_calendar(self):
        today = fields.Date.today().isoformat()
        self.receive(self.statement(self.entry("10.00", day=today), day=today))
        action = self.env.ref("audit_bank_sync.audit_bank_window_action")
        self.env.flush_all()
        self.browser_js("/web#action=%d&view_type=calendar" % action.id, CALENDAR, login=self.bookkeeper.login)
