from odoo import api, fields, models

from odoo.addons.audit_connector_base.models.operation.exception import UNDECIDED


class AuditException(models.Model):
    """Exceptions about banks: what does not add up, is missing, or cannot be fetched, read or posted."""

    _inherit = "audit.exception"

    kind = fields.Selection(
        selection_add=[
            ("bank_balance", "Statement Does Not Add Up"),
            ("bank_gap", "Statement Missing"),
            ("bank_fetch", "Bank Cannot Be Asked"),
            ("bank_file", "Bank File Cannot Be Read"),
            ("bank_posting", "Cannot Be Posted"),
        ],
        ondelete={
            "bank_balance": "cascade",
            "bank_gap": "cascade",
            "bank_fetch": "cascade",
            "bank_file": "cascade",
            "bank_posting": "cascade",
        },
    )

    @api.model
    def _raise_about_bank(self, kind, record, title, explanation, owner=None, severity="1"):
        """Put something about a bank before a person, unless the same waits already. Returns the exception.

        Sudo: jobs and imports raise, and nobody holds the right to.

        :param record: what it is about, of a company
        """
        waiting = self._about_bank(kind, record)
        if waiting:
            if waiting[0].explanation != explanation:
                waiting[0].explanation = explanation
            return waiting[0]
        exception = self.sudo().create(
            {
                "title": title,
                "kind": kind,
                "severity": severity,
                "explanation": explanation,
                "company_id": record.company_id.id,
                "res_model": record._name,
                "res_id": record.id,
                "user_id": owner.id if owner else False,
            }
        )
        exception._log("exception.raised", actor="system/bank")
        if owner:
            exception.activity_schedule("mail.mail_activity_data_todo", summary=title, user_id=owner.id)
        return exception

    @api.model
    def _about_bank(self, kind, record):
        """What of a kind waits about a record. Sudo: see above."""
        about = [("kind", "=", kind), ("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.sudo().search([*about, ("state", "in", UNDECIDED)])
