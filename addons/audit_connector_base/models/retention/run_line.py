from odoo import _, api, fields, models
from odoo.exceptions import UserError

# What was asked for, row by row: nothing else is erased, also when it is free by then. Rows go with their line, and
# when the run is over; a foreign key would be checked for each of a million.
LISTED = """
CREATE TABLE IF NOT EXISTS audit_retention_listed (
    line_id integer NOT NULL,
    row_id bigint NOT NULL,
    PRIMARY KEY (line_id, row_id)
)
"""


class AuditRetentionRunLine(models.Model):
    """One kind of data in a run: how much there is, what a hold keeps, and how far the erasure is."""

    _name = "audit.retention.run.line"
    _inherit = "audit.kept.by.odoo"
    _description = "Kind of Data in a Retention Run"
    _order = "run_id, kind, entity, id"

    run_id = fields.Many2one("audit.retention.run", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True, precompute=True)
    kind = fields.Char(required=True, readonly=True)
    entity = fields.Char(readonly=True)
    others = fields.Json(readonly=True, help="Entities that have a line of their own.")
    kind_name = fields.Char(string="What", compute="_compute_names")
    entity_name = fields.Char(string="About", compute="_compute_names")
    keep_days = fields.Integer(string="Kept for (days)", readonly=True)
    before = fields.Datetime(required=True, readonly=True)
    before_day = fields.Date(string="Older Than", compute="_compute_days")
    found = fields.Integer(readonly=True, help="As old as that, and not erased yet.")
    busy = fields.Integer(string="Still Needed", readonly=True, help="Waits to be sent, worked on or decided.")
    held = fields.Integer(string="Kept by a Hold", readonly=True)
    to_erase = fields.Integer(string="To Be Erased", readonly=True)
    oldest = fields.Datetime(string="Time of the Oldest", readonly=True)
    oldest_day = fields.Date(string="Oldest", compute="_compute_days")
    kept_by = fields.Text(string="By Which Hold", readonly=True)
    erased = fields.Integer(readonly=True)
    position = fields.Integer(readonly=True, help="The last row that was looked at.")
    done = fields.Boolean(readonly=True)
    is_listed = fields.Boolean(readonly=True, help="Each content that was asked for is noted by its number.")
    logs = fields.Json(readonly=True, help="From which entry to which the contents of the audit trail are.")

    def init(self):
        self.env.cr.execute(LISTED)

    @api.depends("before", "oldest")
    def _compute_days(self):
        """Days of the place where somebody looks at it: to the second it matters to nobody."""
        for line in self:
            for name in ("before", "oldest"):
                line["%s_day" % name] = line[name] and fields.Datetime.context_timestamp(line, line[name]).date()

    @api.depends("kind", "entity")
    def _compute_names(self):
        Policy = self.env["audit.retention.policy"]
        kinds, entities = dict(Policy._selection_kind()), dict(Policy._selection_entity())
        for line in self:
            line.kind_name = kinds.get(line.kind, line.kind)
            line.entity_name = entities.get(line.entity, line.entity) or (_("All else") if line.others else _("All"))

    @api.depends("kind", "entity")
    def _compute_display_name(self):
        for line in self:
            line.display_name = "%s: %s" % (line.kind_name, line.entity_name)

    def _words_to_people(self):
        return _("What a run finds is counted by Odoo. Count again instead.")

    def _kind_model(self):
        """The model of the kind; None when the addon that brought it was uninstalled."""
        self.ensure_one()
        return self.env["audit.retention.kind"]._members().get(self.kind)

    def _scope(self):
        """The parameters of ``audit.retention.kind._found``."""
        self.ensure_one()
        return {
            "company": self.company_id.id,
            "before": self.before,
            "entities": [self.entity] if self.entity else None,
            "others": self.others or None,
        }

    def _counted(self):
        """Return the figures of this line as they are now, for ``write``."""
        self.ensure_one()
        kind = self._kind_model()
        if kind is None:
            return {"found": 0, "busy": 0, "held": 0, "to_erase": 0, "oldest": False, "kept_by": False}
        count = kind._count(self._scope())
        holds = self.env["audit.retention.hold"].sudo().browse(count["by_hold"])
        kept = [self._kept_in_words(hold, count["by_hold"][hold.id]) for hold in holds]
        return {
            "found": count["found"],
            "busy": count["busy"],
            "held": count["held"],
            "to_erase": count["found"] - count["busy"] - count["held"],
            "oldest": count["oldest"],
            "kept_by": "\n".join(kept) or False,
        }

    def _list(self):
        """Note each content of this line that may go now, in place of what was counted.

        :raises UserError: when that is more than was counted
        """
        self.ensure_one()
        counted, kind = self.to_erase, self._kind_model()
        self._forget_list()
        figures = self._counted()
        if kind is not None:
            figures.update(to_erase=kind._list(self._scope(), self.id), logs=kind._listed_logs(self.id))
        self.write({**figures, "is_listed": True})
        if self.to_erase > counted:
            self._refuse_more()

    @api.ondelete(at_uninstall=False)
    def _forget_list(self):
        self.env.cr.execute("DELETE FROM audit_retention_listed WHERE line_id = ANY(%s)", [self.ids])

    def _refuse_more(self):
        raise UserError(
            _(
                "More would be erased of “%s” now than was counted: a hold was released, or a policy changed. "
                "Have it counted again, and look at it anew.",
                self.display_name,
            )
        )

    def _kept_in_words(self, hold, number):
        return _("%(number)s by “%(hold)s” (%(scope)s)", number=number, hold=hold.name, scope=hold.scope)
