"""What a bank's interface said about one account and period, in the shape of a bank file that was read.

A provider fills one and hands it over; from there on, files and interfaces go the same way.

    fetched = Fetched("PSD2 1.3", Account("DE02120300000000202051", currency="EUR"))
    fetched.note_answer(body)
    fetched.add(status=BOOKED, amount=Decimal("12.50"), currency="EUR", booking_date=…, raw=…)
    fetched.add_balance("CLBD", Decimal("1040.00"), "EUR", datetime.date(2026, 11, 29))
    return fetched.finish()
"""

import hashlib
from decimal import Decimal

from .bank_files import balances
from .bank_files.joining import join_pages
from .bank_files.problems import Findings
from .bank_files.statement import BOOKED, STATEMENT, Balance, Entry, Page
from .bank_files.tally import Occurrences, Tally


class Fetched:
    """Entries and balances of one account; iterate over it like over a ``bank_file.Reading``, any number of times.

    ``kind``: ``STATEMENT`` where booked entries are final, ``REPORT`` where a statement will say them again.
    ``sha256``: of the answers in the order in which they came; ``size``: their bytes.
    """

    report = None

    def __init__(self, format, account, kind=STATEMENT):
        self.format = format
        self.findings = Findings()
        self.page = Page(kind, format, 1, account)
        self.pages = [self.page]
        self.statements = []
        self.repeated = set()
        self.size = 0
        self._entries = []
        self._hash = hashlib.sha256()
        self._tally = Tally(self.findings, Occurrences())

    @property
    def sha256(self):
        return self._hash.hexdigest()

    def note_answer(self, body):
        """Count the bytes of an answer into hash and size."""
        self._hash.update(body)
        self.size += len(body)

    def add(self, **values):
        """Add an entry (fields of ``Entry`` but ``page``, ``number`` and ``line``) and return it."""
        number = len(self._entries) + 1
        values = {"booking_date": None, "value_date": None, "raw": "", **values}
        entry = Entry(page=self.page, number=number, line=number, **values)
        self._entries.append(entry)
        self.page.entries += 1
        self._tally.add(entry)
        return entry

    def add_balance(self, kind, amount, currency, date=None, with_credit_line=False):
        """Add a balance as the bank gave it; ``kind``: the ISO code that fits the bank's word, else its own word."""
        self.page.balances.append(Balance(kind, amount, currency, date, with_credit_line=with_credit_line))

    def finish(self):
        """Close it and return it; raises ``Unreadable`` where the answers contradict themselves."""
        self._tally.finish(self.page)
        self.findings.raise_errors()
        self.statements = join_pages(self.pages)
        self.page.after_closing = self._after(self.statements[0].closing)
        balances.check(self.statements, self.findings)
        return self

    def _after(self, closing):
        """Signed sum of what is booked after the day of a closing balance, which cannot hold it."""
        if closing is None or closing.date is None:
            return Decimal(0)
        booked = [one for one in self._entries if one.status == BOOKED and one.date and one.date > closing.date]
        return sum((one.amount for one in booked), Decimal(0))

    def __iter__(self):
        return iter(self._entries)
