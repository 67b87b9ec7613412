from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..compat import check_access
from .roles import APPROVER, USER

# What people say. All else follows from the buttons.
GIVEN = {
    "company_id", "name", "kind", "partner_id", "date_from", "date_to", "responsible_id", "auditor_ids", "access_until",
}  # fmt: skip
# Who from outside sees it, and until when.
ACCESS = {"auditor_ids", "access_until"}
NEXT = {"planned": ("open",), "open": ("closed",), "closed": ()}


class AuditEngagement(models.Model):
    """An audit of one company: its period, the firm that audits, the people on both sides, and what they ask for.

    While it is planned, nobody from outside sees it. An approver opens it, which gives the auditors access until the
    day that is named; an approver changes that access, and closes it, which ends it.

    Sudo throughout: nobody writes states by hand; each button checks who may press it.
    """

    _name = "audit.engagement"
    _inherit = ["audit.company.bound", "audit.signed.off", "audit.trail"]
    _description = "Audit Engagement"
    _order = "date_to desc, id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [
            ("statutory", "Statutory Audit"),
            ("internal", "Internal Audit"),
            ("tax", "Tax Audit"),
            ("other", "Other"),
        ],
        required=True,
        default="statutory",
    )
    partner_id = fields.Many2one("res.partner", string="Audit Firm", help="Who audits; of an internal audit nobody.")
    date_from = fields.Date(string="Period From", help="First day of the period that is audited.")
    date_to = fields.Date(string="Period To", help="Last day of the period that is audited.")
    responsible_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Who of the company looks after it.",
    )
    auditor_ids = fields.Many2many(
        "res.users",
        "audit_engagement_auditor_rel",
        "engagement_id",
        "user_id",
        string="Auditors With Access",
        ondelete="restrict",
        domain="[('share', '=', True)]",
        help="Portal users with the role Auditor. They see what is asked and provided here, and nothing else.",
    )
    access_until = fields.Date(string="Access Until", help="The last day on which the auditors see it in the portal.")
    state = fields.Selection(
        [("planned", "Planned"), ("open", "Open"), ("closed", "Closed")],
        string="Status",
        required=True,
        readonly=True,
        default="planned",
        copy=False,
        index=True,
    )
    request_ids = fields.One2many("audit.request", "engagement_id", string="Requests", readonly=True)
    request_count = fields.Integer(string="Requested", compute="_compute_counts")
    open_count = fields.Integer(string="Still Open", compute="_compute_counts")
    completed_count = fields.Integer(string="Completed", compute="_compute_counts")
    overdue_count = fields.Integer(string="Overdue", compute="_compute_counts")
    last_number = fields.Integer(readonly=True, copy=False, help="Of the last request; no number is used twice.")
    closed_at = fields.Datetime(string="Closed On", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed By", readonly=True, copy=False, ondelete="restrict")

    _sql_constraints = [
        (
            "period",
            "CHECK ((date_from IS NULL) = (date_to IS NULL) AND (date_from IS NULL OR date_from <= date_to))",
            "A period has a first and a last day, in this order.",
        ),
    ]

    @api.depends("request_ids.state", "request_ids.due_date")
    def _compute_counts(self):
        today = fields.Date.context_today(self)
        for one in self:
            requests = one.request_ids
            unfinished = requests.filtered(lambda request: request.state not in ("completed", "cancelled"))
            one.request_count = len(requests)
            one.open_count = len(unfinished)
            one.completed_count = len(requests.filtered(lambda request: request.state == "completed"))
            one.overdue_count = len(unfinished.filtered(lambda request: request.due_date and request.due_date < today))

    @api.constrains("auditor_ids", "access_until", "state")
    def _check_auditors(self):
        """Sudo: whether somebody is from outside and may be given access is no secret of theirs."""
        for one in self.sudo():
            one._check_are_auditors(one.auditor_ids)
            if one.auditor_ids and not one.access_until:
                raise ValidationError(_("Say until when the auditors have access."))

    @api.constrains("responsible_id")
    def _check_responsible(self):
        """Sudo: in which companies a colleague works is asked, not shown."""
        for one in self.sudo():
            person = one.responsible_id
            if person and (person.share or one.company_id not in person.company_ids):
                raise ValidationError(_("Somebody of the company looks after “%s”.", one.name))

    @api.model_create_multi
    def create(self, vals_list):
        """Who may be seen by whom is said later, by the button. Sudo: see the class."""
        self._check_may_prepare()
        if not self.env.su:
            for vals in vals_list:
                self._check_given_names(vals.keys())
        made = super().create([{**vals, **self._unset()} for vals in vals_list])
        made._log("engagement.planned")
        return made

    def write(self, vals):
        """Until it is closed people change what they said; states follow one another, whoever writes them."""
        if not self.env.su:
            self._check_may_prepare()
            self._check_given_names(vals.keys())
        if vals.keys() & {"closed_at", "closed_by_id"}:
            raise UserError(_("Who closed an engagement, and when, follows from the button."))
        self._check_may_change(vals.keys())
        if "state" in vals:
            vals = {**vals, **self._checked_state(vals["state"])}
        before = {one.id: one.auditor_ids for one in self.sudo()}
        result = super().write(vals)
        if "state" in vals:
            self._log("engagement.opened" if vals["state"] == "open" else "engagement.closed")
            self.env["audit.log"]._seal_now()
        elif ACCESS & vals.keys():
            self._log("engagement.access_changed", former=before)
            self.env["audit.log"]._seal_now()
        elif GIVEN & vals.keys():
            self._log("engagement.changed")
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        for one in self.sudo():
            if one.state != "planned" or one.request_ids:
                raise UserError(_("“%s” was begun and is kept. Close it instead.", one.name))
        self._log("engagement.deleted")

    def action_open(self):
        """Begin it: from here on the auditors named see it until the day that is named."""
        self._check_is_approver()
        self._refuse_unless("planned")
        self.sudo().write({"state": "open"})
        return True

    def action_close(self):
        """Close it: nothing is open any more, and access of the auditors ends."""
        self._check_is_approver()
        self._refuse_unless("open")
        self.sudo().write({"state": "closed"})
        return True

    def action_open_requests(self):
        """Open the list of what was asked for."""
        self.ensure_one()
        self._check_may_prepare()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("audit_evidence.audit_request_action"),
            "domain": [("engagement_id", "=", self.id)],
            "context": {"default_engagement_id": self.id},
        }

    def _hands_in(self):
        """Whoever planned it does not review it."""
        return super()._hands_in() | set(self.create_uid.ids)

    def _unset(self):
        """Values of what follows from the buttons, as they are at first."""
        return {"state": "planned", "last_number": 0, "closed_at": False, "closed_by_id": False}

    def _checked_state(self, state):
        """Return what is written with a new state.

        :raises UserError: when an engagement does not lead there, something is still open, or this is no approver
        """
        self._check_is_approver()
        for one in self.sudo():
            if state not in NEXT[one.state]:
                raise UserError(_("“%s” cannot go that way: its steps follow one another.", one.name))
            waiting = one.request_ids.filtered(lambda request: request.state not in ("completed", "cancelled"))
            if state == "closed" and waiting:
                raise UserError(
                    _(
                        "“%(name)s” has requests that are still open: %(numbers)s. Complete or cancel them first.",
                        name=one.name,
                        numbers=", ".join(waiting.mapped("number")[:10]),
                    )
                )
        return {"closed_at": fields.Datetime.now(), "closed_by_id": self.env.uid} if state == "closed" else {}

    def _check_given_names(self, names):
        if names - GIVEN:
            raise UserError(_("Use the buttons; how far an engagement is cannot be written by hand."))

    def _check_may_change(self, names):
        """A closed one stays as it is; access of auditors to an open one is changed by an approver."""
        for one in self.sudo():
            if one.state == "closed" and names & GIVEN:
                raise UserError(_("“%s” is closed, so it stays as it is.", one.name))
            if one.state == "open" and names & ACCESS:
                self._check_is_approver()

    def _check_may_prepare(self):
        if not self.env.su and not self.env.user.has_group(USER):
            raise UserError(_("Engagements are for people with a role in Audit."))
        check_access(self, "read")

    def _check_is_approver(self):
        self._check_may_prepare()
        if not self.env.user.has_group(APPROVER):
            raise UserError(
                _("An engagement is opened to auditors, and closed, by people with the role Audit: Approver.")
            )

    def _refuse_unless(self, *states):
        words = dict(self._fields["state"]._description_selection(self.env))
        for one in self.sudo():
            if one.state not in states:
                raise UserError(_("“%(name)s” is %(state)s.", name=one.name, state=words[one.state]))

    def _next_number(self):
        """Return the number of the next request. The row stays locked until the end, so that no other gets the same.

        A statement, as the counter is for nobody to write, and a number must not come back with a request.
        """
        self.ensure_one()
        self.flush_recordset(["last_number"])
        self.env.cr.execute(
            "UPDATE audit_engagement SET last_number = last_number + 1 WHERE id = %s RETURNING last_number",
            [self.id],
        )
        number = self.env.cr.fetchone()[0]
        self.invalidate_recordset(["last_number"], flush=False)
        return "PBC-%03d" % number

    def _log(self, kind, former=None):
        """One entry each. Sudo: what is recorded does not depend on who acts.

        :param former: ``{id: auditors before}`` where access was changed
        """
        kinds = dict(self._fields["kind"]._description_selection(self.with_context(lang="en_US").env))
        facts = []
        for one in self.sudo():
            said = {
                "name": one.name or "",
                "kind": str(kinds.get(one.kind, "")),
                "firm": one.partner_id.name or "",
                "from": str(one.date_from or ""),
                "to": str(one.date_to or ""),
                "responsible": one.responsible_id.name or "",
                "auditors": sorted(one.auditor_ids.mapped("name")),
                "shared_with": ["user/%d" % auditor for auditor in sorted(one.auditor_ids.ids)],
                "access_until": str(one.access_until or ""),
                "state": one.state,
                "by": self.env.user.sudo().name or "",
            }
            if former is not None:
                said["auditors_before"] = sorted(former.get(one.id, self.env["res.users"]).sudo().mapped("name"))
            facts.append((one.company_id, (one._name, one.id), said))
        self.env["audit.log.entry"]._append_facts(kind, facts)

    def _signed_contents(self):
        """What the engagement says; how far it is, and how its requests stand, is no part of it."""
        return {
            one.id: {
                "id": "%s/%d" % (one._name, one.id),
                "company": one.company_id.id,
                "name": one.name or "",
                "kind": one.kind,
                "firm": one.partner_id.id or None,
                "from": str(one.date_from or ""),
                "to": str(one.date_to or ""),
                "responsible": one.responsible_id.id or None,
                "auditors": sorted(one.auditor_ids.ids),
                "requests": sorted(one.request_ids.mapped("number")),
            }
            for one in self
        }

    def _who_answers(self):
        """Who of the company is to answer what an auditor raises; nobody where the person left. Sudo: see the class."""
        person = self.sudo().responsible_id
        return person if person.active and self.sudo().company_id in person.company_ids else person.browse()
