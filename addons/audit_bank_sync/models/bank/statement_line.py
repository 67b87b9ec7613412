from odoo import _, api, fields, models
from odoo.exceptions import AccessError

_BEING_POSTED = "audit.bank.being_posted"


class AccountBankStatementLine(models.Model):
    """Which bank transaction a line was made of: one line for each, whatever runs at the same time.

    Only posting says so. A line that somebody made by hand and called that of a transaction would keep the transaction
    out of the books.
    """

    _inherit = "account.bank.statement.line"

    audit_bank_transaction_id = fields.Many2one(
        "audit.bank.transaction", string="Bank Transaction", readonly=True, copy=False, ondelete="restrict"
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS account_bank_statement_line_audit_once_idx
                ON account_bank_statement_line (audit_bank_transaction_id) WHERE audit_bank_transaction_id IS NOT NULL
            """
        )
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """What is given is what counts, and nothing that stands in the context."""
        name = "audit_bank_transaction_id"
        given = {vals[name] for vals in vals_list if vals.get(name)}
        if not self.env.su and given - self.env.cr.cache.get(_BEING_POSTED, set()):
            self._refuse_said_by_hand()
        return super().create([{**vals, name: vals.get(name) or False} for vals in vals_list])

    def write(self, vals):
        """A form that sends back what stands there is let through. Sudo: to compare."""
        name = "audit_bank_transaction_id"
        given = vals.get(name) or False
        if name in vals and not self.env.su and any(line[name].id != given for line in self.sudo()):
            self._refuse_said_by_hand()
        return super().write(vals)

    def _refuse_said_by_hand(self):
        raise AccessError(_("Which bank transaction a line was made of is for Odoo to say, when it posts it."))

    @api.model
    def _let_be_made_of(self, transactions):
        """Let lines be made of these (``audit.bank.transaction``), until the end of the database transaction.

        Remembered with the cursor, where no caller can reach it.
        """
        self.env.cr.cache.setdefault(_BEING_POSTED, set()).update(transactions.ids)

    @api.ondelete(at_uninstall=False)
    def _let_transactions_wait_again(self):
        """What a person deletes from the books waits to be confirmed again. Sudo: accountants delete lines."""
        transactions = self.env["audit.bank.transaction"].sudo().search([("statement_line_id", "in", self.ids)])
        transactions.write({"statement_line_id": False, "posting_state": "waiting"})
        transactions._log("bank.line_deleted")
