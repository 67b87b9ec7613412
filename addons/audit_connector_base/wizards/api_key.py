from odoo import _, api, fields, models

from ..core import client_assertion
from ..models.abstract.reauthentication import asks_identity


class AuditApiKeyNew(models.TransientModel):
    """Gives a client a new secret, or lets it sign with another key."""

    _name = "audit.api.key.new"
    _inherit = ["audit.company.bound", "audit.reauthentication"]
    _description = "New API Secret or Key"
    _rec_name = "client_id"

    client_id = fields.Many2one("audit.api.client", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="client_id.company_id", store=True)
    auth_method = fields.Selection(related="client_id.auth_method")
    has_key = fields.Boolean(related="client_id.has_key")
    overlap_hours = fields.Integer(
        string="Change-over (h)",
        default=24,
        help="So many hours what it proved itself with before stays good. 0: it ends at once, and so do the tokens "
        "that were given for it, as after a leak.",
    )
    algorithm = fields.Selection(list(client_assertion.ALGORITHMS.items()), default="ES256")
    public_key = fields.Text(help="In PEM form: -----BEGIN PUBLIC KEY-----")
    key_name = fields.Char(string="Key ID", help="What the program calls this key (kid), if it does.")

    @asks_identity("rotate", before="_check_may_make")
    def action_make(self):
        """Make the secret and show it this once, or keep the public key."""
        self.ensure_one()
        keys = self.env["audit.api.key"]
        if self.auth_method == "private_key_jwt":
            keys._add_public_key(
                self.client_id, self.algorithm, self.public_key or "", self.key_name, self.overlap_hours
            )
            return {"type": "ir.actions.act_window_close"}
        secret = keys._make_secret(self.client_id, self.overlap_hours)
        # It goes to the screen of whoever asked for it, and is written down nowhere.
        return {
            "type": "ir.actions.act_window",
            "name": _("New Secret"),
            "res_model": "audit.api.secret",
            "view_mode": "form",
            "target": "new",
            "context": {"default_client_id": self.client_id.id, "default_secret": secret},
        }

    def _check_may_make(self):
        self.ensure_one()
        self.env["audit.api.key"]._check_may_add(self.client_id, self.auth_method, self.overlap_hours)

    def _identity_keys(self, action):
        """What is confirmed concerns the client."""
        return self.client_id._identity_keys(action)


class AuditApiSecret(models.TransientModel):
    """Shows a secret once. It is never saved: its only field that is stored is the client."""

    _name = "audit.api.secret"
    _inherit = "audit.company.bound"
    _description = "API Secret, Shown Once"
    _takes_secrets = True
    _rec_name = "client_id"

    client_id = fields.Many2one("audit.api.client", readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="client_id.company_id", store=True)
    client_number = fields.Char(string="Client ID", related="client_id.client_id")
    secret = fields.Char(store=False, readonly=True)
    token_address = fields.Char(compute="_compute_token_address")

    @api.depends("client_id")
    def _compute_token_address(self):
        """Sudo: a setting."""
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        for shown in self:
            shown.token_address = "%s/audit/v1/token" % base
