from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...core.settlement import Mapping

WORD_PARTS = ("gross", "refunds", "chargebacks", "reserve", "fees", "net", "ignore")


class AuditCardMapping(models.Model):
    """How the settlement reports of one card processor are read, made once and used for every file."""

    _name = "audit.card.mapping"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Settlement Reports of a Card Processor"
    _order = "name, id"

    name = fields.Char(string="Card Processor", required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid Out To",
        required=True,
        domain="[('type', '=', 'bank')]",
        help="The bank account that the payouts arrive on.",
    )
    account_id = fields.Many2one(
        "account.account",
        string="Clearing Account",
        help="Where card takings wait in the ledger until they are paid out.",
    )
    grace_days = fields.Integer(
        string="Days Until It Counts as Late", default=5, help="So long a payout may be on its way to the bank."
    )
    delimiter = fields.Char(string="Between Columns", required=True, default=",", size=1)
    decimal_mark = fields.Selection(
        [(".", "1,234.56"), (",", "1.234,56")], string="Amounts", required=True, default="."
    )
    date_format = fields.Selection(
        [
            ("%Y-%m-%d", "2026-03-31"),
            ("%d.%m.%Y", "31.03.2026"),
            ("%d/%m/%Y", "31/03/2026"),
            ("%m/%d/%Y", "03/31/2026"),
        ],
        string="Dates",
        required=True,
        default="%Y-%m-%d",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Where no column says it.",
    )
    column_payout = fields.Char(string="Number of the Payout", required=True, default="payout_id")
    column_date = fields.Char(string="Date", required=True, default="date")
    column_currency = fields.Char(string="Currency Column")
    column_gross = fields.Char(string="Gross")
    column_fees = fields.Char(string="Fees")
    column_refunds = fields.Char(string="Refunds")
    column_chargebacks = fields.Char(string="Chargebacks")
    column_reserve = fields.Char(string="Reserve")
    column_net = fields.Char(string="Net")
    column_type = fields.Char(string="Kind of Row")
    column_amount = fields.Char(string="Amount of the Row")
    words_gross = fields.Char(string="Words for Sales", default="charge, payment, sale")
    words_refunds = fields.Char(string="Words for Refunds", default="refund")
    words_chargebacks = fields.Char(string="Words for Chargebacks", default="chargeback, dispute")
    words_reserve = fields.Char(string="Words for Reserve", default="reserve")
    words_fees = fields.Char(string="Words for Fees", default="fee")
    words_net = fields.Char(string="Words for the Payout", default="payout")
    words_ignore = fields.Char(string="Words to Pass Over")
    negative = fields.Boolean(string="Deductions Have a Minus", help="In the columns for fees, refunds and the like.")

    @api.constrains("column_gross", "column_type", "column_amount")
    def _check_columns(self):
        for one in self:
            if bool(one.column_type) != bool(one.column_amount) or not (one.column_gross or one.column_type):
                raise ValidationError(
                    _("Name the column with the gross amount, or those with the kind of each row and its amount.")
                )

    @api.constrains("company_id", "journal_id", "account_id")
    def _check_company_of_books(self):
        """Sudo: a journal or account of another company is refused without a word about it."""
        for one in self.sudo():
            own = self.env["account.account"].sudo().with_company(one.company_id)
            accounts = own.search([*own._check_company_domain(one.company_id), ("id", "=", one.account_id.id or 0)])
            if one.journal_id.company_id != one.company_id or one.account_id and not accounts:
                raise ValidationError(_("The bank account and the clearing account belong to the company itself."))

    def _mapping(self):
        """Return the ``core.settlement.Mapping``."""
        self.ensure_one()
        names = {name.removeprefix("column_"): self[name] for name in self._fields if name.startswith("column_")}
        words = {
            word.strip().casefold(): part
            for part in WORD_PARTS
            for word in (self["words_%s" % part] or "").split(",")
            if word.strip()
        }
        return Mapping(
            {role: name.strip() for role, name in names.items() if name},
            words=words,
            delimiter=self.delimiter,
            decimal_mark=self.decimal_mark,
            date_format=self.date_format,
            currency=self.currency_id.name,
            negative=self.negative,
        )
