from odoo import _, api, fields, models

from .settling import BOOKED_KIND


class AuditBankAccount(models.Model):
    """How an account stands: at the bank, in the books, and what is still to be done."""

    _inherit = "audit.bank.account"

    ledger_balance = fields.Monetary(
        string="In the Books",
        compute="_compute_standing",
        currency_field="currency_id",
        help="Balance of the journal's account at the end of the day of the bank's balance.",
    )
    difference = fields.Monetary(compute="_compute_standing", currency_field="currency_id")
    standing = fields.Selection(
        [("agrees", "Agrees"), ("differs", "Differs"), ("unknown", "Not Known")], compute="_compute_standing"
    )
    waiting_count = fields.Integer(string="To Confirm", compute="_compute_counts")
    doubt_count = fields.Integer(string="To Decide", compute="_compute_counts")
    missing_count = fields.Integer(string="Gaps", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed Fetches", compute="_compute_counts")
    consent_in_force = fields.Boolean(related="connection_id.consent_in_force")
    consent_until = fields.Date(related="connection_id.consent_until")
    consent_days_left = fields.Integer(related="connection_id.consent_days_left")
    needs_consent = fields.Boolean(related="connection_id.needs_consent")
    can_be_asked = fields.Boolean(related="connection_id.can_be_asked")
    health = fields.Selection(related="connection_id.health")

    @api.depends("bank_balance", "bank_balance_date", "bank_balance_kind", "journal_id")
    def _compute_standing(self):
        """Sudo: one sum of an account whose transactions the reader may see, whatever rights on entries they hold."""
        sums = self.sudo()._ledger_sums()
        for account in self:
            account.ledger_balance = sums.get(account.id, 0.0)
            # What is available, or stands there in the middle of a day, is not what the books have to agree with.
            known = account.bank_balance_date and account.journal_id and account.bank_balance_kind == BOOKED_KIND
            account.difference = account.bank_balance - account.ledger_balance if known else 0.0
            agrees = account.currency_id.is_zero(account.difference) if account.currency_id else True
            account.standing = ("agrees" if agrees else "differs") if known else "unknown"

    def _ledger_sums(self):
        """Return ``{id: balance in the currency of the account}`` of posted entries up to the bank's day."""
        if not self.ids:
            return {}
        self.env["account.move.line"].flush_model(["account_id", "date", "parent_state", "balance", "amount_currency"])
        self.env["audit.bank.account"].flush_model(["bank_balance_date", "journal_id", "currency_id"])
        self.env.cr.execute(
            """
            SELECT a.id, sum(CASE WHEN a.currency_id = c.currency_id THEN l.balance ELSE l.amount_currency END)
              FROM audit_bank_account a
              JOIN account_journal j ON j.id = a.journal_id
              JOIN res_company c ON c.id = a.company_id
              JOIN account_move_line l ON l.account_id = j.default_account_id AND l.parent_state = 'posted'
                   AND l.date <= coalesce(a.bank_balance_date, current_date) AND l.company_id = a.company_id
             WHERE a.id = ANY(%s)
             GROUP BY a.id
            """,
            [self.ids],
        )
        return {account: float(total) for account, total in self.env.cr.fetchall()}

    def _compute_counts(self):
        groups = {
            (account.id, state): count
            for account, state, count in self.env["audit.bank.transaction"]._read_group(
                [("account_id", "in", self.ids), ("posting_state", "in", ("waiting", "doubt"))],
                ["account_id", "posting_state"],
                ["__count"],
            )
        }
        windows = {
            (account.id, state): count
            for account, state, count in self.env["audit.bank.window"]._read_group(
                [("account_id", "in", self.ids), ("state", "in", ("missing", "failed"))],
                ["account_id", "state"],
                ["__count"],
            )
        }
        for account in self:
            account.waiting_count = groups.get((account.id, "waiting"), 0)
            account.doubt_count = groups.get((account.id, "doubt"), 0)
            account.missing_count = windows.get((account.id, "missing"), 0)
            account.failed_count = windows.get((account.id, "failed"), 0)

    def action_open_waiting(self):
        return self._transactions_action(_("To Confirm"), [("posting_state", "=", "waiting")])

    def action_open_doubt(self):
        return self._transactions_action(_("To Decide"), [("posting_state", "=", "doubt")])

    def action_open_transactions(self):
        return self._transactions_action(_("Transactions"), [])

    def action_open_windows(self):
        """What was fetched, failed or is missing of this account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_bank_sync.audit_bank_window_action")
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    def _transactions_action(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_bank_sync.audit_bank_transaction_action")
        return {
            **action,
            "name": name,
            "display_name": name,  # which the client prefers to the name
            "domain": [("account_id", "=", self.id), *domain],
            "context": {},
        }
