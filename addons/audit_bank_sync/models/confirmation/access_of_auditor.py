from odoo import _, api, models

SHOWN = ("approved", "sent", "answered", "compared", "closed")


class AuditBankConfirmation(models.Model):
    """What the auditor named on a confirmation sees and does in the portal."""

    _name = "audit.bank.confirmation"
    _inherit = ["audit.bank.confirmation", "audit.shared.with.auditor"]

    @api.model
    def _shared_on(self, day):
        return [("auditor_id", "=", self.env.uid), ("access_until", ">=", day), ("state", "in", SHOWN)]

    def _words_to_others(self):
        return _("Only the auditor named on the confirmation hands in an answer directly.")

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
