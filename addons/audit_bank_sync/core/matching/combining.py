"""One line that pays several items: a batch, the items that it names, or some of its partner's that make its amount."""

from typing import NamedTuple

from . import evidence as points
from . import reasons
from .amounts import EXACT, discounts_in_time, fee_reason
from .values import Allocation, Reason, Use

_FOUND = 0.26
"""The points of a sum that was found among a partner's items: less than that of items which the line names."""
_SURE_PARTNER = 0.5
_TWO = 2


class Sum(NamedTuple):
    """Items that together make a line: their places, the parts of the line, and the reason with its points."""

    places: tuple[int, ...]
    allocations: tuple[Allocation, ...]
    reason: Reason
    in_batch: bool = False


def sums(line, evidence, items, settings, found_already):
    """Return the ``Sum`` values for a line, the most certain first.

    ``found_already``: a single item fits so well that no sum needs to be looked for among those it does not name.
    """
    batch = items.batch(line.batch_reference, line.amount)
    if len(batch) >= _TWO:
        return [_sum(line, items, [(place, 0) for place in batch], EXACT, in_batch=True)]
    named = [
        place
        for place, reason in evidence.named.items()
        if reason.points >= points.NAMED and items.items[place].currency == line.currency
    ]
    # Suppliers share ways of numbering: those of the line's own partner first.
    of_partner = [place for place in named if items.items[place].partner_id in evidence.strengths]
    for places in (of_partner, named) if len(of_partner) < len(named) else (named,):
        result = _of_named(line, places, items, settings) if len(places) >= _TWO else []
        if result:
            return result
    return [] if found_already else _of_partner(line, evidence, items, settings)


def subsets(amounts, target, steps, most=2):
    """Return up to ``most`` sets of positions, of two members at least, whose amounts add up to ``target``.

    The first positions are tried first. ``steps`` bounds the sums that are tried, so the search may miss some.
    """
    found, chosen = [], []
    same_sign = all(amount > 0 for amount in amounts) or all(amount < 0 for amount in amounts)
    left = [0] * (len(amounts) + 1)
    for place in range(len(amounts) - 1, -1, -1):
        left[place] = left[place + 1] + amounts[place]
    budget = [steps]

    def search(place, rest):
        if not rest and len(chosen) >= _TWO:
            found.append(tuple(chosen))
            return
        while place < len(amounts) and budget[0] > 0 and len(found) < most:
            if same_sign and abs(left[place]) < abs(rest):
                return
            budget[0] -= 1
            if not same_sign or abs(amounts[place]) <= abs(rest):
                chosen.append(place)
                search(place + 1, rest - amounts[place])
                chosen.pop()
            place += 1

    if not same_sign or (amounts and (amounts[0] > 0) == (target > 0)):
        search(0, target)
    return found


def _of_named(line, named, items, settings):
    """All items that the line names, with discounts or a fee where needed; else those of them that make its amount."""
    plain = [(place, 0) for place in named]
    lower = [(place, _discount(line, items.items[place], settings)) for place in named]
    for parts in (plain, lower):
        if _total(parts, items) == line.amount:
            return [_sum(line, items, parts, EXACT)]
    for parts in (plain, lower):
        fee = fee_reason(line, _total(parts, items), settings)
        if fee:
            return [_sum(line, items, parts, fee.points, fee)]
    if _TWO < len(named) <= settings.combined_items:
        for parts in (plain, lower):
            chosen = _chosen(parts, items, line.amount, settings)
            if chosen:
                return [_sum(line, items, [parts[place] for place in one], EXACT) for one in chosen]
    return []


def _of_partner(line, evidence, items, settings):
    for found in evidence.partners:
        if found.strength < _SURE_PARTNER:
            continue
        places = items.due_near(found.partner_id, line.currency, line.booked_on, settings.combined_items)
        if len(places) < _TWO:
            continue
        plain = [(place, 0) for place in places]
        lower = [(place, _discount(line, items.items[place], settings)) for place in places]
        for parts in (plain, lower) if lower != plain else (plain,):
            chosen = _chosen(parts, items, line.amount, settings)
            if chosen:
                return [_sum(line, items, [parts[place] for place in one], _FOUND) for one in chosen]
    return []


def _chosen(parts, items, target, settings):
    return subsets([_paid(part, items) for part in parts], target, settings.combined_steps)


def _discount(line, item, settings):
    return next((discount.amount for discount, _latest in discounts_in_time(item, line.value_day, settings)), 0)


def _paid(part, items):
    place, discount = part
    return items.items[place].amount - discount


def _total(parts, items):
    return sum(_paid(part, items) for part in parts)


def _sum(line, items, parts, worth, fee=None, in_batch=False):
    """The line split into its items in full, their discounts, and a fee for what then lacks."""
    allocations = []
    for place, discount in parts:
        item = items.items[place]
        allocations.append(Allocation(line.id, Use.ITEM, item.amount, item.id, item.amount))
        if discount:
            allocations.append(Allocation(line.id, Use.DISCOUNT, -discount))
    difference = line.amount - sum(part.amount for part in allocations)
    if difference:
        allocations.append(Allocation(line.id, Use.FEE, difference))
    because = fee or reasons.reason(reasons.AMOUNT_SUM, worth, count=len(parts), amount=line.amount)
    return Sum(tuple(place for place, _discount_taken in parts), tuple(allocations), because, in_batch)
