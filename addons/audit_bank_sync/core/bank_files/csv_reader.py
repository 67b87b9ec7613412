"""CSV files of banks, read by a saved mapping; every row is an entry or an error."""

import csv
import datetime
import io
import re
from decimal import Decimal

from .problems import Invalid, shown
from .statement import BOOKED, PENDING, STATEMENT, Account, Balance, BankCode, Detail, Entry, Page, Party, References
from .tally import Occurrences, Tally
from .values import account_key, currency, is_iban, reference

_SPACES = re.compile(r"[\s\u00a0\u202f]+")
# a sign before or behind, or brackets around what is negative
_SIGNED = re.compile(r"[+-]([^+-]+)|([^+-]+)-|\(([^()+-]+)\)")
_YEAR = re.compile(r"%[yY]")


class CsvReader:
    """Iterate over the entries of a CSV file; see ``CamtReader``. One page for each account and currency in it."""

    format = "CSV"

    def __init__(self, source, mapping):
        self.source = source
        self.findings = source.findings
        self.mapping = mapping
        self.pages = []
        self._open = {}
        self._places = {}

    def __iter__(self):
        text, _encoding = self.source.text(self.mapping.encoding)
        lines = io.StringIO(text, newline="").readlines()
        for begin, end, row in self._rows(lines):
            entry = self._try(row, begin, "".join(lines[begin - 1 : end]).rstrip("\r\n"))
            if entry:
                yield entry
        for page, tally, _balances in self._open.values():
            tally.finish(page)
        if not self.pages and not self.findings.counts["error"]:
            self.findings.warning("no-entries", "The file holds no entries.")
        self.findings.raise_errors()

    def _rows(self, lines):
        """Yield ``(first line, last line, cells)`` of each row that is not empty, after finding the columns."""
        mapping = self.mapping
        quoting = {"quotechar": mapping.quote} if mapping.quote else {"quoting": csv.QUOTE_NONE}
        rows = csv.reader(lines[mapping.skip :], delimiter=mapping.delimiter, strict=True, **quoting)
        width, begin = None, mapping.skip + 1
        try:
            for row in rows:
                end = mapping.skip + rows.line_num
                if any(cell.strip() for cell in row):
                    if width is None:
                        width = len(row)
                        self._find_columns(row, begin)
                        if mapping.header:
                            begin = end + 1
                            continue
                    if len(row) != width:
                        self.findings.error(
                            "row-width", "The row has %d columns, %d are expected." % (len(row), width), begin
                        )
                    else:
                        yield begin, end, row
                begin = end + 1
        except csv.Error as error:
            self.findings.refuse("csv-malformed", "The file cannot be taken apart as CSV: %s." % error, begin)
        if width is None:
            self.findings.refuse("empty", "The file holds no rows.", mapping.skip + 1)

    def _find_columns(self, row, line):
        names = [name.strip() for name in row]
        missing = []
        for role, wanted in self.mapping.columns.items():
            if self.mapping.header:
                self._places[role] = [names.index(name) for name in wanted if name in names]
                missing += [name for name in wanted if name not in names]
            else:
                self._places[role] = [number - 1 for number in wanted]
                missing += [str(number) for number in wanted if not 1 <= number <= len(row)]
        if missing:
            self.findings.refuse(
                "columns-missing",
                "The file has no column %s; it has %s."
                % (", ".join(map(shown, missing)), ", ".join(map(shown, names[:40]))),
                line,
            )
        twice = {name for wanted in self.mapping.columns.values() for name in wanted if names.count(name) > 1}
        if self.mapping.header and twice:
            self.findings.refuse(
                "columns-twice", "The file has %s more than once." % ", ".join(map(shown, twice)), line
            )

    def _try(self, row, line, raw):
        try:
            return self._entry(row, line, raw)
        except Invalid as error:
            self.findings.error(error.code, str(error)[0].upper() + str(error)[1:] + ".", line)
        return None

    def _entry(self, row, line, raw):
        def cell(role):
            return " ".join(filter(None, (row[at].strip() for at in self._places.get(role, ()))))

        amount = self._signed(cell)
        booking_date = self._date(cell("booking_date"))
        value_date = self._date(cell("value_date"))
        if not booking_date and not value_date:
            raise Invalid("date-missing", "the row has no date")
        page, tally, balances = self._page(cell, line)
        page.entries += 1
        entry = Entry(
            page=page,
            number=page.entries,
            line=line,
            status=PENDING if cell("status").upper() in self.mapping.pending else BOOKED,
            amount=amount,
            currency=page.account.currency,
            booking_date=booking_date,
            value_date=value_date,
            raw=raw,
            bank_reference=reference(cell("bank_reference")),
            code=BankCode(proprietary=cell("booking_text"), issuer="CSV") if cell("booking_text") else None,
            details=(_detail(cell, amount, page.account.currency),),
            information=cell("booking_text") or None,
        )
        tally.add(entry)
        if cell("balance"):
            self._follow(entry, self._number(cell("balance")), balances)
        return entry

    def _page(self, cell, line):
        number = cell("account") or self.mapping.account
        if not number:
            raise Invalid("no-account", "the row has no account")
        in_currency = currency(cell("currency").upper() or self.mapping.currency)
        key = (account_key(number), in_currency)
        if key not in self._open:
            iban = is_iban(number)
            account = Account(number=account_key(number) if iban else number, currency=in_currency, iban=iban)
            page = Page(STATEMENT, self.format, len(self.pages) + 1, account, line=line)
            self.pages.append(page)
            # rows of several accounts may alternate, so each counts its equal entries for itself
            self._open[key] = page, Tally(self.findings, Occurrences()), []
        return self._open[key]

    def _signed(self, cell):
        mapping = self.mapping
        if mapping.columns.get("amount"):
            amount = self._number(cell("amount"))
            if mapping.columns.get("direction"):
                word = cell("direction").upper()
                if word not in mapping.received + mapping.paid:
                    raise Invalid("direction-invalid", "%s says neither received nor paid" % shown(cell("direction")))
                amount = abs(amount) if word in mapping.received else -abs(amount)
        else:
            received, paid = cell("credit"), cell("debit")
            received, paid = (self._number(text) if text else Decimal(0) for text in (received, paid))
            if received and paid:
                raise Invalid("amount-invalid", "the row has an amount received and one paid")
            if not cell("credit") and not cell("debit"):
                raise Invalid("amount-missing", "the row has no amount")
            if paid < 0 and not mapping.minus_in_paid:
                raise Invalid("amount-invalid", "the mapping does not say what a minus in what was paid means")
            amount = received or (paid if mapping.minus_in_paid == "paid" else -paid)
        return -amount if mapping.turned else amount

    def _number(self, text):
        """Return the decimal of ``text`` in the mapping's writing; thousands are marked everywhere or nowhere."""
        mapping = self.mapping
        plain = _SPACES.sub("", text).replace("\N{MINUS SIGN}", "-")
        signed = _SIGNED.fullmatch(plain)
        negative = bool(signed) and not plain.startswith("+")
        plain = next(filter(None, signed.groups())) if signed else plain
        whole, mark, fraction = plain.partition(mapping.decimal_mark)
        groups = whole.split(mapping.thousands_mark) if mapping.thousands_mark.strip() else [whole]
        grouped = len(groups) > 1
        fits = all(group.isascii() and group.isdigit() for group in groups) and len(whole) <= 24
        fits = fits and (not grouped or (len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])))
        if not fits or (mark and not (fraction.isascii() and fraction.isdigit() and len(fraction) <= 10)):
            raise Invalid(
                "amount-invalid",
                "%s is not an amount as the mapping has it (1234%s56)" % (shown(text), mapping.decimal_mark),
            )
        value = Decimal("".join(groups) + ("." + fraction if mark else ""))
        return -value if negative else value

    def _date(self, text):
        if not text:
            return None
        mapping = self.mapping
        try:
            if _YEAR.search(mapping.date_format):
                return datetime.datetime.strptime(text, mapping.date_format).date()
            return datetime.datetime.strptime("%s %d" % (text, mapping.year), mapping.date_format + " %Y").date()
        except ValueError:
            raise Invalid(
                "date-invalid", "%s is not a date as the mapping has it (%s)" % (shown(text), mapping.date_format)
            ) from None

    def _follow(self, entry, balance, balances):
        """Check that each balance is the one before and the entry; the last one in time is the page's."""
        if balances:
            before, amount = balances
            expected = before - amount if self.mapping.newest_first else before + entry.amount
            if balance != expected:
                self.findings.warning(
                    "balance-differs",
                    "The balance is %s, by the row before it would be %s." % (balance, expected),
                    entry.line,
                )
        page = entry.page
        if not self.mapping.newest_first or not page.balances:
            page.balances[:] = [Balance("ITBD", balance, entry.currency, entry.date)]
        balances[:] = balance, entry.amount


def _detail(cell, amount, in_currency):
    name, account, bank = (cell(role) or None for role in ("counterparty", "counterparty_account", "counterparty_bank"))
    who = Party(name=name, account=account and (account_key(account) if is_iban(account) else account), bank=bank)
    who = who if name or account or bank else None
    return Detail(
        References(end_to_end_id=reference(cell("end_to_end_id")), mandate_id=reference(cell("mandate_id"))),
        amount,
        in_currency,
        debtor=who if amount > 0 else None,
        creditor=who if amount <= 0 else None,
        remittance=(cell("remittance"),) if cell("remittance") else (),
    )
