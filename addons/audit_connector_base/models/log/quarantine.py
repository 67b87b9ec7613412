from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import log_keys
from ...core import log_entry
from ..abstract.reauthentication import asks_identity
from .aside import entry_aside

OPEN = ("waiting", "asked")
ASKERS = ("group_audit_connector_admin", "group_audit_approver")
NOTHING_ASKED = {"asked_by_id": False, "asked_at": False, "asked_because": False, "asked_sha256": False}


class AuditLogQuarantine(models.Model):
    """Entries that the sealer set aside, because nothing shows that Odoo itself wrote them.

    Two persons let one in: the first asks for it and says why, the second looks at it anew, says why as well, and
    confirms with the password. One approver keeps it out, as it stays where it is, as evidence, and the log says so.

    Who can put an entry into the table can also change it. So the one that is let in is, byte for byte, the one that
    was asked for and shown, and what was shown of it has to be what its bytes say.

    Sudo throughout: people write nothing but their reasons; each button checks who may press it.
    """

    _name = "audit.log.quarantine"
    _inherit = ["audit.kept.by.odoo", "audit.two.persons"]
    _description = "Entry Set Aside"
    _log_access = False
    _order = "id desc"
    _rec_name = "reason"
    _people_write = ("decision_note", "note_by_id")

    _approval_action = "let_in"

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
        [
            ("waiting", "Set Aside"),
            ("asked", "Waits for a Second Person"),
            ("admitted", "Let In"),
            ("refused", "Kept Out"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="waiting",
    )

    asked_by_id = fields.Many2one("res.users", string="Asked for By", readonly=True, ondelete="restrict")
    asked_at = fields.Datetime(string="Asked for On", readonly=True)
    asked_because = fields.Text(string="Why It Belongs Into the Log", readonly=True)
    asked_sha256 = fields.Char(readonly=True, help="Of the entry as it was when somebody asked to let it in.")
    decision_note = fields.Text(string="Why", help="For whoever asks later why it was decided like this.")
    note_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict", help="Who wrote that reason.")
    decided_by_id = fields.Many2one("res.users", string="Decided By", readonly=True, ondelete="restrict")
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
        """What the entry says of itself, if it is still there; nothing shows that it is true.

        Of an entry that a person may not read, as those of the system, only that it is there.
        """
        found = {entry.id: entry for entry in self._readable_entries()}
        there = set(self.env["audit.log.entry"].browse(self.mapped("entry_id")).exists().ids)
        for aside in self:
            entry = found.get(aside.entry_id)
            hidden = _("For administrators of Odoo only") if aside.entry_id in there else _("Deleted")
            aside.summary = entry.summary if entry else hidden
            aside.document_name = entry.document_name if entry else False
            aside.time = entry.time if entry else False
            aside.actor_name = entry.actor_name if entry else False

    def _readable_entries(self):
        return self.env["audit.log.entry"].search([("id", "in", self.mapped("entry_id"))])

    def init(self):
        self.env.cr.execute(
            """
            ALTER TABLE audit_log_quarantine ADD COLUMN IF NOT EXISTS mac bytea;
            ALTER TABLE audit_log_quarantine ALTER COLUMN entry_id TYPE bigint;
            CREATE UNIQUE INDEX IF NOT EXISTS audit_log_quarantine_entry_idx ON audit_log_quarantine (entry_id);
            DROP INDEX IF EXISTS audit_log_quarantine_waiting_idx;
            CREATE INDEX IF NOT EXISTS audit_log_quarantine_open_idx ON audit_log_quarantine (log_id)
             WHERE state IN ('waiting', 'asked');
            """
        )

    def write(self, vals):
        """People say why, while it is not decided; the buttons write the rest."""
        if not self.env.su:
            if set(vals) != {"decision_note"} or any(aside.state not in OPEN for aside in self):
                self._refuse_people()
            # Whoever gives the reason for asking has a hand in it.
            self.filtered(lambda aside: aside.state == "waiting")._note_hand(())
            vals = {**vals, "note_by_id": self.env.uid}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What was set aside is evidence and cannot be deleted."))

    def _words_to_people(self):
        return _("Decide with the buttons; what was found cannot be changed.")

    def action_ask(self):
        """Ask somebody else to let entries into the log, with the reason that was given. Sudo: see the class."""
        self._check_role(ASKERS)
        self._check_open(("waiting",))
        if any(aside.reason == "gone" for aside in self):
            raise UserError(_("An entry was deleted before it was sealed. It can only be kept out."))
        self._note_hand(())
        for aside in self.sudo():
            entry = entry_aside(self.env.cr, aside.entry_id)
            if entry:
                aside._check_fits(entry)
            because = {"asked_because": aside.decision_note, "decision_note": False, "note_by_id": False}
            because["asked_sha256"] = entry and entry.sha256
            aside.write({"state": "asked", "asked_by_id": self.env.uid, "asked_at": fields.Datetime.now(), **because})
        self._log_decision("entry.asked", "asked_because")
        self._call_approvers(_("Decide on an entry that was set aside"))
        return True

    def action_send_back(self):
        """Let nothing in for now: whoever asks again gives another reason. Who had a hand in it still has.

        Sudo: see the class.
        """
        self._check_role(ASKERS)
        self._check_open(("asked",))
        self._check_own_reason()
        self._log_decision("entry.returned", "decision_note")
        self.sudo().write({"state": "waiting", "decision_note": False, "note_by_id": False, **NOTHING_ASKED})
        self._let_approvers_go()
        return True

    @asks_identity("let_in", before="_check_may_let_in")
    def action_let_in(self):
        """Let entries into the log although nothing shows that Odoo wrote them; that it was decided stands in the log.

        They are marked now with the key of the log, beside the entry, so that the sealer takes them.
        """
        self._check_may_let_in()
        # Here the password is asked for, and who asked is refused, before anything is marked.
        self.sudo().write({"approved_by_id": self.env.uid})
        keys = log_keys.entry_keys()
        if not keys:
            raise UserError(log_keys.trouble_with_entry_keys())
        cr = self.env.cr
        for aside in self.sudo():
            mac = log_entry.entry_mac(keys[0], aside.log_id.origin, aside._entry_asked_for().entry)
            cr.execute("UPDATE audit_log_quarantine SET mac = %s WHERE id = %s", [mac, aside.id])
            cr.execute("INSERT INTO audit_log_pending VALUES (%s, %s)", [aside.entry_id, aside.log_id.id])
        self._decide("admitted")

    @asks_identity("keep_out", before="_check_may_keep_out")
    def action_keep_out(self):
        """Say that entries do not belong into the log. They stay where they are, as evidence."""
        self._check_may_keep_out()
        self._require_reauthentication("keep_out")
        self._decide("refused")

    @api.model
    def _identity_purposes(self):
        return {
            **super()._identity_purposes(),
            "let_in": _("Let into the log"),
            "keep_out": _("Keep out of the log"),
        }

    def _entry_asked_for(self):
        """The entry (``Aside``) as it was when somebody asked to let it in, and as people are shown it.

        :raises UserError: when it is another one by now, or says something else than is shown of it
        """
        entry = entry_aside(self.env.cr, self.entry_id)
        if not entry:
            raise UserError(_("An entry was deleted before it was sealed. It can only be kept out."))
        if entry.sha256 != self.asked_sha256:
            raise UserError(
                _("The entry was changed since somebody asked to let it in. Find out who did, then keep it out.")
            )
        self._check_fits(entry)
        return entry

    def _check_fits(self, entry):
        """Refuse an entry (``Aside``) that the next verification of the log would find damaged.

        :raises UserError: when its content is gone, or what is shown of it is not what it says
        """
        if not entry.is_as_shown:
            raise UserError(
                _(
                    "The entry is not whole: its content is gone, or what is shown of it is not what it would record. "
                    "It can only be kept out."
                )
            )

    def _identity_content(self, action):
        """What the entry says, and the reasons. Without sudo: what the entry says is not for everybody."""
        content = []
        for aside in self:
            content += [
                (_("It says"), aside.summary),
                (_("About"), aside.document_name),
                (_("Recorded at, as it says"), aside.time),
                (_("By, as it says"), aside.actor_name),
                (_("Asked for by"), aside.sudo().asked_by_id.name),
                (_("Asked for because"), aside.asked_because),
                (_("Why"), aside.decision_note),
            ]
        return content

    def _identity_state(self, action):
        """The bytes are what counts, which people are not shown."""
        return [super()._identity_state(action), [entry_aside(self.env.cr, aside.entry_id) for aside in self]]

    def _check_may_let_in(self):
        """An approver lets in what somebody else asked for, and says why."""
        self._check_role((ASKERS[1],))
        if any(aside["state"] == "waiting" for aside in self.read(["state"])):
            raise UserError(
                _("Two people let an entry into the log: ask for it first and say why; somebody else decides.")
            )
        self._check_open(("asked",))
        self._check_own_reason()
        unseen = set(self.sudo().mapped("entry_id")) - set(self._readable_entries().ids)
        if self.env["audit.log.entry"].browse(unseen).exists():
            raise UserError(_("You may not read what the entry says. Somebody who may has to decide."))
        self._check_may_approve()

    def _check_may_keep_out(self):
        """An approver decides, with a reason, on what is not decided yet."""
        self._check_role((ASKERS[1],))
        self._check_open(OPEN)
        self._check_own_reason()

    def _check_own_reason(self):
        """Refuse to decide with the words of another. Sudo: who wrote them is for Odoo to note."""
        if any(aside.note_by_id != self.env.user for aside in self.sudo()):
            raise UserError(_("Say why in your own words: the reason that stands there was written by somebody else."))

    def _check_role(self, roles):
        """Sudo: names of roles are no secret."""
        if not any(self.env.user.has_group("audit_connector_base.%s" % role) for role in roles):
            names = " / ".join(self.env.ref("audit_connector_base.%s" % role).sudo().name for role in roles)
            raise UserError(_("What was set aside is decided by people with the role %s.", names))

    def _check_open(self, states):
        """Refuse what is in another state, and to do anything without a reason.

        Reading applies the rules of access, before anything is written as the superuser.
        """
        for aside in self.read(["state", "decision_note"]):
            if aside["state"] not in OPEN:
                raise UserError(_("This was decided already."))
            if aside["state"] not in states:
                raise UserError(_("Somebody was faster. Look again."))
            if not (aside["decision_note"] or "").strip():
                raise UserError(_("Say why first."))

    def _decide(self, state):
        mine = self.sudo()
        mine.write({"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()})
        self._log_decision("entry.%s" % state, "decision_note")
        self._let_approvers_go()

    def _log_decision(self, kind, reason):
        """One entry each, in the name of the current user, sealed at once; ``reason``: the field that says why."""
        entries = self.env["audit.log.entry"].sudo().browse(self.sudo().mapped("entry_id")).exists()
        uuids = {entry.id: entry.uuid for entry in entries}
        found = {entry_id: entry_aside(self.env.cr, entry_id) for entry_id in entries.ids}
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    aside.company_id,
                    (aside.log_id._name, aside.log_id.id),
                    {
                        "entry": uuids.get(aside.entry_id) or "",
                        "sha256": found[aside.entry_id].sha256 if found.get(aside.entry_id) else "",
                        "found": aside.reason,
                        "asked_by": aside.asked_by_id.name or "",
                        "asked_because": aside.asked_because or "",
                        "reason": aside[reason] or "",
                        "by": self.env.user.name,
                    },
                )
                for aside in self.sudo()
            ],
        )
        self.env["audit.log"]._seal_now()
