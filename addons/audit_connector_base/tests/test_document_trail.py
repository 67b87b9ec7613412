from odoo.tests import tagged

from ..models.document_trail import FILES_TOLD_OF
from .source_common import SourceCase


@tagged("post_install", "-at_install")
class TestDocumentTrail(SourceCase):
    def _trail(self, document):
        document = document.with_user(self.accountant)
        action = document.action_open_audit_trail()
        entries = self.env["audit.log.entry"].with_user(self.accountant).search(action["params"]["domain"])
        self.assertEqual(document.audit_entry_count, len(entries))
        return entries

    def _file(self, document):
        return self.env["ir.attachment"].create(
            {"name": "Note.pdf", "raw": b"x", "res_model": document._name, "res_id": document.id}
        )

    def test_a_payment_and_its_entry_open_the_same_events(self):
        payment = self._payment(post=True)
        self._file(payment)
        self.assertEqual(self._trail(payment).mapped("summary"), ["Attachment added", "Payment posted"])
        self.assertIn("Payment posted", self._trail(payment.move_id).mapped("summary"))

    def test_a_supplier_opens_what_happened_to_it(self):
        supplier = self._supplier()
        self.env["res.partner.bank"].create({"partner_id": supplier.id, "acc_number": "DE02120300000000202051"})
        trail = self._trail(supplier)
        self.assertEqual(trail.mapped("summary"), ["Supplier bank details changed", "Supplier created"])
        details = trail[0].details
        self.assertIn("…2051", details)
        self.assertNotIn("DE0212", details)

    def test_an_account_and_a_company_open_what_happened_to_them(self):
        account = self.env["account.account"].create({"code": "699127", "name": "Travel", "account_type": "expense"})
        account.name = "Travelling"
        self.assertEqual(self._trail(account).mapped("summary"), ["Account changed", "Account created"])
        self.company.fiscalyear_lock_date = "2020-12-31"
        self.assertIn("Period closed", self._trail(self.company).mapped("summary"))

    def test_the_trail_of_an_invoice_holds_its_files(self):
        invoice = self._invoice(post=True)
        other = self._file(self._invoice())
        file = self._file(invoice)
        trail = self._trail(invoice)
        self.assertEqual(trail.mapped("summary"), ["Attachment added", "Invoice posted"])
        self.assertEqual(trail.mapped("document_name"), [file.name, invoice.display_name])
        self.assertNotIn(other.id, trail.filtered(lambda one: one.res_model == "ir.attachment").mapped("res_id"))

    def test_a_file_that_was_deleted_stays_in_the_trail_of_its_document(self):
        invoice = self._invoice(post=True)
        file = self._file(invoice)
        file.unlink()
        trail = self._trail(invoice)
        self.assertEqual(trail.mapped("summary"), ["Attachment removed", "Attachment added", "Invoice posted"])
        self.assertIn("Note.pdf", trail[0].details)
        self.assertFalse(self._trail(self._invoice()), "it shows in the trail of another document")

    def test_a_file_that_was_moved_stays_in_the_trail_of_both_documents(self):
        invoice, other = self._invoice(), self._invoice()
        file = self._file(invoice)
        file.res_id = other.id
        told = ["Attachment added", "Attachment removed", "Attachment added"]
        for document in (invoice, other):
            self.assertEqual(self._trail(document).mapped("summary"), told)

    def test_files_of_the_past_are_found_by_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("EXPLAIN " + FILES_TOLD_OF, [["account.move,1"]])
        plan = " ".join(line for (line,) in self.env.cr.fetchall())
        self.env.cr.execute("SET LOCAL enable_seqscan = on")
        self.assertIn("audit_event_about_idx", plan)

    def test_counting_takes_as_many_queries_for_many_documents_as_for_one(self):
        invoices = self.env["account.move"].concat(*(self._invoice(post=True) for _n in range(10)))
        for invoice in invoices:
            self._file(invoice)

        def count(moves):
            return moves.mapped("audit_entry_count")

        one = self.queries(count, invoices[0])
        self.assertLessEqual(self.queries(count, invoices), one)

    def test_documents_of_every_kind_are_found_by_their_name(self):
        payment, supplier = self._payment(post=True), self._supplier(name="Kabelwerk Unikat AG")
        file = self._file(self._invoice())
        file.write({"name": "Unikat.pdf", "raw": b"changed"})
        account = self.env["account.account"].create({"code": "699125", "name": "Unikat", "account_type": "expense"})
        self.company.fiscalyear_lock_date = "2020-12-31"
        for name, document in (
            (payment.name, payment),
            ("Kabelwerk Unikat", supplier),
            ("Unikat.pdf", file),
            ("699125", account),
            (self.company.name, self.company),
        ):
            for model in ("audit.event", "audit.log.entry"):
                entries = self.env[model].with_user(self.accountant)
                found = entries.search([("document_name", "ilike", name)])
                with self.subTest(name=name, model=model):
                    self.assertIn((document._name, document.id), [(one.res_model, one.res_id) for one in found])
                    rest = entries.search([("document_name", "not ilike", name)])
                    self.assertFalse(found & rest)
                    self.assertEqual(len(found) + len(rest), entries.search_count([]))

    def test_the_details_of_every_event_are_in_the_words_of_people(self):
        invoice = self._invoice(post=True)
        self._pay(invoice)
        self._entry(post=True)
        self._supplier()
        self._file(invoice)
        self.company.fiscalyear_lock_date = "2020-12-31"
        self.env["account.account"].create({"code": "699126", "name": "Unikat", "account_type": "expense"})
        wanted = {
            "Invoice posted": invoice.name,
            "Payment reconciled": invoice.name,
            "Journal entry posted": "1.00",
            "Supplier created": "Kabelwerk AG",
            "Attachment added": "Note.pdf",
            "Period closed": "2020-12-31",
            "Account created": "699126",
        }
        entries = self.env["audit.log.entry"].search([("kind", "=", "event.written")], limit=20)
        told = {entry.summary: entry.details for entry in entries}
        for summary, fact in wanted.items():
            with self.subTest(summary=summary):
                self.assertIn(fact, told[summary])
                self.assertIn(self.env.user.name, told[summary])
