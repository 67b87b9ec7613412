from odoo import _, api, models
from odoo.exceptions import UserError

from ..models.exchange.inbound_handler import Handled

# What may be named from outside. Anything else would let a platform probe for records that are not its business.
DOCUMENTS = ("account.move", "account.payment", "res.partner")


class AuditInboundHandlerReference(models.AbstractModel):
    """“Your invoice is known here as X”: keeps the number under which the platform knows a document."""

    _name = "audit.inbound.handler.reference"
    _inherit = "audit.inbound.handler"
    _description = "Document Reference Handler"

    @api.model
    def _message_types(self):
        return ["document.referenced"]

    @api.model
    def _contract(self):
        return "document_reference", 1

    @api.model
    def _handle(self, message, data):
        document = self._named_document(message.company_id, data)
        self.env["audit.external.id"]._assign(message.connector_id, document, data["outside_id"])
        return Handled(
            _("%(document)s is known there as %(id)s.", document=document.display_name, id=data["outside_id"]), document
        )

    @api.model
    def _named_document(self, company, data):
        """Return the record of ``company`` that ``data`` names by ``document`` or ``number``; raises ``UserError``."""
        name, number = data.get("document"), data.get("number")
        if name:
            model, _slash, res_id = name.partition("/")
            found = self.env[model].browse(int(res_id)).exists() if model in DOCUMENTS else None
        else:
            found = self.env["account.move"].search([("name", "=", number), ("company_id", "=", company.id)], limit=2)
            if len(found) > 1:
                raise UserError(
                    _("%s is the number of several documents. Have the platform name it by its id.", number)
                )
        if not found or (found.company_id and found.company_id != company):
            raise UserError(
                _(
                    "There is no document %(document)s in %(company)s. Check the number on the platform, then have the "
                    "message worked on again.",
                    document=name or number,
                    company=company.name,
                )
            )
        return found
