from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.audit_connector_base.transaction import short_transaction

from ...core.bank_files.values import account_key

# Where one transaction writes into an account's rows, others wait for it here. Under REPEATABLE READ, as requests
# have it, whoever waited is repeated by Odoo with a picture that holds what was written meanwhile; under READ
# COMMITTED, as fetches have it, the next statement sees it.
# What banks and fetches say of an account; nobody else does.
SAID_BY_BANK = {
    "agreed_at", "bank_balance", "bank_balance_date", "bank_balance_kind", "bank_code", "calls_day", "calls_left",
    "calls_limit", "calls_made", "calls_reset_at", "covered_to", "import_number", "last_fetched_at", "outside_id",
    "owner_name", "window_ids",
}  # fmt: skip
LOCK = "UPDATE audit_bank_account SET import_number = coalesce(import_number, 0) + 1 WHERE id = %s"


class AuditBankAccount(models.Model):
    """An account at a bank, the journal that it is booked in, and what may happen to its transactions."""

    _name = "audit.bank.account"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Bank Account Followed"
    _order = "company_id, name, id"
    _check_company_auto = True
    # Balances and budgets are written by every fetch and are no settings.
    _configuration_fields = ("active", "connection_id", "currency_id", "journal_id", "name", "number", "posting")

    connection_id = fields.Many2one(
        "audit.bank.connection", required=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True, precompute=True)
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    number = fields.Char(string="Account Number", required=True, help="IBAN, or the number that the bank uses.")
    number_key = fields.Char(compute="_compute_number_key", store=True, index=True)
    outside_id = fields.Char(string="Number at the Interface", readonly=True, index=True)
    owner_name = fields.Char(string="Account Holder", readonly=True)
    bank_code = fields.Char(string="BIC", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    journal_id = fields.Many2one(
        "account.journal",
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        help="Where its transactions are posted. Without one they are only collected.",
    )
    posting = fields.Selection(
        [("confirm", "When Somebody Confirms"), ("auto", "By Themselves")],
        string="Post",
        required=True,
        default="confirm",
        help="By themselves: booked transactions go into the journal as soon as they come. What may be a duplicate "
        "always waits for a person.",
    )
    import_number = fields.Integer(readonly=True, default=0)
    window_ids = fields.One2many("audit.bank.window", "account_id", readonly=True)

    # What the bank said last.
    bank_balance = fields.Monetary(readonly=True, currency_field="currency_id")
    bank_balance_date = fields.Date(string="Balance As Of", readonly=True)
    bank_balance_kind = fields.Char(readonly=True)
    covered_to = fields.Date(string="Known Up To", readonly=True, help="Transactions are here up to this day.")
    last_fetched_at = fields.Datetime(string="Last Fetched", readonly=True)

    # What the provider told about calls.
    calls_limit = fields.Integer(readonly=True, help="Calls a day without a person, as the bank grants them.")
    calls_left = fields.Integer(readonly=True)
    calls_reset_at = fields.Datetime(readonly=True)
    calls_made = fields.Integer(readonly=True, help="Calls of the day that are counted here.")
    calls_day = fields.Date(readonly=True)

    _sql_constraints = [
        ("number_unique", "UNIQUE (connection_id, number_key, currency_id)", "This account is linked there already."),
    ]

    @api.depends("number")
    def _compute_number_key(self):
        for account in self:
            account.number_key = account_key(account.number or "")

    @api.depends("name", "currency_id")
    def _compute_display_name(self):
        for account in self:
            account.display_name = account.name

    @api.constrains("journal_id", "currency_id")
    def _check_currency(self):
        for account in self.filtered("journal_id"):
            kept_in = account.journal_id.currency_id or account.company_id.currency_id
            if kept_in != account.currency_id:
                raise ValidationError(
                    _(
                        "Account %(account)s is in %(currency)s, its journal “%(journal)s” in %(kept_in)s.",
                        account=account.number,
                        currency=account.currency_id.name,
                        journal=account.journal_id.name,
                        kept_in=kept_in.name,
                    )
                )

    @api.constrains("journal_id", "active")
    def _check_journal_once(self):
        """Two accounts in one journal would make each of its balances wrong. Sudo: also of those out of sight."""
        for account in self.filtered(lambda one: one.journal_id and one.active):
            others = [("journal_id", "=", account.journal_id.id), ("id", "!=", account.id)]
            for other in self.sudo().search(others):
                same = other.number_key == account.number_key and other.currency_id == account.currency_id
                if not same:
                    raise ValidationError(
                        _(
                            "The journal “%(journal)s” is that of account %(number)s already.",
                            journal=account.journal_id.name,
                            number=other.number,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_said_by_bank({name for name, value in vals.items() if value})
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_said_by_bank(vals.keys())
        return super().write(vals)

    def _refuse_said_by_bank(self, names):
        """A balance that people could write would confirm whatever they like, and a day or a number what is fetched."""
        if not self.env.su and SAID_BY_BANK & names:
            raise UserError(_("What the bank said of an account is read from the bank, and not entered by hand."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if self.env["audit.bank.window"].sudo().search_count([("account_id", "in", self.ids)], limit=1):
            raise UserError(_("The bank told of this account already, so it is kept. Archive it instead."))

    @api.model
    def _add_provided(self, connection, found):
        """Add accounts that a provider named (list of ``ProvidedAccount``) and are not known; returns all of them.

        One whose number is that of a journal's bank account is linked to that journal. Sudo: the caller was checked.
        """
        accounts = self.sudo().browse()
        for provided in found:
            currency = self._currency(provided.currency) or connection.company_id.currency_id
            known = self.sudo().with_context(active_test=False).search(
                [
                    ("connection_id", "=", connection.id),
                    ("number_key", "=", account_key(provided.number)),
                    ("currency_id", "=", currency.id),
                ],
                limit=1,
            )  # fmt: skip
            said = {
                "outside_id": provided.outside_id or known.outside_id,
                "owner_name": provided.owner or known.owner_name,
                "bank_code": provided.bank or known.bank_code,
            }
            if known:
                known.write({name: value for name, value in said.items() if known[name] != value})
            else:
                known = self.sudo().create(
                    {
                        "connection_id": connection.id,
                        "name": provided.name or provided.number,
                        "number": provided.number,
                        "currency_id": currency.id,
                        "journal_id": self._journal_of(connection.company_id, provided.number, currency).id,
                        **said,
                    }
                )
            accounts |= known
        return accounts

    @api.model
    def _currency(self, code):
        """The currency of an ISO code, archived ones included: a bank does not ask which are in use."""
        return self.env["res.currency"].with_context(active_test=False).search([("name", "=", code or "-")], limit=1)

    @api.model
    def _journal_of(self, company, number, currency):
        """The bank journal of a company whose account has that number and currency, and that is not taken yet."""
        key = account_key(number)
        taken = self.sudo().search([("company_id", "=", company.id)]).journal_id
        for journal in (
            self.env["account.journal"].sudo().search([("type", "=", "bank"), ("company_id", "=", company.id)])
        ):
            kept_in = journal.currency_id or company.currency_id
            if journal not in taken and kept_in == currency and account_key(journal.bank_acc_number or "") == key:
                return journal
        return self.env["account.journal"]

    def _lock(self):
        """Wait for whoever else writes into the rows of these accounts, and keep others away until the end."""
        for account_id in sorted(self.ids):
            self.env.cr.execute(LOCK, [account_id])
        self.invalidate_recordset(["import_number"])

    def _note_budget(self, limit=None, left=None, reset_at=None):
        """Keep what the bank said about calls, at once and whatever becomes of the fetch.

        :param limit: calls a day; ``left``: calls left until ``reset_at`` (naive UTC datetime); None: not said
        """
        self.ensure_one()
        said = {"calls_limit": limit, "calls_left": left, "calls_reset_at": reset_at}
        said = {name: value for name, value in said.items() if value is not None}
        today = fields.Date.today()
        with short_transaction(self.env.registry) as env:
            account = env["audit.bank.account"].browse(self.id)
            made = account.calls_made if account.calls_day == today else 0
            account.write({**said, "calls_made": made + 1, "calls_day": today})

    def _calls_remaining(self):
        """Calls that may still be made today without a person; None when nothing limits them."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self.calls_reset_at and self.calls_reset_at > now:
            return max(0, self.calls_left)
        provider = self.connection_id._provider()
        limit = self.calls_limit or self.connection_id._consent().calls_per_day or provider._calls_per_day(self)
        if not limit:
            return None
        made = self.calls_made if self.calls_day == fields.Date.today() else 0
        return max(0, limit - made)
