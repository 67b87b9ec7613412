from odoo.tests import HttpCase, tagged

from .common import AuditCase


@tagged("post_install", "-at_install")
class TestTours(AuditCase, HttpCase):
    def test_an_accountant_follows_an_invoice_and_an_administrator_finds_the_connector(self):
        """The browser is the test: the tours fail when a screen does not show what they click on."""
        platform = self.receiver()
        connector = self._connector(platform, name="Tax archive")
        self._invoice(post=True)
        self.drain(connector)
        self.env.flush_all()
        self.start_tour("/web", "audit_trail_of_an_invoice", login=self.accountant.login)
        self.start_tour("/web", "audit_connector_overview", login=self.administrator.login)
        self.assertEqual(connector.health, "good")
