from odoo import models

from ...compat import payment_field_of_moves
from . import states
from .invoice import STATES


class AccountMove(models.Model):
    """Says what becomes of invoices and entries. The entry of a payment is told of with the payment only."""

    _name = "account.move"
    _inherit = ["account.move", "audit.trail"]

    def _post(self, soft=True):
        with self._audit_watched():
            return super()._post(soft=soft)

    def button_draft(self):
        with self._audit_watched():
            return super().button_draft()

    def button_cancel(self):
        with self._audit_watched():
            return super().button_cancel()

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        with self._audit_watched():
            return super().write(vals)

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        if self:
            states.say_after(self, "invoice.paid")
        return result

    def _audit_watched(self):
        return states.watched_together(self, self.sudo()[payment_field_of_moves()])

    def _audit_state(self):
        return STATES[self.state]

    def _audit_state_changed(self, before):
        """Record what became of these documents since they were in the states ``before``: ``{id: state}``."""
        happened = {}
        payment = payment_field_of_moves()
        for move in self:
            done = states.transition(before[move.id], move._audit_state())
            if done and not move.sudo()[payment]:
                entity = "invoice" if move.is_invoice(include_receipts=True) else "journal_entry"
                happened.setdefault("%s.%s" % (entity, done), []).append(move.id)
        for code, ids in happened.items():
            self.env["audit.event"]._record(code, self.browse(ids))

    def _audit_subjects(self):
        """The payment whose entry this is, as it is the payment that messages speak of."""
        subjects = super()._audit_subjects()
        for move in self:
            payment = move.sudo()[payment_field_of_moves()]
            if payment:
                subjects[move.id].add((payment._name, payment.id))
        return subjects
