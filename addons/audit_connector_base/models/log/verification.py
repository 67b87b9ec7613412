import time
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...core import log_check, merkle
from ...transaction import short_transaction
from .approved_erasures import ApprovedErasures
from .stored_log import StoredLog

PORTION = 2000  # entries read at once
JOB_SECONDS = 50
WAIT_SECONDS = 5  # somebody who presses the button waits so long for the result, then watches the progress
STUCK = timedelta(minutes=10)

OTHER_KEY = "key"
"""Kind of damage beside those of ``core.log_check``: the key named in the database is none of those outside of it."""

KINDS = [
    (OTHER_KEY, "Key Exchanged"),
    (log_check.CHANGED, "Changed"),
    (log_check.MISSING, "Missing"),
    (log_check.INSERTED, "Inserted"),
    (log_check.REORDERED, "In Another Order"),
    (log_check.TRUNCATED, "End Cut Off"),
    (log_check.FORGED, "Forged Note"),
    (log_check.COLUMN, "Shown Otherwise Than Recorded"),
    (log_check.PAYLOAD, "Content Is Not What Was Recorded"),
    (log_check.UNAPPROVED, "Content Erased Without Approval"),
    (log_check.NEVER_ERASED, "Content Erased That Is Always Kept"),
    (log_check.EXCEEDED, "More Erased Than Was Approved"),
]


class AuditLogVerification(models.Model):
    """One walk through a log from its first entry to its last, in portions, with the result.

    A log is found good when each entry is what its leaf says, its columns and its content are what was sealed, all of
    it leads to the root of every signed note, and to the one that the signer remembers outside the database.
    """

    _name = "audit.log.verification"
    _inherit = "audit.kept.by.odoo"
    _description = "Verification of a Log"
    _log_access = False
    _order = "id desc"
    _rec_name = "started_at"

    log_id = fields.Many2one("audit.log", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    state = fields.Selection(
        [("running", "Under Way"), ("verified", "Intact"), ("damaged", "Damaged")],
        string="Result",
        required=True,
        readonly=True,
        default="running",
    )
    asked_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    asked_by = fields.Char(string="Asked For By", compute="_compute_asked_by")
    started_at = fields.Datetime(string="Begun", required=True, readonly=True, default=fields.Datetime.now)
    moved_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    finished_at = fields.Datetime(string="Finished", readonly=True)
    size = fields.Integer(string="Entries", readonly=True, help="How many entries the log had when this began.")
    checked = fields.Integer(string="Verified So Far", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    good_size = fields.Integer(readonly=True)
    frontier = fields.Text(readonly=True)
    gone = fields.Json(readonly=True, help="How many contents went by each approval, of the entries verified so far.")
    kind = fields.Selection(KINDS, string="Damage", readonly=True)
    first_index = fields.Integer(string="First Bad Entry", readonly=True)
    detail = fields.Char(readonly=True)
    by_own_key = fields.Boolean(
        string="By Its Own Key", readonly=True, help="No key file outside the database was there to verify with."
    )
    entry_id = fields.Integer(string="Entry ID", readonly=True)
    explanation = fields.Text(compute="_compute_explanation")

    @api.depends("asked_by_id")
    def _compute_asked_by(self):
        """Sudo: whoever may read what was found may read who asked for it."""
        for verification in self:
            verification.asked_by = verification.asked_by_id.sudo().name or _("Odoo, every day")

    @api.depends("checked", "size")
    def _compute_progress(self):
        for verification in self:
            verification.progress = 100.0 * verification.checked / verification.size if verification.size else 0.0

    @api.depends("state", "kind", "first_index", "detail", "size", "by_own_key")
    def _compute_explanation(self):
        for verification in self:
            verification.explanation = verification._explained()

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What a verification found is evidence and cannot be deleted."))

    def _words_to_people(self):
        return _("Results are written by the verification itself.")

    def action_open_entry(self):
        """Open the first bad entry."""
        self.ensure_one()
        entry = self.env["audit.log.entry"].browse(self.entry_id).exists()
        if not entry:
            raise UserError(_("The entry at place %s is no longer there.", self.first_index))
        return entry.get_formview_action()

    def action_refresh(self):
        """Show how far it is."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _work(self, seconds=JOB_SECONDS):
        """Go on for some seconds, each portion for itself; another job follows until all is verified. Job method."""
        self.ensure_one()
        until = time.monotonic() + seconds
        state = "running"
        while state == "running" and time.monotonic() < until:
            with short_transaction(self.env.registry) as env:
                mine = env["audit.log.verification"].browse(self.id)
                if not mine._locked():
                    return _("Another job is at it.")
                mine._portion()
                state = mine.state
        if state == "running":
            self._enqueue()
        return state

    def _locked(self):
        """Whether this transaction may go on with it; False also when it is finished."""
        self.env.cr.execute(
            "SELECT state FROM audit_log_verification WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [self.id]
        )
        return self.env.cr.fetchall() == [("running",)]

    def _portion(self):
        log = self.log_id
        stored = StoredLog(self.env.cr, log.id)
        gone = ApprovedErasures(self.env.cr, log.origin, self.gone)
        check = log_check.LogCheck(self._frontier(), self.good_size, gone)
        first, end = check.size, min(check.size + PORTION, self.size)
        notes = [] if first == end else log._notes_between(first, end)
        damage = self._damage_of_the_key(log) if not first else None
        entries = stored.entries(first, end)
        gone.look_up(one.erased_by for one in entries if one.erased_by)
        damage = damage or check.feed(entries, stored.hashes(first, end), notes)
        if damage and damage.kind == log_check.CHANGED and not damage.detail:
            damage = damage._replace(kind=stored.what_happened(damage.index))
        values = {"moved_at": fields.Datetime.now(), "checked": check.size, "good_size": check.good}
        values.update(frontier=" ".join(hash_.hex() for hash_ in check.frontier.hashes), gone=gone.gone)
        if not damage and check.size == self.size:
            damage = self._damage_at_the_end(log)
            if not damage:
                values.update(state="verified", finished_at=fields.Datetime.now(), frontier=False)
        if damage:
            values.update(
                state="damaged", finished_at=fields.Datetime.now(), kind=damage.kind, first_index=damage.index,
                detail=damage.detail, entry_id=stored.entry_id(damage.index) or 0,
            )  # fmt: skip
        self.write(values)
        if self.state != "running":
            self._conclude()

    def _frontier(self):
        hashes = [bytes.fromhex(hash_) for hash_ in (self.frontier or "").split()]
        return merkle.Frontier(self.checked, hashes)

    def _damage_of_the_key(self, log):
        """A key in the database that nothing outside of it knows; where nothing is outside it has to be believed."""
        outside = log._keys_outside()
        known = outside or log._kept_note()
        self.by_own_key = not known
        if known and log.verifier_key not in outside:
            return log_check.Damage(OTHER_KEY, 0, log.verifier_key or "")
        return None

    def _damage_at_the_end(self, log):
        """What authentic notes beyond the end tell of a tree that fits all that is stored."""
        signed = max([note.size for note in log._notes_between(self.size, None) if note.authentic], default=0)
        if signed > self.size and self.size == StoredLog(self.env.cr, log.id).size():
            return log_check.Damage(log_check.TRUNCATED, self.size, str(signed))
        return None

    def _conclude(self):
        """Record the result in the log itself, and tell somebody of damage."""
        log = self.log_id
        facts = {"size": self.size, "result": self.state, "verification": self.id}
        if self.state == "damaged":
            facts.update(damage=self.kind, index=self.first_index, detail=self.detail or "")
            log._raise_alarm(_("The log of %s is damaged", log.display_name), self._explained())
        actor = "user/%d" % self.asked_by_id.id if self.asked_by_id else "system/monitor"
        company = log.company_id
        self.env["audit.log.entry"]._append_facts("log.verified", [(company, (log._name, log.id), facts)], actor=actor)

    def _enqueue(self):
        with short_transaction(self.env.registry) as env:
            mine = env["audit.log.verification"].browse(self.id)
            key = "audit-verify-%d" % mine.id
            if not env["audit.connector"]._jobs_waiting([key]):
                mine.with_delay(
                    priority=30, max_retries=0, identity_key=key,
                    description=_("Verify the log of %s", mine.log_id.display_name),
                )._work()  # fmt: skip

    @api.model
    def _cron_verify(self):
        """Verify every log once a day, and go on with what a job that was killed has left."""
        now = fields.Datetime.now()
        with short_transaction(self.env.registry) as env:
            stuck = env["audit.log.verification"].search([("state", "=", "running"), ("moved_at", "<", now - STUCK)])
            recent = env["audit.log.verification"].search(
                [("started_at", ">", now - timedelta(hours=20)), ("asked_by_id", "=", False)]
            )
            due = env["audit.log"].search([("verifier_key", "!=", False)]) - recent.log_id
            begun = env["audit.log.verification"].browse()
            for log in due:
                begun |= log._begin_verification()
            waiting = (stuck | begun).ids
        for verification in self.browse(waiting):
            verification._enqueue()


class AuditLog(models.Model):
    """Verifying a log, by a button and once a day."""

    _inherit = "audit.log"

    def action_verify(self):
        """Verify the log now: a small one at once, of a large one the progress is shown."""
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise AccessError(_("Logs are verified by people with a role in Audit."))
        # Reading applies the rules of access, before anything is done as the superuser.
        if not self.read(["verifier_key"])[0]["verifier_key"]:
            raise UserError(_("Nothing is sealed in this log yet, so there is nothing to verify."))
        asked_by = self.env.user
        with short_transaction(self.env.registry) as env:
            verification = env["audit.log"].browse(self.id)._begin_verification(asked_by)
        self.env["audit.log.verification"].sudo().browse(verification.id)._work(WAIT_SECONDS)
        return {
            "type": "ir.actions.act_window",
            "name": _("Verification"),
            "res_model": "audit.log.verification",
            "res_id": verification.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _begin_verification(self, asked_by=None):
        return self.env["audit.log.verification"].create(
            {
                "log_id": self.id,
                "company_id": self.company_id.id,
                "asked_by_id": asked_by.id if asked_by else False,
                "size": StoredLog(self.env.cr, self.id).size(),
            }
        )
