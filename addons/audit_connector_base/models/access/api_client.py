import ipaddress
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import uuid7
from ..environment import ENVIRONMENTS, environment_of

LONGEST = 731  # days that an approval may hold
MAX_NETWORKS = 50

STATES = [
    ("draft", "Being Prepared"),
    ("requested", "To Approve"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("revoked", "Revoked"),
]


class AuditApiClient(models.Model):
    """A program of somebody else that may read, and in some cases add, by the API: who answers for it, and what it may.

    What it may was approved by a second person and is not changed afterwards without being approved again; see
    ``api_client_state``. Its secrets are ``audit.api.key``.
    """

    _name = "audit.api.client"
    _description = "API Client"
    _inherit = ["audit.company.bound", "audit.two.persons"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    client_id = fields.Char(
        string="Client ID",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: uuid7.uuid7(),
        help="What the program says who it is by. It is no secret.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Registered By",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    company_ids = fields.Many2many(
        "res.company",
        "audit_api_client_company_rel",
        string="Companies It May See",
        default=lambda self: self.env.company,
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Who answers for this program here, and may give it a new secret.",
    )
    contact = fields.Char(string="Contact Outside", help="Whom to call when the program misbehaves.")
    purpose = fields.Text(help="What the data is used for. Whoever approves the client approves this.")
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        default=lambda self: environment_of(self.env),
        help="A client for production is refused by a test copy of the database, and the other way round.",
    )
    auth_method = fields.Selection(
        [
            ("client_secret", "A secret, generated here and shown once"),
            ("private_key_jwt", "A private key, of which only the public one is known here"),
        ],
        string="Proves Itself By",
        required=True,
        default="client_secret",
    )
    networks = fields.Char(
        string="Only From",
        help="Addresses or networks that it may call from, separated by commas: 192.0.2.7, 2001:db8::/48. Empty: from "
        "anywhere.",
    )
    expires_on = fields.Date(
        string="Good Until",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=365),
        help="The last day on which it may call. At most two years ahead.",
    )
    connector_id = fields.Many2one(
        "audit.connector",
        string="Writes As",
        check_company=True,
        ondelete="restrict",
        help="The platform in whose name and company it adds things, needed where it may add any. What it adds is "
        "treated like a message from that platform.",
    )
    rate_per_minute = fields.Integer(
        string="Requests a Minute", default=600, help="How many requests are answered in the long run."
    )
    burst = fields.Integer(
        string="Requests at Once", default=100, help="How many it may send at a stretch before it is slowed down."
    )
    network_list = fields.Char(compute="_compute_network_list", store=True, precompute=True)
    scope_ids = fields.One2many("audit.api.scope", "client_id", string="Permissions", copy=True)
    key_ids = fields.One2many("audit.api.key", "client_id", string="Secrets and Keys", readonly=True, copy=False)
    state = fields.Selection(STATES, required=True, default="draft", copy=False, group_expand="_every_state")

    requested_by_id = fields.Many2one("res.users", string="Requested By", readonly=True, copy=False)
    requested_at = fields.Datetime(string="Requested On", readonly=True, copy=False)
    ended_by_id = fields.Many2one("res.users", string="Suspended or Revoked By", readonly=True, copy=False)
    ended_at = fields.Datetime(string="Suspended or Revoked On", readonly=True, copy=False)

    is_expired = fields.Boolean(string="Expired", compute="_compute_is_expired", search="_search_is_expired")
    has_key = fields.Boolean(compute="_compute_has_key")
    hint = fields.Char(string="What Is Missing", compute="_compute_hint")

    _sql_constraints = [
        ("client_id_unique", "UNIQUE (client_id)", "A client ID is used once."),
        ("rate_range", "CHECK (rate_per_minute BETWEEN 1 AND 60000)", "It may send 1 to 60,000 requests a minute."),
        ("burst_range", "CHECK (burst BETWEEN 1 AND 10000)", "It may send 1 to 10,000 requests at once."),
    ]

    @api.model
    def _every_state(self, states, domain, order=None):
        return [state for state, _label in STATES]

    @api.depends("networks")
    def _compute_network_list(self):
        """As the database compares them; what cannot be read lets nobody in until ``_check_networks`` refuses it."""
        for client in self:
            try:
                client.network_list = ",".join(networks_in(client.networks))
            except ValueError:
                client.network_list = "255.255.255.255/32"

    @api.depends("expires_on")
    def _compute_is_expired(self):
        today = fields.Date.today()
        for client in self:
            client.is_expired = bool(client.expires_on and client.expires_on < today)

    def _search_is_expired(self, operator, value):
        if operator not in ("=", "!="):
            raise UserError(_("Ask whether a client is expired or not."))
        expired = bool(value) == (operator == "=")
        return [("expires_on", "<" if expired else ">=", fields.Date.today())]

    @api.depends("key_ids.valid_until")
    def _compute_has_key(self):
        """Sudo: whoever may see the client may see whether it can sign in."""
        for client in self:
            client.has_key = bool(client.sudo().key_ids._usable(client))

    @api.depends("state", "has_key", "is_expired", "environment", "auth_method", "owner_id.active")
    def _compute_hint(self):
        """What a person has to do before the program can work, or why it cannot."""
        environment = environment_of(self.env)
        for client in self:
            client.hint = False
            if client.state not in ("active", "suspended"):
                continue
            if not client.owner_id.active:
                client.hint = _("Its owner has left. Enter somebody else who answers for it.")
            elif client.is_expired:
                client.hint = _("It has expired. Use Change to set a later date, and have it approved again.")
            elif client.environment != environment:
                client.hint = _("It is for another environment than this database, so it is refused here.")
            elif not client.has_key and client.auth_method == "client_secret":
                client.hint = _("It has no secret yet: use New Secret and hand it to whoever runs the program.")
            elif not client.has_key:
                client.hint = _("It has no key yet: use New Key and enter its public key.")

    @api.constrains("networks")
    def _check_networks(self):
        for client in self:
            try:
                networks = networks_in(client.networks)
            except ValueError as error:
                raise ValidationError(
                    _("“%(client)s” cannot be limited to this: %(reason)s", client=client.name, reason=error)
                ) from error
            if len(networks) > MAX_NETWORKS:
                raise ValidationError(_("A client calls from at most %s networks.", MAX_NETWORKS))

    @api.constrains("expires_on")
    def _check_expires_on(self):
        latest = fields.Date.today() + timedelta(days=LONGEST)
        for client in self:
            if client.expires_on and client.expires_on > latest:
                raise ValidationError(
                    _("“%s” may be good for two years at most; then somebody has to look at it again.", client.name)
                )

    @api.constrains("connector_id", "company_ids")
    def _check_connector(self):
        """Sudo: the company of the connector only."""
        for client in self:
            company = client.sudo().connector_id.company_id
            if company and company not in client.sudo().company_ids:
                raise ValidationError(_("“%s” may only write as a platform of a company that it may see.", client.name))

    def _why_refused(self, address):
        """Return why a request of this client from ``address`` is refused, for our own log; None when it is not."""
        self.ensure_one()
        if self.state != "active":
            return "client is %s" % self.state
        if self.environment != environment_of(self.env):
            return "client of the other environment"
        if not self.expires_on or self.is_expired:
            return "client expired"
        networks = [ipaddress.ip_network(network) for network in (self.network_list or "").split(",") if network]
        if networks and not any(address and ipaddress.ip_address(address) in network for network in networks):
            return "sender outside of the client's networks"
        return None

    def _scopes(self):
        """Return what the client may as a sorted list such as ``["invoice:read"]``."""
        self.ensure_one()
        return sorted("%s:%s" % (scope.entity, scope.verb) for scope in self.scope_ids)


def networks_in(text):
    """Return the networks named in ``text`` as a list of texts in standard form; ``ValueError`` with the reason."""
    found = []
    for part in (text or "").split(","):
        part = part.strip()
        if not part:
            continue
        try:
            found.append(str(ipaddress.ip_network(part)))
        except ValueError as error:
            raise ValueError(str(error)) from None
    return found
