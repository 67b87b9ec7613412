from odoo import _, api, models
from odoo.exceptions import UserError


class AuditKeptByOdoo(models.AbstractModel):
    """Records that Odoo itself makes and changes: what was received, found or said, and what was done about it.

    Fields that are read only and buttons that are hidden guard nothing over RPC, so whoever calls is refused here, with
    whatever access rights. Code of the suite acts for Odoo with ``sudo``, after it asked who may. Whether such a record
    can be deleted, each model says itself.
    """

    _name = "audit.kept.by.odoo"
    _inherit = "audit.company.bound"
    _description = "Records That Nobody but Odoo Writes"
    _people_write = ()
    """Beginnings of the names of fields that people may write nevertheless."""

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_people()
        return super().create(vals_list)

    def write(self, vals):
        if not self._people_write or any(not name.startswith(self._people_write) for name in vals):
            self._refuse_people()
        return super().write(vals)

    def _refuse_people(self):
        if not self.env.su:
            raise UserError(self._words_to_people())

    def _words_to_people(self):
        """Say why nobody writes these, and what to do instead."""
        return _("This is kept by Odoo itself and cannot be changed.")
