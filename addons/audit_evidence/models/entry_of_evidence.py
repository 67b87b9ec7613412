from odoo import _, models

KINDS = ("engagement.", "audit_request.", "evidence.", "signoff.")


class AuditLogEntry(models.Model):
    """What the log says of engagements, requests, files and sign-offs, in words."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._summary_of(payload)
        payload = payload or {}
        name = payload.get("name") or " ".join(filter(None, (payload.get("number"), payload.get("title"))))
        files = ", ".join(text.partition(" (")[0] for text in payload.get("files") or ())
        signed = {"level": payload.get("level"), "what": payload.get("what"), "person": payload.get("person")}
        sentences = {
            "engagement.planned": _("Engagement planned: %s", name),
            "engagement.changed": _("Engagement changed: %s", name),
            "engagement.access_changed": _("Access of auditors changed: %s", name),
            "engagement.opened": _("Engagement opened to its auditors: %s", name),
            "engagement.closed": _("Engagement closed: %s", name),
            "engagement.deleted": _("Engagement deleted while planned: %s", name),
            "engagement.viewed": _("Opened in the portal: %s", name),
            "audit_request.viewed": _("Opened in the portal: %s", name),
            "audit_request.raised": _("Raised: %s", name),
            "audit_request.changed": _("Changed: %s", name),
            "audit_request.started": _("Work begun: %s", name),
            "audit_request.provided": _("Provided: %s", name),
            "audit_request.completed": _("Completed: %s", name),
            "evidence.added": _("File added: %s", files),
            "evidence.removed": _("File taken out before it was provided: %s", files),
            "evidence.downloaded": _("File downloaded: %s", files),
            "signoff.given": _("Signed off by %(person)s as %(level)s: %(what)s", **signed),
        }
        if self.kind in sentences:
            return sentences[self.kind], "good"
        reason = payload.get("reason")
        if self.kind == "audit_request.returned":
            return _("Returned: %(name)s. %(reason)s", name=name, reason=reason), "bad"
        if self.kind == "audit_request.cancelled":
            return _("Cancelled: %(name)s. %(reason)s", name=name, reason=reason), "bad"
        if self.kind == "signoff.withdrawn":
            return _("%(person)s withdrew the sign-off of %(what)s: %(reason)s", reason=reason, **signed), "bad"
        return self.kind, "good"

    def _facts_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._facts_of(payload)
        document, file = _("Document"), _("File")
        facts = [
            (_("Engagement"), payload.get("engagement")),
            (_("Signed"), payload.get("what")),
            (_("As"), payload.get("level")),
            (_("Signed By"), payload.get("person")),
            (_("SHA-256 of What Was Signed"), payload.get("digest")),
            (_("Note"), payload.get("note")),
            (_("Status"), payload.get("state")),
            (_("Audit Firm"), payload.get("firm")),
            (_("Auditors"), ", ".join(payload.get("auditors") or ())),
            (_("Auditors Before"), ", ".join(payload.get("auditors_before") or ())),
            (_("Access Until"), payload.get("access_until")),
            (_("Assigned To"), payload.get("assigned_to")),
            (_("Due On"), payload.get("due")),
            (_("Changed"), ", ".join(payload.get("changed") or ())),
            (_("Answer"), payload.get("answer")),
            *((document, text) for text in payload.get("documents") or ()),
            *((file, text) for text in payload.get("files") or ()),
            (_("Why"), payload.get("reason")),
            (_("By"), payload.get("by")),
        ]
        return [(label, text) for label, text in facts if text]
