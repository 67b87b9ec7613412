from odoo import fields, models


class AccountJournal(models.Model):
    """Journals of bank accounts know when the bank closed the account, which is not when somebody archived them."""

    _inherit = "account.journal"

    audit_closed_on = fields.Date(
        string="Closed at the Bank On",
        copy=False,
        tracking=True,
        help="The bank is still asked to confirm an account that was closed in the twelve months before.",
    )
