from odoo import _, models


class AuditLogEntry(models.Model):
    """What the entries about passwords that were asked for again say to people."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith("identity."):
            return super()._summary_of(payload)
        purpose = (payload or {}).get("purpose")
        if self.kind == "identity.confirmed":
            return _("Confirmed with the password: %s", purpose or ""), "good"
        if self.kind == "identity.withdrawn":
            return _("Approval taken back: %s", purpose or ""), "good"
        if purpose:
            return _("Wrong password when asked to confirm: %s", purpose), "bad"
        return _("Wrong password when asked for it again"), "bad"

    def _facts_of(self, payload):
        if not self.kind.startswith("identity."):
            return super()._facts_of(payload)
        labels = {"identity.confirmed": _("Confirmed"), "identity.withdrawn": _("Taken back")}
        facts = [
            (labels.get(self.kind, _("To confirm")), payload.get("purpose")),
            (_("By"), payload.get("by")),
            (_("Wrong answers in a row"), payload.get("failures")),
        ]
        return [(label, text) for label, text in facts if text not in (None, "")]
