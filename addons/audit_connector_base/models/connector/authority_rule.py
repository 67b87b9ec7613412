from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...compat import check_access


class AuditAuthorityRule(models.Model):
    """Who owns a fact: for a group of fields, the platform that may change them in Odoo. Without a rule Odoo does."""

    _name = "audit.authority.rule"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Audit Authority Rule"
    _order = "entity, field_group, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    entity = fields.Selection("_selection_entity", string="What", required=True)
    field_group = fields.Selection("_selection_field_group", string="Which Facts", required=True)
    connector_id = fields.Many2one(
        "audit.connector",
        string="Owned By",
        ondelete="cascade",
        check_company=True,
        help="The platform whose values are taken over by themselves. Empty: Odoo owns them, and what others say about "
        "them is put before a person.",
    )
    note = fields.Char(help="Why it is so, for whoever asks later.")

    _sql_constraints = [
        ("one_owner", "UNIQUE (company_id, entity, field_group)", "These facts have an owner by another rule already."),
    ]

    @api.model
    def _selection_entity(self):
        return [handler._entity() for handler in self.env["audit.inbound.handler"]._family() if handler._entity()]

    @api.model
    def _selection_field_group(self):
        return list(
            dict(
                group for handler in self.env["audit.inbound.handler"]._family() for group in handler._field_groups()
            ).items()
        )

    @api.constrains("entity", "field_group")
    def _check_field_group(self):
        groups = {
            handler._entity()[0]: dict(handler._field_groups())
            for handler in self.env["audit.inbound.handler"]._family()
            if handler._entity()
        }
        for rule in self:
            if rule.field_group not in groups.get(rule.entity, {}):
                raise ValidationError(_("There are no such facts about “%s”.", rule.entity))

    @api.depends("entity", "field_group", "connector_id")
    def _compute_display_name(self):
        entities, groups = dict(self._selection_entity()), dict(self._selection_field_group())
        for rule in self:
            rule.display_name = _(
                "%(entity)s, %(group)s: %(owner)s",
                entity=entities.get(rule.entity, rule.entity),
                group=groups.get(rule.field_group, rule.field_group),
                owner=rule.connector_id.name or "Odoo",
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_owner(vals)
        return super().create(vals_list)

    def write(self, vals):
        if "company_id" in vals and any(rule.company_id.id != vals["company_id"] for rule in self):
            raise ValidationError(_("A rule stays with its company. Make a new one for the other company."))
        self._check_owner(vals)
        return super().write(vals)

    def _check_owner(self, vals):
        """Ask before the check of companies does, which would name the connector of another company."""
        check_access(self.env["audit.connector"].browse(vals.get("connector_id") or ()), "read")

    @api.model
    def _owned_groups(self, connector, entity):
        """Return the groups of fields of ``entity`` that ``connector`` owns, as a set. Sudo: handlers ask."""
        rules = self.sudo().search(
            [
                ("company_id", "=", connector.company_id.id),
                ("entity", "=", entity),
                ("connector_id", "=", connector.id),
            ]
        )
        return set(rules.mapped("field_group"))
