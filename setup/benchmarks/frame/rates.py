"""Figures of comparisons of rates, where more is better."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from .comparison import Comparison, Goal, Side
from .rounds import MILLISECONDS, spread


class Rate(NamedTuple):
    """How fast one round went."""

    per_second: float
    processor: float = 0.0
    """Seconds of processor time of the server that worked, for each piece of work."""


def compare_rates(
    title: str, anchor: str, ours: str, rounds: Sequence[tuple[Rate, Rate]], goal: Goal | None = None,
    unit: str = "messages/s",
) -> Comparison:  # fmt: skip
    """Make the figures of a comparison of rates; the ratio is the median of the rounds' own ratios."""
    ratios = [right.per_second / left.per_second for left, right in rounds]
    left = _side(anchor, [pair[0] for pair in rounds])
    right = _side(ours, [pair[1] for pair in rounds])
    return Comparison(
        title, unit, left, right, *spread(ratios), goal,
        {name: right.further[name] / value for name, value in left.further.items() if value},
    )  # fmt: skip


def _side(name: str, rates: list[Rate]) -> Side:
    values = [rate.per_second for rate in rates]
    processor = MILLISECONDS * statistics.median(rate.processor for rate in rates)
    further = {"ms CPU each": processor} if processor else {}
    return Side(name, statistics.median(values), min(values), max(values), further, tuple(values))
