from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.matching.values import Use


class AuditMatchAllocation(models.Model):
    """A part of a bank line and its use. The parts of a line add up to it, to the cent.

    There is at least one for each line that a search looks at, so their currencies stand with its line and item only.
    """

    _name = "audit.match.allocation"
    _inherit = "audit.kept.by.odoo"
    _description = "Part of a Proposed Match"
    _log_access = False
    _order = "proposal_id, id"
    _rec_name = "use"

    proposal_id = fields.Many2one("audit.match.proposal", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="proposal_id.company_id", store=True, precompute=True)
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", string="Bank Line", readonly=True, ondelete="cascade", index=True
    )
    use = fields.Selection(
        [
            (Use.ITEM.value, "Open Item"),
            (Use.FEE.value, "Bank Fee"),
            (Use.DISCOUNT.value, "Cash Discount"),
            (Use.EXCHANGE.value, "Exchange Difference"),
            (Use.TRANSFER.value, "Own Transfer"),
            (Use.UNALLOCATED.value, "Stays Open"),
            ("write_off", "Write-off"),
        ],
        required=True,
        readonly=True,
    )
    currency_id = fields.Many2one(related="statement_line_id.currency_id")
    amount = fields.Monetary(readonly=True, help="Of the bank line, signed as it is.")
    item_id = fields.Many2one(
        "account.move.line", string="Open Item", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    item_currency_id = fields.Many2one(related="item_id.currency_id")
    settles = fields.Monetary(
        string="Settles", currency_field="item_currency_id", readonly=True, help="In the currency of the open item."
    )
    account = fields.Char(string="Other Account", readonly=True)

    def _words_to_people(self):
        return _("What was proposed cannot be changed. Put a split together at the work bench.")

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What was proposed is kept with its proposal."))
