from odoo import fields, models


class AuditBankWindow(models.Model):
    """Statements in the books, made of those of the bank: with its balances or not at all."""

    _inherit = "audit.bank.window"

    def _make_statements(self):
        """Make the statement of each window that is posted as a whole and whose balances add up.

        One that overlaps an earlier one, of which something waits or was set aside, or was booked on another day as
        the period is closed, would show balances that its lines do not explain. Superuser: statements follow from
        lines that somebody had the right to post.
        """
        for window in (self | self.joined_id).filtered(lambda one: one._may_become_a_statement()):
            transactions = self.env["audit.bank.transaction"].search(
                [("window_id", "in", (window | window.part_ids).ids), ("state", "=", "booked")], order="date, id"
            )
            lines = transactions.statement_line_id
            # What is only announced stands beside the booked ones and moves no balance.
            if not lines or len(lines) != len(transactions) or lines.statement_id:
                continue
            # Some of its transactions may be those of another statement by now.
            booked = sum(transactions.mapped("amount"))
            if window.currency_id.compare_amounts(booked, window.booked_sum):
                continue
            if any(one.date != one.statement_line_id.date for one in transactions):
                continue
            window.statement_id = self.env["account.bank.statement"].with_company(window.company_id).create(
                {
                    "name": window._statement_name(),
                    "reference": window.file_id.name,
                    "balance_start": window.opening_balance,
                    "balance_end_real": window.closing_balance,
                    "line_ids": [fields.Command.set(lines.ids)],
                }
            )  # fmt: skip

    def _may_become_a_statement(self):
        return (
            self.kind == "statement"
            and self.state == "fetched"
            and self.agreement == "agrees"
            and not self.joined_id
            and all(one.entry_count == one.new_count + one.promoted_count for one in self | self.part_ids)
            and not self.statement_id
        )

    def _statement_name(self):
        code = self.account_id.journal_id.code
        return "%s %s" % (code, self.number) if self.number else "%s %s" % (code, self.closing_date or self.date_to)
