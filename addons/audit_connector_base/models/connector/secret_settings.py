from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import audit_options
from .credential_life import REMINDER_DAYS
from .environment import PARAMETER


class ResCompany(models.Model):
    """Whether a second person approves where secrets go. Switching it off is written to the log."""

    _name = "res.company"
    _inherit = ["res.company", "audit.configuration"]

    _configuration_fields = ("audit_second_person",)

    audit_second_person = fields.Boolean(
        string="A Second Person Approves Destinations",
        default=True,
        help="Where a connector to production is led somewhere else, another connector administrator or an approver "
        "approves that before anything is sent. Switch it off only where one person looks after everything.",
    )

    def _setting_company_id(self):
        return self.id


class ResConfigSettings(models.TransientModel):
    """The settings about secrets: who approves, which environment this database is, and the keys in use."""

    _inherit = "res.config.settings"

    audit_second_person = fields.Boolean(related="company_id.audit_second_person", readonly=False)
    audit_is_test = fields.Boolean(
        string="This Is a Test Database", compute="_compute_audit_is_test", inverse="_inverse_audit_is_test"
    )
    audit_test_is_given = fields.Boolean(compute="_compute_audit_is_test")
    audit_secret_reminder_days = fields.Integer(
        string="Days before a Secret Expires",
        config_parameter="audit.secret_reminder_days",
        default=REMINDER_DAYS,
    )
    audit_keys_in_use = fields.Text(compute="_compute_audit_keys_in_use")
    audit_former_keys = fields.Boolean(compute="_compute_audit_keys_in_use")

    @api.constrains("audit_secret_reminder_days")
    def _check_audit_secret_reminder_days(self):
        if any(not 0 <= settings.audit_secret_reminder_days <= 365 for settings in self):
            raise ValidationError(_("People are reminded 0 to 365 days before a secret expires."))

    @api.depends("company_id")
    def _compute_audit_is_test(self):
        """A neutralized database, and what the server's configuration says, are not for the screen to change."""
        parameters = self.env["ir.config_parameter"].sudo()
        given = bool(parameters.get_param("database.is_neutralized")) or bool(audit_options().get("environment"))
        self.audit_test_is_given = given
        self.audit_is_test = self.env["audit.connector"]._database_environment() == "test"

    def _inverse_audit_is_test(self):
        parameters = self.env["ir.config_parameter"].sudo()
        for settings in self:
            # Read first: it is computed anew together with the field below.
            wanted = "test" if settings.audit_is_test else False
            if not settings.audit_test_is_given and parameters.get_param(PARAMETER) != wanted:
                parameters.set_param(PARAMETER, wanted)
                self.env["audit.connector"].sudo().with_context(active_test=False).search([])._outdate_door()

    @api.depends("company_id")
    def _compute_audit_keys_in_use(self):
        ids, _missing = self.env["audit.credential"]._key_ids()
        in_use = self.env["audit.credential"]._keys_in_use()
        lines = []
        for key_id in ids:
            lines.append(_("Key “%(id)s”: %(count)s secrets", id=key_id, count=in_use.get(key_id, 0)))
        for key_id in in_use.keys() - set(ids):
            count = in_use[key_id]
            lines.append(
                _("Key “%(id)s”, which is not configured: %(count)s secrets cannot be opened", id=key_id, count=count)
            )
        for key_id in ids[1:]:
            if key_id not in in_use:
                lines.append(
                    _("Key “%s” protects no secret any more and can be taken out of the configuration.", key_id)
                )
        self.audit_keys_in_use = "\n".join(lines)
        self.audit_former_keys = any(key_id in in_use for key_id in ids[1:])

    def action_audit_rewrap(self):
        """Wrap all secrets of all companies under the key in use, because the keys belong to the server."""
        if not self.env.user.has_group("base.group_system"):
            raise UserError(_("Only administrators of the settings may wrap all secrets anew."))
        return self.env["audit.credential"].sudo().search([])._rewrap_and_tell()
