"""Which statements tell of other bookings than one that comes: those that it goes on from, or that go on from it.

The closing balance of one is the opening balance of the next (ISO 20022 camt.053: CLBD of a day is OPBD or PRCD of the
next), so that nothing stands on both. Statements that begin or end with the same balance may tell of the same days.
"""

from decimal import Decimal
from typing import NamedTuple


class Frame(NamedTuple):
    """Opening and closing booked balance of a statement; None where it is not known, or not known yet."""

    opening: Decimal | None
    closing: Decimal | None


def in_row(frame, others):
    """Return the keys of ``others`` (a dict, anything → ``Frame``) that stand in one row with ``frame``.

    Directly or over others between them, which makes no difference: two statements of one day may have a third between.
    """
    after = {key: (one.opening, one.closing) for key, one in others.items()}
    before = {key: (one.closing, one.opening) for key, one in others.items()}
    found = _reached(frame.closing, after) | _reached(frame.opening, before)
    return {key for key in found if not _may_overlap(frame, others[key])}


def _reached(balance, steps):
    """Keys of ``steps`` (key → where it begins, where it leads) that can be reached from ``balance``."""
    found, seen, ahead = set(), set(), [balance]
    while ahead:
        balance = ahead.pop()
        if balance is None or balance in seen:
            continue
        seen.add(balance)
        for key, (begins, leads) in steps.items():
            if begins == balance:
                found.add(key)
                ahead.append(leads)
    return found


def _may_overlap(one, other):
    return other.opening in (None, one.opening) or other.closing in (None, one.closing)
