import secrets

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import check_access
from ..core import envelope, signatures, uuid7
from ..models.abstract.reauthentication import asks_identity


class AuditSecretRotation(models.TransientModel):
    """The dialog that replaces a secret: generate one or enter it, say how long the former stays good, done.

    What is entered lies sealed in ``pending`` until the person has proved who they are, and is gone afterwards.
    """

    _name = "audit.secret.rotation"
    _inherit = ["audit.company.bound", "audit.reauthentication"]
    _description = "Replacement of a Secret"
    _rec_name = "connector_id"
    _transient_max_hours = 0.5
    _takes_secrets = True

    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="connector_id.company_id", store=True)
    secret_name = fields.Selection(
        [
            ("signing_secret", "What signs messages sent"),
            ("login_secret", "Password, token, key or client secret"),
            ("private_key", "Private key"),
            ("inbound_secret", "What verifies messages received"),
        ],
        string="Secret",
        required=True,
    )
    former_note = fields.Char(string="In Use", compute="_compute_former")
    destination = fields.Char(compute="_compute_former")
    overlaps = fields.Boolean(compute="_compute_former")
    makes = fields.Boolean(compute="_compute_former")
    pairs = fields.Boolean(compute="_compute_former")
    takes_certificate = fields.Boolean(compute="_compute_former")
    way = fields.Selection(
        [
            ("shared", "Generate one that both sides know"),
            ("key_pair", "Generate a key pair"),
            ("enter", "Enter the one that the platform gives"),
        ],
        string="New Secret",
        required=True,
        default="enter",
    )
    value = fields.Text(
        string="Value",
        compute="_compute_value",
        inverse="_inverse_value",
        help="It is stored encrypted and never shown again.",
    )
    public_key = fields.Char(string="Public Key for the Receiver", readonly=True)
    certificate = fields.Text(help="PEM text of the new certificate, where it changes together with the key.")
    hours = fields.Integer(
        string="Former One Good For (h)",
        default=24,
        help="So long both are good, so that the other side can change over. 0 after a leak: the former ends at once.",
    )
    expires_on = fields.Date(help="The last day on which the new one may be used, if the platform says so.")
    uuid = fields.Char(readonly=True, default=lambda self: uuid7.uuid7(), copy=False)
    pending = fields.Char(groups=fields.NO_ACCESS, copy=False)

    _sql_constraints = [
        ("hours_range", "CHECK (hours BETWEEN 0 AND 720)", "The former secret stays good for 0 to 720 hours."),
    ]

    @api.depends("connector_id", "secret_name")
    def _compute_former(self):
        for rotation in self:
            connector, name = rotation.connector_id, rotation.secret_name
            known = bool(connector and name)
            rotation.former_note = known and connector["%s_note" % name]
            rotation.destination = known and connector._secret_binding(name).destination
            rotation.overlaps = known and connector.SECRETS[name][2]
            rotation.makes = name in ("signing_secret", "inbound_secret")
            rotation.pairs = name == "signing_secret"
            rotation.takes_certificate = name == "private_key" and bool(connector._adapter()._certificate(connector))

    def _compute_value(self):
        """Never read back: the field only takes a new secret in."""
        self.value = False

    def _inverse_value(self):
        """Seal what was entered, bound to this dialog. Sudo: nobody may write the envelope itself."""
        Credential = self.env["audit.credential"]
        for rotation in self.filtered("value"):
            rotation.connector_id._check_secret_text(rotation.secret_name, rotation.value)
            active, keys = Credential._keys()
            sealed = envelope.seal(rotation.value.encode(), rotation._associated_data(), active, keys[active])
            rotation.sudo().pending = sealed
        self.invalidate_recordset(["value"])

    @api.onchange("connector_id")
    def _onchange_connector_id(self):
        if self.connector_id:
            self.hours = self.connector_id.rotation_hours
            if self.secret_name not in self.connector_id._secrets_in_use():
                self.secret_name = next(iter(self.connector_id._secrets_in_use()), False)

    @api.onchange("secret_name")
    def _onchange_secret_name(self):
        self.way = "shared" if self.makes else "enter"

    @api.onchange("way", "secret_name", "connector_id")
    def _onchange_way(self):
        """Show a generated secret before it is stored, because afterwards nobody can."""
        self.value = self._generated() if self.way != "enter" else False
        self._onchange_value()

    @api.onchange("value")
    def _onchange_value(self):
        private = self.value if self.secret_name == "signing_secret" and (self.value or "").startswith("whsk_") else ""
        try:
            self.public_key = signatures.public_key(private) if private else False
        except ValueError:
            self.public_key = False

    def _generated(self):
        if self.way == "key_pair" and self.pairs:
            return signatures.new_private_key()
        if not self.makes:
            return False
        if self.secret_name == "inbound_secret" and self.connector_id.inbound_verification != "standard_webhooks":
            return secrets.token_urlsafe(32)
        return signatures.new_secret()

    @asks_identity("rotate", before="_check_may_replace")
    def action_replace(self):
        """Replace the secret. Sudo: what was entered is opened for this only."""
        self.ensure_one()
        _active, keys = self.env["audit.credential"]._keys()
        try:
            value = envelope.open_(self.sudo().pending, self._associated_data(), keys).decode()
        except envelope.EnvelopeError as error:
            raise UserError(_("Enter the new secret again: %s", error)) from error
        self.connector_id._rotate(self.secret_name, value, self.hours, self.expires_on, self.certificate)
        self.sudo().pending = False
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self._words_of_success(),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_may_replace(self):
        """:raises UserError: for people who may not, and where there is nothing to replace it by"""
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may replace a secret."))
        check_access(self.connector_id, "write")
        if self.create_uid != self.env.user or not self.sudo().pending:
            raise UserError(_("Enter the new secret first."))

    def _identity_keys(self, action):
        """What is confirmed concerns the connector."""
        return self.connector_id._identity_keys(action)

    def _words_of_success(self):
        if self.overlaps and self.hours:
            return _("Replaced. The former one stays good for %s hours; hand the new one over now.", self.hours)
        return _("Replaced. The former one is no longer good.")

    def _associated_data(self):
        return {
            "v": 1,
            "db": self.env["audit.credential"]._database_uuid(),
            "model": self._name,
            "uuid": self.uuid,
            "field": self.secret_name,
            "kind": "pending",
            "env": self.connector_id.environment,
            "dest": "audit.connector/%d" % self.connector_id.id,
            "gen": 0,
        }
