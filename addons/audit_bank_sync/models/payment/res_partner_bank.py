from odoo import api, models

DETAILS = ("acc_holder_name", "acc_number", "active", "bank_id", "company_id", "currency_id", "partner_id")


class ResPartnerBank(models.Model):
    """Says to whom a bank account belongs now and belonged before, whichever of its details changes.

    That somebody may send money to it (``allow_out_payment``) is a permission and no detail of it.
    """

    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        for holder, own in accounts.sudo().grouped("partner_id").items():
            holder._begin_bank_details(own)
        return accounts

    def write(self, vals):
        """Sudo: to compare, and to see those that are archived."""
        told = [name for name in DETAILS if name in vals]
        if not told:
            return super().write(vals)
        accounts = self.sudo()
        before = {account.id: ([account[name] for name in told], account.partner_id) for account in accounts}
        result = super().write(vals)
        changed = accounts.filtered(lambda account: before[account.id][0] != [account[name] for name in told])
        changed.partner_id.union(*(before[account.id][1] for account in changed))._note_new_bank_details()
        return result

    def unlink(self):
        """What is removed can be entered anew, with another number: a change as well. Sudo: see ``write``."""
        holders = self.sudo().partner_id
        result = super().unlink()
        holders._note_new_bank_details()
        return result
