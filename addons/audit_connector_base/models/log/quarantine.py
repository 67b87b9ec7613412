from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import log_keys
from ...core import log_entry
from ..abstract.reauthentication import asks_identity


class AuditLogQuarantine(models.Model):
    """Entries that the sealer set aside, because nothing shows that Odoo itself wrote them."""

    _name = "audit.log.quarantine"
    _inherit = ["audit.company.bound", "audit.reauthentication"]
    _description = "Entry Set Aside"
    _log_access = False
    _order = "id desc"
    _rec_name = "reason"

    # Not a many2one: the entry may be gone.
    entry_id = fields.Integer(string="Entry ID", required=True, readonly=True)
    log_id = fields.Many2one("audit.log", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    reason = fields.Selection(
        [
            ("no_mac", "Written without the key of the log"),
            ("bad_mac", "Written or changed by somebody else"),
            ("gone", "Deleted before it was sealed"),
            ("unannounced", "Never handed to the sealer"),
            ("early", "Recorded before the log had a key"),
        ],
        required=True,
        readonly=True,
    )
    found_at = fields.Datetime(string="Found On", required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Set Aside"), ("admitted", "Let In"), ("refused", "Kept Out")],
        string="Status",
        required=True,
        readonly=True,
        default="waiting",
    )

    decision_note = fields.Text(string="Why", help="For whoever asks later why it was decided like this.")
    decided_by_id = fields.Many2one("res.users", string="Decided By", readonly=True, ondelete="set null")
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    summary = fields.Char(string="What It Says", compute="_compute_entry")
    document_name = fields.Char(string="About", compute="_compute_entry")
    time = fields.Datetime(string="When, as It Says", compute="_compute_entry")
    actor_name = fields.Char(string="By, as It Says", compute="_compute_entry")

    @api.depends("entry_id")
    def _compute_display_name(self):
        for aside in self:
            aside.display_name = _("Entry %s", aside.entry_id)

    @api.depends("entry_id")
    def _compute_entry(self):
        """What the entry says of itself, if it is still there; nothing shows that it is true."""
        entries = self.env["audit.log.entry"].browse(self.mapped("entry_id")).exists()
        found = {entry.id: entry for entry in entries}
        for aside in self:
            entry = found.get(aside.entry_id)
            aside.summary = entry.summary if entry else _("Deleted")
            aside.document_name = entry.document_name if entry else False
            aside.time = entry.time if entry else False
            aside.actor_name = entry.actor_name if entry else False

    def init(self):
        self.env.cr.execute(
            """
            ALTER TABLE audit_log_quarantine ADD COLUMN IF NOT EXISTS mac bytea;
            ALTER TABLE audit_log_quarantine ALTER COLUMN entry_id TYPE bigint;
            CREATE UNIQUE INDEX IF NOT EXISTS audit_log_quarantine_entry_idx ON audit_log_quarantine (entry_id);
            CREATE INDEX IF NOT EXISTS audit_log_quarantine_waiting_idx ON audit_log_quarantine (log_id)
             WHERE state = 'waiting';
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_people()
        return super().create(vals_list)

    def write(self, vals):
        """People say why, while it is not decided; the buttons write the rest."""
        if not self.env.su and (set(vals) != {"decision_note"} or any(aside.state != "waiting" for aside in self)):
            self._refuse_people()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What was set aside is evidence and cannot be deleted."))

    def _refuse_people(self):
        if not self.env.su:
            raise UserError(_("Decide with the buttons; what was found cannot be changed."))

    @asks_identity("let_in", before="_check_may_decide")
    def action_let_in(self):
        """Let entries into the log although nothing shows that Odoo wrote them; that it was decided stands in the log.

        They are marked now with the key of the log, beside the entry, so that the sealer takes them.
        """
        self._check_may_decide()
        self._require_reauthentication("let_in")
        keys = log_keys.entry_keys()
        if not keys:
            raise UserError(log_keys.trouble_with_entry_keys())
        cr = self.env.cr
        for aside in self.sudo():
            cr.execute("SELECT entry, uuid FROM audit_log_entry WHERE id = %s", [aside.entry_id])
            found = cr.fetchone()
            if not found:
                raise UserError(_("An entry was deleted before it was sealed. It can only be kept out."))
            mac = log_entry.entry_mac(keys[0], aside.log_id.origin, bytes(found[0]))
            cr.execute("UPDATE audit_log_quarantine SET mac = %s WHERE id = %s", [mac, aside.id])
            cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s)", [aside.entry_id, aside.log_id.id])
        self._decide("admitted")

    @asks_identity("keep_out", before="_check_may_decide")
    def action_keep_out(self):
        """Say that entries do not belong into the log. They stay where they are, as evidence."""
        self._check_may_decide()
        self._require_reauthentication("keep_out")
        self._decide("refused")

    @api.model
    def _identity_purposes(self):
        return {
            **super()._identity_purposes(),
            "let_in": _("Let into the log"),
            "keep_out": _("Keep out of the log"),
        }

    def _check_may_decide(self):
        """An approver decides, with a reason, on what is not decided yet."""
        if not self.env.user.has_group("audit_connector_base.group_audit_approver"):
            raise UserError(_("What was set aside is decided by people with the role Approver."))
        # Reading applies the rules of access, before anything is written as the superuser.
        for aside in self.read(["state", "decision_note"]):
            if aside["state"] != "waiting":
                raise UserError(_("This was decided already."))
            if not (aside["decision_note"] or "").strip():
                raise UserError(_("Say why first."))

    def _decide(self, state):
        """Sudo: the decision is the permission, and is recorded in the log."""
        mine = self.sudo()
        mine.write({"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()})
        entries = self.env["audit.log.entry"].sudo().browse(mine.mapped("entry_id")).exists()
        uuids = {entry.id: entry.uuid for entry in entries}
        self.env["audit.log.entry"]._append_facts(
            "entry.%s" % state,
            [
                (
                    aside.company_id,
                    (aside.log_id._name, aside.log_id.id),
                    {
                        "entry": uuids.get(aside.entry_id) or "",
                        "found": aside.reason,
                        "reason": aside.decision_note,
                        "by": self.env.user.name,
                    },
                )
                for aside in mine
            ],
        )
