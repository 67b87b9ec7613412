import io

import xlsxwriter

from odoo import _, models

FORMULA = ("=", "+", "-", "@", "\t", "\r")
WIDTHS = (34, 12, 46, 30, 16, 8, 30, 40)
TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


class AuditBankReconciliation(models.Model):
    """A bank reconciliation as a spreadsheet that holds values and texts, and no formulas."""

    _inherit = "audit.bank.reconciliation"

    def _spreadsheet(self):
        """Return the bytes of an XLSX file. Sudo: figures of a reconciliation that the caller may read."""
        one = self.sudo()
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, TEXT_ONLY) as book:
            _Sheet(book, one).fill()
        return buffer.getvalue()


class _Sheet:
    """Writes one reconciliation, row after row."""

    def __init__(self, book, one):
        self.env = one.env  # where Odoo finds the language of texts
        places = one.currency_id.decimal_places
        money = {"num_format": "#,##0" + ("." + "0" * places if places else "")}
        self.one, self.row = one, 0
        self.sheet = book.add_worksheet(_("Reconciliation")[:31])
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True, "top": 1})
        self.heading = book.add_format({"bold": True, "bg_color": "#E9ECEF"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.money, self.total = book.add_format(money), book.add_format({**money, "bold": True, "top": 1})
        self.date = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        for column, width in enumerate(WIDTHS):
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)

    def fill(self):
        one = self.one
        self._write(0, _("Bank Reconciliation"), self.title)
        self._next()
        for label, text in (
            (_("Company"), one.company_id.name),
            (_("Bank Account"), one.journal_id.display_name),
            (_("As Of"), one.date),
            (_("Currency"), one.currency_id.name),
            (_("Status"), dict(one._fields["state"]._description_selection(one.env))[one.state]),
            (_("Signed By"), one.signed_by_id.name),
            (_("Reviewed By"), one.approved_by_id.name),
            (_("SHA-256 of What Was Signed"), one.frozen_sha256),
        ):
            self._write(0, label)
            self._write(1, text or "")
            self._next()
        self._next()
        heads = (
            _("Item"), _("Date"), _("What"), _("Partner"), _("Amount"), _("Days"), _("The Bank Says"), _("Explanation"),
        )  # fmt: skip
        for column, head in enumerate(heads):
            self._write(column, head, self.heading)
        self._next()
        self._sum(_("Balance in the Ledger"), one.ledger_balance)
        for label, lines, total in one._groups():
            for line in lines:
                values = (label, line.date, line.name, line.partner, line.amount, line.age)
                for column, value in enumerate((*values, line.bank_words, line.explanation)):
                    self._write(column, value)
                self._next()
            if lines:
                self._sum(_("Total: %s", label), total)
        self._sum(_("Balance to Expect at the Bank"), one.expected_balance)
        if one.bank_known:
            self._sum(_("Balance of the Bank"), one.bank_balance, one.bank_source)
            self._sum(_("Unexplained Difference"), one.unexplained)
        else:
            self._write(0, _("The balance of the bank is not known"), self.bold)
            self._next()

    def _sum(self, label, amount, source=""):
        self._write(0, label, self.bold)
        for column in (1, 2, 3):
            self._write(column, source if column == 2 else "", self.bold)
        self._write(4, amount, self.total)
        self._next()

    def _write(self, column, value, form=None):
        """Dates and numbers as such; a text that a spreadsheet would compute gets an apostrophe in front."""
        if isinstance(value, float):
            self.sheet.write_number(self.row, column, value, form or self.money)
        elif isinstance(value, int) and not isinstance(value, bool):
            self.sheet.write_number(self.row, column, value, form)
        elif hasattr(value, "isoformat"):
            self.sheet.write_datetime(self.row, column, value, form or self.date)
        else:
            text = value or ""
            text = "'" + text if text.startswith(FORMULA) else text
            self.sheet.write_string(self.row, column, text, form or self.text)

    def _next(self):
        self.row += 1
