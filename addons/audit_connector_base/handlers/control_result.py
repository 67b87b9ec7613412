from odoo import _, api, models

from ..models.exchange.inbound_handler import Handled


class AuditInboundHandlerControlResult(models.AbstractModel):
    """The result of a control that was carried out elsewhere.

    It is recorded and told to whoever wants to know; one that failed is put before a person.
    """

    _name = "audit.inbound.handler.control_result"
    _inherit = "audit.inbound.handler"
    _description = "Control Result Handler"

    @api.model
    def _message_types(self):
        return ["control_result.recorded"]

    @api.model
    def _contract(self):
        return "control_verdict", 1

    @api.model
    def _api_entity(self):
        return "control_result", _("Results of controls")

    @api.model
    def _handle(self, message, data):
        control = " ".join(filter(None, [data["control"], data.get("title")]))
        document = None
        if data.get("document"):
            document = self.env["audit.inbound.handler.reference"]._named_document(message.company_id, data)
        if document:
            message.write({"res_model": document._name, "res_id": document.id})
        payloads = self.env["audit.source.control_result"]._payloads(message)
        self.env["audit.event"]._record("control_result.recorded", document or message, payloads)
        if data["result"] == "fail":
            self.env["audit.exception"]._raise(
                message,
                "control",
                _("Control failed: %s", control),
                record=document,
                severity="2",
                explanation=data.get("summary"),
                outside_id=data["control"],
            )
        sentences = {
            "pass": _("Control passed: %s", control),
            "fail": _("Control failed: %s", control),
            "not_applicable": _("Control does not apply: %s", control),
        }
        return Handled(sentences[data["result"]], document, {"verdict": data["result"]})
