"""Several lines that pay one item together: instalments of an invoice, or a payment that was sent in parts."""

from . import reasons
from .combining import subsets
from .proposing import score, shared
from .values import Allocation, Kind, Proposal, Use

_ALL_NAME_IT, _FOUND = 0.28, 0.24
_MOST_LINES = 10
_DAYS = 14
_AMOUNT_CODES = (reasons.AMOUNT_PARTIAL,)


def gathered(lines, proposals, evidences, items, settings):
    """Return proposals of several lines for one item each.

    ``lines``: by line id; ``proposals``: what ``Proposer.propose`` gave, by line id; ``evidences``: likewise, but only
    of the lines that nothing explains.
    """
    return [*_instalments(lines, proposals, items, settings), *_pairs(lines, evidences, items)]


def _instalments(lines, proposals, items, settings):
    """Lines that each name the same item and pay a part of it, when these parts are the whole."""
    parts = {}
    for line_id, of_line in proposals.items():
        for proposal in of_line:
            if proposal.kind is Kind.PARTIAL:
                parts.setdefault(proposal.allocations[0].item_id, []).append((lines[line_id], proposal))
    by_id = {item.id: item for item in items.items} if parts else {}
    for item_id, of_item in parts.items():
        if len(of_item) < 2:
            continue
        item = by_id[item_id]
        of_item = sorted(of_item, key=lambda part: (part[0].booked_on, -abs(part[0].amount)))[:_MOST_LINES]
        settles = [proposal.allocations[0].settles for _line, proposal in of_item]
        everything = tuple(range(len(settles)))
        chosen = [everything] if sum(settles) == item.amount else subsets(settles, item.amount, settings.combined_steps)
        for one in chosen:
            yield _group([of_item[place] for place in one], item)


def _group(of_item, item):
    allocations = tuple(proposal.allocations[0] for _line, proposal in of_item)
    kept = {}
    for _line, proposal in of_item:
        for reason in proposal.reasons:
            if reason.code not in _AMOUNT_CODES:
                kept.setdefault(reason.code, []).append(reason)
    because = []
    for same in kept.values():
        # Each line has its own; a code that only some lines have weighs by their number.
        weakest = min(same, key=lambda reason: reason.points)
        because.append(weakest._replace(points=round(weakest.points * len(same) / len(of_item), 4)))
    values = {"count": len(of_item), "amount": item.amount}
    because.append(reasons.reason(reasons.AMOUNT_SHARE, _ALL_NAME_IT, **values))
    ids = tuple(line.id for line, _proposal in of_item)
    return Proposal(Kind.MANY_TO_ONE, ids, allocations, score(because), tuple(because))


def _pairs(lines, evidences, items):
    """Two lines of one partner near to each other that nothing else explains, and that make one of its items."""
    waiting = {}
    for line_id, evidence in evidences.items():
        line, partners = lines[line_id], evidence.partners
        if partners:
            waiting.setdefault((partners[0].partner_id, line.currency, line.amount > 0), []).append(line)
    for (partner_id, currency, _incoming), same in waiting.items():
        same.sort(key=lambda line: line.booked_on)
        for place, line in enumerate(same):
            for other in same[place + 1 : place + _MOST_LINES]:
                if (other.booked_on - line.booked_on).days > _DAYS:
                    break
                yield from _pair(line, other, partner_id, currency, evidences, items)


def _pair(line, other, partner_id, currency, evidences, items):
    together = line.amount + other.amount
    for place in items.exactly(partner_id, currency, together, other.booked_on)[:2]:
        item = items.items[place]
        if item.amount != together:
            continue
        last = evidences[other.id]
        partner = min((evidences[one.id].partner(partner_id) for one in (line, other)), key=lambda one: one.points)
        because = [
            *shared(evidences[one.id].reference(place) for one in (line, other)),
            reasons.reason(reasons.AMOUNT_SHARE, _FOUND, count=2, amount=together),
            partner, last.date(item), last.currency(item),
        ]  # fmt: skip
        because = tuple(reason for reason in because if reason is not None)
        parts = tuple(Allocation(one.id, Use.ITEM, one.amount, item.id, one.amount) for one in (line, other))
        yield Proposal(Kind.MANY_TO_ONE, (line.id, other.id), parts, score(because), because)
