"""The entries of an account and a period, fetched page after page and read as `bank_files` reads those of a file.

    download = client.transactions(offered, begin, end)
    for entry in download:
        stage(entry)
    download.page, download.statements, download.findings, download.sha256

An entry that cannot be read makes the whole download fail, at its end, with every problem: nothing of a period that was
read in part may be taken for the whole of it.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..bank_files import balances as tying
from ..bank_files.joining import join_pages
from ..bank_files.problems import Findings, Invalid
from ..bank_files.statement import BOOKED, STATEMENT, Balance, Page
from ..bank_files.tally import Occurrences, Tally
from .failures import ANSWER, BankApiFailure
from .members import framing

MAX_PAGES = 2000


class Piece(NamedTuple):
    """One answer: ``listed``: ``[(status, members, path)]``; ``next``: what asks for the next one, or None."""

    listed: list
    balances: list[Balance]
    sha256: str
    next: object


class Download:
    """Iterate over the entries, once; raises ``BankApiFailure`` or ``problems.Unreadable``.

    ``fetch``: a function ``(next or None) -> Piece``; ``read``: ``(page, number, status, members) -> Entry``.
    ``balances``: all that the bank told, ``page.balances`` those that frame the period; ``sha256``: over the answers.
    """

    def __init__(
        self, account, begin, end, name, fetch: Callable[[object], Piece], read: Callable, balances=()
    ):
        self.findings = Findings()
        self.page = Page(STATEMENT, name, 1, account, from_date=begin, to_date=end)
        self.balances = list(balances)
        self.statements = []
        self.pieces = 0
        self._fetch = fetch
        self._read = read
        self._hash = hashlib.sha256()

    @property
    def pages(self):
        return [self.page]

    @property
    def format(self):
        return self.page.format

    @property
    def sha256(self):
        return self._hash.hexdigest()

    def __iter__(self):
        tally = Tally(self.findings, Occurrences())
        for status, members, path in self._listed():
            try:
                entry = self._read(self.page, self.page.entries + 1, status, members)
                if entry.status == BOOKED and entry.date is None:
                    raise Invalid("date-missing", "a booked transaction has neither booking nor value date")
            except Invalid as error:
                self._refuse(error, path)
                continue
            self.page.entries += 1
            tally.add(entry, path)
            yield entry
        self.page.balances = framing(self.balances, self.page.from_date, self.page.to_date)
        tally.finish(self.page)
        self.findings.raise_errors()
        self.statements = join_pages(self.pages)
        tying.check(self.statements, self.findings)

    def _listed(self) -> Iterator:
        seen, onward = set(), None
        while self.pieces < MAX_PAGES:
            piece = self._fetch(onward)
            self.pieces += 1
            self._hash.update(piece.sha256.encode())
            self.balances += piece.balances
            yield from piece.listed
            if piece.next is None:
                return
            if piece.next in seen:
                raise BankApiFailure(ANSWER, "the pages lead in a circle")
            seen.add(piece.next)
            onward = piece.next
        raise BankApiFailure(ANSWER, "more than %d pages" % MAX_PAGES)

    def _refuse(self, error, path):
        place = "%s.%s" % (path, error.path) if error.path else path
        said = str(error)
        self.findings.error(error.code, said[0].upper() + said[1:] + ".", path=place)
