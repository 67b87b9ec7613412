"""Settlement reports of card processors: rows of a CSV file, added up to payouts by a saved mapping.

A payout is what the processor pays out at once: gross − fees − refunds − chargebacks − reserve = net. Nothing is
rounded and nothing is filled in: what a report does not say is None, and what does not add up is for a person.
"""

import csv
import datetime
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal

PARTS = ("gross", "fees", "refunds", "chargebacks", "reserve")
COLUMNS = ("payout", "date", "currency", *PARTS, "net", "type", "amount")
MOST_ROWS = 200_000
MOST_PROBLEMS = 20
_CURRENCY = re.compile(r"[A-Z]{3}")


class Unreadable(ValueError):
    """A report that is not read. ``problems``: sentences, each with its line."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Mapping:
    """``columns``: ``{one of COLUMNS: header}``.

    Either each row has the parts in columns of their own, or it has a ``type`` and an ``amount``, signed as the
    merchant sees it; then ``words`` gives ``{word in the column type, in small letters: part, net or ignore}``, and
    ``fees`` may stand in a column beside it. ``negative``: deductions are written with a minus in their columns.
    """

    columns: dict
    words: dict = field(default_factory=dict)
    delimiter: str = ","
    decimal_mark: str = "."
    date_format: str = "%Y-%m-%d"
    currency: str = ""
    negative: bool = False


@dataclass
class Payout:
    """Amounts are Decimals; ``stated`` is the net as the processor writes it, None where it does not."""

    number: str
    date: datetime.date
    currency: str
    parts: dict = field(default_factory=lambda: dict.fromkeys(PARTS, Decimal(0)))
    stated: Decimal | None = None
    rows: int = 0

    @property
    def net(self):
        """Gross less what was deducted."""
        return self.parts["gross"] - sum(self.parts[name] for name in PARTS[1:])


def read(content, mapping):
    """Return the payouts of a report (bytes), in their order in the file.

    :raises Unreadable: when a row is not understood; then no payout of the file counts
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return _Reader(mapping).payouts_in(text)


class _Reader:
    def __init__(self, mapping):
        self.mapping, self.payouts, self.problems = mapping, {}, []

    def payouts_in(self, text):
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=self.mapping.delimiter, strict=True)
            self.places = self._find([name.strip() for name in next(rows, [])])
            for row in rows:
                if any(cell.strip() for cell in row):
                    self._try(row, rows.line_num)
                if rows.line_num > MOST_ROWS or len(self.problems) >= MOST_PROBLEMS:
                    self.problems.append("Line %d: reading stopped here." % rows.line_num)
                    break
        except csv.Error as error:
            self.problems.append("The file cannot be taken apart as CSV: %s." % error)
        if not self.payouts and not self.problems:
            self.problems.append("The file holds no payouts.")
        if self.problems:
            raise Unreadable(self.problems)
        return list(self.payouts.values())

    def _find(self, names):
        missing = [name for name in self.mapping.columns.values() if name not in names]
        if missing:
            have = ", ".join(names[:40]) or "none"
            raise Unreadable(["The file has no column %s; it has: %s." % (", ".join(missing), have)])
        return {role: names.index(name) for role, name in self.mapping.columns.items()}

    def _try(self, row, line):
        try:
            self._add({role: row[place].strip() for role, place in self.places.items()})
        except IndexError:
            self.problems.append("Line %d: the row is shorter than the header." % line)
        except ValueError as error:
            self.problems.append("Line %d: %s." % (line, error))

    def _add(self, cells):
        if not cells["payout"]:
            return  # not paid out yet
        payout = self._payout(cells)
        payout.rows += 1
        sign = -1 if self.mapping.negative else 1
        for name in PARTS:
            if cells.get(name):
                payout.parts[name] += self._number(cells[name]) * (1 if name == "gross" else sign)
        if cells.get("net"):
            payout.stated = (payout.stated or Decimal(0)) + self._number(cells["net"])
        if "type" in cells:
            self._add_typed(payout, cells)

    def _add_typed(self, payout, cells):
        part = self.mapping.words.get(cells["type"].casefold())
        if part is None:
            raise ValueError("the mapping does not say what “%s” is" % cells["type"])
        if part == "ignore":
            return
        amount = self._number(cells["amount"])
        if part == "net":
            # What leaves the processor's account is negative there.
            payout.stated = (payout.stated or Decimal(0)) - amount
        else:
            payout.parts[part] += amount if part == "gross" else -amount

    def _payout(self, cells):
        day, currency = self._date(cells["date"]), (cells.get("currency") or self.mapping.currency).upper()
        if not _CURRENCY.fullmatch(currency):
            raise ValueError("“%s” is no currency" % currency)
        payout = self.payouts.setdefault(cells["payout"], Payout(cells["payout"], day, currency))
        if payout.currency != currency:
            raise ValueError("payout %s is in %s and in %s" % (payout.number, payout.currency, currency))
        payout.date = max(payout.date, day)
        return payout

    def _date(self, text):
        try:
            return datetime.datetime.strptime(text, self.mapping.date_format).date()
        except ValueError:
            raise ValueError("“%s” is not a date as %s" % (text, self.mapping.date_format)) from None

    def _number(self, text):
        plain = re.sub(r"[\s']", "", text.replace("\N{MINUS SIGN}", "-"))
        thousands = "," if self.mapping.decimal_mark == "." else "."
        grouped = r"[+-]?(\d{1,3}(%s\d{3})+|\d+)(%s\d{1,8})?" % (
            re.escape(thousands),
            re.escape(self.mapping.decimal_mark),
        )
        if not re.fullmatch(grouped, plain, re.ASCII):
            raise ValueError("“%s” is not an amount" % text)
        return Decimal(plain.replace(thousands, "").replace(self.mapping.decimal_mark, "."))
