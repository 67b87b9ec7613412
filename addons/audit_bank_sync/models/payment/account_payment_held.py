from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.compat import payment_field_of_moves
from odoo.addons.audit_connector_base.models.source.payment import STATES, state_of

from ...compat import sent_field_of_payments

# What a hold or a release is about; see ``_paid_particulars``.
PARTICULARS = {"amount", "currency_id", "partner_bank_id", "partner_id", "payment_type"}


class AccountPayment(models.Model):
    """Payments on hold: they are not posted, sent or marked as sent, whichever way somebody tries."""

    _inherit = "account.payment"

    audit_hold_ids = fields.One2many("audit.payment.hold", "payment_id", string="Holds")
    audit_on_hold = fields.Boolean(
        string="On Hold", compute="_compute_audit_on_hold", store=True, copy=False, index="btree_not_null"
    )
    audit_hold_reason = fields.Text(string="Why on Hold", compute="_compute_audit_hold_reason")

    @api.depends("audit_hold_ids.approved_at")
    def _compute_audit_on_hold(self):
        for payment in self:
            payment.audit_on_hold = not all(hold.approved_at for hold in payment.audit_hold_ids)

    @api.depends("audit_hold_ids.approved_at", "audit_hold_ids.reason")
    def _compute_audit_hold_reason(self):
        """Sudo: why a payment that is at hand waits."""
        for payment in self:
            active = payment.sudo().audit_hold_ids.filtered(lambda hold: not hold.approved_at)
            payment.audit_hold_reason = "\n".join(active.mapped("reason"))

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._hold_where_needed()
        payments.sudo().filtered(lambda payment: state_of(payment) == "posted")._refuse_held()
        return payments

    def write(self, vals):
        """What is posted or sent already is not stopped any more, whatever is written about it later. Sudo: see
        ``_refuse_held``.

        The draft entry that 19.0 makes for a payment makes nothing posted: it is judged when it is posted.
        """
        sent = sent_field_of_payments()
        if STATES.get(vals.get("state")) == "posted" and not self._is_given_its_entry(vals):
            self.sudo().filtered(lambda payment: state_of(payment) != "posted")._refuse_held()
        if vals.get(sent):
            self.sudo().filtered(lambda payment: not payment[sent])._refuse_held()
        unposted = self.sudo().filtered(lambda payment: "move_id" in vals and state_of(payment) != "posted")
        result = super().write(vals)
        # An entry that is posted makes its payment posted, whoever gives it one.
        unposted.filtered(lambda payment: state_of(payment) == "posted")._refuse_held()
        if PARTICULARS & vals.keys():
            self.sudo().audit_hold_ids._note_hand_in_active()
            self.sudo().filtered(lambda payment: payment._can_be_stopped())._hold_where_needed()
        return result

    def _is_given_its_entry(self, vals):
        """Whether ``vals`` give this one payment the draft entry that was made for it. Sudo: to compare."""
        given = self.env["account.move"].sudo().browse(vals.get("move_id") or ())
        return len(self) == 1 and given.state == "draft" and given[payment_field_of_moves()] == self.sudo()

    def copy(self, default=None):
        """What is held is not paid by its copy either. Sudo: a hold binds those who do not see it, too."""
        copies = super().copy(default)
        for payment, made in zip(self.sudo(), copies.sudo()):
            for hold in payment.audit_hold_ids.filtered(lambda hold: not hold.approved_at):
                reason = _("Copied from “%(payment)s”: %(reason)s", payment=payment.display_name, reason=hold.reason)
                hold._hold(made, hold.kind, reason, caused_by=hold.caused_by_id or hold.prepared_by_id)
        return copies

    def action_post(self):
        self._refuse_held()
        return super().action_post()

    def action_put_on_hold(self):
        """Open the dialog that asks why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Put on Hold"),
            "res_model": "audit.payment.hold",
            "views": [(self.env.ref("audit_bank_sync.audit_payment_hold_view_form_new").id, "form")],
            "target": "new",
            "context": {"default_payment_id": self.id},
        }

    def action_release_hold(self):
        """Open what the payment waits for, to be released there."""
        self.ensure_one()
        holds = self.audit_hold_ids.filtered(lambda hold: hold.state == "active")
        if not holds:
            raise UserError(_("“%s” is not on hold.", self.display_name))
        action = {
            "type": "ir.actions.act_window",
            "name": _("Release a Payment"),
            "res_model": "audit.payment.hold",
        }
        if len(holds) == 1:
            return {**action, "res_id": holds.id, "views": [(False, "form")], "target": "new"}
        return {**action, "view_mode": "tree,form", "domain": [("id", "in", holds.ids)]}

    def _refuse_held(self):
        """Refuse what would send these on their way, after a last look at them; what is found there stays on hold
        although the refusal undoes everything else. Sudo: a hold binds those who do not see it, too."""
        if not self:
            return
        self._hold_where_needed()._keep_when_undone()
        active = [("payment_id", "in", self.ids), ("approved_at", "=", False)]
        hold = self.env["audit.payment.hold"].sudo().search(active, limit=1)
        if hold:
            raise UserError(
                _(
                    "The payment “%(payment)s” is on hold: %(reason)s\nAn approver has to release it first, with the "
                    "button Release on the payment.",
                    payment=hold.payment_id.display_name,
                    reason=hold.reason,
                )
            )


class AccountMove(models.Model):
    """The entry of a payment leads to the same places as the payment."""

    _inherit = "account.move"

    def _post(self, soft=True):
        self._held_payments()._refuse_held()
        posted = super()._post(soft)
        self._held_payments()._give_references()
        return posted

    def write(self, vals):
        if vals.get("state") == "posted":
            self.filtered(lambda move: move.state != "posted")._held_payments()._refuse_held()
        if vals.get("is_move_sent"):
            self.filtered(lambda move: not move.is_move_sent)._held_payments()._refuse_held()
        return super().write(vals)

    def _held_payments(self):
        """The payments that these entries are of. Sudo: see ``_refuse_held``."""
        return self.sudo()[payment_field_of_moves()]
