from odoo import _, api, models

from .words import reason_words, status_words

KINDS = ("payment_status.", "payment_hold.", "payment.returned")


class AuditLogEntry(models.Model):
    """What the log says of payments at the bank, in words."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._summary_of(payload)
        payload = payload or {}
        if self.kind == "payment_status.noted":
            return _("The bank said, changing nothing: %s", payload.get("words")), "good"
        if self.kind == "payment_hold.set":
            return _("Put on hold: %s", payload.get("reason")), "waiting", _("On Hold")
        if self.kind == "payment_hold.released":
            return _("Hold released: %s", payload.get("note")), "good"
        if self.res_model == "account.payment":
            numbers = ", ".join(payload.get("reopened") or [])
            return _("Came back from the bank; open again: %s", numbers or _("nothing")), "bad"
        return _("Open again, as %s came back from the bank", payload.get("payment")), "bad"

    def _facts_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._facts_of(payload)
        facts = [
            (_("Status"), status_words(payload.get("code"))),
            (_("Reason"), reason_words(payload.get("reason_code")) or payload.get("reason")),
            (_("When"), payload.get("at")),
            (_("Reference"), payload.get("reference")),
            (_("Set by"), payload.get("set_by")),
            (_("Why it was released"), payload.get("note")),
            (_("By"), payload.get("by")),
            (_("Charges"), payload.get("charges")),
            (_("Open again"), ", ".join(payload.get("reopened") or [])),
        ]
        return [(label, text) for label, text in facts if text]

    @api.depends("actor")
    def _compute_actor_name(self):
        result = super()._compute_actor_name()
        for entry in self:
            if entry.actor == "system/bank":
                entry.actor_name = _("Automatic reading of the bank")
        return result
