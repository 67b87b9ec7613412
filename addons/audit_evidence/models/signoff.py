from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import groupby

from ..compat import check_access
from .roles import USER

LEVELS = [("prepared", "Prepared"), ("reviewed", "Reviewed")]
WITHDRAWAL = {"withdrawn_at", "withdrawal_reason"}


class AuditSignoff(models.Model):
    """One person's signature under a record as it was then: that they prepared it, or that they reviewed it.

    What is signed is a SHA-256 over the canonical JSON (RFC 8785) of what the record says, see ``audit.signed.off``.
    When the record says something else later, the sign-off is outdated, and says so. It is given in one's own name with
    the password, never changed and never deleted; whoever gave it may withdraw it, once and with a reason.

    The rules stand in ``create`` and ``write``, so they hold with whatever rights. Sudo: nobody writes these by hand.
    """

    _name = "audit.signoff"
    _inherit = "audit.kept.by.odoo"
    _description = "Sign-off"
    _order = "id desc"
    _rec_name = "digest"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    res_model = fields.Selection("_selection_res_model", string="Kind of Record", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    document_name = fields.Char(string="Signed", compute="_compute_document_name")
    level = fields.Selection(LEVELS, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Signed By", required=True, readonly=True, index=True, ondelete="restrict"
    )
    signed_at = fields.Datetime(string="Signed On", required=True, readonly=True)
    digest = fields.Char(string="SHA-256", required=True, readonly=True, help="Of what the record said then.")
    note = fields.Text(readonly=True, help="What was done to come to it.")
    withdrawn_at = fields.Datetime(string="Withdrawn On", readonly=True)
    withdrawal_reason = fields.Text(string="Why It Was Withdrawn", readonly=True)
    standing = fields.Selection(
        [("valid", "Valid"), ("outdated", "Outdated"), ("withdrawn", "Withdrawn")],
        string="Stands",
        compute="_compute_standing",
        help="Outdated: what was signed was changed afterwards, so somebody has to look at it again.",
    )
    may_withdraw = fields.Boolean(compute="_compute_may_withdraw")

    def init(self):
        self.env.cr.execute("CREATE INDEX IF NOT EXISTS audit_signoff_record_idx ON audit_signoff (res_model, res_id)")

    @api.model
    def _selection_res_model(self):
        """The models that people sign off, by what they are called."""
        return [(name, self.env[name]._description) for name in self._signed_models()]

    @api.model
    def _signed_models(self):
        """Names of the models with ``audit.signed.off``."""
        return sorted(
            name
            for name in self.env.registry
            if self.env[name]._auto and not self.env[name]._abstract and hasattr(self.env[name], "_signed_contents")
        )

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        """Sudo: the name only, of a record of the same company."""
        names = {}
        for model, signoffs in groupby(self, key=lambda one: one.res_model):
            if model in self.env:
                records = self.env[model].sudo().browse({one.res_id for one in signoffs}).exists()
                names.update(((model, record.id), record.display_name) for record in records)
        for one in self:
            one.document_name = names.get((one.res_model, one.res_id)) or _("Deleted")

    @api.depends("document_name")
    def _compute_display_name(self):
        for one in self:
            one.display_name = one.document_name

    @api.depends("digest", "withdrawn_at", "res_model", "res_id")
    def _compute_standing(self):
        """Outdated or not is never stored: what was signed may change in many ways. Sudo: to compare."""
        now = {}
        for model, signoffs in groupby(self, key=lambda one: one.res_model):
            if model in self.env:
                records = self.env[model].sudo().browse({one.res_id for one in signoffs}).exists()
                now.update(((model, res_id), digest) for res_id, digest in records._signed_digests().items())
        for one in self:
            if one.withdrawn_at:
                one.standing = "withdrawn"
            else:
                same = now.get((one.res_model, one.res_id)) == one.digest
                one.standing = "valid" if same else "outdated"

    @api.depends("user_id", "withdrawn_at")
    @api.depends_context("uid")
    def _compute_may_withdraw(self):
        for one in self:
            one.may_withdraw = one.user_id.id == self.env.uid and not one.withdrawn_at

    @api.model_create_multi
    def create(self, vals_list):
        """Sign in the current user's name what the records say now, after the password for each.

        :param vals_list: each with ``res_model``, ``res_id``, ``level`` and ``note``; all else follows
        """
        self._refuse_people()
        made = self.browse()
        for vals in vals_list:
            record = self._signable(vals.get("res_model"), vals.get("res_id"))
            record._check_may_sign(vals.get("level"))
            record._require_reauthentication("sign_off")
            made += super().create(
                [
                    {
                        "company_id": record.sudo().company_id.id,
                        "res_model": record._name,
                        "res_id": record.id,
                        "level": vals["level"],
                        "user_id": self.env.uid,
                        "signed_at": fields.Datetime.now(),
                        "digest": record.sudo()._signed_digests()[record.id],
                        "note": vals.get("note") or False,
                    }
                ]
            )
        made._log("signoff.given")
        self.env["audit.log"]._seal_now()
        return made

    def write(self, vals):
        """Only a withdrawal is ever written, once, by whoever signed."""
        if vals.keys() - WITHDRAWAL:
            raise UserError(_("A sign-off stays as it was given. Withdraw it, and give another one."))
        self._refuse_people()
        for one in self:
            if one.user_id.id != self.env.uid:
                raise UserError(_("Only %s can withdraw this sign-off, who gave it.", one.user_id.name))
            if one.withdrawn_at:
                raise UserError(_("This sign-off was withdrawn already."))
        if not (vals.get("withdrawal_reason") or "").strip():
            raise UserError(_("Say why it is withdrawn."))
        result = super().write({**vals, "withdrawn_at": fields.Datetime.now()})
        self._log("signoff.withdrawn")
        self.env["audit.log"]._seal_now()
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A sign-off is kept. Withdraw it instead."))

    def action_withdraw(self):
        """Open the dialog in which one's own sign-off is withdrawn, with the reason."""
        self.ensure_one()
        self._check_may_see()
        if not self.may_withdraw:
            raise UserError(_("Whoever gave a sign-off withdraws it, once."))
        return {
            "type": "ir.actions.act_window",
            "name": _("Withdraw the Sign-off"),
            "res_model": "audit.reason",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_signoff_id": self.id, "default_step": "withdraw"},
        }

    def action_open_record(self):
        """Open what was signed."""
        self.ensure_one()
        self._check_may_see()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(_("It was deleted since. That it was signed stays."))
        return record.get_formview_action()

    def _withdraw(self, reason):
        """Take it back. Sudo: ``write`` asks who may."""
        self._check_may_see()
        self.sudo().write({"withdrawal_reason": reason})

    def _words_to_people(self):
        return _("Sign off with the button on the record itself, which asks for your password.")

    def _check_may_see(self):
        if not self.env.user.has_group(USER):
            raise AccessError(_("Sign-offs are for people with a role in Audit."))
        check_access(self, "read")

    @api.model
    def _signable(self, model, res_id):
        """Return a record that the current user may read and that people sign off.

        :raises UserError: when it is none of those
        """
        if model not in self._signed_models() or not res_id:
            raise UserError(_("This is nothing that people sign off."))
        record = self.env[model].sudo(False).browse(res_id)
        check_access(record, "read")
        return record

    def _log(self, kind):
        """One entry each, on what was signed, so that it stands in its trail. Sudo: whoever acts."""
        levels = dict(self._fields["level"]._description_selection(self.with_context(lang="en_US").env))
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    one.company_id,
                    (one.res_model, one.res_id),
                    {
                        "signoff": one.id,
                        "level": str(levels.get(one.level, "")),
                        "digest": one.digest,
                        "person": one.user_id.name or "",
                        "note": one.note or "",
                        "reason": one.withdrawal_reason or "",
                        "what": one.document_name or "",
                    },
                )
                for one in self.sudo()
            ],
        )
