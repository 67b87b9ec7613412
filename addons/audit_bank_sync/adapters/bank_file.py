from odoo import _, api, models
from odoo.exceptions import ValidationError


class AuditBankProviderFile(models.AbstractModel):
    """Files: uploaded, or picked up from a folder or an SFTP server by the connector of the connection."""

    _name = "audit.bank.provider.bank_file"
    _inherit = "audit.bank.provider"
    _description = "Bank Files"

    @api.model
    def _label(self):
        return _("Files (camt, MT940, CSV)")

    @api.model
    def _needs_connector(self):
        return False

    @api.model
    def _can_be_asked(self):
        return False

    @api.model
    def _check_settings(self, connection):
        if connection.connector_id and connection.connector_id.adapter != "file":
            raise ValidationError(
                _(
                    "Files are picked up by a connector for files (folder or SFTP); “%s” is none.",
                    connection.connector_id.name,
                )
            )
