from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import address, signatures


class AuditConnector(models.Model):
    """A platform that Odoo exchanges audit events with, spoken to through one adapter."""

    _name = "audit.connector"
    _description = "Audit Connector"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    ANSWER_KEPT = 65536  # bytes of an answer's body that are kept, as evidence of what the other side said
    CHECKED_FIELDS = {"active", "adapter", "allowed_destinations", "name", "signing_secret", "url"}

    name = fields.Char(required=True, tracking=True, help="Name of the platform, as your colleagues know it.")
    active = fields.Boolean(default=True, tracking=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, tracking=True
    )
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user, tracking=True, help="Answers for the platform."
    )
    adapter = fields.Selection(
        string="Protocol", selection="_selection_adapter", required=True, default="webhook", tracking=True
    )
    url = fields.Char(
        string="Address", tracking=True, help="Where messages are sent, for example https://audit.example.com/events"
    )
    allowed_destinations = fields.Text(
        string="Internal Destinations Allowed",
        tracking=True,
        help="Odoo refuses to call private, loopback and other internal addresses, and addresses without TLS. Name the "
        "exceptions here, one a line: a host, an address or a network, each with a port if you like.",
    )
    timeout = fields.Integer(
        string="Time-out (s)", default=lambda self: self._default_timeout(), help="For one whole exchange, in seconds."
    )
    concurrency = fields.Integer(
        string="Messages at a Time", default=8, help="How many messages are sent at the same time."
    )

    credential_id = fields.Many2one("audit.credential", readonly=True, copy=False, check_company=True)
    secret_set_at = fields.Datetime(string="Secret Set On", related="credential_id.set_at")
    signing_secret = fields.Char(
        string="Signing Secret",
        compute="_compute_signing_secret",
        inverse="_inverse_signing_secret",
        copy=False,
        help="Proves to the receiver that messages come from here. Copy it now: it is never shown again after saving.",
    )
    generate_secret = fields.Boolean(string="Generate One", store=False)

    subscription_ids = fields.One2many("audit.subscription", "connector_id", copy=True)
    delivery_ids = fields.One2many("audit.delivery", "connector_id")
    waiting_count = fields.Integer(string="Waiting", compute="_compute_delivery_counts")
    dead_count = fields.Integer(string="Failed", compute="_compute_delivery_counts")
    delivered_count = fields.Integer(string="Delivered", compute="_compute_delivery_counts")
    last_success_at = fields.Datetime(string="Last Success", compute="_compute_delivery_counts")
    health = fields.Selection(
        [("idle", "Nothing Sent Yet"), ("good", "Working"), ("waiting", "Trying Again"), ("bad", "Needs Attention")],
        compute="_compute_delivery_counts",
    )

    _sql_constraints = [
        ("name_unique", "UNIQUE (company_id, name)", "Another connector of this company has that name already."),
        ("timeout_range", "CHECK (timeout BETWEEN 1 AND 50)", "The time-out must lie between 1 and 50 seconds."),
        ("concurrency_range", "CHECK (concurrency BETWEEN 1 AND 32)", "Send between 1 and 32 messages at a time."),
    ]

    @api.model
    def _default_timeout(self):
        return int(self.env["ir.config_parameter"].sudo().get_param("audit.delivery_timeout", "30"))

    @api.model
    def _selection_adapter(self):
        prefix = "audit.adapter."
        names = sorted(name for name in self.env.registry if name.startswith(prefix))
        return [(name[len(prefix) :], self.env[name]._label()) for name in names]

    @api.depends("delivery_ids.state")
    def _compute_delivery_counts(self):
        Delivery = self.env["audit.delivery"]
        counts = {
            (connector.id, state): count
            for connector, state, count in Delivery._read_group(
                [("connector_id", "in", self.ids)], ["connector_id", "state"], ["__count"]
            )
        }
        latest = dict(
            Delivery._read_group(
                [("connector_id", "in", self.ids), ("state", "=", "delivered")], ["connector_id"], ["delivered_at:max"]
            )
        )
        for connector in self:
            connector.waiting_count = counts.get((connector.id, "pending"), 0) + counts.get(
                (connector.id, "sending"), 0
            )
            connector.dead_count = counts.get((connector.id, "dead"), 0)
            connector.delivered_count = counts.get((connector.id, "delivered"), 0)
            connector.last_success_at = latest.get(connector)
            if connector.dead_count:
                connector.health = "bad"
            elif connector.waiting_count:
                connector.health = "waiting"
            else:
                connector.health = "good" if connector.delivered_count else "idle"

    def _compute_signing_secret(self):
        """Never read back: the field only takes a new secret in."""
        self.signing_secret = False

    def _inverse_signing_secret(self):
        """Seal a secret that was entered. Sudo: nobody may choose which stored secret a connector uses."""
        for connector in self.filtered("signing_secret"):
            try:
                signatures.check_signing_secret(connector.signing_secret)
            except ValueError as error:
                raise ValidationError(
                    _("The signing secret of “%(name)s” is not usable: %(reason)s", name=connector.name, reason=error)
                ) from error
            connector.sudo().credential_id = self.env["audit.credential"]._seal(
                name=connector.name,
                kind="webhook_secret",
                company=connector.company_id,
                destination=connector._destination(),
                secret=connector.signing_secret,
                previous=connector.credential_id,
            )

    @api.onchange("generate_secret")
    def _onchange_generate_secret(self):
        self.signing_secret = signatures.new_secret() if self.generate_secret else False

    def _check_settings(self):
        """Refuse what cannot work, with the reason.

        Called at the end of ``create`` and ``write`` and not as a constraint: constraints run before the inverse of
        ``signing_secret`` had its turn, and only for the fields that were given.
        """
        for connector in self.filtered("active"):
            connector._adapter()._check_settings(connector)
            if connector.credential_id and connector.credential_id.sudo().destination != connector._destination():
                raise ValidationError(
                    _(
                        "The secret of “%(name)s” was entered for %(old)s. Enter it again to use it for %(new)s.",
                        name=connector.name,
                        old=connector.credential_id.sudo().destination,
                        new=connector._destination(),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_choosing_credential(vals)
        connectors = super().create(vals_list)
        connectors._check_settings()
        connectors._forget_entered_secret()
        return connectors

    def write(self, vals):
        if "company_id" in vals and any(connector.company_id.id != vals["company_id"] for connector in self):
            raise UserError(_("A connector stays with its company. Make a new one for the other company."))
        self._refuse_choosing_credential(vals)
        result = super().write(vals)
        if not self.CHECKED_FIELDS.isdisjoint(vals):
            self._check_settings()
            self._forget_entered_secret()
        if vals.get("active"):
            self._request_drain()
        return result

    def _refuse_choosing_credential(self, vals):
        """The secret of another connector would sign for this one, though nobody here knows it."""
        if "credential_id" in vals and not self.env.su:
            raise UserError(_("Enter the secret itself; a connector does not use the stored secret of another."))

    def _forget_entered_secret(self):
        """Drop it from the cache, from which the answer to the very request that set it would read it back."""
        self.invalidate_recordset(["signing_secret"])

    def _adapter(self):
        """The adapter's model.

        :raises UserError: when the addon that brought it was uninstalled
        """
        self.ensure_one()
        name = "audit.adapter.%s" % self.adapter
        if name not in self.env:
            raise UserError(
                _(
                    "The protocol “%(adapter)s” of connector “%(name)s” is no longer installed. Install its addon "
                    "again or choose another protocol.",
                    adapter=self.adapter,
                    name=self.name,
                )
            )
        return self.env[name]

    def _destination(self):
        """Scheme, host and port that this connector's secrets are bound to."""
        self.ensure_one()
        try:
            url = address.check_url(self.url or "", require_tls=False)
        except ValueError:
            return ""
        return "%s://%s:%d" % (url.scheme, url.host, url.port)

    def _allow_list(self):
        """The entries of the allow-list, as ``core.address.Policy`` takes them."""
        self.ensure_one()
        return [line.strip() for line in (self.allowed_destinations or "").splitlines() if line.strip()]

    def _policy(self):
        """Where this connector may go.

        :raises ValidationError: naming the line of the allow-list that is neither a host, an address nor a network
        """
        try:
            return address.Policy(self._allow_list())
        except ValueError as error:
            raise ValidationError(
                _("The internal destinations of “%(name)s”: %(reason)s", name=self.name, reason=error)
            ) from error

    def _check_url(self):
        """Refuse an address that cannot be used. Plain HTTP goes only to what the allow-list names.

        :raises ValidationError: with the reason in plain words
        """
        policy = self._policy()
        try:
            url = address.check_url(self.url or "", require_tls=False, allow=self._allow_list())
            address.check_url(self.url, require_tls=not policy.names(url.host, url.port))
        except ValueError as error:
            raise ValidationError(
                _("The address of connector “%(name)s” cannot be used: %(reason)s", name=self.name, reason=error)
            ) from error

    def _credential_secret(self):
        """The secret for the adapter's use, checked against the destination it is bound to."""
        self.ensure_one()
        return self.credential_id._reveal(self._destination())

    def _secrets_of(self, purpose):
        """Return the secrets (texts) that are good for ``purpose`` now, the newest first; empty when there is none."""
        self.ensure_one()
        return [self._credential_secret()] if self.credential_id else []

    def action_open_waiting(self):
        return self._deliveries_action(_("Waiting Deliveries"), ["pending", "sending"])

    def action_open_dead(self):
        return self._deliveries_action(_("Failed Deliveries"), ["dead"])

    def action_open_delivered(self):
        return self._deliveries_action(_("Delivered"), ["delivered"])

    def _deliveries_action(self, name, states):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_delivery_action")
        return {
            **action,
            "name": name,
            "display_name": name,  # which the client prefers to the name
            "domain": [("connector_id", "=", self.id), ("state", "in", states)],
            "context": {},
        }
