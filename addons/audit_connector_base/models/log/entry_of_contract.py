from odoo import _, models


class AuditLogEntry(models.Model):
    """What the entries about contracts say to people."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith("contract."):
            return super()._summary_of(payload)
        payload = payload or {}
        name = "%s %s" % (payload.get("contract") or "", payload.get("version") or "")
        named = {"version": name, "subscription": payload.get("subscription")}
        if self.kind == "contract.chosen":
            return _("Messages as %(version)s for “%(subscription)s”", **named), "good"
        if self.kind == "contract.unchosen":
            return _("Messages no longer as %(version)s for “%(subscription)s”", **named), "good"
        if self.kind == "contract.deprecated":
            return _("Contract %(version)s ends on %(day)s", version=name, day=payload.get("sunset")), "good"
        if self.kind == "contract.notice_changed":
            return self._summary_of_notice(name, payload), "good"
        sentences = {
            "contract.drafted": _("Contract %s begun", name),
            "contract.changed": _("Text of contract %s changed", name),
            "contract.dropped": _("Draft of contract %s deleted", name),
            "contract.submitted": _("Contract %s put before the approvers", name),
            "contract.returned": _("Contract %s given back to its author", name),
            "contract.approved": _("Contract %s approved", name),
            "contract.shipped": _("Contract %s came with an addon", name),
            "contract.file_changed": _("The file of contract %s is not what was approved", name),
            "contract.reinstated": _("Contract %s no longer ends", name),
            "contract.retired": _("Contract %s retired", name),
        }
        bad = self.kind in ("contract.file_changed", "contract.returned")
        return sentences.get(self.kind, self.kind), "bad" if bad else "good"

    def _summary_of_notice(self, name, payload):
        before, now = (payload.get("before") or {}).get("sunset"), payload.get("sunset")
        if before != now:
            return _("End of contract %(version)s put off from %(old)s to %(new)s", version=name, old=before, new=now)
        return _("What those who use contract %s are told to do instead was changed", name)

    def _facts_of(self, payload):
        if not self.kind.startswith("contract."):
            return super()._facts_of(payload)
        before = payload.get("before")
        # Of a notice this is all that was said before, of a text its digest.
        notice = before if isinstance(before, dict) else {}
        facts = [
            (_("Contract"), payload.get("contract")),
            (_("Version"), payload.get("version")),
            (_("Version before"), payload.get("version_before")),
            (_("Connector"), (payload.get("connector") or {}).get("name")),
            (_("Compatibility"), payload.get("compatibility")),
            (_("Why"), payload.get("note")),
            (_("Why, before"), notice.get("note")),
            (_("Ends on"), payload.get("sunset")),
            (_("End before"), notice.get("sunset")),
            (_("File"), payload.get("file")),
            (_("SHA-256"), payload.get("sha256")),
            (_("SHA-256 before"), None if notice else before),
            (_("SHA-256 of the file"), payload.get("file_sha256")),
        ]
        return [(label, text) for label, text in facts if text not in (None, "")]
