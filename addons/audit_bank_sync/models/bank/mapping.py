import base64

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...core.bank_files import bank_file, csv_mapping
from ...core.bank_files.problems import Invalid

LONGEST_SAMPLE = 2 * 1024 * 1024  # characters of base64
# Fields that take the names of columns; several are separated by a bar, as in “Text 1 | Text 2”.
COLUMNS = tuple(csv_mapping.ROLES)
FIELDS = (
    "delimiter", "quote", "skip", "header", "encoding", "date_format", "year", "decimal_mark", "thousands_mark",
    "minus_in_paid", "turned", "newest_first", "account_number", "currency_id", "received_words", "paid_words",
    "pending_words", *("column_%s" % role for role in COLUMNS),
)  # fmt: skip


class AuditBankMapping(models.Model):
    """How the CSV files of one bank are read: made once, used for every file."""

    _name = "audit.bank.mapping"
    _inherit = ["audit.company.bound", "audit.configuration", "audit.bank.preview"]
    _description = "CSV Mapping"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    delimiter = fields.Char(required=True, default=";", help="The character between two columns; \\t for a tab.")
    quote = fields.Char(default='"')
    skip = fields.Integer(string="Lines Before the Header", default=0)
    header = fields.Boolean(
        string="Has a Header", default=True, help="Without one, columns are named by their number, 1 for the first."
    )
    encoding = fields.Selection(
        [("utf-8", "UTF-8"), ("cp1252", "Windows-1252 (Western Europe)"), ("iso-8859-15", "ISO 8859-15")],
        help="Empty: found out from the file.",
    )
    date_format = fields.Char(required=True, default="%d.%m.%Y", help="Of %d, %m, and %Y or %y, such as %d.%m.%Y")
    year = fields.Integer(string="Year of the File", help="For dates without a year.")
    decimal_mark = fields.Selection([(",", "Comma"), (".", "Point")], required=True, default=",")
    thousands_mark = fields.Char(default=".")
    minus_in_paid = fields.Selection(
        [("paid", "It was paid, as always there"), ("received", "It came back")], string="A Minus in “Paid” Means"
    )
    turned = fields.Boolean(string="Signs of the Other Side", help="As card statements have them.")
    newest_first = fields.Boolean()
    account_number = fields.Char(help="Where the file does not say it.")
    currency_id = fields.Many2one("res.currency", help="Where the file does not say it.")
    received_words = fields.Char(default="C, CRDT, CREDIT")
    paid_words = fields.Char(default="D, DBIT, DEBIT")
    pending_words = fields.Char(default="PENDING, PDNG")
    column_booking_date = fields.Char(string="Booking Date")
    column_value_date = fields.Char(string="Value Date")
    column_amount = fields.Char(string="Amount with Its Sign")
    column_credit = fields.Char(string="Amount Received")
    column_debit = fields.Char(string="Amount Paid")
    column_direction = fields.Char(string="Word for Received or Paid")
    column_currency = fields.Char(string="Currency Column")
    column_account = fields.Char(string="Own Account")
    column_balance = fields.Char(string="Balance After the Entry")
    column_bank_reference = fields.Char(string="Bank's Reference")
    column_end_to_end_id = fields.Char(string="End-to-End Reference")
    column_mandate_id = fields.Char(string="Mandate")
    column_counterparty = fields.Char(string="Name of the Other Party")
    column_counterparty_account = fields.Char(string="Account of the Other Party")
    column_counterparty_bank = fields.Char(string="Bank of the Other Party")
    column_remittance = fields.Char(string="Purpose")
    column_booking_text = fields.Char(string="Bank's Word for the Entry")
    column_status = fields.Char(string="Booked or Pending")

    sample_file = fields.Binary(string="Sample File", store=False, help="It is read and shown, and not kept.")
    sample_name = fields.Char(store=False)
    sample_preview = fields.Html(compute="_compute_sample_preview", sanitize=True)

    _sql_constraints = [
        ("name_unique", "UNIQUE (company_id, name)", "Another CSV mapping of this company has that name already."),
    ]

    @api.constrains(*FIELDS)
    def _check_mapping(self):
        for mapping in self:
            try:
                mapping._core()
            except Invalid as error:
                raise ValidationError(_("“%(name)s”: %(reason)s", name=mapping.name, reason=error)) from error

    @api.depends("sample_file", *FIELDS)
    def _compute_sample_preview(self):
        """Show how the sample is read, or what hinders it. Reading takes time, so it is done for people of Audit and
        not for whoever calls, and of no more than a sample has."""
        if not self.env.su and not self.env.user.has_group("audit_connector_base.group_audit_user"):
            self.sample_preview = False
            return
        for mapping in self:
            if len(mapping.sample_file or b"") > LONGEST_SAMPLE:
                mapping.sample_preview = self._sentences_shown([_("The file is too large for a sample.")])
                continue
            try:
                content = mapping.sample_file and bank_file.read_whole(
                    base64.b64decode(mapping.sample_file), mapping=mapping._core()
                )
                mapping.sample_preview = content and self._entries_shown(content.entries)
            except (Invalid, ValueError) as error:
                mapping.sample_preview = self._sentences_shown([str(error)])

    def _core(self):
        """Return the ``csv_mapping.Mapping``; raises ``Invalid`` with a sentence for who makes it."""
        self.ensure_one()
        return csv_mapping.Mapping(
            columns={role: self._names(role) for role in COLUMNS if self._names(role)},
            delimiter="\t" if self.delimiter in ("\\t", "\t") else self.delimiter or "",
            quote=self.quote or "",
            skip=self.skip,
            header=self.header,
            encoding=self.encoding or None,
            date_format=self.date_format or "",
            year=self.year or None,
            decimal_mark=self.decimal_mark or "",
            thousands_mark=self.thousands_mark or "",
            minus_in_paid=self.minus_in_paid or None,
            turned=self.turned,
            newest_first=self.newest_first,
            account=(self.account_number or "").strip() or None,
            currency=self.currency_id.name or None,
            received=_words(self.received_words),
            paid=_words(self.paid_words),
            pending=_words(self.pending_words),
        )

    def _names(self, role):
        given = [part.strip() for part in (self["column_%s" % role] or "").split("|")]
        given = [part for part in given if part]
        return tuple(given if self.header else [int(part) if part.isdecimal() else part for part in given])


def _words(text):
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
