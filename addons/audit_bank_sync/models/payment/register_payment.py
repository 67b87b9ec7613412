from odoo import models


class AccountPaymentRegister(models.TransientModel):
    """Paying from a bill: what is on hold stays a draft, instead of undoing the payments beside it."""

    _inherit = "account.payment.register"

    def _post_payments(self, to_process, edit_mode=False):
        """Sudo: a hold binds those who do not see it, too."""
        ready = [one for one in to_process if not one["payment"].sudo().audit_on_hold]
        return super()._post_payments(ready, edit_mode=edit_mode) if ready else None
