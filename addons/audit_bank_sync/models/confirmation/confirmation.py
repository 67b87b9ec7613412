from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access

# What people say while it is a draft. All else follows from the buttons.
GIVEN = {
    "company_id", "bank_id", "partner_id", "date", "engagement", "auditor_id", "access_until", "reply_to", "reply_by",
    "mandate_text", "mandate_signed_by", "line_ids", "sent_how",
}  # fmt: skip
NEXT = {
    "draft": ("approved", "cancelled"),
    "approved": ("sent", "cancelled"),
    "sent": ("answered", "cancelled"),
    "answered": ("compared", "cancelled"),
    "compared": ("closed", "answered"),
    "closed": (),
    "cancelled": (),
}


class AuditBankConfirmation(models.Model):
    """A request to a bank to confirm, to the auditor, all that it has with the company on one day.

    The company states what it has; the bank answers; Odoo shows where the two differ and what explains it. One person
    prepares the request, another signs the mandate for it with the password. Each answer carries its assurance class,
    which follows from the way it came.

    The engagement is a text until an addon brings engagements, which may then add a link beside it.

    Sudo throughout: nobody writes states or signatures by hand; each button checks who may press it.
    """

    _name = "audit.bank.confirmation"
    _inherit = ["audit.company.bound", "audit.two.persons", "audit.trail"]
    _description = "Bank Confirmation"
    _order = "date desc, id desc"

    _approved_states = ("approved", "sent", "answered", "compared", "closed")
    _prepared_fields = tuple(sorted(GIVEN - {"company_id", "line_ids", "access_until", "sent_how"}))

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    bank_id = fields.Many2one("res.bank", string="Bank", required=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", string="Addressed To", help="The department of the bank that the letter goes to."
    )
    date = fields.Date(
        string="As Of",
        required=True,
        index=True,
        default=lambda self: self._last_year_end(),
        help="Usually the year end.",
    )
    engagement = fields.Char(help="The audit that it is for, as the auditor calls it.")
    reply_by = fields.Date(string="Answer Wanted By")
    reply_to = fields.Text(
        string="The Bank Answers To", help="Name and address of the auditor: the bank is to answer to them directly."
    )
    auditor_id = fields.Many2one(
        "res.users",
        string="Auditor With Access",
        index=True,
        domain="[('share', '=', True)]",
        help="A portal user with the role Auditor. What they upload themselves counts as received directly.",
    )
    access_until = fields.Date(string="Access Until", help="The last day on which the auditor sees it in the portal.")
    mandate_text = fields.Text(string="Mandate", default=lambda self: self._usual_mandate())
    mandate_signed_by = fields.Char(
        string="Signatories of the Mandate", help="Who signs the letter for the company, as the bank knows them."
    )
    line_ids = fields.One2many("audit.bank.confirmation.line", "confirmation_id", string="Lines")
    answer_ids = fields.One2many("audit.bank.answer", "confirmation_id", string="Answers", readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("approved", "Mandate Signed"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("compared", "Compared"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    assurance = fields.Selection(
        [("A", "A: directly to the auditor"), ("B", "B: through the company"), ("C", "C: made by the company")],
        string="Best Assurance",
        compute="_compute_assurance",
        store=True,
    )
    sent_at = fields.Datetime(string="Sent On", readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", string="Sent By", readonly=True, copy=False)
    sent_how = fields.Selection(
        [
            ("auditor", "The auditor sends it"),
            ("post", "By post"),
            ("email", "By e-mail"),
            ("platform", "Through the bank's platform"),
        ],
        string="Way to the Bank",
        default="auditor",
        help="The auditor keeps control when they send it themselves.",
    )
    answered_at = fields.Datetime(string="First Answer On", readonly=True, copy=False)
    compared_at = fields.Datetime(string="Compared On", readonly=True, copy=False)
    compared_by_id = fields.Many2one("res.users", string="Compared By", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed On", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed By", readonly=True, copy=False)
    line_count = fields.Integer(string="Asked", compute="_compute_counts")
    answered_count = fields.Integer(string="Lines Answered", compute="_compute_counts")
    agreed_count = fields.Integer(string="Agree", compute="_compute_counts")
    differing_count = fields.Integer(string="Differ", compute="_compute_counts")

    _sql_constraints = [
        (
            "mandate",
            "CHECK (state IN ('draft', 'cancelled') OR approved_by_id IS NOT NULL)",
            "Nothing is asked of a bank without a mandate.",
        ),
    ]

    def _last_year_end(self):
        return fields.Date.context_today(self).replace(month=1, day=1) - timedelta(days=1)

    def _usual_mandate(self):
        return _(
            "We ask you to tell our auditor, directly and without involving us, all that we had with you on the day "
            "named above: balances, accounts closed within the twelve months before, loans and limits, securities, "
            "guarantees, derivatives and the persons who could sign for us. We release you for this purpose from "
            "banking secrecy towards our auditor."
        )

    @api.depends("bank_id.name", "date")
    def _compute_name(self):
        for one in self:
            one.name = "%s, %s" % (one.bank_id.name or "", one.date or "")

    @api.depends("answer_ids.assurance")
    def _compute_assurance(self):
        for one in self:
            one.assurance = min(filter(None, one.answer_ids.mapped("assurance")), default=False)

    @api.depends("line_ids.result")
    def _compute_counts(self):
        for one in self:
            results = one.line_ids.mapped("result")
            one.line_count = len(results)
            one.agreed_count = results.count("agrees") + results.count("explained")
            one.differing_count = results.count("differs")
            one.answered_count = one.agreed_count + one.differing_count

    @api.constrains("auditor_id", "access_until")
    def _check_auditor(self):
        """Sudo: whether somebody is from outside and may be given access is no secret of theirs."""
        for one in self.sudo():
            one._check_are_auditors(one.auditor_id)
            if one.auditor_id and not one.access_until:
                raise ValidationError(_("Say until when the auditor has access."))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_may_prepare()
        if not self.env.su:
            for vals in vals_list:
                self._check_given_names(vals.keys())
        made = super().create(vals_list)
        made._log("bank_confirmation.prepared")
        return made

    def write(self, vals):
        """What is asked is written while it is a draft; states follow one another, whoever writes them."""
        if not self.env.su:
            self._check_may_prepare()
            self._check_given_names(vals.keys())
            self._check_may_change(vals.keys() - {"line_ids"})
        if "state" in vals:
            for one in self.sudo():
                if vals["state"] != one.state and vals["state"] not in NEXT[one.state]:
                    raise UserError(_("“%s” cannot go that way: its steps follow one another.", one.name))
        result = super().write(vals)
        if "access_until" in vals:
            self._log("bank_confirmation.access_changed")
        return result

    def _check_given_names(self, names):
        if names - GIVEN:
            raise UserError(_("Use the buttons; what was signed, sent and received cannot be changed by hand."))

    def _check_may_change(self, names):
        """Once the mandate is signed, the access of the auditor changes, by an approver, and the way to the bank."""
        for one in self.sudo():
            if one.state == "draft":
                continue
            if names - {"access_until"} - ({"sent_how"} if one.state == "approved" else set()):
                raise UserError(_("“%s” is approved, so it stays as it is.", one.name))
            if "access_until" in names and not self.env.user.has_group("audit_connector_base.group_audit_approver"):
                raise UserError(_("Access of an auditor is changed by people with the role Approver."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if any(one.state != "draft" for one in self):
            raise UserError(_("A confirmation that was approved is kept. Cancel it instead."))
        self._log("bank_confirmation.deleted")

    def _check_may_prepare(self):
        if not self.env.su and not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Bank confirmations are for people with a role in Audit."))
        check_access(self, "read")

    def _refuse_unless(self, *states):
        words = dict(self._fields["state"]._description_selection(self.env))
        for one in self.sudo():
            if one.state not in states:
                raise UserError(_("“%(name)s” is %(state)s.", name=one.name, state=words[one.state]))

    def _sections(self):
        """Return ``[(heading, lines), …]`` of all sections, in their order, also of those with nothing in it."""
        self.ensure_one()
        labels = self.line_ids._fields["section"]._description_selection(self.env)
        return [(label, self.line_ids.filtered(lambda line, its=code: line.section == its)) for code, label in labels]

    def _log(self, kind, direction="none", **more):
        """One entry each. Sudo: what is recorded does not depend on who acts."""
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    one.company_id,
                    (one._name, one.id),
                    {
                        "name": one.name or "",
                        "as_of": str(one.date),
                        "state": one.state,
                        "engagement": one.engagement or "",
                        "access_until": str(one.access_until or ""),
                        "by": self.env.user.sudo().name or "",
                        **more,
                    },
                )
                for one in self.sudo()
            ],
            direction=direction,
        )
