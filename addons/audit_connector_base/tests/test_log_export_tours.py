import io
import zipfile

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..core import checkpoint, proof_file
from .log_case import LogCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestLogExportTours(LogCase, TourCase, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"name": "Hafenkontor Log", "email": "office@example.com"})

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(post=True)
        self.seal()

    def test_an_accountant_exports_the_log(self):
        self._tour("audit_export_a_log", self.accountant)
        made = self.env["audit.log.export"].search([("log_id", "=", self.log.id)])
        self.assertEqual((made.state, made.held_sizes, made.exported_by_id), ("ready", "3", self.accountant))
        self.addCleanup(made._path().unlink)
        self.authenticate(self.accountant.login, self.accountant.login)
        content = self.url_open("/audit/log/export/%d" % made.id).content
        self.assertIn("audit-export/log-1/entries.jsonl", zipfile.ZipFile(io.BytesIO(content)).namelist())

    def test_an_accountant_finds_the_proof_of_an_entry(self):
        self._tour("audit_prove_an_entry", self.accountant)
        entry = self.env["audit.log.entry"].search([("res_id", "=", self.invoice.id), ("kind", "=", "event.written")])
        self.authenticate(self.accountant.login, self.accountant.login)
        response = self.url_open("/audit/log/proof/%d" % entry.id)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        proof = proof_file.parse(response.content)
        self.assertTrue(proof.verify([checkpoint.parse_key(self.log.verifier_key)]))
        self.assertIn(entry.uuid.encode(), proof.entry)

    def test_an_administrator_has_the_first_note_sent_to_an_outsider(self):
        with self.mock_mail_gateway():
            self._tour("audit_first_holder_of_notes", self.administrator)
        holder = self.env["audit.log.anchor.target"].search([("name", "=", "Our auditor")])
        self.assertEqual(holder.anchor_ids.checkpoint_id.log_id, self.log)

    def test_an_administrator_asks_for_another_holder_and_an_approver_confirms(self):
        holder = self.env["audit.log.anchor.target"].create({"name": "Our auditor", "addresses": "auditor@example.com"})
        with self.second_cursor(), self.mock_mail_gateway():
            holder._hand_over()
        approver = self._user("app", "audit_connector_base.group_audit_approver")
        self._tour("audit_ask_to_change_a_holder", self.administrator)
        self.assertEqual(holder.addresses, "auditor@example.com")
        with self.mock_mail_gateway():
            self._tour("audit_confirm_a_change_of_a_holder", approver)
        self.assertEqual(holder.addresses, "firm@example.org")
