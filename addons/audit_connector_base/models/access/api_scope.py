from odoo import _, api, fields, models

from .api_client_changes import told


class AuditApiScope(models.Model):
    """One thing that a client may: to read one kind of document, or to add such.

    It is a part of the client, so the log tells of a change as one of the client, whichever way it took.
    """

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
        default = self.default_get(["client_id"]).get("client_id")
        with told(self._clients(vals.get("client_id", default) for vals in vals_list)):
            scopes = super().create(vals_list)
            scopes.client_id._check_may_prepare()
        return scopes

    def write(self, vals):
        self.client_id._check_may_prepare()
        with told(self.client_id | self._clients([vals.get("client_id")])):
            result = super().write(vals)
            self.client_id._check_may_prepare()
        return result

    def unlink(self):
        with told(self.client_id):
            return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        self.client_id._check_may_prepare()

    def _clients(self, ids):
        return self.env["audit.api.client"].browse(sorted({one for one in ids if one}))
