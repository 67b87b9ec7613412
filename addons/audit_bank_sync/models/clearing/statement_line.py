from odoo import api, models


class AccountBankStatementLine(models.Model):
    """Lines of the bank may be payouts of a card processor that were announced before."""

    _inherit = "account.bank.statement.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["audit.card.payout"]._compare_soon(lines.journal_id)
        return lines
