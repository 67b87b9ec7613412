"""A period of the past, cut into the windows in which a bank is asked, and when it is asked each of them.

Older days are asked for as any others: each window is one of the few calls a day. Some of these are left to the regular
fetch, which would else have none.
"""

import datetime
from typing import NamedTuple

from .budget import midnight

_DAY = datetime.timedelta(days=1)


class Ask(NamedTuple):
    """One window: days ``first`` to ``last``; ``at``: moment from which it may be asked, None for at once."""

    first: datetime.date
    last: datetime.date
    at: datetime.datetime | None


def plan(first, last, longest, now, budget=None, kept=0):
    """Return the ``Ask`` list of the days ``first`` to ``last``, the oldest first: a fresh consent opens those longest.

    ``longest``: days of one window at most; ``budget``: the ``Budget`` of the account, None where nothing limits its
    calls; ``kept``: calls a day that are left to the regular fetch.
    """
    pieces = _cut(first, last, max(1, longest))
    if budget is None:
        return [Ask(begin, end, None) for begin, end in pieces]
    spare = max(0, budget.left(now) - kept)
    # where a bank permits no more calls than are kept, one a day is spent all the same, or nothing would ever come
    a_day = max(1, budget.limit - kept)
    again = budget.next_at(now) if not budget.left(now) else midnight(now)
    found = []
    for number, (begin, end) in enumerate(pieces):
        later = number - spare
        found.append(Ask(begin, end, None if later < 0 else again + _DAY * (later // a_day)))
    return found


def _cut(first, last, longest):
    pieces = []
    while first <= last:
        end = min(first + _DAY * (longest - 1), last)
        pieces.append((first, end))
        first = end + _DAY
    return pieces
