"""Gaps between the stretches of an account that are known: by the bank's balances, where there are none by days."""

import datetime
from decimal import Decimal
from typing import NamedTuple

_DAY = datetime.timedelta(days=1)
_SATURDAY = 5


class Known(NamedTuple):
    """A stretch that is here: first and last day, and the bank's balances before and after it, None where not given."""

    first: datetime.date
    last: datetime.date
    opening: Decimal | None = None
    closing: Decimal | None = None


class Gap(NamedTuple):
    """What is missing: days from ``first`` to ``last``; ``amount``: what moved in it, None where not known."""

    first: datetime.date
    last: datetime.date
    amount: Decimal | None


def gaps(stretches):
    """Return the ``Gap`` list between ``Known`` stretches, in order of time.

    Where both balances are given, they decide: an account that did not move needs no statement. Else every day from
    Monday to Friday between two stretches has to be covered by one.
    """
    found = []
    before = None
    for after in sorted(stretches, key=lambda one: (one.first, one.last)):
        if before is None:
            before = after
            continue
        if after.first > before.last:
            gap = _between(before, after)
            if gap:
                found.append(gap)
        if after.last >= before.last:
            # Of two that end on the same day, the one with a balance tells more.
            before = after if after.last > before.last or after.closing is not None else before
    return found


def _between(before, after):
    first, last = before.last + _DAY, after.first - _DAY
    if before.closing is not None and after.opening is not None:
        amount = after.opening - before.closing
        if not amount:
            return None
        return Gap(min(first, after.first), max(last, before.last), amount)
    days = (last - first).days + 1
    if any((first + _DAY * number).weekday() < _SATURDAY for number in range(days)):
        return Gap(first, last, None)
    return None
