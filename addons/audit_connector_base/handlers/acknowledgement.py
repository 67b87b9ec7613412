from odoo import _, api, models
from odoo.exceptions import UserError

from ..models.exchange.inbound_handler import Handled


class AuditInboundHandlerAcknowledgement(models.AbstractModel):
    """The platform's word on a message that it was sent; it appears in the trail of the document."""

    _name = "audit.inbound.handler.acknowledgement"
    _inherit = "audit.inbound.handler"
    _description = "Acknowledgement Handler"

    @api.model
    def _message_types(self):
        return ["message.acknowledged"]

    @api.model
    def _contract(self):
        return "acknowledgement", 1

    @api.model
    def _handle(self, message, data):
        document = self._document_of(message, data["message"])
        if data.get("outside_id"):
            self.env["audit.external.id"]._assign(message.connector_id, document, data["outside_id"])
        reason = " ".join(filter(None, [data.get("code"), data.get("reason")]))
        if data["verdict"] == "rejected":
            self.env["audit.exception"]._raise(
                message,
                "verdict",
                _(
                    "%(platform)s refused %(document)s",
                    platform=message.connector_id.name,
                    document=document.display_name,
                ),
                record=document,
                severity="2",
                explanation=reason or _("The platform gave no reason."),
            )
        sentences = {
            "accepted": _("Accepted: %s", document.display_name),
            "warning": _("Accepted with a remark: %s", document.display_name),
            "rejected": _("Refused: %s", document.display_name),
        }
        sentence = sentences[data["verdict"]] + (". " + reason if reason else "")
        return Handled(sentence, document, {"verdict": data["verdict"], "reason": reason or None})

    @api.model
    def _document_of(self, message, event_uuid):
        """The document of a message that was on its way to this very connector; raises ``UserError``."""
        delivery = self.env["audit.delivery"].search(
            [("message_id", "=", event_uuid), ("connector_id", "=", message.connector_id.id)], limit=1
        )
        event = delivery.event_id
        document = self.env[event.res_model].browse(event.res_id).exists() if event.res_model in self.env else None
        if not document:
            raise UserError(
                _("No message %s was sent to this platform, or its document was deleted since.", event_uuid)
            )
        return document
