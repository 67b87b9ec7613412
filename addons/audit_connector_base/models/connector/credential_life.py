from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core import tls

REMIND = "audit_connector_base.activity_secret_expires"
REMINDER_DAYS = 30
VOID = ("destination", "environment", "kind")


class AuditCredential(models.Model):
    """The life of a secret: that it expires, who is reminded, and how it ends. Every step is written to the log."""

    _inherit = "audit.credential"

    expires_by_certificate = fields.Boolean(
        readonly=True, help="The certificate that belongs to the private key says when it ends."
    )
    reminded_on = fields.Date(readonly=True, copy=False)
    reminder_id = fields.Many2one("mail.activity", readonly=True, copy=False, ondelete="set null")
    state = fields.Selection(
        [
            ("good", "In Use"),
            ("expiring", "Expires Soon"),
            ("changing", "Changing Over"),
            ("unusable", "Cannot Be Used"),
            ("expired", "Expired"),
            ("ended", "Ended"),
            ("void", "Void"),
        ],
        compute="_compute_state",
    )

    @api.depends("active", "valid_until", "expires_on", "ended_because")
    def _compute_state(self):
        soon = self._reminded_from()
        for credential in self:
            if not credential.active:
                credential.state = "void" if credential.ended_because in VOID else "ended"
            elif credential._is_expired():
                credential.state = "expired"
            elif credential.trouble:
                credential.state = "unusable"
            elif credential.valid_until:
                credential.state = "changing"
            else:
                credential.state = "expiring" if credential.expires_on and credential.expires_on <= soon else "good"

    @api.model
    def _reminded_from(self):
        """The latest day of expiry of which the owner is reminded today. Sudo: a setting for all."""
        text = self.env["ir.config_parameter"].sudo().get_param("audit.secret_reminder_days", "")
        return fields.Date.today() + timedelta(days=int(text) if text.isdigit() else REMINDER_DAYS)

    def _log(self, kind, actor=None, **further):
        """Write an entry of the log for each; nothing of a secret itself is in it."""
        self.env["audit.log.entry"]._append_facts(
            kind, [(one.company_id, (self._name, one.id), {**one._facts(), **further}) for one in self], actor=actor
        )

    def _facts(self):
        credential = self.sudo()
        return {
            "connector": {"id": credential.connector_id.id, "name": credential.connector_id.name},
            "purpose": credential.purpose,
            "credential_kind": credential.kind,
            "environment": credential.environment,
            "destination": credential.destination or "",
            "generation": credential.generation,
            "expires_on": fields.Date.to_string(credential.expires_on) or "",
            "because": credential.ended_because or "",
            "secret": "(hidden)",
        }

    def _end(self, because):
        result = super()._end(because)
        self._log("secret.voided" if because in VOID else "secret.ended")
        self._forget_reminders()
        return result

    def _follow_expiry(self, before):
        """Log another day of expiry, and be ready to remind of it. ``before``: the former one by id."""
        for credential in self:
            credential._log("secret.changed", former=fields.Date.to_string(before[credential.id]) or "")
            credential.reminded_on = False
        self._forget_reminders()

    def action_replace(self):
        """Open the dialog that replaces this secret."""
        self.ensure_one()
        return self.connector_id._replacing(self.connector_id._secret_field(self.purpose))

    def action_end(self):
        """End secrets at once, for example after a leak; what was sent with them waits until there is a new one."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may end a secret."))
        check_access(self, "read")
        self.filtered("active")._end("person")
        return True

    @api.model
    def _cron_look_after(self):
        """End what has been changed over, and remind of what expires. Scheduled action."""
        live = self.search([])
        live.filtered(lambda one: one.valid_until and one.valid_until <= fields.Datetime.now())._end("replaced")
        for credential in live.filtered(lambda one: one.active and one._is_to_be_reminded_of()):
            credential._remind()

    def _is_to_be_reminded_of(self):
        """Whether the owner has not heard yet that it expires soon, or that it has expired."""
        if not self.expires_on or self.expires_on > self._reminded_from() or self.valid_until:
            return False
        return not self.reminded_on or self._is_expired() and self.reminded_on <= self.expires_on

    def _remind(self):
        """Call the connector's owner. The activity is due on the last day on which the secret is good."""
        self._forget_reminders()
        self.reminded_on = fields.Date.today()
        expired, day = self._is_expired(), fields.Date.to_string(self.expires_on)
        if expired:
            summary, note = _("%s: expired", self.name), _("It expired on %s. Replace it: nothing is sent before.", day)
        else:
            summary, note = _("%s: expires soon", self.name), _("Its last day is %s. Replace it before.", day)
        self.reminder_id = self.connector_id.activity_schedule(
            REMIND,
            date_deadline=self.expires_on,
            summary=summary,
            note=note,
            user_id=(self.connector_id.user_id or self.set_by_id).id,
        )

    def _forget_reminders(self):
        """Take the reminders of these back. Sudo: they may be another person's."""
        self.sudo().reminder_id.unlink()


class AuditConnector(models.Model):
    """Private keys end with their certificates."""

    _inherit = "audit.connector"

    @api.model_create_multi
    def create(self, vals_list):
        connectors = super().create(vals_list)
        connectors._follow_certificates()
        return connectors

    def write(self, vals):
        result = super().write(vals)
        if any(self._is_setting(name) or name in self.SECRETS for name in vals):
            self._follow_certificates()
        return result

    def _follow_certificates(self):
        """Let private keys expire with the certificates that they belong to. Sudo: see ``audit.credential``."""
        for connector in self.filtered(lambda one: one._speaks()):
            pem = connector._adapter()._certificate(connector)
            key = connector._credential_of("private_key")
            try:
                last_day = bool(pem) and tls.read_certificates(pem)[0].valid_until.date()
            except ValueError:
                continue
            if key and (pem or key.expires_by_certificate) and key.expires_on != last_day:
                key.write({"expires_on": last_day, "expires_by_certificate": bool(pem)})
