from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import keyring
from ...compat import check_access
from ...core import envelope


class AuditCredential(models.Model):
    """The keys outside of the database under which secrets are wrapped, and moving on to a new one."""

    _inherit = "audit.credential"

    trouble = fields.Char(string="Why It Cannot Be Used", compute="_compute_trouble")
    under_old_key = fields.Boolean(
        string="Wrapped under a Former Key", compute="_compute_under_old_key", search="_search_under_old_key"
    )

    @api.depends("active", "kek_id", "database", "environment", "connector_id.environment")
    def _compute_trouble(self):
        """Sudo: what an administrator may know of the keys are their ids."""
        uuid, (ids, missing) = self._database_uuid(), self._key_ids()
        for credential in self:
            credential.trouble = False
            if not credential.active:
                continue
            if credential.database not in (False, uuid):
                credential.trouble = _(
                    "It was entered in another database, of which this one is a copy. Enter it again."
                )
            elif missing:
                credential.trouble = missing
            elif credential.kek_id and credential.kek_id not in ids:
                credential.trouble = _(
                    "The key “%s” that protects it is not configured. Add it to [audit] kek again, or enter the secret "
                    "again.",
                    credential.kek_id,
                )
            else:
                credential.trouble = credential.connector_id._environment_trouble() or False

    @api.depends("kek_id")
    def _compute_under_old_key(self):
        ids, _missing = self._key_ids()
        for credential in self:
            credential.under_old_key = bool(credential.active and ids and credential.kek_id != ids[0])

    def _search_under_old_key(self, operator, value):
        """19.0 asks with ``in`` and a collection where the filter says ``=``."""
        if operator not in ("=", "!=", "in", "not in"):
            raise UserError(_("Search for secrets that are wrapped under a former key, or for those that are not."))
        ids, _missing = self._key_ids()
        wanted = any(value) if operator in ("in", "not in") else bool(value)
        is_old = wanted == (operator in ("=", "in"))
        return [("active", "=", True), ("kek_id", "!=" if is_old else "=", ids[:1] and ids[0])]

    @api.model
    def _key_ids(self):
        """``(ids of the keys, the one in use first; why there are none)``."""
        try:
            active, keys = keyring.wrapping_keys()
        except keyring.KeyMissing as error:
            return [], str(error)
        return [active, *(key_id for key_id in keys if key_id != active)], ""

    @api.model
    def _keys_in_use(self):
        """``{id of a key: number of secrets wrapped under it}``. Sudo: of all companies, as the keys are for all."""
        counted = self.sudo()._read_group([("envelope", "!=", False)], ["kek_id"], ["__count"])
        unknown = _("unknown")
        return {key_id or unknown: count for key_id, count in counted}

    def action_rewrap(self):
        """Wrap these secrets under the key in use, so that former ones can be taken out of the configuration."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may wrap secrets anew."))
        check_access(self, "read")
        return self._rewrap_and_tell()

    def _rewrap_and_tell(self):
        done, failed = self._rewrap()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "sticky": bool(failed),
                "message": self._words_of_rewrapping(done, failed),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _words_of_rewrapping(self, done, failed):
        said = _("%(count)s secrets are wrapped under the key “%(id)s” now.", count=len(done), id=self._keys()[0])
        if failed:
            said += " " + _("These cannot be opened and must be entered again: %s", ", ".join(failed.mapped("name")))
        return said

    def _rewrap(self):
        """Wrap the data keys of these secrets anew; what they hold is neither read by anybody nor changed.

        Sudo: nobody holds a right on the envelope.

        :return: those that were wrapped anew, and those that cannot be opened
        :raises UserError: when no key is configured
        """
        active, keys = self._keys()
        done, failed = self.browse(), self.browse()
        for credential in self.sudo().filtered(lambda one: one.envelope and one.kek_id != active):
            former = credential.kek_id
            try:
                sealed = envelope.rewrap(credential.envelope, credential._associated_data(), keys, active)
            except envelope.EnvelopeError:
                failed |= credential
                continue
            credential.write({"envelope": sealed, "kek_id": active})
            credential._log("secret.rewrapped", former=former or "", key=active)
            done |= credential
        return done.sudo(False), failed.sudo(False)
