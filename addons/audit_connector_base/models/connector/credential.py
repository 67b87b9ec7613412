from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import keyring
from ...core import envelope, uuid7


class AuditCredential(models.Model):
    """A secret, stored as an envelope that only a key from outside the database opens (AES-256-GCM).

    Written once and never read back by a person. The envelope is bound to this record, this database and its
    destination, so that neither a copied row nor a changed address makes a secret go somewhere else.
    """

    _name = "audit.credential"
    _inherit = "audit.company.bound"
    _description = "Audit Credential"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    connector_id = fields.Many2one("audit.connector", readonly=True, ondelete="cascade", index=True)
    purpose = fields.Selection(
        [
            ("signing", "Sign Messages Sent"),
            ("login", "Sign In"),
            ("private_key", "Prove Who We Are (Private Key)"),
            ("verification", "Verify Messages Received"),
        ],
        required=True,
        readonly=True,
    )
    kind = fields.Selection(
        [
            ("webhook_secret", "Webhook Signing Secret"),
            ("password", "Password, Token or API Key"),
            ("private_key", "Private Key"),
        ],
        required=True,
        readonly=True,
    )
    valid_until = fields.Datetime(
        readonly=True, help="A secret that was replaced stays good until then, so that both sides can change over."
    )
    destination = fields.Char(
        readonly=True, help="Scheme, host and port that the secret may be used for. Another destination needs it anew."
    )
    generation = fields.Integer(readonly=True, default=1, help="Counts how often the secret was replaced.")
    set_at = fields.Datetime(string="Set On", readonly=True)
    set_by_id = fields.Many2one("res.users", string="Set By", readonly=True)
    public_key = fields.Char(
        readonly=True, help="What the receiver verifies signatures with, where the secret is a private key."
    )
    uuid = fields.Char(readonly=True, copy=False)
    envelope = fields.Char(groups=fields.NO_ACCESS, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        credentials = super().create(vals_list)
        credentials.connector_id._outdate_door()
        return credentials

    def write(self, vals):
        result = super().write(vals)
        self.connector_id._outdate_door()
        return result

    def unlink(self):
        connectors = self.connector_id
        result = super().unlink()
        connectors._outdate_door()
        return result

    @api.model
    def _seal(self, connector, purpose, kind, destination, secret, generation, public_key=False):
        """Store ``secret`` (text) and return its credential; ``public_key`` is its public half, where it has one.

        Sudo: connector administrators may set secrets but hold no right on the stored envelope.

        :raises UserError: when no wrapping key is configured
        """
        credential = self.sudo().create(
            {
                "name": connector.name,
                "connector_id": connector.id,
                "company_id": connector.company_id.id,
                "purpose": purpose,
                "kind": kind,
                "destination": destination,
                "generation": generation,
                "public_key": public_key,
                "uuid": uuid7.uuid7(),
                "set_at": fields.Datetime.now(),
                "set_by_id": self.env.uid,
            }
        )
        active, keys = self._keys()
        credential.envelope = envelope.seal(secret.encode(), credential._associated_data(), active, keys[active])
        return credential.sudo(False)

    def _reveal(self, destination):
        """Return the secret for use by an adapter. Sudo: the envelope itself is readable by nobody.

        :raises UserError: when it cannot be opened: other key, copied database, or another destination than it is
            bound to
        """
        self.ensure_one()
        credential = self.sudo()
        _active, keys = self._keys()
        try:
            if destination != credential.destination:
                raise envelope.EnvelopeError("the destination changed")
            return envelope.open_(credential.envelope or "", credential._associated_data(), keys).decode()
        except envelope.EnvelopeError as error:
            raise UserError(
                _("The secret “%(name)s” cannot be used: %(reason)s. Enter it again.", name=self.name, reason=error)
            ) from error

    @api.model
    def _keys(self):
        try:
            return keyring.wrapping_keys()
        except keyring.KeyMissing as error:
            raise UserError(str(error)) from error

    def _associated_data(self):
        return {
            "v": 1,
            "db": self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            "model": self._name,
            "uuid": self.uuid,
            "field": "secret",
            "kind": self.kind,
            "env": "production",
            "dest": self.destination,
            "gen": self.generation,
        }
