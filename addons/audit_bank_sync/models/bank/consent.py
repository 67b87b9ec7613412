import secrets
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

REMIND = (14, 7, 1)  # days before the end on which the owner is reminded
LIVING = ("requested", "valid")


class AuditBankConsent(models.Model):
    """The permission of a person to read accounts at a bank: how far it reaches, and until when.

    Written by Odoo itself, from what the bank says. While one is renewed, the former stays in use.
    """

    _name = "audit.bank.consent"
    _inherit = ["mail.thread", "mail.activity.mixin", "audit.kept.by.odoo"]
    _description = "Bank Consent"
    _order = "id desc"
    _check_company_auto = True
    _people_write = ("activity_", "message_")

    connection_id = fields.Many2one(
        "audit.bank.connection", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True, precompute=True)
    state = fields.Selection(
        [
            ("requested", "Waits for the Bank"),
            ("valid", "Valid"),
            ("expired", "Expired"),
            ("refused", "Refused"),
            ("revoked", "Revoked"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="requested",
        index=True,
    )
    outside_id = fields.Char(string="Number at the Bank", readonly=True, index=True)
    redirect_token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    link = fields.Char(readonly=True, copy=False, groups="audit_connector_base.group_audit_connector_admin")
    valid_until = fields.Date(readonly=True)
    days_left = fields.Integer(compute="_compute_days_left")
    calls_per_day = fields.Integer(string="Calls a Day", readonly=True, help="As the bank granted it; 0: not said.")
    account_note = fields.Text(string="Accounts", readonly=True, help="What the bank lets us see, in its words.")
    reason = fields.Char(readonly=True)
    asked_by_id = fields.Many2one("res.users", string="Asked for By", readonly=True)
    granted_at = fields.Datetime(string="Granted On", readonly=True)
    renews_id = fields.Many2one("audit.bank.consent", string="Renews", readonly=True, ondelete="set null")
    reminded_days = fields.Integer(readonly=True, default=0)

    @api.depends("valid_until", "state")
    def _compute_days_left(self):
        today = fields.Date.context_today(self)
        for consent in self:
            valid = consent.state == "valid" and consent.valid_until
            consent.days_left = max(0, (consent.valid_until - today).days) if valid else 0

    @api.depends("connection_id", "state")
    def _compute_display_name(self):
        words = dict(self._fields["state"]._description_selection(self.env))
        for consent in self:
            consent.display_name = "%s: %s" % (consent.connection_id.display_name, words.get(consent.state))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["redirect_token"] = secrets.token_urlsafe(32)
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A consent is kept: it tells by what right accounts were read. Revoke it instead."))

    def _words_to_people(self):
        return _("A consent says what the bank said. Use the buttons of the bank connection.")

    @api.model
    def _returned(self, token):
        """The consent that a person comes back with, by the token of its address; none when nobody waits for it.

        Sudo: whoever comes back shows the token, which only the bank's address carried.
        """
        if not token or not isinstance(token, str):
            return self.browse()
        return self.sudo().search([("redirect_token", "=", token), ("state", "=", "requested")], limit=1)

    def _begin(self):
        """Ask the bank, keep the address that the person is sent to, and return it. Sudo: see ``_refuse_people``."""
        self.ensure_one()
        link = self.connection_id._provider()._begin_consent(self.sudo()) or ""
        self.sudo().link = link
        self._log("bank.consent_requested")
        return link

    def _grant(self, valid_until=None, calls_per_day=0, account_note="", outside_id=None):
        """Note that the bank accepted; what it renews, and whatever else was valid, is no longer used."""
        for consent in self.sudo():
            consent.write(
                {
                    "state": "valid",
                    "valid_until": valid_until,
                    "calls_per_day": calls_per_day,
                    "account_note": account_note or consent.account_note,
                    "outside_id": outside_id or consent.outside_id,
                    "granted_at": fields.Datetime.now(),
                    "link": False,
                    "reason": False,
                    "reminded_days": 0,
                }
            )
            consent.connection_id.consent_ids.filtered(
                lambda other, own=consent: other.state in LIVING and other != own
            ).write({"state": "revoked", "link": False})
            consent.connection_id.activity_unlink(["mail.mail_activity_data_todo"])
            consent._log("bank.consent_granted")

    def _refuse(self, reason):
        """Note that bank or person refused."""
        self.sudo().write({"state": "refused", "reason": reason, "link": False})
        self._log("bank.consent_refused")

    def _expire(self, reason=""):
        """Note that it holds no longer, and call the owner of the connection."""
        for consent in self.sudo().filtered(lambda one: one.state == "valid"):
            consent.write({"state": "expired", "reason": reason or consent.reason})
            consent._log("bank.consent_expired")
            consent._remind(_("The consent for %s has expired: renew it", consent.connection_id.name))

    def _remind(self, summary):
        connection = self.connection_id
        connection.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            user_id=(connection.user_id or self.asked_by_id or self.env.user).id,
        )

    def _ending(self):
        return _("The consent for %(bank)s ends on %(day)s", bank=self.connection_id.name, day=self.valid_until)

    @api.model
    def _cron_watch(self):
        """End what has run out, and remind the owners of what will; once a day."""
        today = fields.Date.today()
        valid = self.sudo().search([("state", "=", "valid"), ("valid_until", "!=", False)])
        valid.filtered(lambda consent: consent.valid_until < today)._expire()
        for consent in valid.filtered(lambda one: one.state == "valid"):
            left = (consent.valid_until - today) / timedelta(days=1)
            due = [days for days in REMIND if left <= days]
            if due and (not consent.reminded_days or min(due) < consent.reminded_days):
                consent.reminded_days = min(due)
                consent._remind(consent._ending())

    def _log(self, kind):
        for consent in self.sudo():
            facts = {
                "connection": consent.connection_id.name,
                "until": str(consent.valid_until or ""),
                "reason": consent.reason or "",
                "by": self.env.user.sudo().name or "",
            }
            subject = (consent.connection_id._name, consent.connection_id.id)
            self.env["audit.log.entry"]._append_facts(kind, [(consent.company_id, subject, facts)])
