from odoo import Command, fields
from odoo.tests import tagged

from ..compat import memo_field_of_payments
from .source_common import SourceCase

LONG = "Ein sehr langer Text. " * 5000


@tagged("post_install", "-at_install")
class TestSourceMessages(SourceCase):
    """What the messages say keeps its contract for documents as they are in practice, at a constant cost."""

    def _source(self, entity):
        return self.env["audit.source.%s" % entity]

    def test_entries_of_every_shape_keep_the_contract(self):
        krona = self._currency("SEK", 11.3)
        tax = self.env["account.tax"].create({"name": "None", "amount": 0, "type_tax_use": "purchase"})
        entries = self._entry(lines=60, post=True) + self._entry(ref="Accrual", partner_id=self.partner.id)
        foreign = {"account_id": self.expense.id, "currency_id": krona.id, "partner_id": self.partner.id}
        entries += self._entry(
            line_ids=[
                Command.create({**foreign, "amount_currency": 113, "debit": 10, "tax_ids": [Command.set(tax.ids)]}),
                Command.create({**foreign, "amount_currency": -113, "credit": 10}),
            ],
            post=True,
        )
        reversal = entries[0]._reverse_moves([{"date": "2026-04-01"}])
        reversal.action_post()
        payloads = self._source("journal_entry")._payloads(entries + reversal)
        self.assertKeepsContract("journal_entry", payloads)
        self.assertEqual(len(payloads[0]["lines"]), 60)
        self.assertEqual(payloads[0]["total"], "30.00")
        self.assertEqual(payloads[1]["state"], "draft")
        self.assertEqual(payloads[2]["lines"][0]["amount_currency"], "113.00")
        self.assertEqual(payloads[2]["lines"][0]["taxes"][0]["rate"], "0")
        self.assertEqual(payloads[3]["reversal_of"]["number"], entries[0].name)

    def test_payments_of_every_shape_keep_the_contract(self):
        krona = self._currency("SEK", 11.3)
        supplier = self._supplier(bank_ids=[Command.create({"acc_number": "SE45 5000 0000 0583 9825 7466"})])
        payments = self._payment() + self._payment(post=True, count=5)
        payments += self._payment(partner_id=False, post=True)
        payments += self._payment(
            currency_id=krona.id,
            partner_id=supplier.id,
            payment_type="outbound",
            partner_type="supplier",
            partner_bank_id=supplier.bank_ids.id,
            post=True,
        )
        payloads = self._source("payment")._payloads(payments)
        self.assertKeepsContract("payment", payloads)
        self.assertIsNone(payloads[6]["partner"])
        last = payloads[-1]
        self.assertEqual((last["currency"], last["amount"], last["company_amount_signed"]), ("SEK", "100.40", "-8.88"))
        self.assertEqual(last["partner_bank_account"]["number"], "SE4550000000058398257466")

    def test_bills_without_a_partner_or_tax_number_keep_the_contract(self):
        nobody = self._invoice("in_receipt", partner_id=False)
        plain = self._invoice("in_invoice", partner_id=self._supplier().id)
        exempt = self._invoice()
        exempt.invoice_line_ids.tax_ids = self.env["account.tax"].create({"name": "Exempt", "amount": 0})
        payloads = self._source("invoice")._payloads(nobody + plain + exempt)
        self.assertKeepsContract("invoice", payloads)
        self.assertIsNone(payloads[0]["partner"])
        self.assertIsNone(payloads[1]["partner"]["vat"])
        self.assertEqual(payloads[2]["taxes"][0]["amount"], "0.00")

    def test_texts_longer_than_the_contract_are_cut_with_a_sign(self):
        supplier = self._supplier(name=LONG, vat=False, ref=LONG, street=LONG, email=LONG, phone=LONG, zip=LONG)
        bill = self._invoice("in_invoice", partner_id=supplier.id, ref=LONG, payment_reference=LONG)
        bill.invoice_line_ids.name = LONG
        bill.action_post()
        entry = self._entry(ref=LONG, partner_id=supplier.id)
        entry.line_ids.name = LONG
        payment = self._payment(partner_id=supplier.id, **{memo_field_of_payments(): LONG}, post=True)
        said = {
            "supplier": self._source("supplier")._payloads(supplier),
            "invoice": self._source("invoice")._payloads(bill),
            "journal_entry": self._source("journal_entry")._payloads(entry),
            "payment": self._source("payment")._payloads(payment),
        }
        for entity, payloads in said.items():
            with self.subTest(entity=entity):
                self.assertKeepsContract(entity, payloads)
        description = said["invoice"][0]["lines"][0]["description"]
        self.assertEqual((len(description), description[-1]), (65536, "…"))
        self.assertEqual(description[:-1], LONG[:65535])
        self.assertEqual(len(said["invoice"][0]["reference"]), 2048)

    def test_messages_take_as_many_queries_for_fifty_documents_as_for_one_of_each_shape(self):
        suppliers = self.env["res.partner"].concat(
            *(self._supplier(name="S%d" % n, bank_ids=[Command.create({"acc_number": "%d" % n})]) for n in range(50))
        )
        invoices = self.env["account.move"].concat(
            *(self._invoice(partner_id=supplier.id, lines=1 + n % 3) for n, supplier in enumerate(suppliers))
        )
        entries = self.env["account.move"].concat(
            *(self._entry(lines=2 + 2 * (n % 2), partner_id=supplier.id) for n, supplier in enumerate(suppliers))
        )
        (invoices + entries).action_post()
        payments = self.env["account.payment"].concat(
            *(
                self._payment(partner_id=supplier.id, partner_bank_id=supplier.bank_ids.id)
                for supplier in suppliers[:25]
            )
        )
        payments.action_post()
        payments += self.env["account.payment"].concat(*(self._pay(invoice) for invoice in invoices[:25]))
        files = self.env["ir.attachment"].create(
            [{"name": "f", "raw": b"f", "res_model": "account.move", "res_id": move.id} for move in invoices]
        )
        accounts = self.env["account.account"].search(
            self.env["account.account"]._check_company_domain(self.company), limit=50
        )
        for entity, documents in (
            ("supplier", suppliers),
            ("invoice", invoices),
            ("journal_entry", entries),
            ("payment", payments),
            ("attachment", files),
            ("account", accounts),
        ):
            with self.subTest(entity=entity):
                read = self._source(entity)._payloads
                few = self.queries(read, documents[0] + documents[-1])
                self.assertLessEqual(self.queries(read, documents), few)

    def test_the_ids_of_others_are_part_of_the_message(self):
        connector = self._connector(name="Tax archive")
        invoice = self._invoice(post=True)
        for document, outside in ((invoice, "INV-7781"), (self.partner, "C-12")):
            self.env["audit.external.id"].create(
                {
                    "connector_id": connector.id,
                    "res_model": document._name,
                    "res_id": document.id,
                    "outside_id": outside,
                }
            )
        payload = self._source("invoice")._payloads(invoice)[0]
        self.assertEqual(payload["external_ids"], [{"system": "Tax archive", "id": "INV-7781"}])
        self.assertEqual(payload["partner"]["external_ids"], [{"system": "Tax archive", "id": "C-12"}])
        self.assertKeepsContract("invoice", [payload])

    def test_a_back_fill_finds_what_would_have_been_told_of(self):
        first, last = fields.Date.to_date("2026-03-01"), fields.Date.to_date("2026-03-31")
        posted, draft, early = self._invoice(post=True), self._invoice(), self._invoice(invoice_date="2026-02-01")
        early.action_post()
        entry, payment = self._entry(post=True), self._payment(post=True)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        wanted = {
            "invoice.posted": posted,
            "journal_entry.posted": entry,
            "payment.posted": payment,
        }
        for code, document in wanted.items():
            source = self.env["audit.event.type"]._source(code)
            domain = source._backfill_domain(code, first, last, self.company)
            found = self.env[source._document_model].search(domain)
            with self.subTest(code=code):
                self.assertIn(document, found)
                self.assertNotIn(draft.id if code == "invoice.posted" else 0, found.ids)
                self.assertNotIn(early.id if code == "invoice.posted" else 0, found.ids)
                self.assertNotIn(payment.move_id.id if code == "journal_entry.posted" else 0, found.ids)
                self.assertFalse(
                    self.env[source._document_model].search(source._backfill_domain(code, first, last, elsewhere))
                )

    def test_a_back_fill_of_masters_goes_by_the_day_on_which_they_were_entered(self):
        supplier = self._supplier()
        file = self.env["ir.attachment"].create(
            {"name": "f", "raw": b"f", "res_model": "account.move", "res_id": self._invoice().id}
        )
        account = self.env["account.account"].create({"code": "699124", "name": "X", "account_type": "expense"})
        today = fields.Date.today()
        for code, document in (
            ("supplier.created", supplier),
            ("attachment.added", file),
            ("account.created", account),
        ):
            source = self.env["audit.event.type"]._source(code)
            domain = source._backfill_domain(code, today, today, self.company)
            yesterday = fields.Date.subtract(today, days=1)
            with self.subTest(code=code):
                self.assertIn(document, document.search(domain))
                domain = source._backfill_domain(code, yesterday, yesterday, self.company)
                self.assertNotIn(document, document.search(domain))

    def test_what_nobody_can_date_is_not_told_of_again(self):
        for kind in self.env["audit.event.type"].search([]):
            source = self.env["audit.event.type"]._source(kind.code)
            if source is not None and kind.code.endswith(("reset_to_draft", "unreconciled", "removed", "locked")):
                day = fields.Date.today()
                with self.subTest(code=kind.code):
                    self.assertIsNone(source._backfill_domain(kind.code, day, day, self.company))

    def test_every_source_has_a_name_for_people(self):
        for source in self.env["audit.source"]._members():
            self.assertTrue(source._label())
            self.assertNotIn("Audit Source", source._label())
