from odoo import _, api, fields, models
from odoo.exceptions import UserError

UNFINISHED = ("open", "running", "failed")


class AuditBankWindow(models.Model):
    """A stretch of days of one account, fetched or still to be fetched: from a statement in a file or from the bank.

    A gap between what is known is a window as well, in the state ``missing``. Written by Odoo itself.
    """

    _name = "audit.bank.window"
    _inherit = "audit.kept.by.odoo"
    _description = "Statement Fetched"
    _order = "date_to desc, id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        "audit.bank.account", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    connection_id = fields.Many2one(related="account_id.connection_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True, precompute=True)
    journal_id = fields.Many2one(related="account_id.journal_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
    number = fields.Char(string="Statement Number", readonly=True)
    kind = fields.Selection(
        [
            ("statement", "Statement"),
            ("report", "Intraday Report"),
            ("notification", "Notification"),
            ("fetch", "Fetch"),
        ],
        required=True,
        readonly=True,
        default="fetch",
    )
    date_from = fields.Date(string="From", readonly=True, index=True)
    date_to = fields.Date(string="To", readonly=True, index=True)
    state = fields.Selection(
        [
            ("open", "To Fetch"),
            ("running", "Being Fetched"),
            ("failed", "Failed"),
            ("fetched", "Fetched"),
            ("missing", "Missing"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    file_id = fields.Many2one("audit.bank.file", readonly=True, ondelete="restrict", index=True, check_company=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, help="Of the file or of the answers of the bank.")
    fingerprint = fields.Char(readonly=True, index=True, help="The same for the same statement in any file.")
    entry_count = fields.Integer(string="Entries", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    known_count = fields.Integer(string="Known", readonly=True, help="They were here already.")
    promoted_count = fields.Integer(
        string="Booked Now",
        readonly=True,
        help="Were pending before, or known from an upload of somebody who may not post.",
    )
    doubt_count = fields.Integer(string="To Decide", readonly=True, help="May be the same as another transaction.")
    opening_balance = fields.Monetary(readonly=True, currency_field="currency_id")
    opening_date = fields.Date(readonly=True)
    opening_kind = fields.Char(readonly=True)
    booked_sum = fields.Monetary(string="Booked Movements", readonly=True, currency_field="currency_id")
    closing_balance = fields.Monetary(readonly=True, currency_field="currency_id")
    closing_date = fields.Date(readonly=True)
    closing_kind = fields.Char(readonly=True)
    has_balances = fields.Boolean(readonly=True, help="Whether the bank gave both balances.")
    difference = fields.Monetary(readonly=True, currency_field="currency_id")
    agreement = fields.Selection(
        [("agrees", "Adds Up"), ("differs", "Does Not Add Up"), ("unknown", "Cannot Be Checked")],
        string="Check",
        readonly=True,
        default="unknown",
    )
    note = fields.Text(readonly=True, help="What the bank's own figures do not agree on, and what may explain it.")
    attempt_count = fields.Integer(string="Attempts", readonly=True)
    error = fields.Char(string="Why It Failed", readonly=True)
    next_attempt_at = fields.Datetime(string="Next Attempt", readonly=True)
    fetched_at = fields.Datetime(string="Fetched On", readonly=True)
    statement_id = fields.Many2one("account.bank.statement", readonly=True, ondelete="set null", index=True)
    transaction_ids = fields.One2many("audit.bank.transaction", "window_id", readonly=True)

    @api.depends("account_id", "number", "date_from", "date_to", "kind")
    def _compute_display_name(self):
        words = dict(self._fields["kind"]._description_selection(self.env))
        for window in self:
            what = "%s %s" % (words.get(window.kind), window.number) if window.number else words.get(window.kind)
            days = " – ".join(str(day) for day in (window.date_from, window.date_to) if day)
            window.display_name = _(
                "%(account)s: %(what)s, %(days)s", account=window.account_id.name, what=what, days=days
            )

    def _closes(self):
        """Whether its closing balance is that of its last day; what was fetched today ends with that of yesterday."""
        return self.has_balances and (self.kind != "fetch" or self.closing_date == self.date_to)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if any(window.state not in ("missing", "open") for window in self):
            raise UserError(_("What was fetched is kept, also where it failed."))
        self._refuse_people()

    def _words_to_people(self):
        return _("Windows tell what the bank said. Use the buttons to fetch.")
