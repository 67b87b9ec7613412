from datetime import timedelta

from psycopg2.sql import SQL

from odoo import Command, fields
from odoo.tests import tagged

from .completeness_case import GapCase
from .contract_case import APPROVER, TEXT, ContractCase

FORGED = "UPDATE audit_api_client SET state = 'active', approved_by_id = %s, approved_at = {at} WHERE id = %s"


@tagged("post_install", "-at_install")
class TestLogCompletenessApprovals(GapCase):
    """Whoever writes an approval into the database writes its columns as they like; what the log says, they do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", APPROVER)

    def _client(self):
        client = self.env["audit.api.client"].with_user(self.administrator).create(
            {
                "name": "Analytics",
                "purpose": "Yearly audit",
                "expires_on": fields.Date.today() + timedelta(days=30),
                "scope_ids": [Command.create({"entity": "invoice", "verb": "read"})],
            }
        )  # fmt: skip
        client.action_request()
        return client

    def _approve(self, record, action="approve", button="action_approve"):
        getattr(self.confirmed(record.with_user(self.approver), action), button)()
        self.env.flush_all()

    def _titles(self):
        return " ".join(self._look().mapped("title"))

    def test_what_people_approved_is_no_gap_however_long_ago(self):
        client = self._client()
        self._approve(client)
        client.with_user(self.administrator).action_change()
        client.action_request()
        self._approve(client)
        client.with_user(self.approver).action_suspend()
        self.env.flush_all()
        approved = "UPDATE audit_api_client SET approved_at = approved_at - interval '40 days' WHERE id = %s"
        self.tamper("audit_api_client", approved, client.id)
        said = "UPDATE audit_log_entry SET time = time - interval '40 days' WHERE res_model = %s AND res_id = %s"
        self.tamper("audit_log_entry", said, client._name, client.id)
        self.assertFalse(self._look())
        self._forget("kind = 'identity.confirmed' AND res_model = 'audit.api.client' AND res_id = %s", client.id)
        self.assertIn("Approvals", self._titles())

    def test_a_request_does_not_cover_an_approval_past_odoo_whenever_it_is_said_to_be(self):
        for at in ("now()", "now() - interval '4 days'", "now() + interval '4 years'", "NULL"):
            with self._undone(at=at):
                client = self._client()
                self.env.flush_all()
                self.tamper("audit_api_client", FORGED.format(at=at), self.approver.id, client.id)
                self.assertIn("Approvals", self._titles())

    def test_a_client_that_is_active_without_naming_an_approver_is_found(self):
        client = self._client()
        self.tamper("audit_api_client", "UPDATE audit_api_client SET state = 'active' WHERE id = %s", client.id)
        self.assertIn("Approvals", self._titles())

    def test_what_the_approver_confirmed_for_another_purpose_covers_no_approval(self):
        """A new secret asks for the password as well."""
        client = self._client()
        self.confirmed(client.with_user(self.approver), "rotate")._require_reauthentication("rotate")
        self.tamper("audit_api_client", FORGED.format(at="now()"), self.approver.id, client.id)
        self.assertIn("Approvals", self._titles())

    def test_an_approval_that_was_taken_back_covers_nothing_later(self):
        client = self._client()
        self._approve(client)
        approved_at = client.approved_at
        client.with_user(self.administrator).action_change()
        client.purpose = "Anything"
        self.assertFalse(self._look())
        self.env.flush_all()
        self.tamper("audit_api_client", FORGED.format(at="%s"), self.approver.id, approved_at, client.id)
        self.assertIn("Approvals", self._titles())

    def test_an_approval_in_the_name_of_another_is_found(self):
        client = self._client()
        self._approve(client)
        other = self._user("app2", APPROVER)
        self.tamper("audit_api_client", "UPDATE audit_api_client SET approved_by_id = %s WHERE id = %s",
                    other.id, client.id)  # fmt: skip
        self.assertIn("Approvals", self._titles())

    def test_taking_an_approval_back_is_recorded(self):
        client = self._client()
        self._approve(client)
        client.with_user(self.administrator).action_change()
        entry = self.env["audit.log.entry"].search([("kind", "=", "identity.withdrawn")], limit=1)
        self.assertEqual((entry.res_id, entry.actor), (client.id, "user/%d" % self.administrator.id))
        self.assertEqual(entry.summary, "Approval taken back: Approve: Analytics")

    def test_a_hold_that_was_released_past_odoo_is_found(self):
        hold, other = self.env["audit.retention.hold"].create([{"name": "Lawsuit"}, {"name": "Audit"}])
        hold.release_note = "It is over"
        self._approve(hold, "release", "action_release")
        self.assertFalse(self._look())
        self.env.cr.execute(
            "UPDATE audit_retention_hold SET released_by_id = %s, released_at = now() WHERE id = %s",
            [self.approver.id, other.id],
        )
        alarm = self._look()
        self.assertIn("Approvals", alarm.title)
        self.assertIn("Audit", alarm.explanation)
        self.assertNotIn("Lawsuit", alarm.explanation)

    def test_a_destination_that_was_approved_past_odoo_is_found(self):
        connector = self._connector()
        self.assertTrue(connector.approved_destination)
        self.assertFalse(self._look())
        self.tamper("audit_connector", "UPDATE audit_connector SET approved_destination = 'https://elsewhere.example'")
        alarm = self._look()
        self.assertIn("Destinations", alarm.title)
        self.assertIn(connector.name, alarm.explanation)

    def test_a_connector_of_which_nothing_was_ever_recorded_is_no_gap(self):
        """It was made before changes of settings were recorded."""
        connector = self._connector()
        self._forget("res_model = 'audit.connector' AND res_id = %s", connector.id)
        self.assertFalse(self._look())

    def test_what_somebody_puts_into_the_log_does_not_stop_the_comparison(self):
        connector = self._connector()
        self.append(
            kind="configuration.changed", res_model="audit.connector", res_id=connector.id,
            payload=b'{"fields":[7],"change":"created"}',
        )  # fmt: skip
        self.assertFalse(self._look())


@tagged("post_install", "-at_install")
class TestLogCompletenessContracts(GapCase, ContractCase):
    def test_a_contract_that_was_approved_past_odoo_is_found(self):
        approved, forged = self.approved("1.0", a=TEXT), self.draft("2.0", a=TEXT)
        self.assertFalse(self._look())
        forge = "UPDATE audit_contract_version SET state = 'approved'{} WHERE id = %s"
        for more in ("", ", origin = 'shipped'", ", approved_by_id = %d, approved_at = now()" % self.approver.id):
            with self._undone(more=more):
                self.env.flush_all()
                self.env.cr.execute(SQL(forge.format(more)), [forged.id])
                self.env.invalidate_all()
                explanation = self._look().explanation
                self.assertIn(forged.display_name, explanation)
                self.assertNotIn(approved.display_name, explanation)
