from odoo import api, fields, models

from ...core import dictionary


class AuditContractField(models.Model):
    """The data dictionary: one field of a contract, in words. Written when a version comes into force."""

    _name = "audit.contract.field"
    _inherit = "audit.text.export"
    _description = "Data Dictionary"
    _order = "contract_id, version_id desc, sequence, id"
    _rec_name = "label"
    _rec_names_search = ["label", "path", "meaning"]

    contract_id = fields.Many2one("audit.contract", string="About", required=True, readonly=True, ondelete="cascade")
    version_id = fields.Many2one(
        "audit.contract.version", string="Version", required=True, readonly=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(readonly=True)
    path = fields.Char(readonly=True, help="Where it stands in a message, as a JSON path; [] means each item.")
    label = fields.Char(string="Field", readonly=True)
    kind = fields.Char(string="What It Holds", readonly=True)
    is_required = fields.Boolean(string="Always There", readonly=True)
    meaning = fields.Text(readonly=True)
    example = fields.Char(readonly=True)
    is_current = fields.Boolean(compute="_compute_is_current", search="_search_is_current")

    def _compute_is_current(self):
        current = self._current_versions()
        for field in self:
            field.is_current = field.version_id.id in current

    @api.model
    def _search_is_current(self, operator, value):
        wanted = "in" if (operator in ("=", "in")) == bool(value) else "not in"
        return [("version_id", wanted, self._current_versions())]

    @api.model
    def _current_versions(self):
        """The ids of the newest approved version of each contract."""
        return self.env["audit.contract"].search([]).current_id.ids


class AuditContractVersion(models.Model):
    """Versions write their entries in the dictionary."""

    _inherit = "audit.contract.version"

    def _explain(self):
        """Sudo: the dictionary is written by nobody else."""
        for version in self:
            version.sudo().field_ids.unlink()
            self.env["audit.contract.field"].sudo().create(
                [
                    {
                        "contract_id": version.contract_id.id,
                        "version_id": version.id,
                        "sequence": sequence,
                        "path": entry.path,
                        "label": entry.label,
                        "kind": entry.kind,
                        "is_required": entry.required,
                        "meaning": entry.meaning,
                        "example": entry.example,
                    }
                    for sequence, entry in enumerate(dictionary.entries(version._schema()))
                ]
            )
