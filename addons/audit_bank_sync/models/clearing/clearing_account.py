from odoo import api, fields, models


class AuditCardMapping(models.Model):
    """What stands on the clearing account of a processor, beside what its reports say is still on its way.

    Both are shown as they are; what is left is takings that no report told of yet, or fees and refunds not booked yet.
    """

    _inherit = "audit.card.mapping"

    clearing_balance = fields.Monetary(
        string="On the Clearing Account",
        compute="_compute_clearing",
        help="Of posted entries, in the currency of the reports.",
    )
    clearing_announced = fields.Monetary(
        string="Announced and Not at the Bank", compute="_compute_clearing", help="Net of all payouts on their way."
    )
    clearing_reserve = fields.Monetary(
        string="Held Back by the Processor", compute="_compute_clearing", help="Of all payouts that were read."
    )
    clearing_rest = fields.Monetary(
        string="In No Report",
        compute="_compute_clearing",
        help="What else is on the account: takings that no report told of yet, or fees and refunds not booked yet.",
    )

    @api.depends("account_id", "currency_id")
    def _compute_clearing(self):
        """Sudo: sums of an account and of payouts of the company whose processor the reader may see."""
        for one in self:
            payouts = [("mapping_id", "=", one._origin.id), ("currency_id", "=", one.currency_id.id)]
            groups = self.env["audit.card.payout"].sudo()._read_group(payouts, [], ["residual:sum", "reserve:sum"])
            residual, reserve = groups[0]
            one.clearing_announced, one.clearing_reserve = residual or 0.0, reserve or 0.0
            one.clearing_balance = one._clearing_balance()
            rest = one.clearing_balance - one.clearing_announced - one.clearing_reserve
            one.clearing_rest = rest if one.account_id else 0.0

    def _clearing_balance(self):
        if not self.account_id:
            return 0.0
        domain = [
            ("account_id", "=", self.account_id.id),
            ("company_id", "=", self.company_id.id),
            ("parent_state", "=", "posted"),
        ]
        amount = "balance:sum"
        if self.currency_id != self.company_id.currency_id:
            domain.append(("currency_id", "=", self.currency_id.id))
            amount = "amount_currency:sum"
        ((total,),) = self.env["account.move.line"].sudo()._read_group(domain, [], [amount])
        return total or 0.0
