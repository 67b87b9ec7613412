from odoo import _, models


class AuditLogEntry(models.Model):
    """What the log says of back-fills: one entry when one is asked for, stopped, continued and done."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith("backfill."):
            return super()._summary_of(payload)
        payload = payload or {}
        target = payload.get("connector", {}).get("name") or _("a connector")
        total, told = payload.get("total", 0), payload.get("told", 0)
        if self.kind == "backfill.queued":
            asked = _("Back-fill of %(total)s documents for %(target)s asked for", total=total, target=target)
            return asked, "waiting", _("Under Way")
        if self.kind == "backfill.stopped":
            return _("Back-fill for %(target)s stopped after %(told)s documents", told=told, target=target), "bad"
        if self.kind == "backfill.resumed":
            going_on = _("Back-fill for %(target)s continued after %(told)s documents", told=told, target=target)
            return going_on, "waiting", _("Under Way")
        return _("Back-fill for %(target)s done: %(told)s documents told", told=told, target=target), "good"

    def _facts_of(self, payload):
        if not self.kind.startswith("backfill."):
            return super()._facts_of(payload)
        names = self.env["audit.event.type"]._by_code()
        facts = [
            (_("Event"), names.get(payload.get("type"), payload.get("type"))),
            (_("Period"), "%s – %s" % (payload.get("from"), payload.get("to"))),
            (_("Documents"), payload.get("total")),
            (_("Told"), payload.get("told")),
            (_("Conditions"), payload.get("conditions")),
            (_("Reason"), payload.get("reason")),
        ]
        return [(label, value) for label, value in facts if value not in (None, "")]
