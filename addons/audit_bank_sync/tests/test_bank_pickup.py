import base64
import hashlib
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.audit_connector_base.adapters import file as file_adapter

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
