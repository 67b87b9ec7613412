import base64
import binascii
import hashlib

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.exchange.inbound_handler import Handled, Mismatch

from ..core.picked_up import TYPE


class AuditInboundHandlerBankFile(models.AbstractModel):
    """A file of a bank, picked up from a folder or sent by a platform: kept and read, like one that was uploaded.

    Only from where somebody said that bank files come from: the folder of a connector that picks them up, or the
    connector that a bank connection by files names. No other platform tells us what our bank booked.
    """

    _name = "audit.inbound.handler.bank_file"
    _inherit = "audit.inbound.handler"
    _description = "Bank File Handler"

    @api.model
    def _message_types(self):
        return [TYPE]

    @api.model
    def _contract(self):
        return "bank_file_upload", 1

    @api.model
    def _handle(self, message, data):
        """What cannot be read is no failure of the message: the file is kept, and its exception says what is wrong."""
        content = self._content(data)
        connection = self.env["audit.bank.connection"].search(
            [("connector_id", "=", message.connector_id.id), ("provider", "=", "bank_file")], limit=1
        )
        if not connection and message.connector_id.file_pickup_content != "bank_files":
            raise UserError(
                _(
                    "No bank files are expected from “%s”. If they are to come from there, choose it as the connector "
                    "of a bank connection, under Configuration, Bank Connections.",
                    message.connector_id.name,
                )
            )
        files = self.env["audit.bank.file"]._receive_picked_up(message, connection, data["name"], content)
        for file in files:
            file._import()
        failed = files.filtered(lambda file: file.state == "failed")
        sentence = _("%s: read", data["name"]) if not failed else _("%s: kept, but it cannot be read", failed[0].name)
        facts = {"file": data["name"], "content_sha256": data["sha256"], "new": sum(files.mapped("new_count"))}
        return Handled(sentence, files[:1], facts)

    @api.model
    def _content(self, data):
        """The bytes in ``data``; raises ``Mismatch`` where they are not what they should be."""
        try:
            content = base64.b64decode(data["content"], validate=True)
        except (binascii.Error, ValueError):
            raise self._mismatch("$.content", "is not base64 with padding and without line breaks") from None
        if hashlib.sha256(content).hexdigest() != data["sha256"]:
            raise self._mismatch("$.sha256", "is not the SHA-256 of the content")
        return content

    @api.model
    def _mismatch(self, path, text):
        return Mismatch(_("The file is not what the message says it is."), [{"path": path, "text": text}])
