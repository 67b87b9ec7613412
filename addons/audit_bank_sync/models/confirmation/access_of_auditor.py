from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .confirmation import AUDITOR

SHOWN = ("approved", "sent", "answered", "compared", "closed")


class AuditBankConfirmation(models.Model):
    """What the auditor named on a confirmation sees and does in the portal.

    A portal user holds no right on any model of the suite. Who may see what is decided here, by name and by day.
    """

    _inherit = "audit.bank.confirmation"

    @api.model
    def _shared_domain(self):
        """Confirmations that the current user may see in the portal today; of none where they are no auditor.

        Today is the day in UTC: people choose their own time zone, and with it half a day more.
        """
        if not self.env.user.has_group(AUDITOR):
            return [("id", "=", 0)]
        return [
            ("auditor_id", "=", self.env.uid),
            ("access_until", ">=", fields.Date.today()),
            ("state", "in", SHOWN),
        ]

    @api.model
    def _shared(self, confirmation_id=None):
        """Return what is shared with the current user, one of it or all; empty where it is not. Sudo: see the class."""
        domain = self._shared_domain()
        if confirmation_id is not None:
            domain = [*domain, ("id", "=", confirmation_id)]
        return self.sudo().search(domain)

    def _check_is_auditor(self):
        """:raises AccessError: unless the current user is the auditor named, and their access has not ended"""
        for one in self.sudo():
            if not self.env.user.share or one not in self._shared(one.id):
                raise AccessError(_("Only the auditor named on the confirmation hands in an answer directly."))

    def _receive_from_auditor(self, name, content, amounts):
        """Keep a file that the auditor named uploads, and what they enter of it.

        :param amounts: ``{line id: Decimal}``, as the bank confirms them
        """
        self.ensure_one()
        self._check_is_auditor()
        answer = self.env["audit.bank.answer"]._receive(self, name, content, "auditor")
        lines = self.sudo().line_ids.filtered(lambda line: line.id in amounts)
        for line in lines:
            line.write(
                {
                    "bank_amount": float(amounts[line.id]),
                    "answered": True,
                    "answer_id": answer.id,
                    "entered_by_id": self.env.uid,
                }
            )
        if lines:
            lines._log_answers()
        return answer
