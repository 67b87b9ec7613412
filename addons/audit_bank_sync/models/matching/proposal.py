from odoo import _, api, fields, models
from odoo.exceptions import UserError

OPEN, ACCEPTED = "open", "accepted"
OWN_FIELDS = {"refusal_reason"}


class AuditMatchProposal(models.Model):
    """What one or several bank lines may pay, with the reasons. It decides nothing: people do, or the approved rule.

    Made by runs (``audit.match.run``) and, of what a person put together at the work bench, by it. Nobody else writes
    one; ``deciding.py`` has the decisions, ``bench.py`` what the work bench asks for.
    """

    _name = "audit.match.proposal"
    _inherit = "audit.company.bound"
    _description = "Proposed Match"
    _order = "state, score desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("one_to_one", "One Line, One Item"),
            ("one_to_many", "One Line, Several Items"),
            ("many_to_one", "Several Lines, One Item"),
            ("partial", "Part of an Item"),
            ("overpaid", "More Than the Item"),
            ("own_transfer", "Own Transfer"),
            ("sweep", "Cash Pooling"),
            ("duplicate", "Repeated Line"),
            ("manual", "Put Together by Hand"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("undone", "Undone"),
            ("superseded", "No Longer Fits"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default=OPEN,
        index=True,
    )
    level = fields.Selection(
        [("suggest", "For a Person"), ("automatic", "Certain")],
        string="How Certain",
        required=True,
        readonly=True,
        default="suggest",
        help="Certain: above the threshold, clear of the second best, and named by a reference of its own.",
    )
    rank = fields.Integer(readonly=True, help="0: meant for its line; others are alternatives.")
    score = fields.Float(readonly=True, digits=(5, 4))
    margin = fields.Float(readonly=True, digits=(5, 4))
    reasons = fields.Json(readonly=True)
    barriers = fields.Json(readonly=True)
    signature = fields.Char(readonly=True, index=True, help="Says the same of the same lines and items.")
    statement_line_ids = fields.Many2many(
        "account.bank.statement.line", "audit_match_proposal_line_rel", "proposal_id", "line_id",
        string="Bank Lines", readonly=True,
    )  # fmt: skip
    other_line_id = fields.Many2one(
        "account.bank.statement.line", string="Repeats", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    allocation_ids = fields.One2many("audit.match.allocation", "proposal_id", string="Split", readonly=True)
    date = fields.Date(readonly=True, index=True)
    partner_name = fields.Char(string="With", readonly=True)
    label = fields.Char(string="Text of the Line", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    reason_text = fields.Html(string="Why", compute="_compute_reason_text", sanitize_overridable=False)
    barrier_text = fields.Html(string="Why Not by Itself", compute="_compute_reason_text", sanitize_overridable=False)
    item_names = fields.Char(string="Pays", compute="_compute_item_names")
    by_odoo = fields.Boolean(string="Without a Person", readonly=True, copy=False)
    refusal_reason = fields.Char(
        string="Why It Is Wrong", copy=False, help="For whoever asks later why this was refused."
    )
    decided_by_id = fields.Many2one("res.users", string="Decided By", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided On", readonly=True, copy=False)
    undone_by_id = fields.Many2one("res.users", string="Undone By", readonly=True, copy=False)
    undone_at = fields.Datetime(string="Undone On", readonly=True, copy=False)
    booked_ids = fields.Json(readonly=True, copy=False, help="The journal items that the decision made.")

    @api.depends("kind", "label", "date")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for proposal in self:
            proposal.display_name = "%s: %s" % (kinds.get(proposal.kind, ""), proposal.label or proposal.date or "")

    @api.depends("reasons", "barriers", "currency_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        words = self.env["audit.match.words"]
        for proposal in self:
            currency = proposal.currency_id
            proposal.reason_text = words._as_list(proposal.reasons, currency)
            proposal.barrier_text = words._as_list(proposal.barriers, currency)

    @api.depends("allocation_ids.item_id")
    def _compute_item_names(self):
        """Sudo: names of the open items of the proposal's own company, for whoever may read it."""
        for proposal in self:
            names = proposal.sudo().allocation_ids.item_id.move_id.mapped("name")
            shown = ", ".join(filter(None, names[:4]))
            proposal.item_names = "%s …" % shown if len(names) > 4 else shown

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(_("Matches are proposed by Odoo itself. Put one together at the work bench."))
        return super().create(vals_list)

    def write(self, vals):
        """Decisions are made by the buttons; people say beforehand why one is wrong."""
        if not self.env.su:
            if vals.keys() - OWN_FIELDS:
                raise UserError(_("Decide with the buttons; what was proposed cannot be changed."))
            if any(proposal.state != OPEN for proposal in self):
                raise UserError(_("It was decided already, so its reason stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A proposed match is kept. Refuse it instead."))
