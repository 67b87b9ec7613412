import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.core import canonical

from ..compat import check_access
from .roles import APPROVER, USER


class AuditSignedOff(models.AbstractModel):
    """Adds to a record that people sign it off: as prepared, and, somebody else, as reviewed.

    A model says in ``_signed_contents`` what a signature is for, and in ``_hands_in`` who had a hand in it.
    """

    _name = "audit.signed.off"
    _inherit = "audit.reauthentication"
    _description = "What People Sign Off"

    signoff_ids = fields.One2many(
        "audit.signoff",
        "res_id",
        string="Sign-offs",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    signoff_count = fields.Integer(compute="_compute_signoff_count")

    @api.depends("signoff_ids.withdrawn_at")
    def _compute_signoff_count(self):
        for one in self:
            one.signoff_count = len(one.signoff_ids.filtered(lambda signoff: not signoff.withdrawn_at))

    def action_sign_off(self):
        """Open the dialog in which this is signed off."""
        self.ensure_one()
        self._check_is_signer()
        check_access(self, "read")
        return {
            "type": "ir.actions.act_window",
            "name": _("Sign Off"),
            "res_model": "audit.signoff.give",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_level": self._next_level(),
            },
        }

    def _signed_contents(self):
        """Return ``{id: what a signature is for}`` of all of these, as canonical JSON takes it, without floats."""
        raise NotImplementedError("%s says nothing that could be signed" % self._name)

    def _hands_in(self):
        """Return the ids of the users who had a hand in this record, as a set."""
        self.ensure_one()
        return set()

    def _signed_digests(self):
        """Return ``{id: SHA-256 over the canonical JSON of what a signature is for}``, in hex digits."""
        contents = self._signed_contents()
        return {id_: hashlib.sha256(canonical.dumps(content)).hexdigest() for id_, content in contents.items()}

    def _next_level(self):
        """What is most likely wanted: a review where somebody else prepared it."""
        given = self.sudo().signoff_ids.filtered(lambda one: one.standing == "valid" and one.level == "prepared")
        return "reviewed" if given and self.env.user not in given.user_id else "prepared"

    def _check_is_signer(self):
        """People with a role in Audit. Sudo of the record does not make up for it."""
        if self.env.uid == api.SUPERUSER_ID or not self.env.user.has_group(USER):
            raise UserError(_("People with a role in Audit sign off, each in their own name."))

    def _check_may_sign(self, level):
        """Refuse whoever may not sign these off at a level. Sudo: past signatures are asked for past rights.

        :param level: ``prepared``, or ``reviewed``: by an approver who neither prepared it nor had a hand in it, after
            somebody prepared it as it is now
        :raises UserError: naming the record
        """
        self._check_is_signer()
        if level not in ("prepared", "reviewed"):
            raise UserError(_("Say whether you prepared or reviewed it."))
        for record in self.sudo():
            given = record.signoff_ids.filtered(lambda one: not one.withdrawn_at)
            mine = given.filtered(lambda one: one.user_id.id == self.env.uid)
            if any(one.level == level and one.standing == "valid" for one in mine):
                raise UserError(_("You signed “%s” off already, as it is now.", record.display_name))
            if level == "prepared" and any(one.level == "reviewed" for one in mine):
                raise UserError(_("You reviewed “%s”; somebody else signs that it was prepared.", record.display_name))
            if level == "reviewed":
                record._check_may_review(given)

    def _check_may_review(self, given):
        """See ``_check_may_sign``. Also who withdrew a signature as preparer prepared it."""
        if not self.env.user.has_group(APPROVER):
            raise UserError(_("Reviews are signed by people with the role Audit: Approver."))
        prepared = self.signoff_ids.filtered(lambda one: one.level == "prepared")
        if self.env.uid in prepared.user_id.ids or self.env.uid in self._hands_in():
            raise UserError(_("You prepared “%s” or had a hand in it; somebody else reviews it.", self.display_name))
        if not (prepared & given).filtered(lambda one: one.standing == "valid"):
            raise UserError(_("Nobody signed yet that “%s” was prepared, as it is now.", self.display_name))

    def _identity_purposes(self):
        return {**super()._identity_purposes(), "sign_off": _("Sign off")}
