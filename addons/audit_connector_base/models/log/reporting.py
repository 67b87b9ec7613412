from datetime import datetime

from odoo import _, api, models

from ...compat import fields_of_group_members
from ...transaction import short_transaction


class AuditLog(models.Model):
    """Telling people what is wrong with a log."""

    _inherit = "audit.log"

    def _raise_alarm(self, title, explanation):
        """Put something about this log before a person, unless the same waits already. Returns the exception.

        Sudo: the sealer and the monitors raise, and nobody holds the right to.
        """
        self.ensure_one()
        waiting = self._alarms([("res_id", "=", self.id), ("title", "=", title)])[:1]
        if waiting:
            return waiting
        company = self._company_told()
        owner = self._people_responsible(company)[:1]
        exception = self.env["audit.exception"].sudo().create(
            {
                "title": title,
                "kind": "log",
                "severity": "2",
                "explanation": explanation,
                "company_id": company.id,
                "res_model": self._name,
                "res_id": self.id,
                "user_id": owner.id,
            }
        )
        exception._log("exception.raised", actor="system/log")
        if owner:
            exception.activity_schedule("mail.mail_activity_data_todo", summary=title, user_id=owner.id)
        return exception

    def _report_unsigned(self, reason):
        """Say that nothing can be signed, once for all logs of a company that have the same reason."""
        with short_transaction(self.env.registry) as env:
            log = env["audit.log"].browse(self.id)
            if not log._alarms([("company_id", "=", log._company_told().id), ("explanation", "=", reason)]):
                log._raise_alarm(_("The log of %s cannot be signed", log.display_name), reason)

    def _report_signed_again(self):
        """Take back that this log cannot be signed."""
        title = _("The log of %s cannot be signed", self.display_name)
        about = [("res_id", "=", self.id), ("title", "=", title)]
        if self._alarms(about):
            with short_transaction(self.env.registry) as env:
                env["audit.log"].browse(self.id)._alarms(about)._close("superseded")

    def _report_stopped(self, found):
        """Say that this log was stopped, and what was found."""
        self._raise_alarm(self._title_of_stop(), found)

    def _settle_stop(self, person):
        """Settle what was said when this log was stopped, in the name of a person who decided how it goes on."""
        alarms = self._alarms([("res_id", "=", self.id), ("title", "=", self._title_of_stop())])
        alarms.with_user(person)._close("settled")

    def _title_of_stop(self):
        return _("The log of %s was stopped", self.company_id.name or _("System"))

    def _alarms(self, domain):
        """The exceptions about logs that wait. Sudo: see ``_raise_alarm``."""
        about = [("res_model", "=", self._name), ("kind", "=", "log"), ("state", "in", ("open", "proposed"))]
        return self.env["audit.exception"].sudo().search(about + domain)

    def _company_told(self):
        """The company whose people are told: of the log of the system, the main one."""
        return self.company_id or self.env.ref("base.main_company")

    @api.model
    def _people_responsible(self, company):
        """The connector administrators of a company, who was here last before all others, the superuser not among them.

        Sudo: users are looked up.
        """
        group = self.env.ref("audit_connector_base.group_audit_connector_admin").sudo()
        people = group[fields_of_group_members()].filtered(lambda user: company in user.company_ids)
        return people.sorted(lambda user: (user.login_date or datetime.min, -user.id), reverse=True)

    def _report_set_aside(self, count):
        """Say that the sealer set entries aside."""
        with short_transaction(self.env.registry) as env:
            log = env["audit.log"].browse(self.id)
            log._raise_alarm(
                _("Entries of the log of %s were set aside", log.display_name),
                _(
                    "%s entries do not carry the mark of Odoo's key, so they may have been written by somebody else. "
                    "They stand under Audit, Log, Set Aside; decide there whether each belongs into the log.",
                    count,
                ),
            )
