from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import log_keys
from ...keyring import KeyMissing

# Per log: the last note, what waits (also under the logs that it continues), and what was set aside.
FIGURES = """
SELECT l.id, c.size, c.signed_at,
       (SELECT max(index) + 1 FROM audit_log_leaf f WHERE f.log_id = l.id),
       CASE WHEN l.state = 'open' THEN (
           SELECT count(*) FROM audit_log o JOIN audit_log_pending p ON p.log_id = o.id
            WHERE o.company_id IS NOT DISTINCT FROM l.company_id) ELSE 0 END,
       (SELECT count(*) FROM audit_log_quarantine q WHERE q.log_id = l.id AND q.state IN ('waiting', 'asked'))
  FROM audit_log l
  LEFT JOIN LATERAL (
      SELECT size, signed_at FROM audit_log_checkpoint c WHERE c.log_id = l.id ORDER BY c.size DESC, c.id DESC LIMIT 1
  ) c ON TRUE
 WHERE l.id = ANY(%s)
"""


class AuditLog(models.Model):
    """How a log is, in figures and in words that say what to do."""

    _inherit = "audit.log"

    size = fields.Integer(string="Entries Sealed", compute="_compute_figures")
    signed_size = fields.Integer(string="Entries Signed", compute="_compute_figures")
    signed_at = fields.Datetime(string="Last Signed", compute="_compute_figures")
    waiting_count = fields.Integer(string="Waiting to Be Sealed", compute="_compute_figures")
    set_aside_count = fields.Integer(string="Set Aside", compute="_compute_figures")
    verification_ids = fields.One2many("audit.log.verification", "log_id", readonly=True)
    verified_at = fields.Datetime(string="Last Verified", compute="_compute_verified")
    verified_state = fields.Selection(
        [("running", "Under Way"), ("verified", "Intact"), ("damaged", "Damaged")],
        string="Last Result",
        compute="_compute_verified",
    )
    verified_progress = fields.Float(string="Verified So Far", compute="_compute_verified")
    status = fields.Selection(
        [
            ("good", "Signed"),
            ("new", "Not Yet Signed"),
            ("unsigned", "No Key"),
            ("stopped", "Stopped"),
            ("damaged", "Damaged"),
            ("closed", "Closed"),
        ],
        compute="_compute_status",
    )
    status_text = fields.Text(string="What This Means", compute="_compute_status")
    key_to_replace = fields.Boolean(compute="_compute_status")

    def _compute_figures(self):
        """SQL: counts of rows that the ORM does not know. Whoever reads the log may know its figures."""
        self.env["audit.log.checkpoint"].flush_model()
        self.env["audit.log.quarantine"].flush_model()
        self.env.cr.execute(FIGURES, [self.ids])
        found = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for log in self:
            signed, signed_at, size, waiting, aside = found.get(log.id) or (0, False, 0, 0, 0)
            log.signed_size, log.signed_at, log.size = signed or 0, signed_at or False, size or 0
            log.waiting_count, log.set_aside_count = waiting, aside

    @api.depends("verification_ids.state", "verification_ids.checked")
    def _compute_verified(self):
        for log in self:
            last = log.verification_ids[:1]
            log.verified_at, log.verified_state = last.finished_at or last.started_at, last.state
            log.verified_progress = last.progress

    @api.depends("state", "frozen_kind", "frozen_note", "verifier_key", "verification_ids.state")
    def _compute_status(self):
        for log in self:
            log.status, log.status_text = log._status()
            log.key_to_replace = log._has_new_key()

    def _status(self):
        """Return ``(status, what it means and what to do)``. Sudo: all who see a log are told what was found."""
        if not self.origin:
            return False, False
        if self.state == "closed":
            return "closed", _("Nothing is added any more: another log continues this one.")
        if self.frozen_kind:
            return "stopped", _("%s What is recorded meanwhile waits, nothing is lost.", self._advice())
        if self.verified_state == "damaged":
            found = self.verification_ids[:1].sudo().explanation
            return "damaged", _(
                "%s Find out who can write to the database. A backup of the time before shows what stood there.", found
            )
        trouble = self._trouble_with_keys()
        if trouble:
            if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
                trouble = _("A key is missing, which a connector administrator puts into the configuration of Odoo.")
            return "unsigned", _("%s Until then everything is recorded, but nothing can be proven to others.", trouble)
        if not self.verifier_key:
            return "new", _("What was recorded is sealed and signed within a minute.")
        return "good", _("Whoever holds the last signed note can tell whether anything before it was changed.")

    def _trouble_with_keys(self):
        try:
            self._signers()
        except KeyMissing as error:
            return str(error)
        return log_keys.trouble_with_entry_keys()

    def _has_new_key(self):
        """Whether the key in front of ``signing_key`` is another one than that of this log."""
        if self.state != "open" or not self.verifier_key or not self.origin:
            return False
        try:
            return self._newest_signer_key() != self.verifier_key and bool(self._signers())
        except KeyMissing:
            return False

    def _advice(self):
        """What was found when the log was stopped, and what to do about it."""
        found = self.frozen_note or ""
        again = _("If entries were lost for good, begin a new log, which names this one.")
        advice = {
            "truncated": _(
                "Was an older backup put back? Then entries that others may hold notes of are missing: look for a "
                "newer backup. %s", again,
            ),
            "forked": _("Somebody rewrote what was signed, or an older backup was put back. Verify the log. %s", again),
            "foreign": _("Verify the log and find out who wrote to the table. %s", again),
            "gap": _("Verify the log to find out which. %s", again),
            "moved": _(
                "Nothing is signed or sent from here until you say whether this database is the one that goes on (it "
                "was moved), or a copy beside it."
            ),
            "memory_missing": _(
                "Was Odoo moved to another server? Bring the folder named in state_dir along; or confirm the move, if "
                "the log fits its last signed note."
            ),
            "memory_damaged": _(
                "Put the folder named in state_dir back; or confirm the move, if the log fits its last signed note."
            ),
        }  # fmt: skip
        return "%s %s" % (found, advice.get(self.frozen_kind, ""))

    def action_open_entries(self):
        """The entries that were recorded for this log."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_log_entry_action")
        return {**action, "domain": [("log_id", "=", self.id)], "context": {}}

    def action_open_checkpoints(self):
        """The signed notes of this log."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_log_checkpoint_action")
        return {**action, "domain": [("log_id", "=", self.id)], "context": {}}

    def action_open_set_aside(self):
        """What the sealer set aside."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_log_quarantine_action")
        return {**action, "domain": [("log_id", "=", self.id)]}

    def action_seal(self):
        """Seal and sign what waits, now. Sudo: nobody holds the right to write the log; who may ask is checked.

        :raises UserError: when it cannot be signed
        """
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Logs are for people with a role in Audit."))
        self.read(["state"])
        status, text = self._status()
        if status in ("closed", "stopped", "unsigned"):
            raise UserError(text)
        self.sudo()._seal(seconds=5)
        self.invalidate_recordset()
        return True
