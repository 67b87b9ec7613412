from odoo import _, api, models

KINDS = ("log.", "key.", "entry.", "anchor.", "holder.")


class AuditLogEntry(models.Model):
    """What the entries about the log itself say to people."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._summary_of(payload)
        payload = payload or {}
        if self.kind == "log.verified":
            if payload.get("result") == "verified":
                return _("Log verified: all %s entries intact", payload.get("size")), "good"
            return _("Log verified: damaged at entry %s", payload.get("index")), "bad"
        sentences = {
            "log.created": _("Log begun"),
            "log.adopted": _("%s entries taken over from before the log had a key", payload.get("entries")),
            "log.moved": _("Database moved, the log goes on: %s", payload.get("reason")),
            "log.continued": _("A new log continues the former: %s", payload.get("reason")),
            "log.exported": _(
                "Entries %(first)s to %(last)s exported", first=payload.get("first"), last=_last(payload)
            ),
            "log.downloaded": _("Export downloaded by %s", payload.get("by")),
            "key.rotated": _("Key that signs the log replaced: %s", payload.get("reason")),
            "entry.asked": _("Asked to let an entry that was set aside into the log: %s", payload.get("reason")),
            "entry.returned": _("Entry that was set aside not let into the log for now: %s", payload.get("reason")),
            "entry.admitted": _("Entry that was set aside let into the log: %s", payload.get("reason")),
            "entry.refused": _("Entry that was set aside kept out of the log: %s", payload.get("reason")),
        }
        if self.kind.startswith("holder."):
            sentences = {
                "holder.change_asked": _("Change asked for of who holds notes: %s", payload.get("to")),
                "holder.changed": _("Changed who holds notes: %s", payload.get("to")),
                "holder.change_dropped": _("Not changed who holds notes: %s", payload.get("to")),
            }
            return sentences.get(self.kind, self.kind), "good"
        if self.kind.startswith("anchor."):
            return self._summary_of_anchor(payload)
        return sentences.get(self.kind, self.kind), "good"

    def _summary_of_anchor(self, payload):
        to, size = payload.get("to"), payload.get("size")
        sentences = {
            "anchor.sent": _("Note of %(size)s entries sent to %(to)s", size=size, to=to),
            "anchor.written": _("Note of %(size)s entries written for %(to)s", size=size, to=to),
            "anchor.stamped": _("Note of %(size)s entries stamped with the time by %(to)s", size=size, to=to),
            "anchor.cosigned": _("Note of %(size)s entries signed by %(to)s", size=size, to=to),
            "anchor.failed": _("Note of %(size)s entries not handed to %(to)s", size=size, to=to),
        }
        return sentences.get(self.kind, self.kind), "bad" if self.kind == "anchor.failed" else "good"

    def _facts_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._facts_of(payload)
        continues = payload.get("continues")
        facts = [
            (_("Name of the log"), payload.get("origin")),
            (_("Continues"), continues.get("origin") if isinstance(continues, dict) else continues),
            (_("Entries"), payload.get("size") or payload.get("entries")),
            (_("Verifier key"), payload.get("vkey")),
            (_("Verifier key before"), payload.get("replaces")),
            (_("Database before"), payload.get("from")),
            (_("Database"), payload.get("to") if self.kind == "log.moved" else payload.get("database")),
            (_("Entry"), payload.get("entry")),
            (_("Asked for by"), payload.get("asked_by")),
            (_("Asked for because"), payload.get("asked_because") if self.kind != "entry.asked" else None),
            (_("Why"), payload.get("reason")),
            (_("By"), payload.get("by")),
            (_("To"), payload.get("to") if self.kind.startswith(("anchor.", "holder.")) else None),
            *((line.get("label"), "%s → %s" % (line.get("old"), line.get("new"))) for line in _lines(payload)),
            (_("Told"), payload.get("told")),
            (_("First entry"), payload.get("first")),
            (_("Last entry"), _last(payload)),
            (_("SHA-256"), payload.get("sha256")),
            (_("Proven time"), payload.get("time")),
            (_("Detail"), payload.get("detail")),
        ]
        return [(label, text) for label, text in facts if text not in (None, "")]

    @api.depends("actor")
    def _compute_actor_name(self):
        result = super()._compute_actor_name()
        names = {"system/log": _("The log itself"), "system/monitor": _("Daily verification")}
        for entry in self:
            entry.actor_name = names.get(entry.actor, entry.actor_name)
        return result


def _lines(payload):
    """The changes of a holder in a payload, which may come from elsewhere."""
    changes = payload.get("changes")
    return [line for line in changes if isinstance(line, dict)] if isinstance(changes, list) else []


def _last(payload):
    """The last of the entries that an export holds; what is recorded is the one after it."""
    end = payload.get("end")
    return end - 1 if isinstance(end, int) else None
