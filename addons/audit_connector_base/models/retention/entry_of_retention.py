from odoo import _, api, models

from ...core import erasures
from ..log.entry import facts_table

ENTRIES_SHOWN = 200


class AuditLogEntry(models.Model):
    """What the log says of erasures, and of entries whose content was erased."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith("retention."):
            return super()._summary_of(payload)
        payload = payload or {}
        lines = payload.get("lines") or []
        number = sum(line.get("erased" if self.kind == "retention.erased" else "to_erase") or 0 for line in lines)
        if self.kind == erasures.LISTED:
            number = len(payload.get("ids") or [])
        sentences = {
            "retention.counted": _("Contents counted that may be erased: %s", number),
            erasures.LISTED: _("Contents of the audit trail listed that may be erased: %s", number),
            "retention.asked": _("Erasure asked for, contents: %s", number),
            "retention.approved": _("Erasure approved, contents: %s", number),
            "retention.erased": _("Contents erased: %s", number),
            "retention.cancelled": _("Erasure cancelled"),
        }
        if self.kind == erasures.ASKED:
            return sentences[self.kind], "waiting", _("Waits for Approval")
        return sentences.get(self.kind, self.kind), "good"

    def _facts_of(self, payload):
        if not self.kind.startswith("retention."):
            return super()._facts_of(payload)
        if self.kind == erasures.LISTED:
            ids = payload.get("ids") or []
            return [(_("Entries"), "\n".join(ids[:ENTRIES_SHOWN]) + ("\n…" if len(ids) > ENTRIES_SHOWN else ""))]
        Policy = self.env["audit.retention.policy"]
        kinds, entities = dict(Policy._selection_kind()), dict(Policy._selection_entity())
        facts = [
            (_("Asked for by"), payload.get("asked_by")),
            (_("Approved by"), payload.get("approved_by")),
            (_("Note"), payload.get("note")),
        ]
        for line in payload.get("lines") or []:
            about = entities.get(line.get("about"), line.get("about"))
            label = kinds.get(line.get("kind"), line.get("kind"))
            text = _(
                "older than %(before)s: %(found)s found, %(needed)s still needed, %(held)s kept by a hold, "
                "%(to_erase)s to be erased, %(erased)s erased",
                before=(line.get("before") or "")[:10],
                found=line.get("found"),
                needed=line.get("needed"),
                held=line.get("held"),
                to_erase=line.get("to_erase"),
                erased=line.get("erased"),
            )
            facts.append(("%s: %s" % (label, about) if about else label, text))
            facts.append((_("Fingerprint of the list"), line.get("sha256")))
            facts.append((_("Kept"), line.get("kept_by")))
        return [(label, text) for label, text in facts if text]

    def _erasures(self):
        """Return ``{entry id: UUID of the entry that says why its content was erased}``."""
        self.env.cr.execute(
            "SELECT entry_id, erased_by FROM audit_log_payload WHERE entry_id = ANY(%s) AND payload IS NULL",
            [self.ids],
        )
        return dict(self.env.cr.fetchall())

    @api.depends("kind")
    @api.depends_context("uid")
    def _compute_summary(self):
        result = super()._compute_summary()
        erasures = self._erasures()
        for entry in self:
            if entry.id in erasures:
                entry.summary = _("%s (content erased)", entry.summary)
        return result

    @api.depends("kind")
    @api.depends_context("uid")
    def _compute_details(self):
        """Say of an entry without content when and why it was erased."""
        result = super()._compute_details()
        erasures = self._erasures()
        reasons = {entry.uuid: entry for entry in self.sudo().search([("uuid", "in", list(erasures.values()))])}
        for entry in self:
            reason = reasons.get(erasures.get(entry.id))
            if reason:
                entry.details = facts_table(
                    [
                        (_("Content"), _("Erased under the retention policies; that it was recorded stays provable.")),
                        (_("Erased on"), str(reason.time)),
                        (_("Approved by"), reason.actor_name),
                        (_("Entry"), reason.uuid),
                    ]
                )
        return result
