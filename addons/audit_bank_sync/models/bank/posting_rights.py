from odoo import _, api, models
from odoo.exceptions import AccessError

_BEING_POSTED = "audit.bank.being_posted"


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


class AccountBankStatementLine(models.Model):
    """Only posting says of which transaction a line was made.

    A line that somebody made by hand and called that of a transaction would keep the transaction out of the books.
    """

    _inherit = "account.bank.statement.line"

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
    def _log_deleted(self):
        """Sudo: what is recorded does not depend on who acts."""
        self.sudo().audit_bank_transaction_id._log("bank.line_deleted")
