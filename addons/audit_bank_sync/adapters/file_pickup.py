from odoo import api, fields, models

from ..core import picked_up


class AuditConnector(models.Model):
    """Connectors that pick up the files of a bank."""

    _inherit = "audit.connector"

    file_pickup_content = fields.Selection(
        [("messages", "Messages (JSON)"), ("bank_files", "Bank files (camt, MT940, CSV)")],
        string="What the Files Are",
        required=True,
        default="messages",
        tracking=True,
        help="Bank files are kept and read as if somebody had imported them; name their endings beside, as *.xml.",
    )
    file_pickup_mapping_id = fields.Many2one(
        "audit.bank.mapping",
        string="CSV Mapping",
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        tracking=True,
        help="How CSV files are read, where the bank connection of this connector names no other mapping.",
    )


class AuditAdapterFile(models.AbstractModel):
    """Bank files are picked up as they are, and become messages on the way."""

    _inherit = "audit.adapter.file"

    @api.model
    def _form(self):
        groups = super()._form()
        for _title, names in groups:
            if "collect" in names:
                place = names.index("collect") + 1
                only_files = "not collect or file_pickup_content != 'bank_files'"
                names[place:place] = [
                    ("file_pickup_content", {"invisible": "not collect"}),
                    ("file_pickup_mapping_id", {"invisible": only_files, "options": "{'no_create_edit': True}"}),
                ]
        return groups

    @api.model
    def _pickup_reader(self, connector):
        return picked_up.read if connector.file_pickup_content == "bank_files" else super()._pickup_reader(connector)
