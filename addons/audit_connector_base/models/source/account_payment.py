from odoo import models

from . import states
from .payment import state_of


class AccountPayment(models.Model):
    """Says what becomes of payments.

    On 17.0 they share the state of their entry, on 19.0 they have one of their own and may have no entry.
    """

    _name = "account.payment"
    _inherit = ["account.payment", "audit.trail"]

    def action_post(self):
        with states.watched(self):
            return super().action_post()

    def action_draft(self):
        with states.watched(self):
            return super().action_draft()

    def action_cancel(self):
        with states.watched(self):
            return super().action_cancel()

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        with states.watched(self):
            return super().write(vals)

    def _audit_state(self):
        return state_of(self)

    def _audit_state_changed(self, before):
        """Record what became of these payments since they were in the states ``before``: ``{id: state}``."""
        happened = {}
        for payment in self.sudo():
            done = states.transition(before[payment.id], payment._audit_state())
            if done:
                happened.setdefault("payment.%s" % done, []).append(payment.id)
        for code, ids in happened.items():
            self.env["audit.event"]._record(code, self.browse(ids))

    def _audit_subjects(self):
        """The entry as well: people attach files to it."""
        subjects = super()._audit_subjects()
        for payment in self.sudo():
            if payment.move_id:
                subjects[payment.id] |= payment.move_id._audit_attachments().get(payment.move_id.id, set())
        return subjects
