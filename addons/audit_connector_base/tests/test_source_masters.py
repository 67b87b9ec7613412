import hashlib
import os

from odoo import Command
from odoo.tests import tagged

from ..compat import SERIES, switch_of_accounts
from ..models.contract.registry import published
from .source_common import SourceCase

IBAN = "DE02120300000000202051"
CHANGED = "supplier.bank_details_changed"


@tagged("post_install", "-at_install")
class TestSourceMasters(SourceCase):
    """Suppliers, files, lock dates and accounts: each thing that happens to them is said once."""

    def test_a_supplier_that_is_entered_with_its_bank_account_is_told_of_once(self):
        with self.said("supplier.created") as heard:
            supplier = self._supplier(
                country_id=self.env.ref("base.de").id, bank_ids=[Command.create({"acc_number": IBAN})]
            )
        _code, document, payload = heard[0]
        self.assertEqual(document, supplier)
        self.assertEqual([account["number"] for account in payload["bank_accounts"]], [IBAN])
        self.assertEqual(payload["address"]["country"], "DE")
        self.assertIsNone(payload["vat"])

    def test_a_partner_becomes_a_supplier_by_the_first_bill(self):
        with self.said():
            partner = self.env["res.partner"].create(
                {"name": "Newcomer", "bank_ids": [Command.create({"acc_number": "1"})]}
            )
            partner.bank_ids.acc_number = "12"
        bill = self._invoice("in_invoice", partner_id=partner.id)
        with self.said("supplier.created", "invoice.posted") as heard:
            bill.action_post()
        self.assertEqual(heard[0][1], partner)
        with self.said("invoice.posted"):
            self._invoice("in_invoice", partner_id=partner.id, post=True)

    def test_a_customer_is_no_supplier(self):
        with self.said("invoice.posted"):
            self._invoice(post=True)
        with self.said():
            self.partner.vat = False
            self.env["res.partner.bank"].create({"partner_id": self.partner.id, "acc_number": IBAN})

    def test_what_platforms_compare_is_told_of_when_it_changes(self):
        supplier = self._supplier()
        with self.said("supplier.updated") as heard:
            supplier.write({"name": "Kabelwerk SE", "city": "Kiel", "comment": "…"})
        self.assertEqual(heard[0][2]["name"], "Kabelwerk SE")
        with self.said():
            supplier.write({"name": "Kabelwerk SE", "comment": "Still"})
        with self.said("supplier.updated") as heard:
            supplier.active = False
        self.assertIs(heard[0][2]["active"], False)

    def test_every_change_of_a_bank_account_is_told_of(self):
        supplier = self._supplier()
        with self.said(CHANGED) as heard:
            account = self.env["res.partner.bank"].create({"partner_id": supplier.id, "acc_number": IBAN})
        self.assertEqual(heard[0][2]["bank_accounts"][0]["type"], "other")
        with self.said(CHANGED) as heard:
            account.acc_number = "DE 0212 0300 0000 0020 2052"
        self.assertEqual(heard[0][2]["bank_accounts"][0]["number"], "DE02120300000000202052")
        with self.said(CHANGED):
            account.allow_out_payment = True
        with self.said():
            account.write({"allow_out_payment": True, "sequence": 3})
        with self.said(CHANGED) as heard:
            account.active = False
        self.assertEqual(heard[0][2]["bank_accounts"], [])
        account.active = True
        account.allow_out_payment = False
        with self.said(CHANGED) as heard:
            account.unlink()
        self.assertEqual(heard[0][2]["bank_accounts"], [])

    def test_bank_accounts_of_contacts_belong_to_the_supplier(self):
        supplier = self._supplier()
        with self.said(CHANGED) as heard:
            contact = self.env["res.partner"].create(
                {"name": "Cashier", "parent_id": supplier.id, "bank_ids": [Command.create({"acc_number": IBAN})]}
            )
        self.assertEqual(heard[0][1], supplier)
        other = self._supplier(name="Other AG")
        with self.said(CHANGED, CHANGED) as heard:
            contact.bank_ids.partner_id = other
        self.assertEqual({document for _c, document, _p in heard}, {supplier, other})

    def test_a_shared_supplier_is_told_of_to_every_company_that_has_a_bill_from_it(self):
        second = self.env["res.company"].with_context(chart_template_load=True).create({"name": "Second Ltd"})
        self.env.user.company_ids += second
        self._load_chart(second)
        supplier = self._supplier()
        self._invoice("in_invoice", partner_id=supplier.id, company_id=second.id)
        with self.said("supplier.updated", "supplier.updated") as heard:
            supplier.name = "Renamed AG"
        self.assertEqual({payload["company"]["name"] for _c, _d, payload in heard}, {self.company.name, "Second Ltd"})
        events = self.env["audit.event"].search([("type", "=", "supplier.updated"), ("res_id", "=", supplier.id)])
        self.assertEqual(events.company_id, self.company + second)

    def test_a_file_is_told_of_by_its_hash_and_never_by_its_content(self):
        invoice = self._invoice()
        with self.said("attachment.added") as heard:
            attachment = self._file(invoice, raw=b"delivery note 4711")
        _code, document, payload = heard[0]
        self.assertEqual(document, attachment)
        self.assertEqual(payload["sha256"], hashlib.sha256(b"delivery note 4711").hexdigest())
        self.assertEqual((payload["size"], payload["content"]), (18, "present"))
        self.assertEqual(payload["document"]["id"], "account.move/%d" % invoice.id)
        self.assertNotIn("4711", str(payload))

    def test_a_file_is_told_of_when_it_comes_to_a_document_later(self):
        invoice = self._invoice()
        with self.said():
            loose = self.env["ir.attachment"].create({"name": "loose.txt", "raw": b"x", "res_model": "account.move"})
            self._file(self.partner)
        with self.said("attachment.added"):
            loose.res_id = invoice.id
        with self.said():
            loose.write({"res_id": invoice.id, "name": "renamed.txt"})
        with self.said("attachment.replaced") as heard:
            loose.raw = b"other"
        self.assertEqual(heard[0][2]["sha256"], hashlib.sha256(b"other").hexdigest())
        with self.said():
            loose.raw = b"other"
        with self.said("attachment.removed", "attachment.added") as heard:
            loose.res_id = self._invoice().id
        self.assertEqual(heard[0][2]["document"]["id"], "account.move/%d" % invoice.id)
        with self.said("attachment.removed"):
            loose.unlink()

    def test_a_file_that_the_store_has_lost_or_changed_is_told_of_as_such(self):
        attachment = self._file(self._invoice(), raw=b"soon to be lost " + os.urandom(8).hex().encode())
        path = attachment._full_path(attachment.store_fname)
        record = self.env["audit.event"]._record
        with open(path, "wb") as stored:
            stored.write(b"forged")
        with self.said("attachment.added") as heard:
            record("attachment.added", attachment)
        self.assertEqual(heard[0][2]["content"], "damaged")
        os.unlink(path)
        with self.said("attachment.added") as heard:
            with self.assertLogs("odoo.addons.base.models.ir_attachment"):
                record("attachment.added", attachment)
        self.assertEqual((heard[0][2]["content"], heard[0][2]["sha256"]), ("missing", None))

    def test_a_link_has_no_content(self):
        invoice = self._invoice()
        with self.said("attachment.added") as heard:
            self._file(invoice, raw=False, type="url", url="https://archive.example/1")
        self.assertEqual((heard[0][2]["content"], heard[0][2]["url"]), ("link", "https://archive.example/1"))

    def test_files_belong_to_the_company_of_their_document(self):
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        invoice = self._invoice()
        with self.said("attachment.added") as heard:
            self._file(invoice, company_id=other.id)
        self.assertEqual(heard[0][2]["company"]["id"], "res.company/%d" % self.company.id)

    def test_closing_and_reopening_a_period(self):
        with self.said("period.closed") as heard:
            self.company.fiscalyear_lock_date = "2020-12-31"
        _code, document, payload = heard[0]
        self.assertEqual(document, self.company)
        change = {"lock": "fiscal_year", "before": None, "after": "2020-12-31", "exception": None}
        self.assertEqual(payload["change"], change)
        self.assertEqual(payload["locks"]["fiscal_year"], "2020-12-31")
        with self.said():
            self.company.write({"fiscalyear_lock_date": "2020-12-31", "name": "Same"})
        with self.said("period.closed"):
            self.company.fiscalyear_lock_date = "2021-12-31"
        with self.said("period.reopened"):
            self.company.fiscalyear_lock_date = "2020-12-31"
        with self.said("period.reopened") as heard:
            self.company.fiscalyear_lock_date = False
        self.assertEqual((heard[0][2]["change"]["before"], heard[0][2]["change"]["after"]), ("2020-12-31", None))

    def test_other_lock_dates_lock_journals(self):
        field, lock = ("sale_lock_date", "sales") if SERIES >= 19 else ("period_lock_date", "non_advisers")
        with self.said("period.closed", "journal.locked") as heard:
            self.company.write({"tax_lock_date": "2020-12-31", "fiscalyear_lock_date": "2020-12-31"})
        self.assertEqual(heard[1][2]["change"]["lock"], "tax")
        with self.said("journal.locked") as heard:
            self.company[field] = "2020-11-30"
        self.assertEqual(heard[0][2]["change"]["lock"], lock)
        with self.said("journal.unlocked"):
            self.company[field] = False

    def test_exceptions_to_a_lock_open_a_period_and_close_it_again(self):
        """Only 19.0 has exceptions; on 17.0 there must be no trace of them."""
        if SERIES < 19:
            self.assertNotIn("account.lock_exception", self.env)
            return
        self.company.fiscalyear_lock_date = "2020-12-31"
        with self.said("period.reopened") as heard:
            exception = self.env["account.lock_exception"].create(
                {
                    "company_id": self.company.id,
                    "user_id": False,
                    "fiscalyear_lock_date": "2020-06-30",
                    "reason": "Late bill",
                }
            )
        change = heard[0][2]["change"]
        self.assertEqual((change["before"], change["after"]), ("2020-12-31", "2020-06-30"))
        self.assertEqual((change["exception"]["reason"], change["exception"]["person"]), ("Late bill", None))
        with self.said("period.closed"):
            self.company.fiscalyear_lock_date = "2021-01-31"
        exception = self.env["account.lock_exception"].search([("company_id", "=", self.company.id)])
        with self.said("period.closed") as heard:
            exception.action_revoke()
        self.assertIs(heard[0][2]["change"]["exception"]["active"], False)

    def test_an_account_is_told_of_when_it_is_opened_and_changed(self):
        with self.said("account.created") as heard:
            account = self.env["account.account"].create(
                {"code": "699123", "name": "Travel", "account_type": "expense"}
            )
        self.assertEqual((heard[0][2]["code"], heard[0][2]["active"]), ("699123", True))
        with self.said("account.changed"):
            account.name = "Travelling"
        with self.said():
            account.write({"name": "Travelling", "note": "…"})
        with self.said("account.changed") as heard:
            account[switch_of_accounts()] = SERIES < 19
        self.assertIs(heard[0][2]["active"], False)

    def test_events_of_other_addons_are_recorded_with_messages_that_they_bring(self):
        code = "audit_request.completed"
        with self.said(code) as heard:
            self.env["audit.event"]._record(code, self.partner, [self._example("audit_case")])
        self.assertEqual(heard[0][1], self.partner)

    def test_event_types_know_their_documents(self):
        kinds = self.env["audit.event.type"].search([])
        found = {kind.code: kind.document_model for kind in kinds if kind.document_model}
        self.assertEqual(found["payment.posted"], "account.payment")
        self.assertEqual(found["period.closed"], "res.company")
        self.assertNotIn("control_result.recorded", found)
        self.assertFalse(kinds.filtered(lambda kind: not kind.category or not kind.description))

    def _file(self, document, raw=b"content", **values):
        return self.env["ir.attachment"].create(
            {"name": "note.txt", "raw": raw, "res_model": document._name, "res_id": document.id, **values}
        )

    def _example(self, entity):
        return published().schema(entity, 1)["examples"][0]
