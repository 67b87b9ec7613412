import base64
import hashlib
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.audit_connector_base.adapters import file as file_adapter

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankPickup(BankCase):
    """Files that the bank's program drops into a folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(tempfile.mkdtemp(prefix="audit-bank-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        options = patch.object(file_adapter, "audit_options", lambda: {"folders": str(cls.root)})
        options.start()
        cls.addClassCleanup(options.stop)
        cls.connector = cls._connector(
            name="Bank folder",
            adapter="file",
            signing_secret=False,
            url=False,
            allowed_destinations=False,
            collect=True,
            file_pickup_folder=str(cls.root),
            file_pickup_pattern="*.xml",
            file_pickup_content="bank_files",
            file_settle_seconds=0,
        )
        cls.connection = cls.env["audit.bank.connection"].create(
            {"name": "House bank", "connector_id": cls.connector.id}
        )

    def _pick_up(self):
        with self.second_cursor():
            self.connector._collect()
            self.connector._process_inbound()
        return self.env["audit.bank.file"].search([("company_id", "=", self.company.id)])

    def test_a_file_that_is_dropped_is_read_once_and_archived(self):
        for _time in range(2):
            (self.root / "march.xml").write_bytes(self.statement(self.entry("10.00")))
            file = self._pick_up()
        self.assertEqual((file.name, file.state, file.source), ("march.xml", "imported", "pickup"))
        self.assertEqual(file.connection_id, self.connection)
        self.assertEqual(self.transactions().mapped("amount"), [10.0])
        self.assertFalse((self.root / "march.xml").exists())
        message = self.env["audit.inbound.message"].search([("connector_id", "=", self.connector.id)])
        self.assertEqual((message.state, message.res_id), ("processed", file.id))

    def test_a_file_that_cannot_be_read_is_kept_and_put_before_the_owner(self):
        (self.root / "bad.xml").write_bytes(self.statement(self.entry("10.00"))[:300])
        file = self._pick_up()
        self.assertEqual(file.state, "failed")
        exception = self.env["audit.exception"]._about_bank("bank_file", file)
        self.assertEqual(exception.user_id, self.connection.user_id)

    def test_a_damaged_archive_is_kept_as_any_other_file(self):
        self.connector.file_pickup_pattern = "*.zip"
        (self.root / "march.zip").write_bytes(b"PK\x03\x04 cut off")
        file = self._pick_up()
        self.assertEqual((file.name, file.state, file.line_ids.code), ("march.zip", "failed", "archive-damaged"))
        message = self.env["audit.inbound.message"].search([("connector_id", "=", self.connector.id)])
        self.assertEqual((message.state, message.res_id), ("processed", file.id))

    def test_tables_are_read_by_the_mapping_of_the_bank_and_other_files_beside_them(self):
        mapping = self.env["audit.bank.mapping"].create(
            {
                "name": "Hausbank, CSV",
                "account_number": samples.IBAN,
                "currency_id": self.company.currency_id.id,
                "column_booking_date": "Day",
                "column_amount": "Amount",
            }
        )
        self.connector.file_pickup_pattern = "*.xml, *.csv"
        self.connection.bank_file_mapping_id = mapping
        (self.root / "march.csv").write_bytes(b"Day;Amount\n30.03.2026;10,00\n")
        (self.root / "march.xml").write_bytes(self.statement(self.entry("20.00")))
        table, other = self._pick_up().sorted("name")
        self.assertEqual((table.state, table.mapping_id, table.connector_id), ("imported", mapping, self.connector))
        self.assertEqual((other.state, other.mapping_id), ("imported", mapping.browse()))
        self.assertEqual(sorted(self.transactions().mapped("amount")), [10.0, 20.0])
        self.connection.bank_file_mapping_id = False
        (self.root / "april.csv").write_bytes(b"Day;Amount\n01.04.2026;30,00\n")
        file = self._pick_up() - table - other
        self.assertEqual(file.state, "failed")
        self.connector.file_pickup_mapping_id = mapping
        file.with_user(self.bookkeeper).action_read_again()
        self.assertEqual((file.state, file.new_count), ("imported", 1))

    def test_another_platform_tells_nothing_of_our_bank(self):
        """A file that a connector brings as a message, though nobody said that bank files come from there."""
        content = self.statement(self.entry("10.00"))
        data = {
            "name": "march.xml",
            "content": base64.b64encode(content).decode(),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        handler = self.env["audit.inbound.handler.bank_file"]

        def brought_by(connector):
            values = {"connector_id": connector.id, "company_id": self.company.id}
            return self.env["audit.inbound.message"].new(values)

        with self.refused("No bank files are expected from “Shop”"):
            handler._handle(brought_by(self._connector(name="Shop")), data)
        self.assertFalse(self.env["audit.bank.file"].search([("company_id", "=", self.company.id)]))
        self.connector.file_pickup_content = "messages"
        self.assertTrue(handler._handle(brought_by(self.connector), data).record, "the bank connection names it")
