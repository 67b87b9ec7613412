import secrets

from odoo import _, api, models

from ...core import canonical


class AuditLogEntry(models.Model):
    """What the entries about received messages, mappings and decisions say to people."""

    _inherit = "audit.log.entry"

    @api.model
    def _append_facts(self, kind, items, direction="none", actor=None, correlation=None):
        """Append entries of one kind.

        :param items: list of ``(company, (model, id), dict of facts)``
        """
        return self._append(
            [
                {
                    "kind": kind,
                    "direction": direction,
                    "actor": actor,
                    "company_id": company.id,
                    "res_model": model,
                    "res_id": res_id,
                    "correlation": correlation or secrets.token_hex(16),
                    "payload": canonical.dumps(facts),
                }
                for company, (model, res_id), facts in items
            ]
        )

    def _summary_of(self, payload):
        sender = ((payload or {}).get("connector") or {}).get("name") or _("a platform")
        facts = payload or {}
        sentences = {
            "inbound.received": lambda: (_("Received from %s", sender), "good"),
            "inbound.processed": lambda: (_("%(sender)s: %(result)s", sender=sender, result=_said(facts)), "good"),
            "inbound.failed": lambda: (
                _("A message from %(sender)s failed: %(reason)s", sender=sender, reason=facts.get("reason")),
                "bad",
            ),
            "inbound.refused": lambda: (
                _("Refused from %(sender)s: %(reason)s", sender=facts.get("source"), reason=facts.get("detail")),
                "bad",
            ),
            "inbound.replayed": lambda: (_("A message from %s is worked on again", sender), "waiting"),
            "mapping.opened": lambda: (
                _("Known to %(sender)s as %(id)s", sender=sender, id=facts.get("outside_id")),
                "good",
            ),
            "mapping.closed": lambda: (
                _("No longer known to %(sender)s as %(id)s", sender=sender, id=facts.get("outside_id")),
                "good",
            ),
            "authority.set": lambda: (_("Owner of facts set to %s", facts.get("owner")), "good"),
            "authority.removed": lambda: (_("Rule about the owner of facts removed"), "good"),
            "exception.raised": lambda: (_("To be decided: %s", facts.get("title")), "waiting"),
            "exception.proposed": lambda: (_("Taking over proposed: %s", facts.get("title")), "waiting"),
            "exception.accepted": lambda: (_("Taken over: %s", facts.get("title")), "good"),
            "exception.rejected": lambda: (_("Ours kept: %s", facts.get("title")), "good"),
            "exception.settled": lambda: (_("Settled: %s", facts.get("title")), "good"),
            "exception.superseded": lambda: (_("Settled by a later message: %s", facts.get("title")), "good"),
        }
        if self.kind in sentences:
            return sentences[self.kind]()
        return super()._summary_of(payload)

    def _facts_of(self, payload):
        if self.kind.startswith(("inbound.", "exception.", "mapping.", "authority.")):
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


def _said(facts):
    return facts.get("result") or ""
