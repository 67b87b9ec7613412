from odoo import _, fields, models

from ..connector.adapter import Incoming


class AuditInboundMessage(models.Model):
    """Messages that were collected and could not be verified: kept, and never worked on as they are."""

    _inherit = "audit.inbound.message"

    unverified = fields.Boolean(string="Sender Not Verified", readonly=True)

    def _receive_if_verified(self):
        """Receive anew those that can be verified by now, as after a wrong secret was replaced; return them.

        Anew, because only then it is known by which number a repeat of it will be recognised.
        """
        received = self.browse()
        for connector, messages in self.grouped("connector_id").items():
            bodies = messages._bodies()
            believed, _doubtful = connector._verified(
                [Incoming(one.message_id, one.content_type, bodies[one.id], one.headers, one) for one in messages]
            )
            for one in believed:
                message = one.handle
                (receipt,) = connector._receive([(one.id, one.content_type, one.body, one.headers)], message.transport)
                if receipt.verdict in ("accepted", "duplicate"):
                    received |= message
        received.sudo().write(
            {"state": "processed", "reason": _("Verified meanwhile, and received anew."), "lease": False}
        )
        return received
