from odoo.tests import tagged

from .common import SECRET
from .secret_case import SecretCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestSecretTours(SecretCase, TourCase):
    def test_an_administrator_replaces_a_secret_with_four_clicks_and_the_password(self):
        """Pick it, (generated already), replace, confirm: three clicks and the password."""
        connector = self._connector(self.receiver(), name="Tax archive")
        self._tour("audit_replace_a_secret", self.administrator)
        self.assertEqual(len(connector._secrets_of("signing")), 2)
        self.assertEqual(connector.credential_ids[0].set_by_id, self.administrator)

    def test_an_approver_lets_a_connector_send_to_another_place(self):
        here, there = self.receiver(), self.receiver()
        connector = self._connector(here, name="Tax archive")
        self._invoice(post=True)
        self.drain(connector)
        moved = {"url": "http://%s/events" % there.host, "allowed_destinations": there.host, "signing_secret": SECRET}
        connector.with_user(self.administrator).write(moved)
        self._tour("audit_approve_a_destination", self.approver)
        self.assertFalse(connector.approval_trouble)

    def test_a_list_without_secrets_says_where_they_are_entered(self):
        company = self.env["res.company"].with_context(chart_template_load=True).create({"name": "Without Secrets"})
        user = self._user("new", "audit_connector_base.group_audit_connector_admin", company=company)
        self._tour("audit_first_secret", user)
