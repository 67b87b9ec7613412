from odoo import _, models


class AuditLogEntry(models.Model):
    """What the log says of test messages."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if self.kind != "connector.tested":
            return super()._summary_of(payload)
        payload = payload or {}
        target = (payload.get("connector") or {}).get("name") or _("a connector")
        if payload.get("outcome") == "delivered":
            return _("Test message accepted by %s", target), "good"
        reason = payload.get("reason") or _("no answer")
        return _("Test message not accepted by %(target)s: %(reason)s", target=target, reason=reason), "bad"

    def _facts_of(self, payload):
        if self.kind != "connector.tested":
            return super()._facts_of(payload)
        return [
            (_("Sent to"), (payload.get("connector") or {}).get("name") or ""),
            (_("Answer"), payload.get("reason") or ""),
            (_("Took"), _("%s ms", payload.get("milliseconds"))),
            (_("Message number"), payload.get("event") or ""),
        ]
