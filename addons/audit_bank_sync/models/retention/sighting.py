from odoo import _, models
from odoo.exceptions import UserError


class AuditBankSighting(models.Model):
    _inherit = "audit.bank.sighting"

    def _check_may_be_undone(self):
        """What is to be put back has to be there. Sudo: only whether it is."""
        if self.sudo().transaction_id.erased_by:
            raise UserError(
                _("What the bank said before was erased when the time to keep it was over. It cannot be taken apart.")
            )
        return super()._check_may_be_undone()
