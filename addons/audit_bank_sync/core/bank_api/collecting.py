"""The entries of an account and a period, collected page after page into a ``Fetched``.

All pages or nothing: a page that does not come raises, and an entry that cannot be read makes the whole fail at its
end, with every problem. What was read in part may not be taken for all that a bank said of a period.
"""

from collections.abc import Callable
from typing import NamedTuple

from ..bank_files.problems import Invalid
from ..bank_files.statement import BOOKED, Balance
from ..fetched import Fetched
from .failures import ANSWER, BankApiFailure
from .members import framing

MAX_PAGES = 2000


class Piece(NamedTuple):
    """One answer: ``listed``: ``[(status, members, path)]``; ``next``: what asks for the next one, or None."""

    listed: list
    balances: list[Balance]
    body: bytes
    next: object


def collect(name, account, begin, end, fetch: Callable[[object], Piece], read: Callable, ask_balances: Callable):
    """Return the ``Fetched`` of the days ``begin`` to ``end``; raises ``BankApiFailure`` or ``problems.Unreadable``.

    ``fetch``: a function ``(next or None) -> Piece``; ``read``: ``(status, members) -> dict`` for ``Fetched.add``;
    ``ask_balances``: returns a list of ``Balance``, called where the bank sent no closing balance along. Without them
    the movements are as true, so that their failure is noted and no more.
    """
    fetched = Fetched(name, account)
    fetched.page.from_date, fetched.page.to_date = begin, end
    told = []
    for piece in _pieces(fetch):
        fetched.note_answer(piece.body)
        told += piece.balances
        for status, members, path in piece.listed:
            try:
                values = read(status, members)
                if values["status"] == BOOKED and not (values["booking_date"] or values["value_date"]):
                    raise Invalid("date-missing", "a booked transaction has neither booking nor value date")
            except Invalid as error:
                _refuse(fetched, error, path)
                continue
            fetched.add(**values)
    try:
        if not any(one.kind == "CLBD" for one in told):
            told += ask_balances()
    except BankApiFailure as error:
        fetched.findings.note("balances-missing", "The bank gave no balances: %s" % error)
    for one in framing(told, begin, end):
        fetched.add_balance(one.kind, one.amount, one.currency, one.date, one.with_credit_line)
    return fetched.finish()


def _pieces(fetch):
    seen, onward = set(), None
    for _page in range(MAX_PAGES):
        piece = fetch(onward)
        yield piece
        if piece.next is None:
            return
        if piece.next in seen:
            raise BankApiFailure(ANSWER, "the pages lead in a circle")
        seen.add(piece.next)
        onward = piece.next
    raise BankApiFailure(ANSWER, "more than %d pages" % MAX_PAGES)


def _refuse(fetched, error, path):
    said = str(error)
    place = "%s.%s" % (path, error.path) if error.path else path
    fetched.findings.error(error.code, said[0].upper() + said[1:] + ".", path=place)
