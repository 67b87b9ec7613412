import secrets

from odoo import api, models

from ...compat import is_automatic
from ...core import canonical
from .words import in_words

KIND = "configuration.changed"
# Stored fields that decide nothing, whatever the model: how a card looks, and what belongs to the chatter.
DECORATION = {"color", "message_main_attachment_id"}
CHATTER = ("activity_", "message_", "my_activity_", "rating_", "website_message_")


class AuditConfiguration(models.AbstractModel):
    """Settings of which every change stands in the log, with the old and the new value of each field in words.

    A model inherits it and is done: each ``create``, ``write`` and ``unlink`` that changes something appends one entry
    of the kind ``configuration.changed`` a record, in the same transaction and in one statement. A write that touches
    no setting, such as that of a counter kept by SQL, costs nothing. Secrets appear as set, replaced or removed.

    Nothing switches it off: a key of the context could be given by whoever wants to hide a change.
    """

    _name = "audit.configuration"
    _description = "Audited Configuration"

    # The fields that count, where a model has others that are no settings. None: all that are stored.
    _configuration_fields = None
    # Fields whose values are codes: people are told that they changed, the recorded content has them.
    _configuration_codes = ()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        names = self._setting_names()
        changes = []
        for record, vals in zip(records, vals_list):
            if record._is_audited_setting():
                new = {**record._settings_in_words(names), **record._secrets_in_words(vals)}
                changes.append(record._setting_change("created", {}, new))
        self._append_changes(changes)
        return records

    def write(self, vals):
        names = self._setting_names(vals)
        given = [name for name in self._secret_fields() if vals.get(name)]
        if not names and not given:
            return super().write(vals)
        before = {record.id: record._settings_in_words(names) for record in self}
        secrets_before = {record.id: record._secrets_set(given) for record in self}
        # A rule that is turned away from a model of ours counts as well as one that is turned to it.
        audited = {record.id for record in self if record._is_audited_setting()}
        result = super().write(vals)
        changes = []
        for record in self:
            if record.id in audited or record._is_audited_setting():
                entered = record._secrets_in_words(vals, secrets_before[record.id])
                old = {**before[record.id], **secrets_before[record.id]}
                new = {**record._settings_in_words(names), **entered}
                changes.append(record._setting_change("changed", old, new))
        self._append_changes(changes)
        return result

    def unlink(self):
        names = self._setting_names() + self._parts()
        changes = [
            record._setting_change("removed", record._settings_in_words(names), {})
            for record in self
            if record._is_audited_setting()
        ]
        result = super().unlink()
        self._append_changes(changes)
        return result

    def _is_audited_setting(self):
        """Whether changes of this record are recorded; models of Odoo itself say of which of theirs they are."""
        return True

    def _secret_fields(self):
        """Names of the fields that take a secret in and never give it back. They need not be stored."""
        return ()

    def _setting_company_id(self):
        """Id of the company that the record belongs to, 0 for one that serves all of them."""
        return self.company_id.id or 0 if "company_id" in self._fields else 0

    def _setting_names(self, vals=None):
        """Names of the fields that count as settings, of those in ``vals`` where it is given."""
        names = self._fields if vals is None else [name for name in vals if name in self._fields]
        return [name for name in names if self._is_setting_field(self._fields[name])]

    def _is_setting_field(self, field):
        if self._configuration_fields is not None:
            return field.name in self._configuration_fields
        return (
            field.store
            and not is_automatic(field)
            and field.type not in ("one2many", "properties", "properties_definition")
            and field.name not in DECORATION
            and not field.name.startswith(CHATTER)
        )

    def _parts(self):
        """Names of the lists of settings that go with a record when it is deleted."""
        marked = self.env.registry["audit.configuration"]
        return [
            name
            for name, field in self._fields.items()
            if field.type == "one2many" and issubclass(self.env.registry[field.comodel_name], marked)
        ]

    def _settings_in_words(self, names):
        """Return ``{field: (what it holds, in words)}``. Sudo: what is recorded does not depend on who acts."""
        self.ensure_one()
        record = self.sudo().with_context(active_test=False, bin_size=False)
        return {name: in_words(record, self._fields[name]) for name in names}

    def _secrets_set(self, names):
        """Return ``{field: (whether it is set, in words)}`` of secrets, which note elsewhere when they were set."""
        self.ensure_one()
        found = {}
        for name in names:
            note = "%s_note" % name
            is_set = bool(note in self._fields and self.sudo()[note])
            found[name] = (is_set, "set" if is_set else "")
        return found

    def _secrets_in_words(self, vals, before=None):
        """What became of the secrets in ``vals``, in the form of ``_secrets_set``; never the secret itself."""
        return {
            name: (object(), "replaced" if (before or {}).get(name, (False,))[0] else "set")
            for name in self._secret_fields()
            if vals.get(name)
        }

    def _setting_change(self, change, old, new):
        """Return what the log is told of one record, None when nothing changed."""
        self.ensure_one()
        nothing = (False, "")
        said = []
        for name in {**old, **new}:
            (was, was_words), (is_now, now_words) = old.get(name, nothing), new.get(name, nothing)
            if was == is_now or not (was_words or now_words):
                continue
            if was_words == now_words and isinstance(was, tuple):
                # Others of the same name.
                was_words, now_words = "%s %s" % (was_words, list(was)), "%s %s" % (now_words, list(is_now))
            said.append({"field": name, "label": self._fields[name].string, "old": was_words, "new": now_words})
        if not said and change == "changed":
            return None
        return {
            "company_id": self._setting_company_id(),
            "res_model": self._name,
            "res_id": self.id,
            "payload": canonical.dumps(
                {
                    "change": change,
                    "model": self._name,
                    "name": self.sudo().display_name or "",
                    "by": self.env.user.sudo().name or "",
                    "fields": said,
                }
            ),
        }

    @api.model
    def _append_changes(self, changes):
        """Append one entry for each change of ``_setting_change``, all under one trace number.

        The table of the contents is the first thing that goes when the suite is uninstalled; what goes after it is not
        recorded any more.
        """
        changes = [change for change in changes if change]
        if not changes:
            return
        self.env.cr.execute("SELECT to_regclass('audit_log_payload') IS NOT NULL")
        if not self.env.cr.fetchone()[0]:
            return
        trace = secrets.token_hex(16)
        self.env["audit.log.entry"]._append(
            [{"kind": KIND, "direction": "none", "correlation": trace, **change} for change in changes]
        )
