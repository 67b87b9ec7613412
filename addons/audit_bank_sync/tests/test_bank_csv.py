import base64
import io
import zipfile

from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase

TABLE = b"Day;Amount;Purpose\n31.03.2026;1.010,50;Invoice 7\n31.03.2026;-7,00;Fee\n"


@tagged("post_install", "-at_install")
class TestBankCsv(BankCase):
    """Tables of banks that give nothing better, read by a mapping that was made once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mapping = cls.env["audit.bank.mapping"].create(
            {
                "name": "Hausbank, CSV",
                "account_number": samples.IBAN,
                "currency_id": cls.company.currency_id.id,
                "column_booking_date": "Day",
                "column_amount": "Amount",
                "column_remittance": "Purpose",
            }
        )

    def assertStaged(self, file):
        self.assertEqual((file.state, file.new_count), ("imported", 2), file.line_ids.mapped("message"))
        found = [(str(one.date), one.amount, one.remittance, one.journal_id) for one in self.transactions()]
        self.assertEqual(
            found,
            [("2026-03-31", 1010.5, "Invoice 7", self.journal), ("2026-03-31", -7.0, "Fee", self.journal)],
        )

    def test_a_table_is_imported_by_the_mapping_that_a_person_chose(self):
        wizard = (
            self.env["audit.bank.import"]
            .with_user(self.bookkeeper)
            .create({"name": "list.csv", "content": base64.b64encode(TABLE), "mapping_id": self.mapping.id})
        )
        wizard._onchange_content()
        self.assertIn("entries: 2", wizard.summary)
        file = self.env["audit.bank.file"].browse(wizard.action_import()["res_id"])
        self.assertStaged(file)
        self.assertEqual(file.mapping_id, self.mapping)
        self.transactions().with_user(self.bookkeeper).action_confirm()
        self.assertEqual(self.transactions().statement_line_id.mapped("amount"), [1010.5, -7.0])

    def test_a_table_that_came_before_its_mapping_is_read_again(self):
        file = self.receive(TABLE, "list.csv", source="pickup")
        self.assertEqual((file.state, file.line_ids.code), ("failed", "format-unknown"))
        file.connection_id.bank_file_mapping_id = self.mapping
        file.with_user(self.bookkeeper).action_read_again()
        self.assertStaged(file)

    def test_what_tells_its_format_is_read_by_no_mapping(self):
        file = self.receive(self.statement(self.entry("10.00"))[:300])
        file.connection_id.bank_file_mapping_id = self.mapping
        file.with_user(self.bookkeeper).action_read_again()
        self.assertFalse(file.mapping_id)

    def _packed(self, *names):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as packed:
            for name in names:
                packed.writestr(name, self.statement(self.entry("10.00"), number=name))
        return stream.getvalue()

    def test_an_archive_that_cannot_be_unpacked_is_kept_with_its_report(self):
        whole = self._packed("a.xml", "b.xml")
        for name, data, said in (
            ("cut.zip", whole[: len(whole) // 2], "damaged"),
            ("outside.zip", self._packed("../a.xml"), "leads out"),
        ):
            wizard = self.env["audit.bank.import"].with_user(self.bookkeeper)
            wizard = wizard.create({"name": name, "content": base64.b64encode(data)})
            wizard._onchange_content()
            self.assertIn(said, wizard.obstacle)
            file = self.env["audit.bank.file"].browse(wizard.action_import()["res_id"])
            self.assertEqual((file.name, file.state), (name, "failed"))
            self.assertIn(said, file.line_ids.message)
            with file._opened() as stream:
                self.assertEqual(stream.read(), data)
            self.assertTrue(self.env["audit.exception"]._about_bank("bank_file", file))
            file.with_user(self.bookkeeper).action_read_again()
            self.assertIn(said, file.line_ids.message)
        self.assertFalse(self.transactions())
