from datetime import timedelta, timezone
from typing import NamedTuple

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import keyring
from ...core import envelope, uuid7

# What of the record itself a person may change; all else is Odoo's.
OPEN_TO_PEOPLE = {"expires_on"}


class Binding(NamedTuple):
    """What a secret was entered for, and serves alone; the members as the fields of ``audit.credential``."""

    destination: str
    environment: str
    kind: str


class AuditCredential(models.Model):
    """A secret, stored as an envelope that only a key from outside the database opens (AES-256-GCM).

    Written once and never read back by a person. The envelope is bound to this record, this database, its environment
    and its destination, so that neither a copied row nor a changed address makes a secret go somewhere else. What is
    over keeps its row, archived and without the envelope, so that one can tell who had set which secret when.
    """

    _name = "audit.credential"
    _inherit = "audit.company.bound"
    _description = "Audit Credential"
    _check_company_auto = True
    _order = "connector_id, purpose, generation desc, id desc"
    _rec_names_search = ["connector_id"]

    name = fields.Char(compute="_compute_name", string="Secret")
    active = fields.Boolean(default=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    connector_id = fields.Many2one("audit.connector", readonly=True, ondelete="cascade", index=True)
    purpose = fields.Selection(
        [
            ("signing", "Sign Messages Sent"),
            ("login", "Sign In"),
            ("private_key", "Prove Who We Are"),
            ("verification", "Verify Messages Received"),
        ],
        string="Serves To",
        required=True,
        readonly=True,
    )
    kind = fields.Selection(
        [
            ("webhook_secret", "Webhook Secret"),
            ("password", "Password"),
            ("api_key", "API Key or Token"),
            ("oauth_client", "OAuth Client Secret"),
            ("private_key", "Private Key (with Certificate)"),
        ],
        required=True,
        readonly=True,
    )
    environment = fields.Selection(
        [("production", "Production"), ("test", "Test")], required=True, readonly=True, default="production"
    )
    valid_until = fields.Datetime(
        string="Changing over Until",
        readonly=True,
        help="A secret that was replaced stays good until then, so that both sides can change over.",
    )
    expires_on = fields.Date(
        help="The last day on which it may be used, as the platform says. The connector's owner is reminded before; "
        "afterwards nothing is sent with it."
    )
    destination = fields.Char(
        readonly=True,
        help="Scheme, host and port that the secret may be used for, with OAuth also the token address. Another "
        "destination needs it anew.",
    )
    goes_to = fields.Char(string="Goes To", compute="_compute_goes_to")
    generation = fields.Integer(readonly=True, default=1, help="Counts how often the secret was replaced.")
    set_at = fields.Datetime(string="Set On", readonly=True)
    set_by_id = fields.Many2one("res.users", string="Set By", readonly=True)
    ended_at = fields.Datetime(string="Ended On", readonly=True)
    ended_because = fields.Selection(
        [
            ("replaced", "It was replaced"),
            ("destination", "It was entered for another destination"),
            ("environment", "It was entered for another environment"),
            ("kind", "The connector signs in by other means"),
            ("person", "A person ended it"),
        ],
        string="Why It Ended",
        readonly=True,
    )
    public_key = fields.Char(
        readonly=True, help="What the receiver verifies signatures with, where the secret is a private key."
    )
    uuid = fields.Char(readonly=True, copy=False)
    database = fields.Char(readonly=True, copy=False, help="Identity of the database that the secret was entered in.")
    kek_id = fields.Char(
        string="Wrapped Under",
        readonly=True,
        copy=False,
        help="Id of the key outside of the database that protects this secret.",
    )
    envelope = fields.Char(groups=fields.NO_ACCESS, copy=False)

    @api.depends("connector_id.name", "purpose")
    def _compute_name(self):
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        for credential in self:
            credential.name = "%s: %s" % (credential.connector_id.name, purposes.get(credential.purpose))

    @api.depends("destination", "purpose")
    def _compute_goes_to(self):
        for credential in self:
            nowhere = credential.purpose == "verification"
            credential.goes_to = _("nowhere; it verifies what comes in") if nowhere else credential.destination

    @api.depends("name")
    def _compute_display_name(self):
        for credential in self:
            credential.display_name = credential.name

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(_("A secret is entered on its connector, or by “Replace”."))
        credentials = super().create(vals_list)
        credentials.connector_id._outdate_door()
        return credentials

    def write(self, vals):
        if not self.env.su:
            self._check_change(vals)
        before = {one.id: one.expires_on for one in self} if "expires_on" in vals else {}
        result = super().write(vals)
        self.connector_id._outdate_door()
        changed = self.filtered(lambda one: one.id in before and one.expires_on != before[one.id])
        changed.sudo()._follow_expiry(before)
        return result

    def unlink(self):
        connectors = self.connector_id
        result = super().unlink()
        connectors._outdate_door()
        return result

    def _check_change(self, vals):
        """:raises UserError: for what is not a person's to change"""
        if set(vals) - OPEN_TO_PEOPLE:
            raise UserError(_("Of a stored secret only the day on which it expires can be changed."))
        if any(not one.active or one.expires_by_certificate for one in self):
            raise UserError(_("A secret that is over, or ends with its certificate, keeps its day of expiry."))

    @api.model
    def _seal(self, connector, purpose, binding, secret, **further):
        """Store ``secret`` (text) for ``binding`` and return its credential; ``further``: values of other fields.

        Sudo: connector administrators may set secrets but hold no right on the stored envelope.

        :raises UserError: when no wrapping key is configured
        """
        credential = self.sudo().create(
            {
                "connector_id": connector.id,
                "company_id": connector.company_id.id,
                "purpose": purpose,
                **binding._asdict(),
                "uuid": uuid7.uuid7(),
                "database": self._database_uuid(),
                "set_at": fields.Datetime.now(),
                "set_by_id": self.env.uid,
                **further,
            }
        )
        active, keys = self._keys()
        sealed = envelope.seal(secret.encode(), credential._associated_data(), active, keys[active])
        credential.write({"envelope": sealed, "kek_id": active})
        return credential.sudo(False)

    def _reveal(self, binding):
        """Return the secret for use by an adapter. Sudo: the envelope itself is readable by nobody.

        :param binding: what it is wanted for
        :raises UserError: when it cannot be opened: other key, copied database, or another destination than it is
            bound to
        """
        self.ensure_one()
        credential = self.sudo()
        _active, keys = self._keys()
        try:
            if credential.database not in (False, self._database_uuid()):
                raise envelope.EnvelopeError("it was entered in another database, of which this one is a copy")
            if binding != credential._binding():
                raise envelope.EnvelopeError("it was entered for another destination, environment or way of signing in")
            return envelope.open_(credential.envelope or "", credential._associated_data(), keys).decode()
        except envelope.EnvelopeError as error:
            raise UserError(
                _("The secret “%(name)s” cannot be used: %(reason)s. Enter it again.", name=self.name, reason=error)
            ) from error

    def _binding(self):
        """What this secret was entered for."""
        self.ensure_one()
        return Binding(self.destination or "", self.environment, self.kind)

    def _is_expired(self):
        """Whether the last day on which it may be used is over (UTC)."""
        return bool(self.expires_on) and self.expires_on < fields.Date.today()

    def _good_until(self):
        """Unix seconds after which it is no longer good, None when that is not known."""
        ends = [self.valid_until] if self.valid_until else []
        if self.expires_on:
            ends.append(fields.Datetime.to_datetime(self.expires_on) + timedelta(days=1))
        return min(ends).replace(tzinfo=timezone.utc).timestamp() if ends else None

    def _end(self, because):
        """Let these secrets be over: the envelope is erased, the row stays. ``because``: of ``ended_because``.

        Sudo: see ``_seal``.
        """
        self.sudo().write(
            {
                "active": False,
                "envelope": False,
                "ended_at": fields.Datetime.now(),
                "ended_because": because,
            }
        )

    @api.model
    def _keys(self):
        """The wrapping keys as ``keyring.wrapping_keys`` gives them.

        :raises UserError: when there is none that can be used, with what to do
        """
        try:
            return keyring.wrapping_keys()
        except keyring.KeyMissing as error:
            raise UserError(str(error)) from error

    @api.model
    def _database_uuid(self):
        """Sudo: the identity of the database is no secret to code that protects secrets by it."""
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def _associated_data(self):
        return {
            "v": 1,
            "db": self._database_uuid(),
            "model": self._name,
            "uuid": self.uuid,
            "field": "secret",
            "kind": self.kind,
            "env": self.environment,
            "dest": self.destination or "",
            "gen": self.generation,
        }
