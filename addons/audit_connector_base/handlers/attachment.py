import base64
import binascii
import hashlib

from odoo import _, api, models
from odoo.exceptions import UserError

from ..models.exchange.inbound_handler import Handled, Mismatch


class AuditInboundHandlerAttachment(models.AbstractModel):
    """A file of the platform's, such as a confirmation or a working paper: put at the document that it is about."""

    _name = "audit.inbound.handler.attachment"
    _inherit = "audit.inbound.handler"
    _description = "Attachment Handler"

    @api.model
    def _message_types(self):
        return ["attachment.provided"]

    @api.model
    def _contract(self):
        return "attachment_upload", 1

    @api.model
    def _api_entity(self):
        return "attachment", _("Attachments of accounting documents")

    @api.model
    def _handle(self, message, data):
        document = self.env["audit.inbound.handler.reference"]._named_document(message.company_id, data)
        content = self._content(data)
        # The content decides what it is, and text that a browser might run stays text whoever opens it. An image is
        # kept to the byte.
        attachments = self.env["ir.attachment"].with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
        attachment = attachments.create(
            {
                "name": data["name"],
                "raw": content,
                "res_model": document._name,
                "res_id": document.id,
                "company_id": message.company_id.id,
                "description": data.get("description") or False,
            }
        )
        self._check_stored(attachment, data["sha256"])
        sentence = _("%(file)s added to %(document)s.", file=data["name"], document=document.display_name)
        return Handled(sentence, attachment, {"file": data["name"], "content_sha256": data["sha256"]})

    @api.model
    def _check_stored(self, attachment, sha256):
        """Read the file back: Odoo swallows a full disk, and says of a file that is not there that it is empty."""
        attachment.flush_recordset()
        attachment.invalidate_recordset(["raw", "datas"], flush=False)
        if hashlib.sha256(attachment.raw or b"").hexdigest() != sha256:
            raise UserError(_("The file could not be stored as it was sent. Nothing was kept; send it again later."))

    @api.model
    def _content(self, data):
        """The bytes in ``data``; raises ``Mismatch`` where they are not what they should be."""
        try:
            content = base64.b64decode(data["content"], validate=True)
        except (binascii.Error, ValueError):
            raise self._mismatch("$.content", "is not base64 with padding and without line breaks") from None
        if not content:
            raise self._mismatch("$.content", "is empty")
        if hashlib.sha256(content).hexdigest() != data["sha256"]:
            raise self._mismatch("$.sha256", "is not the SHA-256 of the content")
        return content

    @api.model
    def _mismatch(self, path, text):
        return Mismatch(_("The file is not what the message says it is."), [{"path": path, "text": text}])
