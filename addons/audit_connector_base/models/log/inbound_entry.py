import secrets

from odoo import _, api, models

from ...core import canonical


class AuditLogEntry(models.Model):
    """What the entries about received messages, mappings and decisions say to people."""

    _inherit = "audit.log.entry"

    @api.model
    def _append_facts(self, kind, items, direction="none", actor=None, correlation=None):
        """Append entries of one kind.

        :param items: list of ``(company, (model, id), dict of facts)``; without a company it concerns the system
        """
        return self._append(
            [
                {
                    "kind": kind,
                    "direction": direction,
                    "actor": actor,
                    "company_id": company.id if company else 0,
                    "res_model": model,
                    "res_id": res_id,
                    "correlation": correlation or secrets.token_hex(16),
                    "payload": canonical.dumps(facts),
                }
                for company, (model, res_id), facts in items
            ]
        )

    def _summary_of(self, payload):
        if self.kind.startswith("inbound."):
            return self._summary_of_received(payload or {})
        if self.kind.startswith("exception."):
            return self._summary_of_exception(payload or {})
        if self.kind.startswith("mapping."):
            return self._summary_of_mapping(payload or {}), "good"
        return super()._summary_of(payload)

    def _summary_of_received(self, facts):
        sender = (facts.get("connector") or {}).get("name") or _("a platform")
        if self.kind == "inbound.received":
            return _("Received from %s", sender), "good"
        if self.kind == "inbound.processed":
            return _("%(sender)s: %(result)s", sender=sender, result=facts.get("result") or ""), "good"
        if self.kind == "inbound.failed":
            return _("A message from %(sender)s failed: %(reason)s", sender=sender, reason=facts.get("reason")), "bad"
        if self.kind == "inbound.refused":
            return _(
                "Refused from %(sender)s: %(reason)s", sender=facts.get("source"), reason=facts.get("detail")
            ), "bad"
        if self.kind == "inbound.replayed":
            return _("A message from %s is worked on again", sender), "waiting", _("Under Way")
        return self.kind, "good"

    def _summary_of_exception(self, facts):
        title = facts.get("title") or ""
        if self.kind == "exception.raised":
            return _("To be decided: %s", title), "waiting", _("Waits for a Decision")
        if self.kind == "exception.proposed":
            return _("Taking over proposed: %s", title), "waiting", _("Waits for Approval")
        if self.kind == "exception.accepted":
            return _("Taken over: %s", title), "good"
        if self.kind == "exception.rejected":
            return _("Ours kept: %s", title), "good"
        if self.kind == "exception.settled":
            return _("Settled: %s", title), "good"
        return _("No longer needed after a later message: %s", title), "good"

    def _summary_of_mapping(self, facts):
        sender = (facts.get("connector") or {}).get("name") or _("a platform")
        if self.kind == "mapping.opened":
            return _("Known to %(sender)s as %(id)s", sender=sender, id=facts.get("outside_id"))
        return _("No longer known to %(sender)s as %(id)s", sender=sender, id=facts.get("outside_id"))

    def _facts_of(self, payload):
        if self.kind.startswith(("inbound.", "exception.", "mapping.")):
            labels = [
                ("type", _("Type")),
                ("message_id", _("Message number")),
                ("outside_id", _("Number there")),
                ("result", _("Result")),
                ("verdict", _("Verdict")),
                ("reason", _("Reason")),
                ("note", _("Why")),
                ("by", _("Proposed by")),
                ("source", _("Sender")),
                ("detail", _("Detail")),
                ("transport", _("Came by")),
                ("sha256", _("SHA-256")),
            ]
            facts = [(_("From"), (payload.get("connector") or {}).get("name"))]
            facts += [(label, payload.get(name)) for name, label in labels]
            for line in payload.get("lines") or []:
                ours, theirs = line.get("ours"), line.get("theirs")
                values = _("in Odoo “%(ours)s”, received “%(theirs)s”", ours=ours, theirs=theirs)
                facts.append((line.get("label"), values))
            return [(label, text) for label, text in facts if text not in (None, "")]
        return super()._facts_of(payload)

    @api.depends("actor")
    def _compute_actor_name(self):
        result = super()._compute_actor_name()
        for entry in self:
            if entry.actor == "system/inbound":
                entry.actor_name = _("Automatic receipt")
        return result
