from odoo.tests import tagged

from .api import ApiCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestApiTours(ApiCase, TourCase):
    def test_a_list_without_clients_says_how_to_begin(self):
        company = self.env["res.company"].with_context(chart_template_load=True).create({"name": "Without Clients"})
        user = self._user("new", "audit_connector_base.group_audit_connector_admin", company=company)
        self._tour("audit_first_api_client", user)
        client = self.env["audit.api.client"].search([("name", "=", "Analytics of Keller")])
        self.assertEqual((client.company_id, client.company_ids, client.owner_id), (company, company, user))

    def test_an_administrator_requests_a_client(self):
        client = self._prepared()
        self._tour("audit_request_an_api_client", self.administrator)
        self.assertEqual(client.state, "requested")

    def test_an_approver_lets_it_in_with_the_password(self):
        client = self._prepared()
        client.action_request()
        self._tour("audit_approve_an_api_client", self.approver)
        self.assertEqual((client.state, client.approved_by_id), ("active", self.approver))

    def test_an_administrator_gives_it_a_secret_that_is_shown_once(self):
        client = self._active()
        self._tour("audit_new_api_secret", self.administrator)
        self.assertEqual(client.key_ids.mapped("kind"), ["client_secret"])
