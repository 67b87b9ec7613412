from odoo import api, models


class AuditOwnDefaults(models.AbstractModel):
    """Records of which some fields are for Odoo to fill in: their state, who approved them, which file is theirs.

    Odoo takes what is not given from the context, and from defaults that people keep for themselves, also for fields
    that no form lets anybody write. Both are written by whoever calls, past what ``create`` was given to look at.
    """

    _name = "audit.own.defaults"
    _description = "Records That Odoo Fills In Itself"

    @api.model
    def default_get(self, fields_list):
        """Of fields that are readonly, the default that the field itself declares and no other.

        Not in dialogs: what is readonly there is what the button that opened it says, and leads nowhere by itself.
        """
        closed = [name for name in fields_list if self._is_filled_by_odoo(name)]
        if not closed:
            return super().default_get(fields_list)
        given = super().default_get([name for name in fields_list if name not in closed])
        declared = {name: self._fields[name].default(self) for name in closed if self._fields[name].default}
        given.update(
            {
                name: field.convert_to_write(field.convert_to_cache(declared[name], self, validate=False), self)
                for name, field in ((name, self._fields[name]) for name in declared)
            }
        )
        return given

    def _is_filled_by_odoo(self, name):
        field = self._fields.get(name)
        return bool(field and field.store and field.readonly and not field.related and not self._transient)
