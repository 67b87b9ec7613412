from odoo import _, models

from ..abstract.configuration import KIND

SHORT = 40  # characters of a value that fits into the sentence about a change


class AuditLogEntry(models.Model):
    """What the entries about changed settings say to people."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if self.kind != KIND:
            return super()._summary_of(payload)
        payload = payload or {}
        what = self._setting_named(payload)
        if payload.get("change") == "created":
            return _("%s: set up", what), "good"
        if payload.get("change") == "removed":
            return _("%s: removed", what), "good"
        said = self._settings_readable(payload)
        sentence = self._sentence_of_one(what, *said[0]) if len(said) == 1 else None
        if sentence is None:
            sentence = _("%(what)s: %(labels)s changed", what=what, labels=", ".join(one[0] for one in said))
        return sentence, "good"

    def _sentence_of_one(self, what, label, old, new):
        """The one value that changed, and what it was before; None where that is too long or not for the reader."""
        if new is None or max(len(old), len(new)) > SHORT:
            return None
        named = {"what": what, "label": label, "old": old, "new": new}
        if new in self._words_of_secrets().values():
            return _("%(what)s: %(label)s %(new)s", **named)
        if not old:
            return _("%(what)s: %(label)s set to “%(new)s”", **named)
        if not new:
            return _("%(what)s: %(label)s removed, which was “%(old)s”", **named)
        return _("%(what)s: %(label)s changed from “%(old)s” to “%(new)s”", **named)

    def _facts_of(self, payload):
        if self.kind != KIND:
            return super()._facts_of(payload)
        facts = [(_("What"), self._setting_named(payload)), (_("By"), payload.get("by"))]
        for label, old, new in self._settings_readable(payload):
            if new is None:
                facts.append((label, _("changed")))
            elif payload.get("change") == "created":
                facts.append((label, new))
            elif payload.get("change") == "removed":
                facts.append((label, old))
            elif new in self._words_of_secrets().values():
                facts.append((label, new))
            elif not old:
                facts.append((label, _("set to “%s”", new)))
            elif not new:
                facts.append((label, _("removed, before “%s”", old)))
            else:
                facts.append((label, _("before “%(old)s”, now “%(new)s”", old=old, new=new)))
        return [(label, text) for label, text in facts if text]

    def _setting_named(self, payload):
        """The kind and name of what was changed, such as “Audit Connector “Archive””."""
        model = payload.get("model") or ""
        kind = self.env[model]._description if model in self.env else model
        return _("%(kind)s “%(name)s”", kind=kind, name=payload.get("name") or "")

    def _settings_readable(self, payload):
        """Return ``[(label, old, new), …]``.

        Old and new are None where the reader may not see the field itself, and where they say nothing to people; the
        recorded content has them.
        """
        said = payload.get("fields") or []
        model = self.env.get(payload.get("model"))
        names = [one.get("field") for one in said]
        known = model.fields_get(names, ["string"]) if model is not None else {}
        codes = getattr(model, "_configuration_codes", ())
        words = {"yes": _("yes"), "no": _("no"), **self._words_of_secrets()}
        readable = []
        for one in said:
            name, old, new = one.get("field"), one.get("old") or "", one.get("new") or ""
            label = known.get(name, {}).get("string") or one.get("label") or name
            if name in codes or (model is not None and name in model._fields and name not in known):
                readable.append((label, None, None))
            else:
                readable.append((label, words.get(old, old), words.get(new, new)))
        return readable

    def _words_of_secrets(self):
        """What is recorded of a secret instead of its value, in the reader's language."""
        return {"set": _("set"), "replaced": _("replaced")}
