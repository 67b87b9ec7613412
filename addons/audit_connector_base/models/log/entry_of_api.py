import secrets

from odoo import _, api, models

from ...core import canonical


class AuditLogEntry(models.Model):
    """What the log says of the API: of its clients, and of what they read and added."""

    _inherit = "audit.log.entry"

    @api.model
    def _append_system(self, kind, items, direction="none", actor=None, correlation=None):
        """Append entries of one kind to the log of the system, where settings, clients and keys belong.

        :param items: list of ``((model, id), dict of facts)``
        """
        return self._append(
            [
                {
                    "kind": kind,
                    "direction": direction,
                    "actor": actor,
                    "company_id": 0,
                    "res_model": model,
                    "res_id": res_id,
                    "correlation": correlation or secrets.token_hex(16),
                    "payload": canonical.dumps(facts),
                }
                for (model, res_id), facts in items
            ]
        )

    def _summary_of(self, payload):
        if self.kind.startswith("api_client."):
            return self._summary_of_client(payload or {})
        if self.kind.startswith("api."):
            return self._summary_of_call(payload or {})
        return super()._summary_of(payload)

    def _summary_of_client(self, facts):
        name = facts.get("name") or _("a client")
        approval = _("Waits for Approval")
        sentences = {
            "api_client.created": (_("API client %s entered", name), "waiting", _("To Be Asked For")),
            "api_client.changed": (_("API client %s changed", name), "good"),
            "api_client.requested": (_("Approval of the API client %s requested", name), "waiting", approval),
            "api_client.sent_back": (_("API client %s sent back", name), "bad"),
            "api_client.approved": (_("API client %s approved", name), "good"),
            "api_client.suspended": (_("API client %s suspended", name), "waiting", _("Suspended")),
            "api_client.resumed": (_("API client %s resumed", name), "good"),
            "api_client.reopened": (_("API client %s stopped, to be changed", name), "waiting", approval),
            "api_client.revoked": (_("API client %s revoked", name), "good"),
            "api_client.deleted": (_("API client %s deleted before it was requested", name), "good"),
            "api_client.key_made": (_("API client %s given a new secret or key", name), "good"),
        }
        return sentences.get(self.kind, (self.kind, "good"))

    def _summary_of_call(self, facts):
        client = (facts.get("client") or {}).get("name") or _("an unknown client")
        if self.kind == "api.read":
            return _("%(client)s read %(count)s × %(path)s", client=client, **_read(facts)), "good"
        if self.kind == "api.written":
            return _("%(client)s: %(result)s", client=client, result=facts.get("result") or ""), "good"
        if self.kind == "api.token_given":
            return _("%s signed in to the API", client), "good"
        if self.kind == "api.refused":
            return _("API request of %(client)s refused: %(why)s", client=client, why=facts.get("detail")), "bad"
        return self.kind, "good"

    def _facts_of(self, payload):
        if not self.kind.startswith(("api.", "api_client.")):
            return super()._facts_of(payload)
        labels = [
            ("purpose", _("Purpose")),
            ("owner", _("Owner")),
            ("environment", _("Environment")),
            ("expires_on", _("Good until")),
            ("networks", _("Only from")),
            ("writes_as", _("Writes as")),
            ("path", _("Address")),
            ("query", _("Query")),
            ("count", _("Documents")),
            ("result", _("Result")),
            ("reason", _("Reason")),
            ("detail", _("Detail")),
            ("source", _("Sender")),
            ("sha256", _("SHA-256 of what was answered")),
        ]
        facts = [(_("Client"), (payload.get("client") or {}).get("name") or payload.get("name"))]
        facts += [(label, payload.get(name)) for name, label in labels]
        for name, label in (("companies", _("Companies")), ("scopes", _("Permissions")), ("changed", _("Changed"))):
            facts.append((label, ", ".join(payload.get(name) or [])))
        return [(label, text) for label, text in facts if text not in (None, "")]

    @api.depends("actor")
    def _compute_actor_name(self):
        """Sudo: whoever may read the entry may read which client acted."""
        result = super()._compute_actor_name()
        ids = {entry.actor[7:] for entry in self if (entry.actor or "").startswith("client/")}
        clients = self.env["audit.api.client"].sudo().search([("client_id", "in", list(ids))]) if ids else ()
        names = {"client/%s" % client.client_id: client.name for client in clients}
        for entry in self:
            if entry.actor == "system/api":
                entry.actor_name = _("API")
            elif entry.actor in names:
                entry.actor_name = names[entry.actor]
        return result


def _read(facts):
    return {"count": facts.get("count", 0), "path": facts.get("path") or ""}
