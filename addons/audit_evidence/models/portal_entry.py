from odoo import _, api, models

VIEWED = "portal.viewed"


class AuditLogEntry(models.Model):
    """What people outside the company looked at in the portal."""

    _inherit = "audit.log.entry"

    @api.model
    def _append_view(self, page):
        """Record that the current user opened a page (its path) of the portal."""
        user = self.env.user
        return self._append_facts(VIEWED, [(user.company_id, ("res.users", user.id), {"page": page})], direction="out")

    def _summary_of(self, payload):
        if self.kind != VIEWED:
            return super()._summary_of(payload)
        return _("Opened in the portal: %s", (payload or {}).get("page") or ""), "good"

    def _facts_of(self, payload):
        if self.kind != VIEWED:
            return super()._facts_of(payload)
        return [(_("Page"), payload.get("page"))]
