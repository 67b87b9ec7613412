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
        exceptions = self.env["audit.exception"].sudo()
        company = self.company_id or self.env.ref("base.main_company")
        about = [("res_model", "=", self._name), ("res_id", "=", self.id), ("kind", "=", "log")]
        waiting = exceptions.search([*about, ("title", "=", title), ("state", "in", ("open", "proposed"))], limit=1)
        if waiting:
            return waiting
        owner = self._people_responsible(company)[:1]
        exception = exceptions.create(
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

    @api.model
    def _people_responsible(self, company):
        """The connector administrators of a company, the superuser not among them. Sudo: users are looked up."""
        group = self.env.ref("audit_connector_base.group_audit_connector_admin").sudo()
        return group[fields_of_group_members()].filtered(lambda user: company in user.company_ids).sorted("id")

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
