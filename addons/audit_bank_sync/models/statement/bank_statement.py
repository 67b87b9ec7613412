from odoo import api, fields, models


class AccountBankStatement(models.Model):
    """Whether somebody gave the closing balance of a statement, or Odoo added it up of its lines.

    What is added up of the lines ties with them always and says nothing about the bank.
    """

    _inherit = "account.bank.statement"

    # Of statements that were there before, nobody knows: they count as before.
    audit_balance_computed = fields.Boolean(
        string="Closing Balance Added Up", readonly=True, copy=False, help="Nobody gave it; enter that of the bank."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "audit_balance_computed": "balance_end_real" not in vals} for vals in vals_list]
        )

    def write(self, vals):
        if "balance_end_real" in vals:
            vals = {**vals, "audit_balance_computed": False}
        return super().write(vals)
