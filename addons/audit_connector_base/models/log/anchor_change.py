from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..abstract.reauthentication import asks_identity
from ..abstract.words import in_words
from .anchor_target import DECIDES, KINDS, SETTINGS

ASKERS = ("group_audit_connector_admin", "group_audit_approver")


class AuditLogAnchorChange(models.Model):
    """A change of who holds the signed notes of a log: one person asks for it, another one confirms it.

    Until then the holder goes on getting notes as before. When it is confirmed, the log says from what to what, and
    those who got notes so far are told, so that nobody is cut off without a word.

    Sudo where holders are changed: the confirmation is the permission.
    """

    _name = "audit.log.anchor.change"
    _inherit = ["audit.company.bound", "audit.two.persons"]
    _description = "Change of a Holder of Signed Notes"
    _order = "id desc"
    _rec_name = "target_id"

    _prepared_fields = ("reason", "gets_notes", *SETTINGS)
    _approved_states = ("done",)

    target_id = fields.Many2one(
        "audit.log.anchor.target", string="Holder", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", related="target_id.company_id", store=True, precompute=True, ondelete="restrict", index=True
    )
    state = fields.Selection(
        [("asked", "Waits for a Second Person"), ("done", "Changed"), ("dropped", "Not Changed")],
        string="Status", required=True, readonly=True, default="asked", copy=False, index=True,
    )  # fmt: skip
    reason = fields.Text(
        string="Why", required=True, help="For whoever confirms it, and for the holders, who are told."
    )
    gets_notes = fields.Boolean(
        compute="_compute_as_it_is", store=True, readonly=False, precompute=True,
        help="Without, it is switched off: it gets no more notes, or what it signs is no longer taken.",
    )  # fmt: skip
    kind = fields.Selection(
        KINDS, string="How", required=True, compute="_compute_as_it_is", store=True, readonly=False, precompute=True
    )
    addresses = fields.Text(
        string="E-mail Addresses", compute="_compute_as_it_is", store=True, readonly=False, precompute=True
    )
    connector_id = fields.Many2one(
        "audit.connector", string="Folder of Connector", ondelete="restrict", index=True,
        compute="_compute_as_it_is", store=True, readonly=False, precompute=True,
        domain="[('adapter', '=', 'file'), ('company_id', '=', company_id)]",
    )  # fmt: skip
    url = fields.Char(
        string="Address of the Authority", compute="_compute_as_it_is", store=True, readonly=False, precompute=True
    )
    roots = fields.Text(
        string="Certificate of the Authority", compute="_compute_as_it_is", store=True, readonly=False, precompute=True
    )
    allowed_destinations = fields.Text(
        string="Internal Destinations Allowed",
        compute="_compute_as_it_is", store=True, readonly=False, precompute=True,
    )  # fmt: skip
    witness_key = fields.Char(
        string="Verifier Key of the Witness", compute="_compute_as_it_is", store=True, readonly=False, precompute=True
    )
    difference = fields.Text(string="What Changes", compute="_compute_difference")
    differed = fields.Text(string="What Was Changed", readonly=True, copy=False)
    told_mails = fields.Json(readonly=True, copy=False, help="Number and address of each e-mail to former holders.")
    told_text = fields.Text(string="Word to Former Holders", compute="_compute_told_text")
    former_connector_id = fields.Many2one("audit.connector", readonly=True, copy=False, ondelete="set null")

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS audit_log_anchor_change_one_idx ON audit_log_anchor_change (target_id)"
            " WHERE state = 'asked'"
        )

    @api.depends("target_id")
    def _compute_as_it_is(self):
        for change in self:
            target = change.target_id
            change.gets_notes = target.active
            for name in SETTINGS:
                change[name] = target[name]

    @api.depends("target_id", "gets_notes", *SETTINGS)
    def _compute_difference(self):
        for change in self:
            lines = ["%s: %s → %s" % (line["label"], line["old"], line["new"]) for line in change._differences()]
            change.difference = "\n".join(lines)

    @api.model_create_multi
    def create(self, vals_list):
        """One at a time for each holder. Sudo: changes that one does not see count as well."""
        self._check_role((ASKERS[0],))
        asked = {"state": "asked", "differed": False, "former_connector_id": False, "told_mails": False}
        targets = [vals.get("target_id") for vals in vals_list]
        waiting = [("target_id", "in", targets), ("state", "=", "asked")]
        if len(set(targets)) < len(targets) or self.sudo().search_count(waiting, limit=1):
            raise UserError(_("A change of this holder is asked for already. Confirm it or take it back first."))
        changes = super().create([{**vals, **asked} for vals in vals_list])
        changes._check_holders()
        changes._ask()
        return changes

    def write(self, vals):
        """People change what they ask for, while nobody has confirmed it; the buttons write the rest."""
        if not self.env.su:
            if vals.keys() - set(self._prepared_fields):
                raise UserError(_("Use the buttons. For another holder, ask for another change."))
            self._check_role((ASKERS[0],))
            self._check_asked()
        result = super().write(vals)
        if set(self._prepared_fields) & vals.keys():
            self._check_holders()
            self._ask()
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What was asked for is kept. Take it back instead."))

    @asks_identity("approve", before="_check_may_confirm")
    def action_confirm(self):
        """Change the holder. Those who got notes so far are told. Sudo: see the class."""
        self._check_may_confirm()
        for change in self:
            mine, holder = change.sudo(), change.target_id.sudo()
            facts, differed, told = change._facts(), mine.difference, change._addresses_to_tell()
            former = holder.connector_id.id if holder.kind == "file" else False
            mine.write(
                {
                    "approved_by_id": self.env.uid, "state": "done", "differed": differed,
                    "former_connector_id": former,
                }
            )  # fmt: skip
            holder.write({"active": mine.gets_notes, **{name: mine._wished(name) for name in SETTINGS}})
            change._append("holder.changed", {**facts, "told": ", ".join(told)})
            change._tell(told)
        self._let_approvers_go()
        return True

    def action_drop(self):
        """Leave the holder as it is. Sudo: for people nothing but what they ask for is to be written."""
        self._check_role(ASKERS)
        self.read(["state"])
        self._check_asked()
        self._log("holder.change_dropped")
        self.sudo().write({"differed": False, "state": "dropped"})
        self._let_approvers_go()
        return True

    def _check_may_confirm(self):
        self.read(["state"])
        self._check_asked()
        if not all(change._differences() for change in self):
            raise UserError(_("Nothing would change. Say first what is to be different."))
        self._check_may_approve()

    def _identity_content(self, action):
        """What changes and why, rather than all that stays. Sudo: in words, for whoever may confirm it."""
        content = []
        for change in self.sudo():
            content += [(line["label"], "%s → %s" % (line["old"], line["new"])) for line in change._differences()]
            content += [(_("Why"), change.reason), (_("Asked for by"), change.prepared_by_id.name)]
        return content

    def _check_asked(self):
        """Sudo: whoever is refused is told why, and who may is asked elsewhere."""
        if any(change.state != "asked" for change in self.sudo()):
            raise UserError(_("This was decided already."))

    @api.model
    def _check_role(self, roles):
        """Sudo: names of roles are no secret."""
        if not any(self.env.user.has_group("audit_connector_base.%s" % role) for role in roles):
            names = " / ".join(self.env.ref("audit_connector_base.%s" % role).sudo().name for role in roles)
            raise UserError(_("Changes of who holds notes are for people with the role %s.", names))

    def _check_holders(self):
        """Refuse what the holder could not be, in the words of its own checks. Sudo: to read all of the settings.

        :raises ValidationError: naming the holder
        """
        targets = self.env["audit.log.anchor.target"].sudo()
        for change in self.sudo():
            wanted = {name: change[name] for name in SETTINGS}
            named = {"name": change.target_id.name, "company_id": change.company_id}
            targets.new({**named, **wanted})._check_complete()

    def _wished(self, name):
        return self[name].id if self._fields[name].relational else self[name]

    def _differences(self):
        """``[{field, label, old, new}]`` of what the holder is and would be, in words. Sudo: to compare."""
        mine, holder = self.sudo(), self.target_id.sudo()
        found = []
        if not holder:
            return found
        for name in DECIDES:
            field = holder._fields[name]
            own = "gets_notes" if name == "active" else name
            (was, old), (will_be, new) = in_words(holder, field), in_words(mine, self._fields[own])
            if (was or False) != (will_be or False):
                found.append({"field": name, "label": self._fields[own].string, "old": old, "new": new})
        place = mine.connector_id._place_of_notes() if mine.kind == "file" and mine.connector_id else ""
        if place and place != (holder.place or ""):
            found.append({"field": "place", "label": _("Place"), "old": holder.place or "", "new": place})
        return found

    def _facts(self):
        """What the log keeps of it. Sudo: names of people."""
        mine = self.sudo()
        return {
            "to": mine.target_id.name,
            "asked_by": mine.prepared_by_id.name or "",
            "by": self.env.user.sudo().name or "",
            "reason": mine.reason or "",
            "changes": self._differences(),
        }

    def _ask(self):
        """Say in the log what is asked for, and call who may confirm it."""
        self._log("holder.change_asked")
        for change in self:
            change._call_approvers(_("Confirm a change of who holds the signed notes"))

    def _log(self, kind):
        for change in self:
            change._append(kind, change._facts())

    def _append(self, kind, facts):
        """One entry in the log whose notes the holder gets. Sudo: which log that is."""
        target = self.target_id.sudo()
        self.env["audit.log.entry"]._append_facts(kind, [(target.company_id, (target._name, target.id), facts)])
