from lxml import etree

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import address


class AuditConnector(models.Model):
    """A platform that Odoo exchanges audit events with, spoken to through one adapter."""

    _name = "audit.connector"
    _description = "Audit Connector"
    _inherit = ["audit.company.bound", "audit.calls.approvers", "audit.configuration"]
    _order = "name, id"
    _check_company_auto = True

    ANSWER_KEPT = 65536  # bytes of an answer's body that are kept, as evidence of what the other side said
    # Writing one of these asks the adapter again whether the connector can work; adapters add their own.
    CHECKED_FIELDS = {
        "active",
        "adapter",
        "allowed_destinations",
        "ca_certificates",
        "collect",
        "environment",
        "collect_signed",
        "name",
        "url",
    }

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
    protocol_warning = fields.Char(compute="_compute_protocol_warning")
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

    subscription_ids = fields.One2many("audit.subscription", "connector_id", copy=True)
    delivery_ids = fields.One2many("audit.delivery", "connector_id")
    waiting_count = fields.Integer(string="Waiting", compute="_compute_delivery_counts")
    dead_count = fields.Integer(string="Failed", compute="_compute_delivery_counts")
    delivered_count = fields.Integer(string="Delivered", compute="_compute_delivery_counts")
    health = fields.Selection(
        [
            ("idle", "Not Used Yet"),
            ("good", "Working"),
            ("waiting", "Trying Again"),
            ("bad", "Needs Attention"),
            ("approval", "Waits for Approval"),
            ("stopped", "Stopped"),
        ],
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

    @api.depends("adapter")
    def _compute_protocol_warning(self):
        for connector in self:
            name = "audit.adapter.%s" % connector.adapter
            connector.protocol_warning = self.env[name]._warning(connector) if name in self.env else False

    @api.depends("delivery_ids.state")
    def _compute_delivery_counts(self):
        """Open and failed ones are counted, of which there are few; delivered ones were counted day by day."""
        open_states = ("pending", "sending", "held", "dead")
        counts = {
            (connector.id, state): count
            for connector, state, count in self.env["audit.delivery"]._read_group(
                [("connector_id", "in", self.ids), ("state", "in", open_states)], ["connector_id", "state"], ["__count"]
            )
        }
        self.env["audit.connector.day"].invalidate_model()
        delivered = dict(
            self.env["audit.connector.day"]._read_group(
                [("connector_id", "in", self.ids)], ["connector_id"], ["delivered:sum"]
            )
        )
        for connector in self:
            waiting = [counts.get((connector.id, state), 0) for state in open_states[:3]]
            connector.waiting_count = sum(waiting)
            connector.dead_count = counts.get((connector.id, "dead"), 0)
            connector.delivered_count = delivered.get(connector, 0)
            connector.health = connector._judge_health()

    def _judge_health(self):
        if self.disabled_at:
            return "stopped"
        if self.dead_count:
            return "bad"
        if self.breaker_open or self.failing_since:
            return "waiting"
        return "good" if self.delivered_count or self.waiting_count else "idle"

    def _check_settings(self):
        """Refuse what cannot work, with the reason.

        Called at the end of ``create`` and ``write`` and not as a constraint: constraints run before the inverses of
        the secrets had their turn, and only for the fields that were given.
        """
        for connector in self.filtered("active"):
            connector._check_environment()
            connector._adapter()._check_settings(connector)
        self.filtered("active")._check_secret_destinations()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_choosing_credential(vals)
        connectors = super().create(vals_list)
        connectors._check_settings()
        connectors._forget_entered_secrets()
        return connectors

    def write(self, vals):
        if "company_id" in vals and any(connector.company_id.id != vals["company_id"] for connector in self):
            raise UserError(_("A connector stays with its company. Make a new one for the other company."))
        self._refuse_choosing_credential(vals)
        result = super().write(vals)
        if any(name in self.CHECKED_FIELDS or name in self.SECRETS or self._is_setting(name) for name in vals):
            self._check_settings()
            self._forget_entered_secrets()
        if vals.get("active"):
            self._request_drain()
        return result

    def _is_setting(self, name):
        """Whether the field is one that a protocol brought, which all begin with its name: ``rest_method``."""
        return name in self._fields and any(name.startswith(code + "_") for code, _label in self._selection_adapter())

    def _refuse_choosing_credential(self, vals):
        """The secret of another connector would sign for this one, though nobody here knows it."""
        if "credential_ids" in vals and not self.env.su:
            raise UserError(_("Enter the secret itself; a connector does not use the stored secret of another."))

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

    def _url_destination(self, schemes):
        """Scheme, host and port of the address; empty when it cannot be read."""
        self.ensure_one()
        try:
            url = address.check_url(self.url or "", require_tls=False, schemes=schemes)
        except ValueError:
            return ""
        return "%s://%s:%d" % (url.scheme, url.host, url.port)

    def _url_place(self, schemes):
        """The address with its path, in one form; empty when it cannot be read."""
        self.ensure_one()
        try:
            return "%s://%s:%d%s" % address.check_url(self.url or "", require_tls=False, schemes=schemes)
        except ValueError:
            return ""

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
        """Refuse an address that cannot be used. Without TLS it must be one that the allow-list names.

        :raises ValidationError: with the reason in plain words
        """
        policy = self._policy()
        try:
            self._usable_url(self.url or "", policy)
        except ValueError as error:
            raise ValidationError(
                _("The address of connector “%(name)s” cannot be used: %(reason)s", name=self.name, reason=error)
            ) from error

    def _usable_url(self, text, policy):
        """Return the ``core.address.Url`` of ``text``; raises ``ValueError`` when this connector may not call it."""
        schemes = self._adapter()._schemes
        url = address.check_url(text, require_tls=False, allow=self._allow_list(), schemes=schemes)
        return address.check_url(text, require_tls=not policy.names(url.host, url.port), schemes=schemes)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the settings of each protocol on the form, shown while the protocol is chosen."""
        arch, view = super()._get_view(view_id, view_type, **options)
        place = arch.find(".//group[@name='protocol']") if view_type == "form" else None
        if place is not None:
            for code, _label in self._selection_adapter():
                place.extend(self._protocol_groups(code, self.env["audit.adapter.%s" % code]))
        return arch, view

    def _protocol_groups(self, code, adapter):
        """The groups that an adapter wants on the form; its secrets are for administrators only."""
        other = "adapter != '%s'" % code
        for title, names in adapter._form():
            group = etree.Element("group", {"string": title, "invisible": other})
            for entry in names:
                name, attributes = (entry, {}) if isinstance(entry, str) else entry
                etree.SubElement(group, "field", {"name": name, **attributes})
            yield group
        secrets = [entry if isinstance(entry, tuple) else (entry, {}) for entry in adapter._secrets_used()]
        if secrets:
            # Without a secret to enter, its title would stand alone.
            hidden = ["(%s)" % attributes.get("invisible", "False") for _name, attributes in secrets]
            group = etree.Element(
                "group",
                {
                    "string": _("Secrets"),
                    "invisible": "%s or (%s)" % (other, " and ".join(hidden)),
                    "groups": "audit_connector_base.group_audit_connector_admin",
                },
            )
            for name, attributes in secrets:
                hidden = attributes.get("invisible")
                note = "%s_note" % name
                unset = "not %s" % note
                unseen = "%s or (%s)" % (unset, hidden) if hidden else unset
                # One that is there and fits is replaced by the dialog, so that nobody does it in passing.
                kept = "(%s and not secrets_unfit)" % note
                not_asked = "%s or (%s)" % (kept, hidden) if hidden else kept
                etree.SubElement(group, "field", {"name": note, "string": _("In Use"), "invisible": unseen})
                group.append(self._replace_button(name, "%s or secrets_unfit or not id" % unseen))
                etree.SubElement(group, "field", {"name": name, **attributes, "invisible": not_asked})
                if name == "signing_secret":
                    generate = {"name": "generate_secret", "widget": "radio", "invisible": not_asked}
                    etree.SubElement(group, "field", generate)
                    public = {"widget": "CopyClipboardChar", "invisible": "not signing_public_key"}
                    etree.SubElement(group, "field", {"name": "signing_public_key", **public})
            yield group

    def _replace_button(self, name, invisible):
        attributes = {
            "name": "action_replace_secret",
            "type": "object",
            "string": _("Replace…"),
            "class": "btn-link",
            "colspan": "2",
            "context": "{'secret_name': '%s'}" % name,
            "invisible": invisible,
        }
        return etree.Element("button", attributes)

    def action_test(self):
        """Open the dialog that sends a test message."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Test Message to %s", self.name),
            "res_model": "audit.connector.test",
            "view_mode": "form",
            "target": "new",
            "context": {"default_connector_id": self.id},
        }

    def action_open_waiting(self):
        return self._deliveries_action(_("Waiting Deliveries"), ["pending", "sending", "held"])

    def action_open_dead(self):
        """With the kind of each failure and what to do about it, as under Dead Letters."""
        return self._deliveries_action(_("Failed Deliveries"), ["dead"], "audit_delivery_failed_action")

    def action_open_delivered(self):
        return self._deliveries_action(_("Delivered"), ["delivered"])

    def _deliveries_action(self, name, states, action="audit_delivery_action"):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.%s" % action)
        return {
            **action,
            "name": name,
            "display_name": name,  # which the client prefers to the name
            "domain": [("connector_id", "=", self.id), ("state", "in", states)],
            "context": {},
        }
