from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import address, sftp_connections, ssh_keys
from ..core.folders import FolderError


class AuditConnectorHostKey(models.TransientModel):
    """A host key that an SFTP server showed, for a person to compare and confirm."""

    _name = "audit.connector.host.key"
    _inherit = "audit.company.bound"
    _description = "Host Key to Confirm"
    _rec_name = "server"

    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connector_id.company_id", store=True)
    server = fields.Char(readonly=True)
    host_key = fields.Char(readonly=True)
    fingerprint = fields.Char(readonly=True)
    state = fields.Selection(
        [("new", "Not confirmed yet"), ("same", "Confirmed already"), ("other", "Differs")],
        compute="_compute_state",
    )

    @api.depends("fingerprint")
    def _compute_state(self):
        for shown in self:
            confirmed = {key.fingerprint for key in ssh_keys.parse(shown.connector_id.file_host_key)}
            shown.state = "same" if shown.fingerprint in confirmed else "other" if confirmed else "new"

    @api.model
    def _fetched(self, connector):
        """Ask the server of ``connector`` for its key and return the record that shows it.

        :raises UserError: when the server cannot be asked, with the reason
        """
        if connector.adapter != "file" or connector.file_place != "sftp":
            raise UserError(_("Only an SFTP server has a host key."))
        connector._check_url()
        missing = connector._adapter()._missing_sftp_library()
        if missing:
            raise UserError(missing)
        url = address.check_url(connector.url, require_tls=False, schemes=("sftp",))
        try:
            kind, blob = sftp_connections.fetch_host_key(
                connector._dialler(), url.host, url.port, timeout=connector.timeout
            )
        except FolderError as error:
            raise UserError(
                _("The host key of “%(name)s” cannot be fetched: %(reason)s.", name=connector.name, reason=error)
            ) from error
        return self.create(
            {
                "connector_id": connector.id,
                "server": "%s:%d" % (url.host, url.port),
                "host_key": ssh_keys.line(kind, blob),
                "fingerprint": ssh_keys.fingerprint(blob),
            }
        )

    def action_confirm(self):
        """Trust the server with this key from now on, and with no other."""
        self.ensure_one()
        self.connector_id.file_host_key = self.host_key
        return {"type": "ir.actions.act_window_close"}
