from collections import defaultdict

from odoo import _, api, fields, models

EVERYTHING = "everything"
ANYTHING = "anything"


class AuditRetentionPolicy(models.Model):
    """How long a kind of data is kept at least, before a run may erase it. Without a policy it is kept for ever.

    Where several policies speak of the same, the longest counts. What concerns the whole system belongs to no company
    and is kept.
    """

    _name = "audit.retention.policy"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Retention Policy"
    _order = "kind, entity, id"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection("_selection_kind", string="What", required=True, default=EVERYTHING)
    entity = fields.Selection("_selection_entity", string="About", help="Empty: whatever it is about.")
    about = fields.Selection(
        "_selection_about",
        string="Only About",
        compute="_compute_about",
        inverse="_inverse_about",
        help="The kind of document that it is kept for that long. The longest policy counts.",
    )
    keep_days = fields.Integer(
        string="Kept for (days)", required=True, default=3653, help="Counted from the day on which it was recorded."
    )
    action = fields.Selection([("erase", "Content Erased")], string="Afterwards", required=True, default="erase")
    basis = fields.Char(string="Why So Long", help="The law, contract or agreement that says so.")
    active = fields.Boolean(default=True)
    lasts = fields.Char(string="Kept For", compute="_compute_lasts")

    _sql_constraints = [
        (
            "minimum_age",
            "CHECK (keep_days >= 30)",
            "Nothing is erased before it is 30 days old.",
        ),
    ]

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS audit_retention_policy_once_idx
                ON audit_retention_policy (company_id, kind, coalesce(entity, '')) WHERE active
            """
        )

    @api.model
    def _selection_kind(self):
        kinds = self.env["audit.retention.kind"]._members()
        return [(EVERYTHING, _("Everything")), *((code, kind._label()) for code, kind in kinds.items())]

    @api.model
    def _selection_entity(self):
        """What messages are about, by the names of those who make them."""
        return [(source._entity(), source._label()) for source in self.env["audit.source"]._members()]

    @api.model
    def _selection_about(self):
        return [(ANYTHING, _("Anything")), *self._selection_entity()]

    @api.depends("entity", "kind")
    def _compute_about(self):
        """The entity as people choose it: what is left open is said as well.

        It depends on the kind so that a new row, which has one from the beginning, asks for it as well.
        """
        for policy in self:
            policy.about = policy.entity or ANYTHING

    def _inverse_about(self):
        for policy in self:
            policy.entity = policy.about if policy.about not in (False, ANYTHING) else False

    @api.depends("keep_days")
    def _compute_lasts(self):
        for policy in self:
            years, days = divmod(policy.keep_days, 365.25)
            if years >= 2 and days < 30:
                policy.lasts = _("%s years", int(years))
            elif policy.keep_days >= 60:
                policy.lasts = _("%s months", round(policy.keep_days / 30.44))
            else:
                policy.lasts = _("%s days", policy.keep_days)

    @api.depends("kind", "entity", "keep_days")
    def _compute_display_name(self):
        kinds, entities = dict(self._selection_kind()), dict(self._selection_entity())
        for policy in self:
            what = kinds.get(policy.kind, policy.kind)
            about = entities.get(policy.entity, policy.entity)
            policy.display_name = "%s: %s" % (what, about) if about else what

    @api.model
    def _lines(self, company):
        """Return what a run may erase: list of dicts with ``kind``, ``entity``, ``others``, ``keep_days``.

        ``entity`` is None for all but the entities in ``others``, which have lines of their own. Sudo: whoever starts a
        run need not be the one who keeps the policies.
        """
        policies = self.sudo().search([("company_id", "=", company.id)])
        lines = []
        for code in self.env["audit.retention.kind"]._members():
            days = defaultdict(int)
            for policy in policies.filtered(lambda one, code=code: one.kind in (code, EVERYTHING)):
                days[policy.entity or None] = max(days[policy.entity or None], policy.keep_days)
            named = sorted(entity for entity in days if entity)
            for entity in named:
                keep = max(days[entity], days.get(None, 0))
                lines.append({"kind": code, "entity": entity, "others": [], "keep_days": keep})
            if None in days:
                lines.append({"kind": code, "entity": None, "others": named, "keep_days": days[None]})
        return lines
