from odoo import fields, models


class AuditBankTransaction(models.Model):
    _inherit = "audit.bank.transaction"

    erased_by = fields.Char(
        string="Erased By", readonly=True, copy=False, help="Entry of the log that says why, with all the bank said."
    )
