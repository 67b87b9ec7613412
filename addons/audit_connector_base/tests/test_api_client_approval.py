from odoo.tests import tagged

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
