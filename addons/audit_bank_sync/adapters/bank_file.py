from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class AuditBankConnection(models.Model):
    """Settings of files."""

    _inherit = "audit.bank.connection"

    bank_file_mapping_id = fields.Many2one(
        "audit.bank.mapping",
        string="CSV Mapping",
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="How CSV files are read that are picked up for this bank. Other formats tell themselves how to be read.",
    )


class AuditBankProviderFile(models.AbstractModel):
    """Files: uploaded, or picked up from a folder or an SFTP server by the connector of the connection."""

    _name = "audit.bank.provider.bank_file"
    _inherit = "audit.bank.provider"
    _description = "Bank Files"

    @api.model
    def _label(self):
        return _("Files (camt, MT940, CSV)")

    @api.model
    def _form(self):
        return [(_("Files That Are Picked Up"), [("bank_file_mapping_id", {"options": "{'no_create_edit': True}"})])]

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
