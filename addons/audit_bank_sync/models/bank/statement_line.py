from odoo import api, fields, models


class AccountBankStatementLine(models.Model):
    """Which bank transaction a line was made of: one line for each, whatever runs at the same time."""

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

    @api.ondelete(at_uninstall=False)
    def _let_transactions_wait_again(self):
        """What a person deletes from the books waits to be confirmed again. Sudo: accountants delete lines.

        On an account that posts by itself it is set aside, or it would be back with the next file.
        """
        transactions = self.env["audit.bank.transaction"].sudo().search([("statement_line_id", "in", self.ids)])
        by_rule = transactions.filtered(lambda one: one.account_id.posting == "auto")
        (transactions - by_rule).write({"statement_line_id": False, "posting_state": "waiting"})
        if by_rule:
            by_rule.write({"statement_line_id": False, "posting_state": "ignored"})
            by_rule._log("bank.set_aside")
