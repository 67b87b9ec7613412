"""Pages of one statement that came in several files: kept as plain values, and joined when a further one comes."""

import datetime
from decimal import Decimal

from ..bank_files.joining import join_pages
from ..bank_files.statement import STATEMENT, Balance, Page

_TEXTS = ("number", "statement_id", "created_at", "fingerprint", "page_number", "last_page", "complete")


def pages_as_plain(pages):
    """Return what joining asks of pages (``Page``), as values of JSON; empty when they are of no statement in pages."""
    if any(page.page_number is None for page in pages):
        return []
    return [
        {
            **{name: getattr(page, name) for name in _TEXTS},
            "booked": str(page.booked),
            "balances": [
                [one.kind, str(one.amount), one.currency, one.date and one.date.isoformat()] for one in page.balances
            ],
        }
        for page in pages
    ]


def joined(kept, own, account):
    """Return ``(statement, keys)``: the statement of which ``own`` has a page, and all whose pages make it.

    None where it is made of ``own`` alone, or only repeats what another one has.

    :param kept: a dict, anything → what ``pages_as_plain`` returned for it, in the order in which they came
    :param own: a key of ``kept``
    :param account: the ``Account`` of all of them
    """
    of = {}
    for key, listed in kept.items():
        for index, plain in enumerate(listed, 1):
            page = _page(plain, index, account)
            of[id(page)] = key, page
    for statement in join_pages([page for _key, page in of.values()]):
        keys = list(dict.fromkeys(of[id(page)][0] for page in statement.pages))
        if own in keys and len(keys) > 1:
            return statement, keys
    return None


def _page(plain, index, account):
    balances = [
        Balance(kind, Decimal(amount), currency, day and datetime.date.fromisoformat(day))
        for kind, amount, currency, day in plain["balances"]
    ]
    values = {name: plain[name] for name in _TEXTS}
    return Page(STATEMENT, "", index, account, booked=Decimal(plain["booked"]), balances=balances, **values)
