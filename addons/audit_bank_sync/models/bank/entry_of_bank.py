from odoo import _, models


class AuditLogEntry(models.Model):
    """What the log says of banks: consents, files, fetches, and what was confirmed."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith("bank."):
            return super()._summary_of(payload)
        payload = payload or {}
        name = payload.get("name") or payload.get("connection") or ""
        counts = {"name": name, "new": payload.get("new", 0), "known": payload.get("known", 0)}
        sentences = {
            "bank.consent_requested": _("Consent for %s asked for", name),
            "bank.consent_granted": _("Consent for %s granted", name),
            "bank.consent_refused": _("Consent for %s refused", name),
            "bank.consent_expired": _("Consent for %s expired", name),
            "bank.consent_revoked": _("Consent for %s revoked", name),
            "bank.file_imported": _("Bank file %(name)s read: %(new)s new, %(known)s known", **counts),
            "bank.file_failed": _("Bank file %s cannot be read", name),
            "bank.file_repeated": _("Bank file %s came again", name),
            "bank.window_fetched": _("%(name)s: %(new)s new transactions, %(known)s known", **counts),
            "bank.window_failed": _("%(name)s could not be fetched: %(why)s", name=name, why=payload.get("reason")),
            "bank.noticed": _("%s: the bank called, and is asked", name),
            "bank.past_asked": _("%(name)s: asked for %(period)s", name=name, period=payload.get("period")),
            "bank.posted": _("%(name)s: %(count)s transactions posted", name=name, count=payload.get("count", 0)),
            "bank.set_aside": _("%(name)s: %(count)s transactions set aside", name=name, count=payload.get("count", 0)),
            "bank.taken_back": _(
                "%(name)s: %(count)s transactions taken back", name=name, count=payload.get("count", 0)
            ),
            "bank.line_deleted": _(
                "%(name)s: %(count)s lines deleted from the books", name=name, count=payload.get("count", 0)
            ),
            "bank.file_downloaded": _("Bank file %s downloaded", name),
            "bank.same": _("%s: decided to be the same as another transaction", name),
            "bank.different": _("%s: decided to be another transaction", name),
            "bank.merge_undone": _("%s: taken apart again", name),
        }
        bad = self.kind in (
            "bank.consent_refused",
            "bank.consent_expired",
            "bank.file_failed",
            "bank.window_failed",
            "bank.line_deleted",
        )
        return sentences.get(self.kind, self.kind), "bad" if bad else "good"

    def _facts_of(self, payload):
        if not self.kind.startswith("bank."):
            return super()._facts_of(payload)
        labels = {
            "connection": _("Bank connection"),
            "account": _("Account"),
            "name": _("About"),
            "until": _("Valid until"),
            "period": _("Period"),
            "entries": _("Entries"),
            "new": _("New"),
            "known": _("Known"),
            "promoted": _("Booked now"),
            "doubt": _("To decide"),
            "count": _("Transactions"),
            "sum": _("Sum"),
            "sha256": _("SHA-256"),
            "format": _("Format"),
            "reason": _("Reason"),
            "note": _("Note"),
            "by": _("By"),
        }
        facts = [(label, payload.get(name)) for name, label in labels.items()]
        return [(label, value) for label, value in facts if value not in (None, "")]
