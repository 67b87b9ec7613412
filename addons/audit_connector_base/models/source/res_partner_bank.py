from odoo import api, models


class ResPartnerBank(models.Model):
    """Says that the bank details of a supplier changed, the most abused change in all of accounts payable."""

    _inherit = "res.partner.bank"

    _audit_told = (
        "acc_holder_name", "acc_number", "active", "allow_out_payment", "bank_id", "company_id", "currency_id",
        "partner_id",
    )  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts.partner_id._audit_say_bank_details()
        return accounts

    def write(self, vals):
        told = [field for field in self._audit_told if field in vals]
        if not told:
            return super().write(vals)
        accounts = self.sudo()
        before = {account.id: [account[field] for field in told] for account in accounts}
        partners = {account.id: account.partner_id for account in accounts}
        result = super().write(vals)
        changed = accounts.filtered(lambda account: before[account.id] != [account[field] for field in told])
        holders = changed.partner_id.union(*(partners[account.id] for account in changed))
        holders._audit_say_bank_details()
        return result

    def unlink(self):
        """19.0 only archives them, which ``write`` has said."""
        partners = {account.id: account.partner_id for account in self.sudo()}
        result = super().unlink()
        kept = set(self.exists().ids)
        gone = [partner for account, partner in partners.items() if account not in kept]
        self.env["res.partner"].union(*gone)._audit_say_bank_details()
        return result
