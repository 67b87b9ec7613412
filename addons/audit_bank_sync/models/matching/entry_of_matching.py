from odoo import _, api, models

PREFIX = "match."


class AuditLogEntry(models.Model):
    """What the log says of matches: accepted by a person or by Odoo, refused, undone."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith(PREFIX):
            return super()._summary_of(payload)
        payload = payload or {}
        amount = "%s %s" % (payload.get("amount"), payload.get("currency"))
        said = {
            "amount": amount,
            "pays": payload.get("pays") or payload.get("line") or _("a bank line"),
            "reason": payload.get("reason") or "",
        }
        if self.kind == "match.accepted":
            return _("Bank line of %(amount)s matched with %(pays)s", **said), "good"
        if self.kind == "match.automatic":
            return _("Bank line of %(amount)s matched with %(pays)s without a person", **said), "good"
        if self.kind == "match.refused":
            return _("Match of %(amount)s with %(pays)s refused: %(reason)s", **said), "bad"
        if self.kind == "match.undone":
            return _("Match of %(amount)s with %(pays)s undone", **said), "bad"
        return self.kind, "good"

    def _facts_of(self, payload):
        if not self.kind.startswith(PREFIX):
            return super()._facts_of(payload)
        uses = dict(self.env["audit.match.allocation"]._fields["use"]._description_selection(self.env))
        facts = [
            (_("Bank line"), payload.get("line")),
            (_("Booked on"), payload.get("date")),
            (_("With"), payload.get("with")),
            (_("Reason"), payload.get("reason")),
            (_("By"), payload.get("by")),
        ]
        if payload.get("score"):
            facts.append((_("Score"), "%d %%" % payload["score"]))
        for part in payload.get("parts") or ():
            label = uses.get(part.get("use"), part.get("use"))
            text = "%s %s" % (part.get("amount"), part.get("currency"))
            facts.append((label, "%s: %s" % (part["item"], text) if part.get("item") else text))
        return [(label, text) for label, text in facts if text]

    @api.depends("actor")
    def _compute_actor_name(self):
        result = super()._compute_actor_name()
        for entry in self:
            if entry.actor == "system/matching":
                entry.actor_name = _("Automatic matching")
        return result
