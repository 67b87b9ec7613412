from odoo import api, models

from ...compat import payment_field_of_moves


class AccountPartialReconcile(models.Model):
    """Says that payments were assigned to invoices or found on a bank statement, or no longer are.

    What Odoo adds by itself for a difference of exchange is no event of its own.
    """

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self.env["audit.event"]._record("payment.reconciled", partials._audit_payments())
        return partials

    def unlink(self):
        payments = self._audit_payments()
        result = super().unlink()
        if payments:
            self.env["audit.event"]._record("payment.unreconciled", payments.exists())
        return result

    def _audit_payments(self):
        """The payments that these reconcile. Sudo: who reconciles an invoice need not see payments."""
        field = payment_field_of_moves()
        payments = self.env["account.payment"]
        partials = self.sudo()
        for partial in partials:
            sides = (partial.debit_move_id, partial.credit_move_id)
            for line, other in (sides, sides[::-1]):
                payment = line.move_id[field]
                if payment and other.journal_id != other.company_id.currency_exchange_journal_id:
                    payments |= payment
        return payments.with_env(self.env)
