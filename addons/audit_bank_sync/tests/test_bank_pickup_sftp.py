from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.sftp_server import PASSWORD, USER, SftpServer

from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBankPickupSftp(BankCase):
    """Files that the bank puts on a real SFTP server."""

    def setUp(self):
        super().setUp()
        self.server = SftpServer()
        self.addCleanup(self.server.close)
        self.connector = self._connector(
            name="Bank server",
            adapter="file",
            signing_secret=False,
            file_place="sftp",
            url=self.server.url,
            allowed_destinations=self.server.host,
            file_user=USER,
            login_secret=PASSWORD,
            collect=True,
            file_pickup_folder="/in",
            file_pickup_pattern="*.xml",
            file_pickup_content="bank_files",
            file_settle_seconds=0,
        )
        action = self.connector.action_file_fetch_host_key()
        self.env[action["res_model"]].browse(action["res_id"]).action_confirm()
        self.connection = self.env["audit.bank.connection"].create(
            {"name": "House bank", "connector_id": self.connector.id}
        )

    def put(self, name, content):
        (self.server.folder / "in" / name).write_bytes(content)

    def pick_up(self):
        with self.second_cursor():
            self.connector._collect()
            self.connector._process_inbound()
        return self.env["audit.bank.file"].search([("company_id", "=", self.company.id)], order="id")

    def test_a_file_is_fetched_kept_read_staged_and_archived_at_the_bank(self):
        content = self.statement(self.entry("10.00"))
        self.put("march.xml", content)
        self.put("readme.txt", b"not for us")
        file = self.pick_up()
        self.assertEqual((file.name, file.state, file.source), ("march.xml", "imported", "pickup"))
        self.assertEqual(file.connection_id, self.connection)
        self.assertEqual(file.attachment_id.raw, content, "kept to the byte")
        transaction = self.transactions()
        self.assertEqual((transaction.amount, transaction.posting_state), (10.0, "waiting"))
        self.assertEqual((file.window_ids.agreement, transaction.window_id), ("agrees", file.window_ids))
        left = sorted(str(path.relative_to(self.server.folder / "in")) for path in self.archived())
        self.assertEqual(self.server.names("in"), ["archive", "readme.txt"])
        self.assertEqual(len(left), 1)
        self.assertIn("march", left[0])
        self.assertEqual(self.archived()[0].read_bytes(), content)

    def archived(self):
        return [path for path in (self.server.folder / "in" / "archive").rglob("*") if path.is_file()]

    def test_the_same_content_under_two_names_is_one_import(self):
        content = self.statement(self.entry("10.00"))
        self.put("march.xml", content)
        self.pick_up()
        self.put("march-copy.xml", content)
        files = self.pick_up()
        self.assertEqual((len(files), files.state), (1, "imported"))
        self.assertEqual(self.transactions().mapped("amount"), [10.0])
        self.assertNotIn("march-copy.xml", self.server.names("in"), "it was taken, too")

    def test_a_server_that_is_down_loses_nothing(self):
        self.put("march.xml", self.statement(self.entry("10.00")))
        self.server.kill()
        self.assertFalse(self.pick_up())
        self.assertTrue(self.connector.collect_trouble)
        self.server.start()
        self.assertEqual(self.pick_up().state, "imported")
        self.assertFalse(self.connector.collect_trouble)
