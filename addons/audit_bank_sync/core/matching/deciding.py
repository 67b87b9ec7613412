"""Who gets which item when several lines could pay it, and what may happen without a person.

Without a person only happens what is switched on, scores high enough, is clear of the second best by a margin, whose
items nobody else may pay, which a strong reference names, and which leaves no rest and no difference to judge.
"""

from . import evidence as points
from . import reasons
from .internal import Repeat, repeated
from .proposing import differences
from .values import Kind, Level, Use

_REFERENCES = frozenset(
    (
        reasons.END_TO_END, reasons.STRUCTURED, reasons.MANDATE, reasons.MANDATE_ONLY, reasons.BATCH, reasons.NUMBER,
        reasons.NUMBER_BARE, reasons.NUMBER_TAIL, reasons.NUMBER_SIMILAR, reasons.PATTERN,
    )
)  # fmt: skip
_MOST_CLAIMS = 8
_LATER = 0.05
"""How much later in the queue a line stands that may repeat another one."""


def decided(lines, proposals, groups, suspects, items, settings):
    """Return the proposals of each line by its id, the one that is meant for it first.

    ``lines``, ``proposals`` and ``suspects`` (``Repeat``): by line id; ``groups``: proposals of several lines. An
    item is meant for one line only, as far as it is open; other proposals for it follow as alternatives.
    """
    every = [proposal for of_line in proposals.values() for proposal in of_line] + groups
    order = {
        line_id: place for place, line_id in enumerate(sorted(lines, key=lambda one: (lines[one].booked_on, str(one))))
    }
    every.sort(key=lambda one: (_LATER * (one.line_ids[0] in suspects) - one.score, order[one.line_ids[0]]))
    shown = [proposal for proposal in every if proposal.score >= settings.suggest_at]
    meant, taken_by = _assigned(shown, items)
    of_lines = {}
    for proposal in every:
        for line_id in proposal.line_ids:
            of_lines.setdefault(line_id, []).append(proposal)
    returned = {line_id for line_id, line in lines.items() if line.is_return}
    judge = _Judge(every, of_lines, returned, suspects, items, settings)
    result, judged = {}, {}
    for line_id, line in lines.items():
        mine = meant.get(line_id)
        others = [one for one in of_lines.get(line_id, ()) if one is not mine and one.score >= settings.suggest_at]
        final = [judged.setdefault(id(mine), judge.of(mine))] if mine else []
        repeat = None if mine else suspects.get(line_id) or _second_payment(line, others, taken_by, lines)
        if repeat:
            final.append(repeated(line, repeat))
        final += [_alternative(one, taken_by) for one in others]
        result[line_id] = tuple(final[: settings.proposals_most])
    return result


def _assigned(ordered, items):
    """Give items to lines, the best proposal first; return the proposal of each line and who took of each item."""
    left = {item.id: item.amount for item in items.items}
    meant, taken_by = {}, {}
    for proposal in ordered:
        if any(line_id in meant for line_id in proposal.line_ids):
            continue
        settled = _settled(proposal)
        if any(abs(amount) > abs(left[item_id]) for item_id, amount in settled.items()):
            continue
        for item_id, amount in settled.items():
            left[item_id] -= amount
            taken_by.setdefault(item_id, proposal.line_ids[0])
        meant.update(dict.fromkeys(proposal.line_ids, proposal))
    return meant, taken_by


def _settled(proposal):
    """What a proposal closes of each item."""
    settled = {}
    for part in proposal.allocations:
        if part.item_id is not None:
            settled[part.item_id] = settled.get(part.item_id, 0) + part.settles
    return settled


def _second_payment(line, others, taken_by, lines):
    """A line that names what an earlier one has paid, whenever that was; ``None`` when it names nothing like that."""
    for proposal in others:
        if proposal.kind is Kind.ONE_TO_ONE and strongly_named(proposal):
            first = taken_by.get(proposal.item_ids[0])
            if first is not None and first != line.id and lines[first].amount == line.amount:
                return Repeat(first, abs((line.booked_on - lines[first].booked_on).days), "")
    return None


def _alternative(proposal, taken_by):
    """A proposal that was not chosen, with the line for which one of its items is meant instead."""
    others = [taken_by[item_id] for item_id in proposal.item_ids if item_id in taken_by]
    contested = [other for other in others if other not in proposal.line_ids]
    barriers = tuple(reasons.reason(reasons.CONTESTED, line=other) for other in dict.fromkeys(contested[:1]))
    return proposal._replace(barriers=barriers or (reasons.reason(reasons.MARGIN_SMALL, margin=0.0),), margin=0.0)


class _Judge:
    """Measures the margin of proposals, and says what keeps them from being carried out without a person."""

    def __init__(self, every, of_lines, returned, suspects, items, settings):
        self._returned = returned
        self._of_lines, self._suspects, self._settings = of_lines, suspects, settings
        self._amounts = {item.id: item.amount for item in items.items}
        self._claims = {}
        # The best come first, so the few that are kept are those that matter.
        for proposal in sorted(every, key=lambda one: -one.score):
            for item_id in proposal.item_ids:
                claims = self._claims.setdefault(item_id, [])
                if len(claims) < _MOST_CLAIMS:
                    claims.append(proposal)

    def of(self, proposal):
        """Return the proposal with its margin, its barriers, and its level."""
        margin, rival = self._margin(proposal)
        barriers = self._barriers(proposal, margin, rival)
        level = Level.SUGGEST if barriers else Level.AUTOMATIC
        return proposal._replace(margin=margin, barriers=tuple(barriers), level=level)

    def _margin(self, proposal):
        """The distance to the next best, and the line that claims the same items when it is that near."""
        items = set(proposal.item_ids)
        alternatives = [
            other.score
            for line_id in proposal.line_ids
            for other in self._of_lines[line_id]
            if other is not proposal and set(other.item_ids) != items
        ]
        margin = proposal.score - max(alternatives, default=0.0)
        rival, settled = None, _settled(proposal)
        for item_id, amount in settled.items():
            for other in self._claims[item_id]:
                if not self._competes(other, proposal, item_id, amount):
                    continue
                if proposal.score - other.score < margin:
                    margin = proposal.score - other.score
                    rival = other.line_ids[0]
        return round(margin, 4), rival

    def _competes(self, other, proposal, item_id, amount):
        """Whether another line wants so much of an item that both cannot have it; a repetition does not compete."""
        if set(other.line_ids) & set(proposal.line_ids):
            return False
        repeat = self._suspects.get(other.line_ids[0])
        if repeat and repeat.line_id in proposal.line_ids:
            return False
        return abs(_settled(other)[item_id] + amount) > abs(self._amounts[item_id])

    def _barriers(self, proposal, margin, rival):
        settings, barriers = self._settings, []
        if settings.automatic_at is None:
            barriers.append(reasons.reason(reasons.AUTOMATIC_OFF))
        elif proposal.score < settings.automatic_at:
            values = {"score": proposal.score, "needed": settings.automatic_at}
            barriers.append(reasons.reason(reasons.BELOW_THRESHOLD, **values))
        if margin < settings.margin:
            barriers.append(
                reasons.reason(reasons.MARGIN_SMALL, margin=margin, needed=settings.margin)
                if rival is None
                else reasons.reason(reasons.CONTESTED, line=rival)
            )
        if not strongly_named(proposal):
            barriers.append(reasons.reason(reasons.AMOUNT_ALONE))
        if proposal.kind in (Kind.PARTIAL, Kind.OVERPAID):
            barriers.append(reasons.reason(reasons.NOT_WHOLE))
        for part in differences(proposal):
            if part.use is not Use.UNALLOCATED and part.use not in settings.automatic_differences:
                barriers.append(reasons.reason(reasons.DIFFERENCE, use=part.use.value, amount=part.amount))
        if self._returned.intersection(proposal.line_ids):
            barriers.append(reasons.reason(reasons.RETURNED))
        for line_id in proposal.line_ids:
            if line_id in self._suspects:
                other = self._suspects[line_id].line_id
                barriers.append(reasons.reason(reasons.DUPLICATE_SUSPECTED, line=other))
        return barriers


def strongly_named(proposal):
    """Whether every item of a proposal is named by a strong reference: an amount, or a partner, is never enough.

    The points of several references are shares (``proposing.shared``), so they are brought back to their full weight.
    """
    named = [reason for reason in proposal.reasons if reason.code in _REFERENCES]
    if proposal.kind is Kind.MANY_TO_ONE:
        return sum(reason.points for reason in named) >= points.STRONG
    if any(reason.code == reasons.BATCH for reason in named):
        return True
    full = [reason.points * len(proposal.item_ids) for reason in named]
    return len(full) == len(proposal.item_ids) and min(full, default=0.0) >= points.STRONG - 0.01
