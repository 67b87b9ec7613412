from odoo import _, models

from odoo.addons.audit_connector_base.models.source.payment import state_of

from ...compat import sent_field_of_payments
from .payment_hold import BANK_DETAILS


class AccountPayment(models.Model):
    """Which payments Odoo holds itself, and why.

    It is judged when a payment is entered and whenever what it pays changes, so that people see it early; and again
    when it is posted and when it is sent, as only then nothing can come between.
    """

    _inherit = "account.payment"

    def _hold_where_needed(self):
        """Hold these for whatever speaks against them. Sudo: the rule holds whoever makes the payment.

        :return: the holds that are new
        """
        holds = self.env["audit.payment.hold"].sudo()
        for payment in self.sudo():
            for kind, reason, caused_by in payment._reasons_to_hold():
                holds |= holds._hold(payment, kind, reason, caused_by=caused_by)
        return holds

    def _can_be_stopped(self):
        """Whether it still lies with us: not posted, or posted and neither sent nor known to the bank."""
        state = state_of(self)
        if state != "posted":
            return state == "draft"
        sent = self[sent_field_of_payments()] or self.is_matched
        return not sent and self.audit_bank_state in (False, "rejected", "returned")

    def _reasons_to_hold(self):
        """Return ``[(kind, why in words, res.users whose change it is), …]``, at most one of a kind."""
        self.ensure_one()
        reasons = {}
        if self.payment_type == "outbound":
            found = self._reason_in_bank_details()
            if found:
                reasons[BANK_DETAILS] = found
        for kind, holds in self.audit_hold_ids.grouped("kind").items():
            latest = max(holds, key=lambda hold: hold.id)
            if latest.approved_at and not latest._is_release_of(self):
                reasons.setdefault(kind, (self._words_on_void_release(latest), latest.caused_by_id))
        return [(kind, *found) for kind, found in reasons.items()]

    def _reason_in_bank_details(self):
        """Return ``(words, user)``, or None."""
        partner, account = self.partner_id, self.partner_bank_id
        if not partner._days_of_new_bank_details():
            return None
        releases = self.audit_hold_ids.filtered(lambda hold: hold.kind == BANK_DETAILS and hold._is_release_of(self))
        released_at = max(releases.mapped("approved_at"), default=None)
        for one in self._people_of_bank_details():
            if one._bank_details_are_new(released_at):
                return one._words_on_new_bank_details(), one.audit_bank_changed_by_id
        if partner and account and not released_at and not self._is_account_of_partner():
            words = _(
                "The account %(account)s belongs to %(holder)s and not to %(partner)s. Ask %(partner)s under a number "
                "that you knew before.",
                account=account.acc_number,
                holder=account.partner_id.display_name,
                partner=partner.display_name,
            )
            return words, account.create_uid
        return None

    def _people_of_bank_details(self):
        """The holder of the account, and all whose details it may have come from."""
        people = self.partner_id | self.partner_bank_id.partner_id
        return people | people.parent_id | people.commercial_partner_id

    def _is_account_of_partner(self):
        partner, holder = self.partner_id, self.partner_bank_id.partner_id
        family = partner | partner.parent_id | partner.commercial_partner_id
        return holder in family or holder.commercial_partner_id in family

    def _paid_particulars(self):
        """What a release is given for: who is paid how much into which account, and nothing else.

        :return: ``(key, words)``: a text that is the same as long as all of it is, and what people read
        """
        self.ensure_one()
        account, currency = self.partner_bank_id, self.currency_id
        amount = "%s %s" % (currency.name or "", format(self.amount, ".%df" % (currency.decimal_places or 0)))
        number = account.sanitized_acc_number or ""
        key = "|".join([self.payment_type, str(self.partner_id.id), number, account.bank_id.bic or "", amount])
        words = _(
            "%(amount)s to %(partner)s, account %(account)s",
            amount=amount,
            partner=self.partner_id.display_name or _("nobody"),
            account=account.acc_number or _("none"),
        )
        return key, words

    def _words_on_void_release(self, hold):
        return _(
            "It was released for: %(before)s. Now it is: %(now)s.\nIt had been held, as: %(reason)s",
            before=hold.released_for or _("nothing that was noted"),
            now=self._paid_particulars()[1],
            reason=hold.reason,
        )
