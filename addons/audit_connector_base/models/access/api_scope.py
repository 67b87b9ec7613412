from odoo import _, api, fields, models


class AuditApiScope(models.Model):
    """One thing that a client may: to read one kind of document, or to add such."""

    _name = "audit.api.scope"
    _inherit = "audit.company.bound"
    _description = "API Permission"
    _order = "entity, verb, id"

    client_id = fields.Many2one("audit.api.client", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="client_id.company_id", store=True, precompute=True)
    entity = fields.Selection("_selection_entity", string="What", required=True)
    verb = fields.Selection([("read", "Read"), ("write", "Add")], string="May", required=True, default="read")

    _sql_constraints = [
        ("once", "UNIQUE (client_id, entity, verb)", "This permission stands in the list already."),
    ]

    @api.model
    def _selection_entity(self):
        return list(self.env["audit.api"]._labels().items())

    @api.depends("entity", "verb")
    def _compute_display_name(self):
        labels = self.env["audit.api"]._labels()
        for scope in self:
            scope.display_name = (
                _("Add: %s", labels.get(scope.entity, scope.entity))
                if scope.verb == "write"
                else _("Read: %s", labels.get(scope.entity, scope.entity))
            )

    @api.model_create_multi
    def create(self, vals_list):
        scopes = super().create(vals_list)
        scopes.client_id._check_may_prepare()
        return scopes

    def write(self, vals):
        self.client_id._check_may_prepare()
        result = super().write(vals)
        self.client_id._check_may_prepare()
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        self.client_id._check_may_prepare()
