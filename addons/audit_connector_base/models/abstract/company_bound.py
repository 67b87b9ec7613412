from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ...compat import check_access, closed_field_given


class AuditCompanyBound(models.AbstractModel):
    """Records that people make and change, and that stay with their company and with what its people may see.

    Odoo's rules ask where a record comes from when it is written, not where it goes; after the database was asked
    whether a name is taken; and what is pointed to only by the check of companies, whose refusal names it. So what a
    person enters is looked at here first, with that person's rights. Code of the suite that acts for Odoo itself
    (``sudo``) still cannot move a record.

    What follows from other fields is left to Odoo, which stores what a caller gives for it: so what people see on a
    record, and approve, could be another thing than what counts.
    """

    _name = "audit.company.bound"
    _inherit = ["audit.own.defaults", "audit.text.export"]
    _description = "Records That Stay With Their Company"

    @api.model_create_multi
    def create(self, vals_list):
        """Defaults are looked at as well: the context, or a person's own defaults, may name what they may not see."""
        closed = closed_field_given(self, vals_list)
        if closed:
            raise AccessError(_("“%s” is for Odoo to fill in.", closed))
        if not self.env.su:
            vals_list = [self._add_missing_default_values(self._without_computed(vals)) for vals in vals_list]
            for vals in vals_list:
                self._check_given_company(vals)
                self._check_given_references(vals)
        return super().create(vals_list)

    def write(self, vals):
        if "company_id" in vals and any(
            record.company_id.id != (vals["company_id"] or False) for record in self.sudo()
        ):
            raise UserError(_("This stays with its company. Make a new one for the other company."))
        if not self.env.su:
            vals = self._without_computed(vals)
            self._check_given_references(vals)
        return super().write(vals)

    @api.model
    def default_get(self, fields_list):
        """A form begins with them, and is told what follows from them; see ``onchange``."""
        found = super().default_get(fields_list)
        if not self.env.su:
            self._check_given_references(found)
        return found

    def onchange(self, values, field_names, fields_spec):
        """A form being filled in is told what follows from its values, such as related fields, past the rules."""
        if not self.env.su:
            self._check_given_references(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _without_computed(self, vals):
        """``vals`` without the fields that are computed and stored, and for nobody to enter."""
        fields_ = self._fields
        computed = {name for name in vals if name in fields_ and fields_[name].compute and fields_[name].readonly}
        return {name: value for name, value in vals.items() if name not in computed or fields_[name].inverse}

    @api.model
    def _check_given_company(self, vals):
        if not vals.get("company_id") or "company_id" not in self._fields:
            return
        if vals["company_id"] not in self.env.companies.ids:
            raise AccessError(_("You are not at work for that company. Choose it at the top of the screen first."))

    def _check_given_references(self, vals):
        """Refuse to point to what the person may not read, without a word about it.

        :raises AccessError: of Odoo's own rules
        """
        for name, value in vals.items():
            given = self._given(self._fields.get(name), value)
            if given:
                check_access(given, "read")

    def _given(self, field, value):
        """The records that a value newly points to, where they may be of a company; else nothing."""
        if field is None or not value:
            return None
        if field.type == "reference":
            model, _comma, record_id = value.partition(",") if isinstance(value, str) else ("", "", "")
            return self.env[model].browse(int(record_id)) if model in self.env and record_id.isdigit() else None
        if field.type not in ("many2one", "many2many") or not self._is_of_a_company(field):
            return None
        comodel = self.env[field.comodel_name]
        if field.type == "many2one":
            return comodel.browse((value.get("id") if isinstance(value, dict) else value) or ())
        return comodel.browse(linked(value)) - self.sudo()[field.name].sudo(False)

    def _is_of_a_company(self, field):
        return field.comodel_name.startswith("audit.") or "company_id" in self.env[field.comodel_name]._fields


def linked(commands):
    """Ids that the commands of a many2many field point to."""
    ids = set()
    for command in commands or ():
        if isinstance(command, (list, tuple)):
            ids.update({4: command[1:2], 6: command[2] if len(command) > 2 else ()}.get(command[0], ()))
        else:
            ids.add(command)
    return sorted(ids)
