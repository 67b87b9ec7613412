from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.log import writing
from .common import AuditCase


class Yesterday(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(days=1)


@tagged("post_install", "-at_install")
class TestAuditTrail(AuditCase):
    def test_the_invoice_opens_what_was_recorded_about_it(self):
        platform = self.receiver()
        connector = self._connector(platform, name="Tax archive")
        platform.answers = [503, 503]
        invoice = self._invoice(post=True).with_user(self.accountant)
        other = self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(invoice.audit_entry_count, 2)
        action = invoice.action_open_audit_trail()
        entries = self.env["audit.log.entry"].with_user(self.accountant).search(action["params"]["domain"])
        self.assertEqual(entries.mapped("summary"), ["Not yet delivered to Tax archive: HTTP 503", "Invoice posted"])
        self.assertEqual(entries.mapped("result"), ["waiting", "good"])
        self.assertEqual(entries.mapped("result_text"), ["Waits as the Platform Asked", "Done"])
        self.assertEqual(entries.mapped("actor_name"), ["Automatic delivery", self.env.user.name])
        self.assertEqual(set(entries.mapped("document_name")), {invoice.display_name})
        self.assertNotIn(other.id, entries.mapped("res_id"))

    def test_what_happened_last_stands_first_and_not_what_was_written_last(self):
        today = self._invoice(post=True)
        with patch.object(writing, "datetime", Yesterday):
            yesterday = self._invoice(post=True)
        told = [("kind", "=", "event.written"), ("res_model", "=", "account.move")]
        entries = self.env["audit.log.entry"].search([*told, ("res_id", "in", (today + yesterday).ids)])
        self.assertEqual(entries.mapped("res_id"), [today.id, yesterday.id])

    def test_everything_about_an_invoice_is_found_by_its_number(self):
        self._connector()
        invoice, other = self._invoice(post=True), self._invoice(post=True)
        for model, field in (("audit.log.entry", "res_id"), ("audit.event", "res_id"), ("audit.delivery", "subject")):
            found = self.env[model].with_user(self.accountant).search([("document_name", "ilike", invoice.name)])
            with self.subTest(model=model):
                self.assertTrue(found)
                self.assertNotIn(str(other.id), "".join(map(str, found.mapped(field))).split("/"))
                self.assertEqual(set(found.mapped("document_name")), {invoice.display_name})

    def test_an_entry_tells_accountants_the_facts_and_administrators_the_recorded_content(self):
        self.partner.name = "Hafen <b>kontor</b>"
        invoice = self._invoice(post=True)
        entry = self.env["audit.log.entry"].search([("res_id", "=", invoice.id), ("res_model", "=", "account.move")])
        details = entry.with_user(self.accountant).details
        self.assertIn(invoice.name, details)
        self.assertIn("Hafen &lt;b&gt;kontor", details)
        self.assertNotIn("traceparent", details)
        with self.assertRaises(AccessError):
            entry.with_user(self.accountant).read(["payload_text"])
        self.assertIn(invoice.name, entry.with_user(self.administrator).payload_text)
        event = self.env["audit.event"].search([("res_id", "=", invoice.id), ("res_model", "=", "account.move")])
        with self.assertRaises(AccessError):
            event.with_user(self.accountant).read(["payload_text"])
        self.assertIn(invoice.name, event.with_user(self.administrator).payload_text)

    def test_the_trail_leads_back_to_the_invoice(self):
        invoice = self._invoice(post=True)
        entry = self.env["audit.log.entry"].search([("res_id", "=", invoice.id), ("res_model", "=", "account.move")])
        action = entry.action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("account.move", invoice.id))

    def test_people_without_an_audit_role_keep_using_invoices(self):
        billing = self._user("billing", "account.group_account_invoice")
        invoice = self._invoice().with_user(billing)
        invoice.action_post()
        self.assertEqual(invoice.read(["state"])[0]["state"], "posted")
