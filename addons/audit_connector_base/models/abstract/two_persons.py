from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .words import in_words

PERSONS = {"prepared_by_id", "prepared_at", "worked_on_by", "approved_by_id", "approved_at"}


class AuditTwoPersons(models.AbstractModel):
    """What one person prepares and another approves, who had no hand in it (segregation of duties).

    The rules stand in ``create`` and ``write``, so they hold for buttons, imports and calls from outside alike, for
    ``sudo()`` and whatever the context says:

    - whoever creates a record prepared it, and whoever changes one of ``_prepared_fields`` worked on it;
    - the one who approves signs with their own name, has one of the roles ``_approver_groups``, did neither, and
      confirms with the password (``_require_reauthentication("approve")``);
    - what is approved stays as it is, but for what comes later, such as ``state``;
    - what is approved is what the dialog for the password showed, see ``audit.reauthentication``;
    - the log says who gave an approval, and who took one back.

    The accounts of those who prepared and approved are archived, not deleted, so that their names stay.

    A model approves with ``write({"approved_by_id": self.env.uid, …})`` in a button that has the decorator
    ``asks_identity``, and takes the signature back with ``{"approved_by_id": False, …}``.
    """

    _name = "audit.two.persons"
    _inherit = ["audit.reauthentication", "audit.calls.approvers"]
    _description = "Prepared by One Person, Approved by Another"

    # What people prepare and others approve. All else may change later.
    _prepared_fields = ()
    # What the password is asked for; see ``_identity_purposes``.
    _approval_action = "approve"
    # Values of ``state`` that only what was approved ever has, for whoever compares the records with the log.
    _approved_states = ()

    prepared_by_id = fields.Many2one("res.users", string="Prepared By", readonly=True, copy=False, ondelete="restrict")
    prepared_at = fields.Datetime(string="Prepared On", readonly=True, copy=False)
    worked_on_by = fields.Json(readonly=True, copy=False, help="Ids of all who had a hand in it.")
    approved_by_id = fields.Many2one("res.users", string="Approved By", readonly=True, copy=False, ondelete="restrict")
    approved_at = fields.Datetime(string="Approved On", readonly=True, copy=False)

    _sql_constraints = [
        (
            "two_persons",
            "CHECK (approved_by_id IS NULL OR approved_by_id <> prepared_by_id)",
            "Nobody approves their own work.",
        )
    ]

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("approved_by_id") for vals in vals_list):
            raise UserError(_("It has to be prepared before somebody else can approve it."))
        signed = {
            "prepared_by_id": self.env.uid,
            "prepared_at": fields.Datetime.now(),
            "worked_on_by": [self.env.uid],
            "approved_by_id": False,
            "approved_at": False,
        }
        return super().create([{**vals, **signed} for vals in vals_list])

    def write(self, vals):
        if PERSONS - {"approved_by_id"} & vals.keys():
            vals = {name: value for name, value in vals.items() if name == "approved_by_id" or name not in PERSONS}
        prepared = [name for name in self._prepared_fields if name in vals]
        if prepared and vals.get("approved_by_id"):
            raise UserError(_("Whoever approves something does not change it as well."))
        if "approved_by_id" in vals:
            vals = self._signed(vals)
        if prepared:
            self._note_hand(prepared)
        return super().write(vals)

    def _signed(self, vals):
        """Return ``vals`` with the time of the approval, after refusing whoever may not give it."""
        if not vals["approved_by_id"]:
            self.filtered("approved_by_id")._log_identity("identity.withdrawn", self._approval_action)
            return {**vals, "approved_at": False}
        if vals["approved_by_id"] != self.env.uid:
            raise AccessError(_("Everybody approves in their own name."))
        self._check_may_approve()
        self._require_reauthentication(self._approval_action)
        return {**vals, "approved_at": fields.Datetime.now()}

    def _check_may_approve(self):
        """Refuse people without the role, and those who had a hand in one of the records.

        :raises UserError: naming the record
        """
        holds_role = any(self.env.user.has_group(group) for group in self._approver_groups)
        if self.env.uid == api.SUPERUSER_ID or not holds_role:
            roles = ", ".join(self.env.ref(group).sudo().name for group in self._approver_groups)
            raise UserError(_("This is approved by people with the role %s.", roles))
        for record in self.sudo():
            if record._had_a_hand(self.env.user):
                raise UserError(
                    _("You prepared “%s” or worked on it; somebody else has to approve it.", record.display_name)
                )

    def _had_a_hand(self, user):
        return user.id in (self.worked_on_by or []) or self.prepared_by_id == user

    def _identity_content(self, action):
        """What was prepared. Sudo: in words, for whoever may approve it."""
        content = super()._identity_content(action)
        for record in self.sudo():
            for name in self._prepared_fields:
                field = self._fields[name]
                content.append((field._description_string(self.env), in_words(record, field)[1]))
        return content

    def _identity_state(self, action):
        """Also by number, as two may have one name. Sudo: to compare."""
        numbers = [
            [in_words(record, self._fields[name])[0] for name in self._prepared_fields] for record in self.sudo()
        ]
        return [super()._identity_state(action), numbers]

    def _note_hand(self, names):  # pylint: disable=missing-return
        """Remember the current user as one who worked on these. Sudo: the list itself is for nobody to write.

        :raises UserError: when one of them is approved already
        """
        for record in self.sudo():
            if record.approved_by_id:
                raise UserError(_("“%s” is approved, so it stays as it is.", record.display_name))
            if self.env.uid not in (record.worked_on_by or []):
                super(AuditTwoPersons, record).write({"worked_on_by": [*(record.worked_on_by or []), self.env.uid]})
