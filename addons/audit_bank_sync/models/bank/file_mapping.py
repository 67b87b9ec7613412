from odoo import api, fields, models

from ...core.bank_files import bank_file


class AuditBankFile(models.Model):
    """By which CSV mapping a file is read that nobody stands by to choose one for.

    The bank connection names it, else the connector that picks the files up. It is used for what shows no other format
    by itself, so that one folder may hold tables beside camt and MT940.
    """

    _inherit = "audit.bank.file"

    connector_id = fields.Many2one(
        "audit.connector", string="Picked Up By", readonly=True, ondelete="restrict", index=True, check_company=True
    )

    @api.model
    def _receive_picked_up(self, message, connection, name, data):
        """Keep what a connector brought (``audit.inbound.message``): a file, or those of an archive; returns them."""
        connector = message.connector_id
        files = self._receive_all(message.company_id, name, data, source="pickup", connection=connection)
        for file in files:
            if not file.connector_id:
                file.connector_id = connector
            file._take_mapping()
        return files

    def _take_mapping(self):
        """Read these by the mapping that is named for them now, where they wait to be read. Superuser only."""
        for file in self.filtered(lambda one: one.state != "imported"):
            named = file.connection_id.bank_file_mapping_id or file.connector_id.file_pickup_mapping_id
            if named and named != file.mapping_id and not file._tells_its_format():
                file.mapping_id = named

    def _tells_its_format(self):
        try:
            with self._opened() as stream:
                return bank_file.tells_its_format(stream.read(bank_file.HEAD))
        except OSError:
            return True
