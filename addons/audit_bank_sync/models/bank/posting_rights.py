from odoo import models


class AuditBankTransaction(models.Model):
    """Whoever posts may say which transaction a line is of; nobody else may."""

    _inherit = "audit.bank.transaction"

    def _line_values(self, journal, *day):
        self.env["account.bank.statement.line"]._let_be_made_of(self)
        return super()._line_values(journal, *day)


class AuditBankAccount(models.Model):
    """Whose files an account may post by itself: nobody gets to book by uploading a file."""

    _inherit = "audit.bank.account"

    def _waiting_domain(self, *days):
        """Without what somebody uploaded who may not post: that waits to be confirmed, whatever comes after it."""
        return [
            *super()._waiting_domain(*days),
            "|",
            ("window_id.file_id", "=", False),
            ("window_id.file_id.posts_by_rule", "=", True),
        ]
