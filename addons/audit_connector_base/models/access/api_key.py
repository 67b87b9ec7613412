import hashlib
import secrets
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import client_assertion
from .api_client_state import ADMINISTRATOR

SECRET_PREFIX = "ads_"
OVERLAPS = (0, 720)  # hours
MOST = 5


class AuditApiKey(models.Model):
    """What a client proves itself with: the hash of a secret, or a public key.

    A secret is made here from 256 random bits, shown once and kept as its SHA-256: nothing that could be guessed, so
    nothing that would have to be hashed slowly.
    """

    _name = "audit.api.key"
    _inherit = "audit.company.bound"
    _description = "API Secret or Key"
    _order = "id desc"

    client_id = fields.Many2one("audit.api.client", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="client_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [("client_secret", "Secret"), ("private_key_jwt", "Public Key")], required=True, readonly=True
    )
    digest = fields.Char(groups=fields.NO_ACCESS, copy=False, index=True)
    algorithm = fields.Selection(list(client_assertion.ALGORITHMS.items()), readonly=True)
    public_key = fields.Text(readonly=True)
    key_name = fields.Char(string="Key ID", readonly=True, help="What the program calls this key (kid), if it does.")
    made_at = fields.Datetime(string="Made On", readonly=True, default=fields.Datetime.now)
    made_by_id = fields.Many2one("res.users", string="Made By", readonly=True, default=lambda self: self.env.user)
    valid_until = fields.Datetime(
        string="Ends On", readonly=True, help="Set when a later one took its place, after the change-over."
    )

    @api.depends("kind", "made_at")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for key in self:
            key.display_name = _("%(kind)s of %(day)s", kind=kinds.get(key.kind, ""), day=key.made_at.date())

    def _usable(self, client):
        """Those of these keys that ``client`` may prove itself with now."""
        now = fields.Datetime.now()
        return self.filtered(
            lambda key: (
                key.client_id == client
                and key.kind == client.auth_method
                and (not key.valid_until or key.valid_until > now)
            )
        )

    @api.model
    def _make_secret(self, client, overlap):
        """Give ``client`` a new secret and return it; the one before stays good for ``overlap`` hours."""
        secret = SECRET_PREFIX + secrets.token_urlsafe(32)
        self._add(client, overlap, kind="client_secret", digest=digest_of(secret))
        return secret

    @api.model
    def _add_public_key(self, client, algorithm, pem, key_name, overlap):
        """Let ``client`` sign with the key that belongs to ``pem``; the ones before stay good for ``overlap`` hours."""
        self._check_may_add(client, "private_key_jwt", overlap)
        try:
            client_assertion.check_key(algorithm, pem)
        except ValueError as error:
            raise ValidationError(_("This key cannot be used: %s", error)) from error
        self._add(
            client, overlap, kind="private_key_jwt", algorithm=algorithm, public_key=pem.strip(), key_name=key_name
        )

    def _check_may_add(self, client, kind, overlap):
        """Raise ``UserError`` unless the user may give ``client`` a secret or key of that kind now."""
        client.ensure_one()
        client.read(["name"])
        if self.env.user != client.owner_id and not self.env.user.has_group(ADMINISTRATOR):
            raise UserError(
                _("Only the owner of “%s” and connector administrators may give it a secret or key.", client.name)
            )
        if client.sudo().company_ids - self.env.user.company_ids:
            raise UserError(_("“%s” may see a company that you do not work for.", client.name))
        if client.state != "active":
            raise UserError(_("“%s” gets a secret or key once it is approved and active.", client.name))
        if client.auth_method != kind:
            raise UserError(_("“%s” proves itself in another way. Have that changed and approved first.", client.name))
        if not OVERLAPS[0] <= overlap <= OVERLAPS[1]:
            raise ValidationError(_("The change-over lasts 0 to 720 hours."))

    def _add(self, client, overlap, **values):
        """Sudo: nobody holds the right to write keys; who may add one is checked, and asked for the password."""
        self._check_may_add(client, values["kind"], overlap)
        client._require_reauthentication("rotate")
        former = self.sudo().search([("client_id", "=", client.id), ("kind", "=", values["kind"])])._usable(client)
        end = fields.Datetime.now() + timedelta(hours=overlap)
        if len(former) >= MOST and overlap:
            raise UserError(_("“%s” has several that are still good. End them with a change-over of 0.", client.name))
        for key in former:
            key.valid_until = min(key.valid_until or end, end)
        if not overlap:
            self.env["audit.api.token"]._end(client)
        added = self.sudo().create({"client_id": client.id, "made_by_id": self.env.uid, **values})
        client._log(
            "api_client.key_made",
            key=added.id,
            proof=added.kind,
            key_name=added.key_name or "",
            overlap_hours=overlap,
            replaced=len(former),
        )
        return added


def digest_of(secret):
    """SHA-256 of a secret or token, as it is stored and looked up by."""
    return hashlib.sha256(secret.encode()).hexdigest()
