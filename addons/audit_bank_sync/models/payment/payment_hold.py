import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity
from odoo.addons.audit_connector_base.transaction import short_transaction

_logger = logging.getLogger(__name__)

MANUAL, BANK_DETAILS, SUSPICION = "manual", "bank_details", "suspicion"
_FIXED = {"kind", "caused_by_id", "payment_id", "reason", "released_for", "released_key", "state"}


class AuditPaymentHold(models.Model):
    """A payment that must not go out: somebody wants it looked at first, or Odoo found a reason itself.

    Put on hold in a moment, released with care: by an approver who had no hand in it, with the password. It is never
    deleted, as it says why a payment waited and who let it go. A release is for what the approver saw: the partner, the
    account and the amount. Where one of them is another one later, the payment is held anew.
    """

    _name = "audit.payment.hold"
    _inherit = ["audit.two.persons", "audit.company.bound"]
    _description = "Payment Hold"
    _order = "approved_at desc, id desc"
    _check_company_auto = True
    _prepared_fields = ("payment_id", "reason")
    _approval_action = "release"

    payment_id = fields.Many2one("account.payment", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            (MANUAL, "Put on Hold"),
            (BANK_DETAILS, "Bank Details Changed"),
            (SUSPICION, "Suspicion"),
        ],
        string="Because",
        required=True,
        readonly=True,
        default=MANUAL,
    )
    reason = fields.Text(string="Why", required=True, help="What has to be looked at before the payment goes out.")
    caused_by_id = fields.Many2one(
        "res.users", string="Caused By", readonly=True, help="Whose change is looked at, and who cannot release it."
    )
    release_note = fields.Text(string="Why It Is Released", help="What was found out, and from whom.")
    released_for = fields.Char(readonly=True, copy=False, help="Who was to be paid how much, into which account.")
    released_key = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [("active", "On Hold"), ("released", "Released")], string="Status", compute="_compute_state"
    )
    partner_name = fields.Char(string="Partner", compute="_compute_about")
    account_text = fields.Char(string="Account", compute="_compute_about")
    amount_text = fields.Char(string="Amount", compute="_compute_about")

    @api.depends("approved_at")
    def _compute_state(self):
        for hold in self:
            hold.state = "released" if hold.approved_at else "active"

    @api.depends("payment_id")
    def _compute_about(self):
        """Sudo: what an approver has to know of the payment, who need not be an accountant."""
        for hold in self:
            payment = hold.payment_id.sudo()
            hold.partner_name = payment.partner_id.display_name
            hold.account_text = payment.partner_bank_id.acc_number or _("None named")
            hold.amount_text = payment and "%s %s" % (
                payment.currency_id.name,
                format(payment.amount, ".%df" % payment.currency_id.decimal_places),
            )

    @api.depends("payment_id")
    def _compute_display_name(self):
        """Sudo: the name of the payment, which is of the same company."""
        for hold in self:
            hold.display_name = hold.payment_id.sudo().display_name or _("New")

    @api.model_create_multi
    def create(self, vals_list):
        """Sudo: the company is that of the payment, whoever asks; whether they may see it is asked by the base."""
        ids = [vals["payment_id"] for vals in vals_list if vals.get("payment_id")]
        companies = {
            payment.id: payment.company_id.id for payment in self.env["account.payment"].sudo().browse(ids).exists()
        }
        values = []
        for vals in vals_list:
            company = companies.get(vals.get("payment_id"), vals.get("company_id"))
            values.append({**vals, "company_id": company, "released_for": False, "released_key": False})
            values[-1].pop("state", None)
            if not self.env.su:
                values[-1].update({"kind": MANUAL, "caused_by_id": False, "release_note": False})
        holds = super().create(values)
        for hold in holds:
            if not (hold.reason or "").strip():
                raise UserError(_("Say why the payment is put on hold."))
        holds._log("payment_hold.set")
        return holds

    def write(self, vals):
        if _FIXED & vals.keys():
            raise UserError(_("A hold stays as it was set. Release it, and set another one."))
        if "approved_by_id" in vals and not vals["approved_by_id"]:
            raise UserError(_("What was released stays so. Put the payment on hold again."))
        if "release_note" in vals and any(hold.approved_at for hold in self.sudo()):
            raise UserError(_("It was released already, so what was said about it stays."))
        result = super().write(vals)
        if vals.get("approved_by_id"):
            self._note_what_is_released()
            self._log("payment_hold.released")
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A hold says why a payment waited, and is not deleted. Release it instead."))

    @asks_identity("release", before="_check_may_approve")
    def action_release(self):
        """Let the payment go on; whoever is responsible for it posts or sends it then."""
        for hold in self:
            if not (hold.release_note or "").strip():
                raise UserError(_("Say first why it is released: what was found out, and from whom."))
        self.write({"approved_by_id": self.env.uid})
        return {"type": "ir.actions.act_window_close"}

    def _check_may_approve(self):
        """Not by whose change it waits for, nor by who entered the payment or changed the bank details last."""
        result = super()._check_may_approve()
        for hold in self.sudo():
            if hold.approved_at:
                raise UserError(_("“%s” was released already.", hold.display_name))
            if hold.caused_by_id.id == self.env.uid:
                raise UserError(
                    _("“%s” waits because of a change of yours; somebody else has to release it.", hold.display_name)
                )
            if hold.payment_id.create_uid.id == self.env.uid:
                raise UserError(_("You entered “%s”; somebody else has to release it.", hold.display_name))
            for one in hold.payment_id._people_of_bank_details():
                if one.audit_bank_changed_by_id.id == self.env.uid:
                    raise UserError(
                        _(
                            "You changed the bank details of %(partner)s; somebody else has to release “%(payment)s”.",
                            partner=one.display_name,
                            payment=hold.display_name,
                        )
                    )
        return result

    def _identity_content(self, action):
        """Also what the payment is now: that is what is released. Sudo: see ``_compute_about``."""
        content, label = super()._identity_content(action), _("Pays")
        return [*content, *((label, hold.payment_id._paid_particulars()[1]) for hold in self.sudo())]

    def _identity_state(self, action):
        """Sudo: to compare."""
        keys = [hold.payment_id._paid_particulars()[0] for hold in self.sudo()]
        return [super()._identity_state(action), keys]

    def _note_what_is_released(self):
        """Keep what the release is for. Past this model's own guard, as sudo: it is nobody's to write."""
        for hold in self.sudo():
            key, words = hold.payment_id._paid_particulars()
            hold._write_past_guard({"released_key": key, "released_for": words})

    def _write_past_guard(self, vals):
        return super().write(vals)

    def _is_release_of(self, payment):
        """Whether it was released for exactly what ``payment`` pays now."""
        return bool(self.approved_at) and self.released_key == payment._paid_particulars()[0]

    @api.model
    def _hold(self, payments, kind, reason, caused_by=None):
        """Put payments on hold for a reason that Odoo found, unless they wait for the same one already: then the person
        at work had a hand in it, too. Sudo: a rule of the company's, not a decision of that person."""
        waiting = self.sudo().search(
            [("payment_id", "in", payments.ids), ("kind", "=", kind), ("approved_at", "=", False)]
        )
        waiting._note_hand_in_active()
        return self.sudo().create(
            [
                {
                    "payment_id": payment.id,
                    "kind": kind,
                    "reason": reason,
                    "caused_by_id": caused_by.id if caused_by else False,
                }
                for payment in payments - waiting.payment_id
            ]
        )

    def _note_hand_in_active(self):
        """Whoever changes what a held payment pays does not release it alone."""
        self.filtered(lambda hold: not hold.approved_at)._note_hand(())

    def _keep_when_undone(self):
        """Make these again should the transaction be undone that made them, as it is by the refusal that follows.

        In a transaction of its own and after the other one ended, as that one may have locked the payment. Where only
        a part of it was undone, it is committed: they are looked for then as well. Sudo: see ``_hold``.
        """
        if not self:
            return
        registry, uid = self.env.registry, self.env.uid
        wanted = [(hold.payment_id.id, hold.kind, hold.reason, hold.caused_by_id.id) for hold in self.sudo()]

        def make_again():
            try:
                with short_transaction(registry) as env:
                    env["audit.payment.hold"].with_user(uid)._make_again(wanted)
            except Exception:  # the error that undid the transaction has to reach the person
                _logger.exception("Payments could not be put on hold: %s", [one[0] for one in wanted])

        self.env.cr.postrollback.add(make_again)
        self.env.cr.postcommit.add(make_again)

    @api.model
    def _make_again(self, wanted):
        """Sudo: see ``_hold``. A payment that was undone itself needs no hold."""
        for payment_id, kind, reason, caused_by_id in wanted:
            payment = self.env["account.payment"].sudo().browse(payment_id).exists()
            if payment:
                self._hold(payment, kind, reason, caused_by=self.env["res.users"].browse(caused_by_id or ()))

    def _log(self, kind):
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    hold.company_id,
                    ("account.payment", hold.payment_id.id),
                    {
                        "hold": hold.id,
                        "kind": hold.kind,
                        "reason": hold.reason or "",
                        "note": hold.release_note or "",
                        "set_by": hold.prepared_by_id.name or "",
                        "by": self.env.user.sudo().name or "",
                    },
                )
                for hold in self.sudo()
            ],
        )
