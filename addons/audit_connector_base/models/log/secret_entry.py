from odoo import _, models


class AuditLogEntry(models.Model):
    """What the log says of secrets and of where they go. The secrets themselves are in no entry."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if self.kind.startswith("secret."):
            return self._summary_of_secret(payload or {}), "bad" if self.kind == "secret.voided" else "good"
        if self.kind.startswith("destination."):
            return self._summary_of_destination(payload or {})
        return super()._summary_of(payload)

    def _summary_of_secret(self, facts):
        words = {"name": self._name_of_secret(facts)}
        if self.kind == "secret.set":
            return _("%(name)s entered", **words)
        if self.kind == "secret.rotated":
            return _("%(name)s replaced", **words)
        if self.kind == "secret.ended":
            return _("%(name)s ended", **words)
        if self.kind == "secret.voided":
            return _("%(name)s void: it was entered for something else", **words)
        if self.kind == "secret.used":
            return _("%(name)s used for the first time that day", **words)
        if self.kind == "secret.rewrapped":
            return _("%(name)s wrapped under another key", **words)
        return _("%(name)s: day of expiry changed", **words)

    def _name_of_secret(self, facts):
        kinds = dict(self.env["audit.credential"]._fields["kind"]._description_selection(self.env))
        target = (facts.get("connector") or {}).get("name") or _("a connector")
        return "%s: %s" % (target, kinds.get(facts.get("credential_kind"), _("Secret")))

    def _summary_of_destination(self, facts):
        target = (facts.get("connector") or {}).get("name") or _("a connector")
        there = facts.get("new") or _("no address")
        if self.kind == "destination.changed":
            return (
                _("%(target)s led to %(there)s: to be approved", target=target, there=there),
                "waiting",
                _("Waits for Approval"),
            )
        return _("%(target)s may send to %(there)s", target=target, there=there), "good"

    def _facts_of(self, payload):
        if not self.kind.startswith(("secret.", "destination.")):
            return super()._facts_of(payload)
        Credential = self.env["audit.credential"]

        def word(field, value):
            return dict(Credential._fields[field]._description_selection(self.env)).get(value, value)

        uses = dict(self.env["audit.credential.use"]._fields["used_for"]._description_selection(self.env))
        facts = [
            (_("Connector"), (payload.get("connector") or {}).get("name")),
            (_("Secret"), word("kind", payload.get("credential_kind"))),
            (_("Serves to"), word("purpose", payload.get("purpose"))),
            (_("Environment"), word("environment", payload.get("environment"))),
            (_("Destination"), payload.get("destination")),
            (_("Generation"), payload.get("generation")),
            (_("Expires on"), payload.get("expires_on")),
            (_("Because"), word("ended_because", payload.get("because"))),
            (_("Used for"), uses.get(payload.get("used_for"))),
            (_("Key"), payload.get("key")),
            (_("Before"), payload.get("old") or payload.get("former")),
            (_("Now"), payload.get("new")),
            (_("Changed by"), payload.get("changed_by")),
            (_("Same person"), _("changed and approved by one person") if payload.get("alone") else None),
        ]
        return [(label, value) for label, value in facts if value not in (None, "", False)]
