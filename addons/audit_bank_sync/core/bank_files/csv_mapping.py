"""How the CSV file of one bank is to be read: a mapping that is made once, saved as JSON and used for every file."""

import dataclasses
import re
from dataclasses import dataclass, field

from .problems import Invalid
from .values import currency

ROLES = {
    "booking_date": "Booking date",
    "value_date": "Value date",
    "amount": "Amount with its sign",
    "credit": "Amount received",
    "debit": "Amount paid",
    "direction": "Word for received or paid",
    "currency": "Currency",
    "account": "Own account",
    "balance": "Balance after the entry",
    "bank_reference": "Bank's reference",
    "end_to_end_id": "End-to-end reference",
    "mandate_id": "Mandate",
    "counterparty": "Name of the other party",
    "counterparty_account": "Account of the other party",
    "counterparty_bank": "Bank of the other party",
    "remittance": "Purpose",
    "booking_text": "Bank's word for the entry",
    "status": "Booked or pending",
}
"""What a column can hold, in words."""

_FORMAT_PART = re.compile(r"%[dmyYbB]")
_YEAR = re.compile(r"%[yY]")


@dataclass(frozen=True)
class Mapping:
    """Where each value stands and how it is written.

    ``columns``: role → header names, or numbers counted from 1 when the file has no header; several are joined with a
    space, as remittance often is. ``delimiter``: one character; ``skip``: lines before the header; ``encoding``: None
    to find it out. ``date_format``: with %d, %m, %Y or %y; ``year``: for dates that are written without one.
    ``received``, ``paid``: words in the column ``direction``; ``pending``: words in ``status``.
    ``minus_in_paid``: what a minus in the column ``debit`` means: ``paid`` (banks that write every payment with one) or
    ``received`` (a payment that came back); None: such a row is an error, as nobody can guess it.
    ``turned``: amounts have the sign of the other side, as on credit cards. ``account``, ``currency``: when the file
    does not say them. ``newest_first``: order of the rows, for checking balances.
    """

    columns: dict[str, tuple[str | int, ...]]
    delimiter: str = ";"
    quote: str = '"'
    skip: int = 0
    header: bool = True
    encoding: str | None = None
    date_format: str = "%Y-%m-%d"
    year: int | None = None
    decimal_mark: str = ","
    thousands_mark: str = "."
    minus_in_paid: str | None = None
    turned: bool = False
    newest_first: bool = False
    account: str | None = None
    currency: str | None = None
    received: tuple[str, ...] = ("C", "CRDT", "CREDIT")
    paid: tuple[str, ...] = ("D", "DBIT", "DEBIT")
    pending: tuple[str, ...] = field(default=("PENDING", "PDNG"))

    def __post_init__(self):
        """Check the parts against each other; raises ``Invalid`` with a sentence for who makes the mapping."""
        unknown = sorted(set(self.columns) - set(ROLES))
        if unknown:
            raise Invalid("mapping", "No column can hold %s." % ", ".join(unknown))
        if not self.columns.get("booking_date") and not self.columns.get("value_date"):
            raise Invalid("mapping", "Say which column holds the booking date.")
        both = self.columns.get("credit") and self.columns.get("debit")
        if bool(self.columns.get("amount")) == bool(both):
            raise Invalid("mapping", "Say which column holds the amount, or which two hold what was received and paid.")
        if not self.account and not self.columns.get("account"):
            raise Invalid("mapping", "Say whose file it is: give the account number, or the column that holds it.")
        if not self.currency and not self.columns.get("currency"):
            raise Invalid("mapping", "Say what the amounts are in: give the currency, or the column that holds it.")
        if self.currency:
            currency(self.currency)
        self._check_writing()

    def _check_writing(self):
        if len(self.delimiter) != 1 or len(self.quote) > 1:
            raise Invalid("mapping", "The delimiter is one character, the quote one or none.")
        if self.decimal_mark not in (".", ",") or self.decimal_mark == self.thousands_mark:
            raise Invalid("mapping", "The decimal mark is a point or a comma, and not the mark of thousands.")
        if self.minus_in_paid not in (None, "paid", "received"):
            raise Invalid("mapping", "A minus in the column of what was paid means paid or received.")
        parts = _FORMAT_PART.findall(self.date_format)
        if "%d" not in parts or not {"%m", "%b", "%B"} & set(parts) or self.date_format.count("%") != len(parts):
            raise Invalid("mapping", "The date is made of %d, %m and %Y (or %y, %b, %B).")
        if not _YEAR.search(self.date_format) and not self.year:
            raise Invalid("mapping", "The dates have no year: give the year of the file.")
        if not self.header and any(type(one) is not int for names in self.columns.values() for one in names):
            raise Invalid("mapping", "Without a header, columns are named by their number.")

    @classmethod
    def from_dict(cls, saved):
        """Return the mapping that ``as_dict`` made; raises ``Invalid`` when it is none."""
        names = {one.name for one in dataclasses.fields(cls)}
        unknown = sorted(set(saved) - names)
        if unknown or not isinstance(saved.get("columns"), dict):
            raise Invalid("mapping", "No mapping has %s." % (", ".join(unknown) or "no columns"))
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()}
        values["columns"] = {
            role: tuple(found) if isinstance(found, list | tuple) else (found,)
            for role, found in saved["columns"].items()
        }
        return cls(**values)

    def as_dict(self):
        """Return the mapping as values of JSON."""
        saved = dataclasses.asdict(self)
        saved["columns"] = {role: list(names) for role, names in self.columns.items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in saved.items()}
