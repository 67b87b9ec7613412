from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import SECRET, AuditCase


@tagged("post_install", "-at_install")
class TestNeutralize(AuditCase):
    def test_a_neutralized_copy_neither_sends_nor_receives_nor_holds_a_secret(self):
        receiver = self.receiver()
        connector = self._connector(receiver, inbound_active=True, inbound_secret=SECRET)
        code = connector.inbound_code
        self._invoice(post=True)
        self.env.flush_all()
        self.assertTrue(self.env["audit.connector"]._door_at(code))
        for query in get_neutralization_queries(["audit_connector_base"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.sweep()
        self.drain(connector)
        self.assertEqual(receiver.messages, [])
        self.assertFalse(self.env["audit.connector"]._door_at(code))
        self.assertFalse(self.env["audit.credential"].sudo().search([("connector_id", "=", connector.id)]))
        self.assertEqual(connector.delivery_ids.mapped("state"), ["pending"], "nothing is lost by it either")
