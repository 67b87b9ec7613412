"""Pages joined into statements, in one file or over several."""

from dataclasses import dataclass, field
from decimal import Decimal

from .statement import CLOSING, OPENING, STATEMENT, Page


@dataclass(slots=True)
class Statement:
    """The pages of one statement in their order, and what they say together.

    ``missing``: numbers of pages that were not seen; ``open_ended``: the last page seen is not the last one;
    ``repeated``: pages that say the same as one among ``pages`` and do not count again.
    """

    pages: list[Page]
    repeated: list[Page] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    open_ended: bool = False

    @property
    def account(self):
        return self.pages[0].account

    @property
    def kind(self):
        return self.pages[0].kind

    @property
    def number(self):
        return self.pages[0].number

    @property
    def whole(self):
        """Whether all pages are there."""
        return not self.missing and not self.open_ended and all(page.complete for page in self.pages)

    @property
    def opening(self):
        """The opening booked balance (OPBD, else PRCD) in the account's currency, or None."""
        return next((found for kind in OPENING for page in self.pages if (found := self._balance(page, kind))), None)

    @property
    def closing(self):
        """The closing booked balance (CLBD) in the account's currency, or None."""
        return next((found for page in reversed(self.pages) if (found := self._balance(page, CLOSING))), None)

    @property
    def booked(self):
        """Signed sum of the booked entries of all pages, up to the closing balance."""
        return sum((page.booked - page.after_closing for page in self.pages), Decimal(0))

    def _balance(self, page, kind):
        for one in page.balances:
            if one.kind == kind and one.currency == (page.account.currency or one.currency):
                return one
        return None


def join_pages(pages):
    """Return the ``Statement`` list of ``pages``, in the order in which they begin.

    Pages belong together when they are of one account, kind and statement: its running number, else its identification.
    The same page twice (the same fingerprint) is one, also when it came in another file.
    """
    groups = {}
    for page in pages:
        groups.setdefault(_statement_key(page), []).append(page)
    return [statement for group in groups.values() for statement in _statements(group)]


def _statement_key(page):
    account = (page.kind, page.account.key, page.account.currency)
    opens = not page.balances or any(one.kind in OPENING for one in page.balances)
    if page.page_number is None or (page.page_number == 1 and page.last_page and opens):
        # alone; its fingerprint still finds the same statement in another file
        return (*account, "alone", page.fingerprint or id(page))
    # the opening balance may be of the year before; numbers begin anew with each year
    dates = [one.date for one in page.balances if one.date]
    year = str(max(dates).year) if dates else (page.created_at or "")[:4]
    return (*account, page.number or page.statement_id or page.message_id, year)


def _statements(group):
    """Split ``group`` where a page number comes again with other content: that is another statement."""
    statements = []
    for page in group:
        for statement in statements:
            twin = next((one for one in statement.pages if one.page_number == page.page_number), None)
            if twin is None:
                statement.pages.append(page)
                break
            if twin.fingerprint == page.fingerprint and page.fingerprint:
                statement.repeated.append(page)
                break
        else:
            statements.append(Statement([page]))
    for statement in statements:
        _put_in_order(statement)
    return statements


def _put_in_order(statement):
    statement.pages.sort(key=lambda page: 1 if page.page_number is None else page.page_number)
    if statement.pages[0].page_number is None:
        return
    seen = {page.page_number for page in statement.pages}
    # some banks count from 0; the page with the opening balance is the first
    begin = min(seen) if statement.pages[0].balances and statement.opening in statement.pages[0].balances else 1
    statement.missing = [number for number in range(begin, max(seen)) if number not in seen][:100]
    statement.open_ended = statement.pages[-1].last_page is False
    if statement.kind == STATEMENT and not statement.open_ended and statement.pages[-1].last_page is None:
        statement.open_ended = statement.closing is None and bool(statement.pages[-1].balances)
