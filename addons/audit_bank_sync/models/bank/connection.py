from lxml import etree

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access
from .provider import PREFIX, CannotFetch


class AuditBankConnection(models.Model):
    """A way to a bank: by files, or by an interface over a connector."""

    _name = "audit.bank.connection"
    _description = "Bank Connection"
    _inherit = ["mail.thread", "mail.activity.mixin", "audit.company.bound", "audit.configuration"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True, help="Name of the bank, as your colleagues know it.")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    provider = fields.Selection(
        selection="_selection_provider", string="Way to the Bank", required=True, default="bank_file", tracking=True
    )
    needs_connector = fields.Boolean(compute="_compute_abilities")
    needs_consent = fields.Boolean(compute="_compute_abilities")
    can_be_asked = fields.Boolean(compute="_compute_abilities")
    connector_id = fields.Many2one(
        "audit.connector",
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Holds the address of the bank and what we sign in with. For files: where they are picked up.",
    )
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user, tracking=True, help="Is called when it fails."
    )
    mode = fields.Selection(
        [("manual", "When Asked For"), ("scheduled", "On Schedule"), ("realtime", "When the Bank Calls")],
        string="Fetch",
        required=True,
        default="scheduled",
        tracking=True,
        help="On schedule, accounts are asked as often as the bank permits. When the bank calls, its message starts a "
        "fetch at once, and the schedule finds what a lost message would have told.",
    )
    overlap_days = fields.Integer(
        string="Ask Again For (Days)",
        default=5,
        help="Each fetch begins so many days before the last one ended, since banks add bookings late.",
    )
    history_days = fields.Integer(
        string="First Fetch (Days)", default=90, help="How far back the first fetch of an account goes."
    )
    account_ids = fields.One2many("audit.bank.account", "connection_id")
    account_count = fields.Integer(string="Number of Accounts", compute="_compute_account_count")
    consent_ids = fields.One2many("audit.bank.consent", "connection_id", string="All Consents", readonly=True)
    consent_id = fields.Many2one("audit.bank.consent", string="Consent", compute="_compute_consent")
    consent_in_force = fields.Boolean(compute="_compute_consent")
    consent_until = fields.Date(compute="_compute_consent", help="Empty: the bank did not say when the consent ends.")
    consent_days_left = fields.Integer(string="Consent Days Left", compute="_compute_consent")
    trouble = fields.Char(readonly=True, copy=False, help="Why the bank could not be asked the last time.")
    health = fields.Selection(
        [
            ("idle", "Not Used Yet"),
            ("good", "Working"),
            ("consent", "Needs a Consent"),
            ("bad", "Needs Attention"),
            ("stopped", "Archived"),
        ],
        string="Condition",
        compute="_compute_health",
    )

    _sql_constraints = [
        ("name_unique", "UNIQUE (company_id, name)", "Another bank connection of this company has that name already."),
        ("overlap_range", "CHECK (overlap_days BETWEEN 0 AND 60)", "Ask again for 0 to 60 days."),
        ("history_range", "CHECK (history_days BETWEEN 1 AND 3700)", "The first fetch goes back 1 to 3700 days."),
    ]

    @api.model
    def _selection_provider(self):
        names = sorted(name for name in self.env.registry if name.startswith(PREFIX))
        return [(name[len(PREFIX) :], self.env[name]._label()) for name in names]

    def _provider(self):
        """The provider's model; raises ``UserError`` when the addon that brought it was uninstalled."""
        self.ensure_one()
        name = PREFIX + (self.provider or "")
        if name not in self.env:
            raise UserError(
                _("The way to the bank of “%s” is no longer installed. Choose another one.", self.name or "")
            )
        return self.env[name]

    @api.depends("provider")
    def _compute_abilities(self):
        for connection in self:
            known = (PREFIX + (connection.provider or "")) in self.env
            provider = connection._provider() if known else None
            connection.needs_connector = bool(known and provider._needs_connector())
            connection.needs_consent = bool(known and provider._needs_consent())
            connection.can_be_asked = bool(known and provider._can_be_asked())

    @api.depends("account_ids")
    def _compute_account_count(self):
        counts = dict(
            self.env["audit.bank.account"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.account_count = counts.get(connection, 0)

    @api.depends("consent_ids.state", "consent_ids.valid_until")
    def _compute_consent(self):
        """Whether a consent is in force is another question than how long it lasts: banks need not name an end."""
        for connection in self:
            valid = connection._consent()
            connection.consent_id = valid or connection.consent_ids[:1]
            connection.consent_in_force = bool(valid)
            connection.consent_until = valid.valid_until
            connection.consent_days_left = valid.days_left

    @api.depends("active", "trouble", "provider", "account_ids", "consent_ids.state")
    def _compute_health(self):
        for connection in self:
            connection.health = connection._judge_health()

    def _judge_health(self):
        if not self.active:
            return "stopped"
        if self.needs_consent and not self._consent():
            return "consent"
        if self.trouble:
            return "bad"
        return "good" if self.account_ids else "idle"

    def _consent(self):
        """The consent in force, none when there is none."""
        self.ensure_one()
        today = fields.Date.today()
        return self.consent_ids.filtered(
            lambda one: one.state == "valid" and not (one.valid_until and one.valid_until < today)
        )[:1]

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._check_settings()
        return connections

    def write(self, vals):
        result = super().write(vals)
        if not (vals.keys() <= {"trouble"} or all(name.startswith(("activity_", "message_")) for name in vals)):
            self._check_settings()
        return result

    def _check_settings(self):
        """Refuse what cannot work, with the reason; see ``audit.connector._check_settings``."""
        for connection in self.filtered("active"):
            provider = connection._provider()
            if provider._needs_connector() and not connection.connector_id:
                raise ValidationError(
                    _("“%s” needs a connector: it holds the address of the bank and the secrets.", connection.name)
                )
            provider._check_settings(connection)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the settings of each provider on the form, shown while the provider is chosen."""
        arch, view = super()._get_view(view_id, view_type, **options)
        place = arch.find(".//group[@name='provider']") if view_type == "form" else None
        if place is not None:
            for code, _label in self._selection_provider():
                for title, names in self.env[PREFIX + code]._form():
                    group = etree.SubElement(place, "group", {"string": title, "invisible": "provider != '%s'" % code})
                    for entry in names:
                        name, attributes = (entry, {}) if isinstance(entry, str) else entry
                        etree.SubElement(group, "field", {"name": name, **attributes})
        return arch, view

    def action_find_accounts(self):
        """Ask the bank which accounts there are, and add those that are not known yet."""
        self.ensure_one()
        check_access(self, "write")
        try:
            found = self._provider()._accounts(self)
        except CannotFetch as error:
            raise UserError(error.reason) from error
        self.env["audit.bank.account"]._add_provided(self, found)
        return True

    def action_begin_consent(self):
        """Ask the bank for a consent, and send the person there."""
        self.ensure_one()
        check_access(self, "write")
        try:
            former = self._consent()
            link = self._provider()._renew(former) if former else self._new_consent()._begin()
        except CannotFetch as error:
            raise UserError(error.reason) from error
        return {"type": "ir.actions.act_url", "url": link, "target": "self"} if link else True

    def _new_consent(self, renews=None):
        """A consent to be asked for. Sudo: the caller was checked; nobody writes consents by hand."""
        return self.env["audit.bank.consent"].sudo().create(
            {"connection_id": self.id, "asked_by_id": self.env.uid, "renews_id": renews.id if renews else False}
        )  # fmt: skip

    def action_revoke_consent(self):
        """Tell the bank that the consent is no longer used."""
        self.ensure_one()
        check_access(self, "write")
        consent = self._consent()
        if not consent:
            raise UserError(_("No consent of “%s” is in force.", self.name))
        try:
            self._provider()._revoke_consent(consent.sudo())
        except CannotFetch as error:
            raise UserError(error.reason) from error
        consent.sudo().write({"state": "revoked", "link": False})
        consent._log("bank.consent_revoked")
        return True

    def _note_trouble(self, reason):
        """Remember why the bank could not be asked, or that it could. Sudo: jobs note it whoever asked."""
        for connection in self.sudo():
            if (connection.trouble or "") != (reason or ""):
                connection.trouble = reason or False
