"""The truth about generated lines, how proposals are measured by it, and the company whose lines they are."""

from collections import Counter
from datetime import date
from typing import Any, NamedTuple

from odoo.addons.audit_bank_sync.core.matching.values import Kind, Level

START = date(2026, 1, 1)
DAYS = 180
OUR_ACCOUNTS = ("DE02100000000000000001", "DE13100000000000000002", "DE24100000000000000003")
OUR_NAME = "Nordlicht Handels GmbH"
_INTERNAL = ("transfer", "sweep")


class Label(NamedTuple):
    """What a line really is: what it settles of which items, and for a transfer or a repetition the other line.

    ``also``: further truths that nobody could tell from this one.
    """

    case: str
    settled: tuple = ()
    other: Any = None
    also: tuple = ()


class Measured(NamedTuple):
    """What came out, in lines. ``by_case``: for each case the lines, those suggested rightly first, automatic ones, and
    automatic ones that are wrong."""

    matchable: int
    found: int
    suggested: int
    suggested_right: int
    automatic: int
    automatic_right: int
    by_case: dict

    @property
    def precision(self):
        """Which share of what would happen without a person is right."""
        return self.automatic_right / self.automatic if self.automatic else 1.0

    @property
    def recall(self):
        """For which share of the lines that pay something the truth is proposed first."""
        return self.found / self.matchable if self.matchable else 1.0

    @property
    def suggestion_precision(self):
        """Which share of the first proposals is right."""
        return self.suggested_right / self.suggested if self.suggested else 1.0


def measured(result, labels):
    """Measure the result of a ``match`` by the truth.

    A proposal counts for each of its lines, and only if all is right: the same items, closed by the same amounts.
    """
    counts, by_case = Counter(), {}
    for line_id, label in labels.items():
        case = by_case.setdefault(label.case, Counter())
        case["lines"] += 1
        first = result[line_id][0] if result[line_id] else None
        right = first is not None and is_right(first, line_id, label)
        pays = bool(label.settled) or label.case in _INTERNAL
        counts["matchable"] += pays
        counts["found"] += pays and right
        case["right"] += right or (first is None and not pays)
        if first is not None:
            counts["suggested"] += 1
            counts["suggested_right"] += right
            if first.level is Level.AUTOMATIC:
                counts["automatic"] += 1
                counts["automatic_right"] += right
                case["automatic"] += 1
                case["automatic_wrong"] += not right
    names = ("matchable", "found", "suggested", "suggested_right", "automatic", "automatic_right")
    return Measured(*(counts[name] for name in names), by_case)


def is_right(proposal, line_id, label):
    """Whether a proposal says of one of its lines what is true."""
    if label.case in _INTERNAL:
        others = [other for other in proposal.line_ids if other != line_id]
        wanted = [label.other] if label.other else []
        return proposal.kind in (Kind.OWN_TRANSFER, Kind.SWEEP) and others == wanted
    if proposal.kind in (Kind.OWN_TRANSFER, Kind.SWEEP):
        return False
    parts = (part for part in proposal.allocations if part.line_id == line_id and part.item_id is not None)
    settled = tuple(sorted((part.item_id, part.settles) for part in parts))
    if not label.settled and not settled and proposal.kind is Kind.DUPLICATE:
        return label.case in ("repeated", "paid_twice")
    truths = [label.settled, *label.also] if label.settled else list(label.also)
    return bool(settled) and settled in truths or (proposal.kind is Kind.DUPLICATE and () in label.also)
