from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access
from ...core import secret_text, signatures
from .credential import Binding


class AuditConnector(models.Model):
    """The secrets of a connector: entered in fields that take them in and never give them back.

    Each entry makes a credential. Of signing and verification secrets the one before stays good for a while
    (``rotation_hours``), so that both sides can change over without a message being refused. How they are read for use
    stands in ``secret_use``, what becomes of them when the settings change in ``destination``.
    """

    _name = "audit.connector"
    _inherit = ["audit.connector", "audit.reauthentication"]

    _takes_secrets = True

    # field: (purpose, kind of credential unless the adapter says otherwise, whether the one before stays good)
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

    @api.depends("credential_ids.active", "credential_ids.valid_until", "credential_ids.expires_on")
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
        self._take_secret("signing_secret")

    def _inverse_login_secret(self):
        self._take_secret("login_secret")

    def _inverse_private_key(self):
        self._take_secret("private_key")

    def _inverse_inbound_secret(self):
        self._take_secret("inbound_secret")

    def _take_secret(self, name):
        for connector in self.filtered(name):
            connector._replace_secret(name, connector[name])

    def _replace_secret(self, name, secret, hours=None, expires_on=False):
        """Seal a secret that was entered, and let the one before it end. Sudo: nobody chooses which one is used.

        :param name: a key of ``SECRETS``
        :param secret: text
        :param hours: how long a signing or verification secret before it stays good; None: ``rotation_hours``
        :param expires_on: the last day on which the new one may be used, False when it is not known
        :raises ValidationError: for a text that cannot serve; it is not quoted
        """
        self.ensure_one()
        purpose, _kind, overlap = self.SECRETS[name]
        self._check_secret_text(name, secret)
        binding = self._secret_binding(name)
        former = self.sudo().credential_ids.filtered_domain([("purpose", "=", purpose)])
        replaced = former.filtered(lambda one: one._binding() == binding)
        if replaced and not self.env.su:
            # Scripts of who runs the server may; a person on a screen that stands open may not.
            self._require_reauthentication("rotate")
        before = self.sudo().with_context(active_test=False).credential_ids
        generations = before.filtered_domain([("purpose", "=", purpose)]).mapped("generation")
        sealed = self.env["audit.credential"]._seal(
            self,
            purpose,
            binding,
            secret,
            generation=max(generations, default=0) + 1,
            public_key=_public_key(secret) if purpose == "signing" else False,
            expires_on=expires_on,
        )
        sealed._log("secret.rotated" if replaced else "secret.set")
        hours = self.rotation_hours if hours is None else hours
        self._retire(former, binding, hours if overlap else 0)

    def _rotate(self, name, secret, hours, expires_on, certificate=False):
        """Replace a secret by the dialog, with the checks of saving. ``certificate``: PEM text of the one that goes
        with a new private key, empty where it stays; the others as of ``_replace_secret``."""
        self.ensure_one()
        self._replace_secret(name, secret, hours, expires_on)
        field = self._adapter()._certificate_field
        if certificate and name == "private_key" and field:
            self.write({field: certificate})
        self._check_settings()
        if name == "inbound_secret":
            self._prepare_inbound()
        self._follow_certificates()

    def _secrets_in_use(self):
        """Names of the secrets that this connector uses as it is set up, ``SECRETS`` keys."""
        self.ensure_one()
        receives = self.inbound_active and self.inbound_verification != "mutual_tls"
        return [*self._adapter()._secrets_needed(self), *(["inbound_secret"] if receives else [])]

    def action_replace_secret(self):
        """Open the dialog that replaces a secret of this connector."""
        self.ensure_one()
        return self._replacing(self.env.context.get("secret_name"))

    def _replacing(self, name):
        """The action that opens the dialog for the secret ``name`` (a key of ``SECRETS``)."""
        chosen = name if name in self.SECRETS else next(iter(self._secrets_in_use()), False)
        return {
            "type": "ir.actions.act_window",
            "name": _("Replace a Secret of %s", self.name),
            "res_model": "audit.secret.rotation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_connector_id": self.id, "default_secret_name": chosen},
        }

    def _check_secret_text(self, name, secret):
        """Refuse what cannot be a secret. The text is never quoted.

        :raises ValidationError: with the reason
        """
        try:
            secret_text.check(secret)
            if name == "signing_secret":
                signatures.check_signing_secret(secret)
        except ValueError as error:
            label = self._fields[name]._description_string(self.env)
            raise ValidationError(
                _("“%(name)s”: the %(field)s is not usable: %(reason)s", name=self.name, field=label, reason=error)
            ) from None

    def _retire(self, former, binding, hours):
        """End the secrets before the new one: at once, or after the change-over where they serve the same."""
        same = former.filtered(lambda one: one._binding() == binding)
        kept = same.filtered(lambda one: not one.valid_until) if hours else same.browse()
        if kept:
            kept.valid_until = fields.Datetime.now() + timedelta(hours=hours)
        (same - kept)._end("replaced")
        for other in former - same:
            other._end(other._why_void(binding))

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

    def _secret_binding(self, name):
        """The ``Binding`` of a secret that is entered now; one that verifies what comes in never goes anywhere.

        :param name: a key of ``SECRETS``
        """
        self.ensure_one()
        purpose, _kind, _overlap = self.SECRETS[name]
        adapter = self._adapter()
        destination = "inbound" if purpose == "verification" else adapter._destination(self)
        return Binding(destination or "", self.environment, adapter._secret_kind(self, name))

    def action_end_rotation(self):
        """End the change-over now: secrets that were replaced are no longer good."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may end the change-over of a secret."))
        check_access(self, "write")
        self.sudo().credential_ids.filtered("valid_until")._end("person")
        return True


def _public_key(secret):
    """The public half of a signing secret as ``whpk_`` text, False where it has none."""
    try:
        return signatures.public_key(secret) if secret.startswith("whsk_") else False
    except ValueError:
        return False
