from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access
from ...core import signatures


class AuditConnector(models.Model):
    """The secrets of a connector: entered in fields that take them in and never give them back.

    Each entry makes a credential. Of signing and verification secrets the one before stays good for a while
    (``rotation_hours``), so that both sides can change over without a message being refused.
    """

    _inherit = "audit.connector"

    # field: (purpose, kind of credential, whether the one before stays good for a while)
    SECRETS = {
        "signing_secret": ("signing", "webhook_secret", True),
        "login_secret": ("login", "password", False),
        "private_key": ("private_key", "private_key", False),
        "inbound_secret": ("verification", "webhook_secret", True),
    }

    credential_ids = fields.One2many("audit.credential", "connector_id", readonly=True, copy=False)
    signing_secret = fields.Char(
        string="Signing Secret",
        compute="_compute_secrets",
        inverse="_inverse_signing_secret",
        copy=False,
        help="Proves to the receiver that messages come from here. Copy it now: it is never shown again after saving.",
    )
    signing_secret_note = fields.Char(compute="_compute_secret_notes")
    generate_secret = fields.Selection(
        [("shared", "A secret that both sides know (whsec_)"), ("key_pair", "A key pair (whsk_ and whpk_)")],
        string="Generate",
        store=False,
        help="A shared secret is copied to the receiver. Of a key pair the receiver gets the public key only, so that "
        "nobody there could sign in your name.",
    )
    signing_public_key = fields.Char(
        string="Public Key for the Receiver",
        compute="_compute_secret_notes",
        help="The receiver verifies your signatures with it. It is no secret.",
    )
    login_secret = fields.Char(
        string="Password or Token",
        compute="_compute_secrets",
        inverse="_inverse_login_secret",
        copy=False,
        help="What we sign in with on the other side. It is stored encrypted and never shown again.",
    )
    login_secret_note = fields.Char(compute="_compute_secret_notes")
    private_key = fields.Text(
        compute="_compute_secrets",
        inverse="_inverse_private_key",
        copy=False,
        help="PEM text of the key that belongs to the certificate. It is stored encrypted and never shown again.",
    )
    private_key_note = fields.Char(compute="_compute_secret_notes")
    inbound_secret = fields.Char(
        string="Verification Secret",
        compute="_compute_secrets",
        inverse="_inverse_inbound_secret",
        copy=False,
        help="What the platform signs its messages with. It is stored encrypted and never shown again.",
    )
    inbound_secret_note = fields.Char(compute="_compute_secret_notes")
    rotation_hours = fields.Integer(
        string="Change-over (h)",
        default=24,
        help="After a signing or verification secret is replaced, the one before stays good for so many hours. "
        "0: it ends at once, as after a leak.",
    )
    rotating = fields.Boolean(compute="_compute_secret_notes")

    _sql_constraints = [
        ("rotation_range", "CHECK (rotation_hours BETWEEN 0 AND 720)", "The change-over lasts 0 to 720 hours."),
    ]

    def _secret_fields(self):
        return self.SECRETS

    def _compute_secrets(self):
        """Never read back: the fields only take a new secret in."""
        for name in self.SECRETS:
            self[name] = False

    @api.depends("credential_ids.valid_until")
    def _compute_secret_notes(self):
        """Sudo: everybody who may see a connector may see when its secrets were set, not the credentials."""
        for connector in self:
            good = connector.sudo()._good_credentials()
            connector.rotating = any(credential.valid_until for credential in good)
            signing = good.filtered_domain([("purpose", "=", "signing")])
            connector.signing_public_key = signing[:1].public_key
            for name, (purpose, _kind, _overlap) in self.SECRETS.items():
                connector["%s_note" % name] = self._secret_note(good.filtered_domain([("purpose", "=", purpose)]))

    def _secret_note(self, good):
        if not good:
            return False
        set_at = fields.Datetime.context_timestamp(self, good[0].set_at).strftime("%Y-%m-%d %H:%M")
        former = good[1:2]
        if not former:
            return _("Set on %s", set_at)
        until = fields.Datetime.context_timestamp(self, former.valid_until).strftime("%Y-%m-%d %H:%M")
        return _("Set on %(set_at)s; the one before is good until %(until)s", set_at=set_at, until=until)

    def _inverse_signing_secret(self):
        self._take_secret("signing_secret", signatures.check_signing_secret)

    def _inverse_login_secret(self):
        self._take_secret("login_secret")

    def _inverse_private_key(self):
        self._take_secret("private_key")

    def _inverse_inbound_secret(self):
        self._take_secret("inbound_secret")

    def _take_secret(self, name, check=None):
        """Seal a secret that was entered. Sudo: nobody may choose which stored secret a connector uses."""
        purpose, kind, overlap = self.SECRETS[name]
        for connector in self.filtered(name):
            try:
                if check:
                    check(connector[name])
            except ValueError as error:
                raise ValidationError(
                    _("The signing secret of “%(name)s” is not usable: %(reason)s", name=connector.name, reason=error)
                ) from error
            former = connector.sudo().credential_ids.filtered_domain([("purpose", "=", purpose)])
            destination = connector._secret_destination(purpose)
            generation = max(former.mapped("generation"), default=0) + 1
            public = _public_key(connector[name]) if purpose == "signing" else False
            sealed = self.env["audit.credential"]._seal(
                connector, purpose, kind, destination, connector[name], generation, public
            )
            connector._retire(former, destination if overlap else None)
            connector.sudo().credential_ids |= sealed.sudo()

    def _retire(self, former, destination):
        """End the secrets before the new one: at once, or after the change-over where the destination is the same."""
        end = fields.Datetime.now() + timedelta(hours=self.rotation_hours)
        kept = former.filtered(
            lambda one: destination and one.destination == destination and not one.valid_until and self.rotation_hours
        )
        kept.valid_until = end
        (former - kept).unlink()

    @api.onchange("generate_secret")
    def _onchange_generate_secret(self):
        make = {"shared": signatures.new_secret, "key_pair": signatures.new_private_key}.get(self.generate_secret)
        self.signing_secret = make() if make else False

    @api.onchange("signing_secret")
    def _onchange_signing_secret(self):
        """Show the public key before saving already, so that both can be copied together."""
        if self.signing_secret:
            self.signing_public_key = _public_key(self.signing_secret)

    def _forget_entered_secrets(self):
        """Drop them from the cache, from which the answer to the very request that set them would read them back."""
        self.invalidate_recordset(list(self.SECRETS))

    def _check_secret_destinations(self):
        """Refuse a changed address under which stored secrets would go somewhere else than they were entered for.

        Those that the protocol does not use stay bound to where they were for, and have no field to enter them anew.
        """
        for connector in self:
            used = [self.SECRETS[name][0] for name in connector._adapter()._secrets_needed(connector)]
            for credential in connector.sudo()._good_credentials().filtered_domain([("purpose", "in", used)]):
                if credential.destination != connector._secret_destination(credential.purpose):
                    raise ValidationError(
                        _(
                            "The secret of “%(name)s” was entered for %(old)s. Enter it again to use it for %(new)s.",
                            name=connector.name,
                            old=credential.destination,
                            new=connector._secret_destination(credential.purpose),
                        )
                    )

    def _secret_destination(self, purpose):
        """What a secret of that purpose is bound to; one that verifies what comes in never goes anywhere."""
        self.ensure_one()
        return "inbound" if purpose == "verification" else self._adapter()._destination(self)

    def _good_credentials(self):
        """Credentials that are good now, the newest first."""
        now = fields.Datetime.now()
        return self.credential_ids.filtered(lambda one: not one.valid_until or one.valid_until > now).sorted(
            lambda one: (-one.generation, -one.id)
        )

    def _secrets_of(self, purpose):
        """Return the secrets (texts) that are good for ``purpose`` now, the newest first; empty when there is none.

        Sudo: an adapter uses them, whoever started the run; nobody reads them.
        """
        self.ensure_one()
        good = self.sudo()._good_credentials().filtered(lambda one: one.purpose == purpose)
        return [credential._reveal(self._secret_destination(purpose)) for credential in good]

    def _credential_of(self, purpose):
        """Return the newest credential for ``purpose``. Sudo: to tell it from others, not to read it."""
        self.ensure_one()
        return self.sudo()._good_credentials().filtered(lambda one: one.purpose == purpose)[:1]

    def _secret_of(self, purpose):
        """Return the newest secret for ``purpose`` or None."""
        return next(iter(self._secrets_of(purpose)), None)

    def action_end_rotation(self):
        """End the change-over now: secrets that were replaced are no longer good."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may end the change-over of a secret."))
        check_access(self, "write")
        self.sudo().credential_ids.filtered("valid_until").unlink()
        return True


def _public_key(secret):
    """The public half of a signing secret as ``whpk_`` text, False where it has none."""
    try:
        return signatures.public_key(secret) if secret.startswith("whsk_") else False
    except ValueError:
        return False
