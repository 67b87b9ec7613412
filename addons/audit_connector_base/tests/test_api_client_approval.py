from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .api import ApiCase


@tagged("post_install", "-at_install")
class TestApiClientApproval(ApiCase):
    """What one person could do alone to have a client let in that nobody else looked at."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls._user(
            "bth", "audit_connector_base.group_audit_connector_admin", "audit_connector_base.group_audit_approver"
        )

    def test_nobody_approves_a_request_that_was_changed_while_they_were_asked(self):
        client = self._prepared()
        client.action_request()
        check = self.asked(client.with_user(self.approver).action_approve)
        self.assertIn("Read: Invoices", check.audit_content)
        client.action_send_back()
        client.scope_ids[0].entity = "journal_entry"
        client.action_request()
        with self.refused("changed since you were asked"):
            self.answer(check)
        self.assertEqual(client.state, "requested")

    def test_what_counts_is_what_is_shown_to_whoever_approves(self):
        client = self._prepared(networks="192.0.2.7", network_list="")
        self.assertEqual(client.network_list, "192.0.2.7/32")
        client.write({"network_list": ""})
        client.invalidate_recordset()
        self.assertEqual(client.network_list, "192.0.2.7/32")

    def test_letting_a_suspended_client_in_again_takes_somebody_who_did_not_prepare_it(self):
        client = self.env["audit.api.client"].with_user(self.both).create(self._prepared().copy_data()[0])
        client.action_request()
        self._approve(client)
        client.with_user(self.approver).action_suspend()
        with self.refused("somebody else has to approve it"):
            client.with_user(self.both).action_resume()
        client.with_user(self.approver).action_resume()
        self.assertEqual(client.state, "active")

    def _changes(self, client):
        """``[(permissions before, and after), …]`` of what the log says was changed of a client, in order."""
        entries = self._entries("api_client.changed").filtered(lambda one: one.res_id == client.id)
        said = entries._payloads()
        return [(said[one.id]["before"].get("scopes"), said[one.id]["scopes"]) for one in entries]

    def test_permissions_that_are_changed_by_themselves_are_recorded_as_those_of_the_client(self):
        client, other = self._prepared(), self._prepared(name="Other")
        scopes = self.env["audit.api.scope"].with_user(self.administrator)
        added = scopes.create({"client_id": client.id, "entity": "payment"})
        added.entity = "supplier"
        invoice = ["invoice:read"]
        wanted = [
            (invoice, ["invoice:read", "payment:read"]),
            (["invoice:read", "payment:read"], ["invoice:read", "supplier:read"]),
        ]
        self.assertEqual(self._changes(client), wanted)
        added.client_id = other
        wanted.append((["invoice:read", "supplier:read"], invoice))
        self.assertEqual(self._changes(client), wanted)
        self.assertEqual(self._changes(other), [(invoice, ["invoice:read", "supplier:read"])])
        added.unlink()
        self.assertEqual(self._changes(other)[-1], (["invoice:read", "supplier:read"], invoice))
        scopes.with_context(default_client_id=client.id).create({"entity": "payment"})
        self.assertEqual(self._changes(client)[-1], (invoice, ["invoice:read", "payment:read"]))

    def test_permissions_that_are_changed_with_the_client_are_recorded_once(self):
        client = self._prepared()
        self.assertEqual(self._facts("api_client.created")["scopes"], ["invoice:read"])
        self.assertEqual(self._changes(client), [])
        client.scope_ids = [Command.create({"entity": "payment"}), Command.delete(client.scope_ids.id)]
        self.assertEqual(self._changes(client), [(["invoice:read"], ["payment:read"])])
        with self.refused("already|list|once", Exception), mute_logger("odoo.sql_db"):
            client.scope_ids = [Command.create({"entity": "payment"})]
        client.purpose = "Monthly audit"
        self.assertEqual(len(self._changes(client)), 2, "a refusal leaves nothing that keeps the next from being told")

    def test_a_client_that_is_deleted_before_it_was_requested_is_recorded(self):
        client = self._prepared()
        client_id = client.id
        client.unlink()
        self.assertEqual(self._entries("api_client.deleted")[-1:].res_id, client_id)
