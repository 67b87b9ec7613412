from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from .request_terms import ANSWERABLE, GIVEN, PROVIDED, REASONS, STAMPS, UNFINISHED, UNSIGNED


class AuditRequest(models.Model):
    """Something that an auditor asks of the company: a document, or the answer to a question (a line of the PBC list).

    The company provides it with files, documents and words; the one who asked, or an approver, completes it or returns
    it with a reason. Whoever had a hand in what was provided never completes it. What was provided stays as it was
    from then on, until it is returned.

    Sudo throughout: nobody writes states by hand; each button checks who may press it.
    """

    _name = "audit.request"
    _inherit = ["audit.company.bound", "audit.signed.off", "audit.trail"]
    _description = "Audit Request"
    _order = "due_date, id"
    _rec_name = "title"
    _rec_names_search = ["number", "title"]

    engagement_id = fields.Many2one(
        "audit.engagement",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('state', '!=', 'closed')]",
    )
    company_id = fields.Many2one(related="engagement_id.company_id", store=True, index=True, precompute=True)
    number = fields.Char(readonly=True, copy=False, index=True, help="Counted within the engagement, never used twice.")
    kind = fields.Selection([("request", "Request"), ("question", "Question")], required=True, default="request")
    title = fields.Char(string="What Is Asked For", required=True)
    description = fields.Text(help="What exactly is wanted, as of which day, in which form.")
    raised_by_id = fields.Many2one(
        "res.users", string="Raised By", readonly=True, copy=False, required=True, ondelete="restrict",
        default=lambda self: self.env.user,
    )  # fmt: skip
    assigned_to_id = fields.Many2one(
        "res.users",
        string="Assigned To",
        index=True,
        domain="[('share', '=', False)]",
        help="Who of the company is to answer it.",
    )
    due_date = fields.Date(string="Due On", index=True)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("in_progress", "In Progress"),
            ("provided", "Provided"),
            ("returned", "Returned"),
            ("completed", "Completed"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        group_expand="_expand_states",
    )
    answer = fields.Text(copy=False, help="In words, beside the files and documents.")
    document_ids = fields.One2many("audit.request.document", "request_id", string="Documents", copy=False)
    evidence_ids = fields.One2many("audit.evidence", "request_id", string="Files", readonly=True, copy=False)
    evidence_count = fields.Integer(string="Files Provided", compute="_compute_evidence_count")
    worked_on_by = fields.Json(readonly=True, copy=False, help="Ids of all who had a hand in what is provided.")
    opened_at = fields.Datetime(string="Raised On", readonly=True, copy=False, default=fields.Datetime.now)
    provided_at = fields.Datetime(string="Provided On", readonly=True, copy=False)
    provided_by_id = fields.Many2one("res.users", string="Provided By", readonly=True, copy=False, ondelete="restrict")
    closed_at = fields.Datetime(string="Closed On", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed By", readonly=True, copy=False, ondelete="restrict")
    return_reason = fields.Text(string="Why It Was Returned", readonly=True, copy=False)
    cancel_reason = fields.Text(string="Why It Was Cancelled", readonly=True, copy=False)

    _sql_constraints = [
        ("number_once", "UNIQUE (engagement_id, number)", "A number is used once in an engagement."),
        (
            "closed",
            "CHECK ((state IN ('completed', 'cancelled')) = (closed_at IS NOT NULL))",
            "What is completed or cancelled says when.",
        ),
    ]

    @api.depends("number", "title")
    def _compute_display_name(self):
        for one in self:
            one.display_name = " ".join(filter(None, (one.number, one.title))) or _("New")

    @api.depends("due_date", "state")
    def _compute_overdue(self):
        today = fields.Date.context_today(self)
        for one in self:
            one.overdue = bool(one.due_date and one.due_date < today and one.state in ANSWERABLE)

    @api.model
    def _search_overdue(self, operator, value):
        today = fields.Date.context_today(self)
        values = [value] if isinstance(value, bool) else value
        if (operator in ("=", "in")) == (True in values):
            return [("due_date", "<", today), ("state", "in", list(ANSWERABLE))]
        in_time = ["|", ("due_date", "=", False), ("due_date", ">=", today)]
        return ["|", ("state", "not in", list(ANSWERABLE)), *in_time]

    @api.depends("evidence_ids")
    def _compute_evidence_count(self):
        for one in self:
            one.evidence_count = len(one.evidence_ids)

    @api.model
    def _expand_states(self, states, _domain, _order=None):
        """Every column of the board in which something waits for somebody, also with nothing in it."""
        return list(dict.fromkeys([*UNFINISHED, *states]))

    @api.constrains("assigned_to_id")
    def _check_assigned(self):
        """Sudo: in which companies a colleague works is asked, not shown."""
        for one in self.sudo():
            person = one.assigned_to_id
            if person and (person.share or one.company_id not in person.company_ids):
                raise ValidationError(_("“%s” is answered by somebody of its company.", one.display_name))

    @api.model_create_multi
    def create(self, vals_list):
        """Number them. Sudo: the counter of the engagement is nobody's to write."""
        self._check_may_prepare()
        if not self.env.su:
            for vals in vals_list:
                if vals.keys() - GIVEN:
                    raise UserError(_("Use the buttons; who raised a request, and how far it is, follows from them."))
        given = []
        for vals in vals_list:
            vals = {name: value for name, value in vals.items() if name in GIVEN}
            given.append(self._add_missing_default_values({**vals, **self._unset()}))
            self._check_given_references({"engagement_id": given[-1].get("engagement_id")})
        for vals in given:
            engagement = self.env["audit.engagement"].sudo().browse(vals.get("engagement_id") or ()).exists()
            if engagement.state == "closed":
                raise UserError(_("“%s” is closed: nothing is asked for any more.", engagement.name))
            if engagement:
                vals["number"] = engagement._next_number()
        made = super().create(given)
        made._log("audit_request.raised")
        return made

    def write(self, vals):
        """What is asked, provided and decided changes as the class says, whoever writes it and with whatever rights."""
        if not self.env.su:
            self._check_may_prepare()
            if vals.keys() - GIVEN:
                raise UserError(_("Use the buttons; who did what, and how far it is, cannot be written by hand."))
        self._check_may_note(vals)
        changed = {name for name in vals.keys() & GIVEN if not self._is_same(name, vals[name])}
        self._check_may_change(changed)
        if "state" in vals:
            vals = self._with_state(vals)
        result = super().write(vals)
        if vals.get("state") == "provided":
            self.sudo().evidence_ids._note_provided()
        if changed & PROVIDED:
            self._note_hand()
        if changed and "state" not in vals:
            self._log("audit_request.changed", changed=self._labels(changed))
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A request is kept, as its number is not used again. Cancel it instead."))

    def _unset(self):
        """Values of what follows from the buttons, as they are at first."""
        stamps = [name for names in STAMPS.values() for name in names]
        return {
            **dict.fromkeys([*stamps, *REASONS.values(), "number", "worked_on_by"], False),
            "state": "open",
            "raised_by_id": self.env.uid,
            "opened_at": fields.Datetime.now(),
        }

    def _signed_contents(self):
        """What is asked and provided: the canonical message, but for ``UNSIGNED``, and the answer in words."""
        payloads = self.env["audit.source.audit_case"]._payloads(self)
        return {
            one.id: {
                **{name: value for name, value in payload.items() if name not in UNSIGNED},
                "answer": one.answer or "",
            }
            for one, payload in zip(self, payloads)
        }

    def _hands_in(self):
        """Whoever provided it or a part of it."""
        return {*(self.worked_on_by or []), *self.provided_by_id.ids}

    def _note_hand(self):
        """Remember the current user as one who had a hand in what is provided. Sudo: the list is nobody's to write."""
        for one in self.sudo():
            one.write({"worked_on_by": sorted({*(one.worked_on_by or []), self.env.uid})})

    def _log(self, kind, direction="none", **more):
        """One entry each. Sudo: what is recorded does not depend on who acts."""
        words = dict(self._fields["state"]._description_selection(self.with_context(lang="en_US").env))
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    one.company_id,
                    (one._name, one.id),
                    {
                        "number": one.number or "",
                        "title": one.title or "",
                        "engagement": one.engagement_id.name or "",
                        "state": str(words.get(one.state, "")),
                        "due": str(one.due_date or ""),
                        "assigned_to": one.assigned_to_id.name or "",
                        "by": self.env.user.sudo().name or "",
                        **more,
                    },
                )
                for one in self.sudo()
            ],
            direction=direction,
        )
