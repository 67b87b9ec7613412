import secrets
from datetime import timedelta

from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core import canonical
from ..abstract.reauthentication import asks_identity

PREPARERS = ("group_audit_connector_admin", "group_audit_approver")
OPEN = ("counted", "asked")
GIVEN = ("company_id", "note")  # what people say of a run


class AuditRetentionRun(models.Model):
    """One erasure under the retention policies: counted first, asked for by one person, approved by another, then done.

    What was counted is what may go: when more would be erased than the approver was shown, because a hold was released
    or a policy changed meanwhile, it is counted again first. A hold that is made later wins until the last moment.

    Sudo throughout: nobody writes runs, their lines or holds by hand; each button checks who may press it.
    """

    _name = "audit.retention.run"
    _inherit = ["audit.company.bound", "audit.two.persons"]
    _description = "Retention Run"
    _order = "id desc"

    _approval_action = "erase"
    _approved_states = ("running", "done")

    name = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    state = fields.Selection(
        [
            ("counted", "Counted"),
            ("asked", "Waits for Approval"),
            ("running", "Being Erased"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="counted",
        copy=False,
        index=True,
    )
    counted_at = fields.Datetime(string="Counted On", readonly=True, copy=False)
    asked_by_id = fields.Many2one("res.users", string="Asked for By", readonly=True, copy=False)
    note = fields.Text(help="For the approver, and for whoever asks later.")
    line_ids = fields.One2many("audit.retention.run.line", "run_id", readonly=True)
    found = fields.Integer(compute="_compute_totals")
    held = fields.Integer(string="Kept by a Hold", compute="_compute_totals")
    to_erase = fields.Integer(string="To Be Erased", compute="_compute_totals")
    erased = fields.Integer(compute="_compute_totals")
    progress = fields.Float(compute="_compute_totals")
    erasure = fields.Char(
        string="Entry in the Audit Trail", readonly=True, copy=False, help="Number of the entry that says why."
    )
    looked_at = fields.Datetime(readonly=True, copy=False, help="When a hold was made while it was erasing.")
    ended_at = fields.Datetime(string="Ended On", readonly=True, copy=False)

    _sql_constraints = [
        (
            "approved",
            "CHECK (state NOT IN ('running', 'done') OR approved_by_id IS NOT NULL)",
            "Nothing is erased that nobody approved.",
        ),
    ]

    def init(self):
        """Before there were runs, a schedule emptied the answers of platforms by an age in the settings."""
        self.env.cr.execute(
            """
            DELETE FROM ir_cron WHERE id IN (
                SELECT res_id FROM ir_model_data
                 WHERE module = 'audit_connector_base' AND name = 'cron_forget_answers');
            CREATE UNIQUE INDEX IF NOT EXISTS audit_retention_run_one_idx ON audit_retention_run (company_id)
             WHERE state IN ('counted', 'asked', 'running')
            """
        )

    @api.depends("line_ids.found", "line_ids.held", "line_ids.to_erase", "line_ids.erased")
    def _compute_totals(self):
        for run in self:
            run.found = sum(run.line_ids.mapped("found"))
            run.held = sum(run.line_ids.mapped("held"))
            run.to_erase = sum(run.line_ids.mapped("to_erase"))
            run.erased = sum(run.line_ids.mapped("erased"))
            run.progress = 100.0 if run.state == "done" else 100.0 * run.erased / run.to_erase if run.to_erase else 0.0

    @api.model_create_multi
    def create(self, vals_list):
        """Counts at once: a run without figures says nothing."""
        self._check_may_prepare()
        # Written out, as what is left out could come from the context.
        empty = dict.fromkeys(("name", "asked_by_id", "counted_at", "erasure", "looked_at", "ended_at"), False)
        empty |= {"state": "counted", "line_ids": []}
        given = self._add_missing_default_values({})
        vals_list = [{**empty, **{name: vals.get(name, given.get(name)) for name in GIVEN}} for vals in vals_list]
        companies = [vals["company_id"] for vals in vals_list]
        unfinished = [("company_id", "in", companies), ("state", "in", (*OPEN, "running"))]
        if self.sudo().search_count(unfinished, limit=1):
            raise UserError(_("There is an open run of this company already. Approve or cancel that one first."))
        runs = super().create(vals_list)
        for run in runs:
            run._count_again()
        return runs

    def write(self, vals):
        """People write the note. All else follows from the buttons, which write past the rights."""
        if not self.env.su:
            if vals.keys() - {"note"}:
                raise UserError(_("Use the buttons; what was counted and approved cannot be changed."))
            self._check_may_prepare()
        if "note" in vals:
            self._refuse_unless("counted", _("The note belongs to what was asked for. Count again to change it."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A run is kept, as it says what was erased or kept. Cancel it instead."))

    def action_count(self):
        """Count once more, from today; an approval that was asked for is no longer."""
        self._check_may_prepare()
        self._refuse_unless(OPEN, _("This run is no longer open."))
        for run in self:
            run._count_again()
        return True

    def action_ask(self):
        """Ask somebody else to approve what was counted, and note each content that this is."""
        self._check_may_prepare()
        self._refuse_unless("counted", _("It was asked for already."))
        if self.env.uid == api.SUPERUSER_ID:
            raise UserError(_("People ask for an erasure; no schedule does."))
        for line in self.sudo().line_ids:
            line._list()
        if not all(run.to_erase for run in self):
            raise UserError(_("There is nothing to erase: nothing is old enough, or all of it is kept."))
        self._note_hand(())
        self.sudo().write({"state": "asked", "asked_by_id": self.env.uid})
        self._log("retention.asked")
        self._call_approvers(_("Approve what is to be erased"))
        return True

    @asks_identity("erase", before="_check_may_erase")
    def action_approve(self):
        """Erase what was counted. Jobs do it, in parts."""
        for run in self:
            run._check_nothing_more()
            run._check_same_log()
            run.sudo().write({"approved_by_id": self.env.uid, "state": "running"})
            (run.sudo().erasure,) = run._log("retention.approved")
            run._enqueue()
        self._let_approvers_go()
        return True

    def action_cancel(self):
        """Erase nothing, or nothing more. What is erased stays erased."""
        self._check_may_prepare()
        self._refuse_unless((*OPEN, "running"), _("This run is over."))
        self.sudo().write({"state": "cancelled", "ended_at": fields.Datetime.now()})
        self.sudo().line_ids._forget_list()
        self._let_approvers_go()
        self._log("retention.cancelled")
        return True

    def action_open_list(self):
        """Show what was asked for, content by content, as it was listed then."""
        self.ensure_one()
        check_access(self, "read")
        if self.state not in ("asked", "running"):
            raise UserError(_("What may go is listed when it is asked for, and until it is erased."))
        return {
            "type": "ir.actions.act_window",
            "name": _("To Be Erased"),
            "res_model": "audit.retention.listed",
            "view_mode": "tree",
            "views": [(False, "list")],
            "domain": [("line_id", "in", self.line_ids.ids)],
        }

    def action_open_erased(self):
        """Show the entry of the audit trail that says why all this was erased."""
        self.ensure_one()
        check_access(self, "read")
        if not self.erasure:
            raise UserError(_("Nothing was erased by this run."))
        return self.env["audit.log.entry"].search([("uuid", "=", self.erasure)]).get_formview_action()

    def _check_may_prepare(self):
        """Refuse people without a role for it, and runs of other companies. The schedule is OdooBot."""
        roles = ["audit_connector_base.%s" % role for role in PREPARERS]
        if self.env.uid != api.SUPERUSER_ID and not any(self.env.user.has_group(role) for role in roles):
            raise UserError(_("Runs are prepared by connector administrators and approvers."))
        check_access(self, "read")

    def _refuse_unless(self, states, message):
        states = states if isinstance(states, tuple) else (states,)
        if any(run.state not in states for run in self.sudo()):
            raise UserError(message)

    def _count_again(self):
        """Make the lines anew, with the ages that the policies ask for today. Sudo: see ``write``."""
        self.ensure_one()
        run, now = self.sudo(), fields.Datetime.now()
        wanted = self.env["audit.retention.policy"]._lines(run.company_id)
        values = {
            "name": _("%(company)s, %(day)s", company=run.company_id.name, day=fields.Date.context_today(self)),
            "state": "counted",
            "asked_by_id": False,
            "counted_at": now,
            "line_ids": [
                Command.clear(),
                *(Command.create({**line, "before": now - timedelta(days=line["keep_days"])}) for line in wanted),
            ],
        }
        run.write(values)
        run._let_approvers_go()
        for line in run.line_ids:
            figures = line._counted()
            if figures["found"]:
                line.write(figures)
            else:
                line.unlink()
        self._log("retention.counted")

    def _log(self, kind, actor=None):
        """One entry a run, in the name of the current user. Sudo: who reads it later is not known here."""
        return self.env["audit.log.entry"]._append(
            [
                {
                    "kind": kind,
                    "actor": actor,
                    "direction": "none",
                    "company_id": run.company_id.id,
                    "res_model": run._name,
                    "res_id": run.id,
                    "correlation": secrets.token_hex(16),
                    "payload": canonical.dumps(run._facts()),
                }
                for run in self.sudo()
            ]
        )

    def _facts(self):
        return {
            "name": self.name or "",
            "note": self.note or "",
            "by": self.env.user.sudo().name or "",
            "asked_by": self.asked_by_id.name or "",
            "approved_by": self.approved_by_id.name or "",
            "lines": [
                {
                    "kind": line.kind,
                    "about": line.entity or "",
                    "before": fields.Datetime.to_string(line.before),
                    "found": line.found,
                    "needed": line.busy,
                    "held": line.held,
                    "to_erase": line.to_erase,
                    "erased": line.erased,
                    "kept_by": line.kept_by or "",
                    "sha256": line.sha256 or "",
                    "size": int(line.size),
                    "logs": line.logs or [],
                }
                for line in self.line_ids
            ],
        }
