"""What the difference between a bank line and an item may be, and how the line is split for it.

The line is exact: its parts always add up to it. Only what is allocated may differ from what is open, within narrow
limits, and then the difference is a part of its own (fee, discount, exchange), never money on or off the partner.
"""

from datetime import timedelta
from typing import NamedTuple

from . import reasons
from .currencies import digits
from .values import Allocation, Kind, Reason, Use

EXACT = 0.30
"""The points of an amount that is exact."""
_DISCOUNT, _CHARGES, _FEE, _EXCHANGE = 0.28, 0.24, 0.20, 0.20
_PARTIAL, _OVER = 0.05, 0.03


class Fit(NamedTuple):
    """How an amount fits: the kind of proposal, the parts of the line, and the reason with its points."""

    kind: Kind
    allocations: tuple[Allocation, ...]
    reason: Reason

    @property
    def whole(self):
        """Whether neither the line nor the item keeps a rest."""
        return self.kind not in (Kind.PARTIAL, Kind.OVERPAID)


def most_fee(amount, currency, settings):
    """Return the most that may be a fee on ``amount``, as a positive number."""
    return min(settings.fee_most * 10 ** digits(currency), int(abs(amount) * settings.fee_share))


def discounts_in_time(item, day, settings):
    """Yield ``(discount, last day)`` for each discount that may still be taken on ``day``."""
    for discount in item.discounts:
        latest = discount.until + timedelta(days=settings.discount_grace_days)
        if day <= latest:
            yield discount, latest


def fit(line, item, settings, rates, named=False):
    """Return the best ``Fit`` of a line and one item, ``None`` when there is none.

    ``named``: the line names the item by a key of its own; only then may one pay a part of it, or more than it.
    """
    if (line.amount > 0) != (item.amount > 0) or not item.amount:
        return None
    if line.currency != item.currency:
        return _exchanged(line, item, settings, rates, named)
    difference = line.amount - item.amount
    if not difference:
        values = {"amount": line.amount, "currency": line.currency}
        return Fit(Kind.ONE_TO_ONE, (_settled(line, item),), reasons.reason(reasons.AMOUNT_EXACT, EXACT, **values))
    for discount, latest in discounts_in_time(item, line.value_day, settings):
        if difference == -discount.amount:
            values = {"discount": discount.amount, "until": discount.until, "latest": latest}
            because = reasons.reason(reasons.AMOUNT_DISCOUNT, _DISCOUNT, **values)
            return Fit(Kind.ONE_TO_ONE, (_settled(line, item), Allocation(line.id, Use.DISCOUNT, difference)), because)
    taken = fee_reason(line, item.amount, settings)
    if taken:
        return Fit(Kind.ONE_TO_ONE, (_settled(line, item), Allocation(line.id, Use.FEE, difference)), taken)
    return _rest(line, item) if named else None


def fee_reason(line, expected, settings):
    """Return the ``Reason`` for which the bank may have kept what lacks to ``expected``; ``None``: it may not have.

    A fee makes a receipt smaller and a payment larger, so the line is always below what is expected.
    """
    fee = expected - line.amount
    if fee <= 0:
        return None
    if fee == line.charges:
        return reasons.reason(reasons.AMOUNT_CHARGES, _CHARGES, charges=fee)
    most = most_fee(expected, line.currency, settings)
    return reasons.reason(reasons.AMOUNT_FEE, _FEE, fee=fee, most=most) if fee <= most else None


def _settled(line, item):
    return Allocation(line.id, Use.ITEM, item.amount, item.id, item.amount)


def _rest(line, item):
    if abs(line.amount) < abs(item.amount):
        because = reasons.reason(reasons.AMOUNT_PARTIAL, _PARTIAL, paid=line.amount, open=item.amount)
        return Fit(Kind.PARTIAL, (Allocation(line.id, Use.ITEM, line.amount, item.id, line.amount),), because)
    over = line.amount - item.amount
    if abs(over) > abs(item.amount):
        # Hardly a slip of the payer: the number stands there for another reason.
        return None
    because = reasons.reason(reasons.AMOUNT_OVER, _OVER, over=over)
    return Fit(Kind.OVERPAID, (_settled(line, item), Allocation(line.id, Use.UNALLOCATED, over)), because)


def _exchanged(line, item, settings, rates, named):
    """An item in another currency: by what the bank says was instructed, else by the rate of the day."""
    expected = rates.convert(item.amount, item.currency, line.currency, line.booked_on)
    if line.original_currency == item.currency and line.original_amount is not None:
        return _by_original(line, item, expected, settings, named)
    if expected is None:
        return None
    difference, most = line.amount - expected, int(abs(expected) * settings.exchange_share)
    if abs(difference) <= most:
        values = {"expected": expected, "difference": difference, "most": most, "currency": item.currency}
        because = reasons.reason(reasons.AMOUNT_EXCHANGE, _EXCHANGE, **values)
        return Fit(Kind.ONE_TO_ONE, _converted(line, item, expected, item.amount), because)
    return None


def _by_original(line, item, expected, settings, named):
    paid = line.original_amount
    if paid == item.amount:
        if expected is None or abs(line.amount - expected) > int(abs(expected) * settings.exchange_share):
            expected = line.amount
        values = {"amount": paid, "currency": item.currency}
        because = reasons.reason(reasons.AMOUNT_ORIGINAL, EXACT, **values)
        return Fit(Kind.ONE_TO_ONE, _converted(line, item, expected, item.amount), because)
    if named and (paid > 0) == (item.amount > 0) and abs(paid) < abs(item.amount):
        because = reasons.reason(reasons.AMOUNT_PARTIAL, _PARTIAL, paid=paid, open=item.amount)
        return Fit(Kind.PARTIAL, _converted(line, item, line.amount, paid), because)
    return None


def _converted(line, item, expected, settles):
    """The item at the rate of the day, and beside it what the bank's rate made of it."""
    settled = Allocation(line.id, Use.ITEM, expected, item.id, settles)
    if expected == line.amount:
        return (settled,)
    return settled, Allocation(line.id, Use.EXCHANGE, line.amount - expected)
