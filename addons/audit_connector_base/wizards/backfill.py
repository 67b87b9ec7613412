from datetime import date

from odoo import Command, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..compat import check_access

SAMPLE = 5


class AuditBackfill(models.TransientModel):
    """Choose what a platform is told of afterwards, see how much that is, and queue it."""

    _name = "audit.backfill"
    _inherit = ["audit.backfill.scope", "audit.company.bound"]
    _description = "Back-fill to Ask for"

    date_from = fields.Date(default=lambda self: date(fields.Date.context_today(self).year, 1, 1))
    date_to = fields.Date(default=fields.Date.context_today)
    company_ids = fields.Many2many(default=lambda self: self.env.companies)
    allowed_event_type_ids = fields.Many2many("audit.event.type", compute="_compute_allowed_event_type_ids")
    may_filter = fields.Boolean(compute="_compute_may_filter")
    count = fields.Integer(string="Documents", compute="_compute_count")
    documents = fields.Char(string="Kind", compute="_compute_count")
    sample = fields.Text(string="Among Them", compute="_compute_count")
    obstacle = fields.Char(compute="_compute_count")

    @api.depends("connector_id")
    def _compute_allowed_event_type_ids(self):
        """What the connector wants and documents can tell afterwards."""
        for wizard in self:
            wanted = wizard.connector_id.subscription_ids.filtered("active").event_type_ids
            wizard.allowed_event_type_ids = wanted.filtered(self._can_be_told)

    @api.onchange("connector_id")
    def _onchange_connector_id(self):
        if self.event_type_id not in self.allowed_event_type_ids:
            self.event_type_id = self.allowed_event_type_ids[:1]

    @api.onchange("event_type_id")
    def _onchange_event_type_id(self):
        self.domain = False

    @api.depends("document_model")
    def _compute_may_filter(self):
        """Conditions can be set by those who may see the documents, or counting would show what they may not see."""
        for wizard in self:
            try:
                wizard.may_filter = bool(wizard.document_model)
                if wizard.may_filter:
                    check_access(self.env[wizard.document_model], "read")
            except AccessError:
                wizard.may_filter = False

    @api.depends("connector_id", "event_type_id", "date_from", "date_to", "company_ids", "domain", "skip_told")
    def _compute_count(self):
        """What would be told now. Sudo for the names of some, which the list of deliveries shows as well."""
        for wizard in self:
            wizard.count, wizard.sample, wizard.obstacle, wizard.documents = 0, False, False, False
            if not (wizard.connector_id and wizard.event_type_id and wizard.date_from and wizard.date_to):
                continue
            try:
                ids = wizard._checked_ids()
            except UserError as error:
                wizard.obstacle = str(error)
                continue
            wizard.count = len(ids)
            wizard.documents = wizard._source()._label()
            some = self.env[wizard.document_model].sudo().browse(ids[:SAMPLE])
            wizard.sample = "\n".join(some.mapped("display_name"))

    def action_show(self):
        """Open the list of the documents that would be told of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Would Be Told"),
            "res_model": self.document_model,
            "view_mode": "tree,form",
            "domain": [("id", "in", self._checked_ids())],
            "context": {"active_test": False},
        }

    def action_queue(self):
        """Queue it, and show how it goes on."""
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may ask for a back-fill."))
        check_access(self.connector_id, "write")
        ids = self._checked_ids()
        if not ids:
            raise UserError(_("No document matches what you chose, so there is nothing to tell."))
        return self.env["audit.backfill.run"]._start(self, ids).get_formview_action()

    def _checked_ids(self):
        """The documents, when the person may ask for them.

        :raises UserError: with the reason
        """
        if self.date_from > self.date_to:
            raise UserError(_("The period ends before it begins."))
        foreign = self.company_ids._origin - self.env.user.company_ids
        if foreign:
            raise UserError(_("%s is not among your companies.", foreign[0].sudo().name))
        if self._own_conditions() and not self.may_filter:
            raise UserError(_("You may not see these documents, so you cannot set conditions for them."))
        return self._document_ids()

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        connector = self.env["audit.connector"].browse(values.get("connector_id"))
        if connector and "company_ids" in fields_list:
            companies = connector.subscription_ids.company_ids & self.env.user.company_ids
            values["company_ids"] = [Command.set((companies or connector.company_id).ids)]
        return values
