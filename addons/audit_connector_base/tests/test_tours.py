from odoo.tests import tagged

from .common import AuditCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestTours(AuditCase, TourCase):
    def test_an_accountant_follows_an_invoice_and_an_administrator_finds_the_connector(self):
        platform = self.receiver()
        connector = self._connector(platform, name="Tax archive")
        self._invoice(post=True)
        self.drain(connector)
        self._tour("audit_trail_of_an_invoice", self.accountant)
        self._tour("audit_connector_overview", self.administrator)
        self.assertEqual(connector.health, "good")
