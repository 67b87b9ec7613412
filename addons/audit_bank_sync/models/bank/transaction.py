from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.abstract.unchecked import UncheckedMany2one

from ...core.bank_files import bank_codes, reason_codes
from ...core.staging.rows import bank_code


class AuditBankTransaction(models.Model):
    """What a bank said of one movement, booked or announced, with everything it said: kept before anything is posted.

    Rows are written by the thousand (see ``staging``), so their foreign keys are not checked by PostgreSQL. ``amount``
    is the bank's, with its sign; ``details`` and ``raw`` hold the whole entry, as values of JSON and as text.
    """

    _name = "audit.bank.transaction"
    _inherit = ["audit.kept.by.odoo", "audit.trail"]
    _description = "Bank Transaction"
    _order = "date desc, id desc"
    _log_access = False

    account_id = UncheckedMany2one("audit.bank.account", required=True, readonly=True)
    company_id = UncheckedMany2one("res.company", required=True, readonly=True)
    window_id = UncheckedMany2one("audit.bank.window", string="Statement", readonly=True)
    currency_id = UncheckedMany2one("res.currency", required=True, readonly=True)
    journal_id = fields.Many2one(related="account_id.journal_id")
    state = fields.Selection(
        [
            ("pending", "Announced"),
            ("intraday", "Booked, Statement to Come"),
            ("booked", "Booked"),
            ("explanation", "Details of an Entry"),
            ("information", "For Information"),
            ("withdrawn", "No Longer Announced"),
        ],
        string="At the Bank",
        required=True,
        readonly=True,
    )
    posting_state = fields.Selection(
        [
            ("none", "Not to Be Posted"),
            ("waiting", "To Confirm"),
            ("doubt", "May Be There Already"),
            ("posted", "Posted"),
            ("ignored", "Set Aside"),
            ("merged", "Same as Another"),
        ],
        string="In the Books",
        required=True,
        readonly=True,
        default="none",
    )
    date = fields.Date(readonly=True, help="The day for the books: the booking date, else the value date.")
    booking_date = fields.Date(readonly=True)
    value_date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True, currency_field="currency_id")
    counterparty = fields.Char(string="Other Party", readonly=True)
    counterparty_account = fields.Char(string="Account of the Other Party", readonly=True)
    counterparty_bank = fields.Char(string="Bank of the Other Party", readonly=True)
    remittance = fields.Text(string="Purpose", readonly=True)
    structured_reference = fields.Char(readonly=True)
    end_to_end_id = fields.Char(string="End-to-End Reference", readonly=True)
    mandate_id = fields.Char(string="Mandate", readonly=True)
    bank_reference = fields.Char(readonly=True)
    entry_reference = fields.Char(readonly=True)
    code = fields.Char(string="Bank's Code", readonly=True)
    code_words = fields.Char(string="Kind", compute="_compute_words")
    return_code = fields.Char(readonly=True)
    return_words = fields.Char(string="Why It Came Back", compute="_compute_words")
    reversal = fields.Boolean(readonly=True, help="The bank marks it as the undoing of an earlier one.")
    detail_count = fields.Integer(string="Payments in It", readonly=True)
    occurrence = fields.Integer(readonly=True)
    line = fields.Integer(string="Line in the File", readonly=True)
    details = fields.Json(readonly=True, prefetch=False)
    raw = fields.Text(string="As the Bank Wrote It", readonly=True, prefetch=False)
    # Texts and lists by which it is recognised; see core.bank_files.identity.Keys.
    keys = fields.Json(readonly=True, prefetch=False)
    looks_like_id = UncheckedMany2one("audit.bank.transaction", string="Looks Like", readonly=True)
    looks_like_note = fields.Char(string="Because", readonly=True)
    set_aside_in_doubt = fields.Boolean(readonly=True)
    sighting_ids = fields.One2many("audit.bank.sighting", "transaction_id", string="History", readonly=True)
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", string="Line in the Books", readonly=True, ondelete="set null"
    )
    seen_at = fields.Datetime(string="First Seen", readonly=True)
    # Rows are not written by people one by one, but readers of the API ask what changed since.
    write_date = fields.Datetime(string="Last Changed", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_bank_transaction_account_idx ON audit_bank_transaction (account_id, date);
            CREATE INDEX IF NOT EXISTS audit_bank_transaction_window_idx ON audit_bank_transaction (window_id);
            CREATE UNIQUE INDEX IF NOT EXISTS audit_bank_transaction_line_idx
                ON audit_bank_transaction (statement_line_id) WHERE statement_line_id IS NOT NULL;
            CREATE INDEX IF NOT EXISTS audit_bank_transaction_open_idx ON audit_bank_transaction (company_id, id)
                WHERE posting_state IN ('waiting', 'doubt');
            """
        )

    @api.depends("code", "return_code")
    def _compute_words(self):
        for transaction in self:
            transaction.code_words = bank_codes.words(bank_code(transaction.code)) or transaction.code
            said = transaction.return_code and reason_codes.words(transaction.return_code)
            transaction.return_words = said and "%s (%s)" % (said.text, said.code)

    @api.depends("counterparty", "remittance", "amount", "date")
    def _compute_display_name(self):
        for transaction in self:
            who = transaction.counterparty or (transaction.remittance or "").strip()[:60] or transaction.code_words
            transaction.display_name = "%s, %s" % (transaction.date, who) if who else str(transaction.date)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What the bank said is evidence and cannot be deleted. Set it aside instead."))

    def _words_to_people(self):
        return _("What the bank said cannot be changed. Use the buttons to confirm it or to set it aside.")
