"""Measuring in turns, so that whatever else the machine does falls on both sides alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from .comparison import Comparison, Goal, Side

MILLISECONDS = 1000.0


class Sample(NamedTuple):
    """One piece of work, in seconds."""

    wall: float
    processor: float
    """Of the process that did it."""
    server: float = 0.0
    """Of the database server on its behalf, where that can be told."""


Round = list[Sample]
Found = TypeVar("Found")


def in_turns(rounds: int, anchor: Callable[[], Found], ours: Callable[[], Found]) -> list[tuple[Found, Found]]:
    """Run both sides once to warm up, then `rounds` times in turns; every other round ours goes first."""
    anchor(), ours()
    measured = []
    for number in range(rounds):
        if number % 2:
            second = ours()
            measured.append((anchor(), second))
        else:
            measured.append((anchor(), ours()))
    return measured


def compare(
    title: str, anchor: str, ours: str, rounds: Sequence[tuple[Round, Round]], goal: Goal | None = None
) -> Comparison:
    """Make the figures of a comparison of times, in milliseconds.

    The ratio is the median of the rounds' own ratios: each is made of two medians taken within the same seconds.
    """
    ratios = [_median_wall(right) / _median_wall(left) for left, right in rounds]
    left = _side(anchor, [pair[0] for pair in rounds])
    right = _side(ours, [pair[1] for pair in rounds])
    return Comparison(
        title, "ms", left, right, *spread(ratios), goal,
        {name: right.further[name] / value if value else float("nan") for name, value in left.further.items()},
    )  # fmt: skip


def spread(ratios: Sequence[float]) -> tuple[float, float, float]:
    """The median, the lower and the upper quartile."""
    low, _middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [*ratios] * 3
    return statistics.median(ratios), low, high


def _side(name: str, rounds: list[Round]) -> Side:
    samples = [sample for round_ in rounds for sample in round_]
    medians = [MILLISECONDS * _median_wall(round_) for round_ in rounds]
    processor = MILLISECONDS * statistics.median(sample.processor for sample in samples)
    server = MILLISECONDS * statistics.fmean(sample.server for sample in samples)
    further = {
        "95th pct.": MILLISECONDS * _percentile([sample.wall for sample in samples], 95),
        "process CPU": processor,
        "database CPU": server,
        "CPU together": processor + server,
    }
    return Side(name, statistics.median(medians), min(medians), max(medians), further, tuple(medians))


def _median_wall(round_: Round) -> float:
    return statistics.median(sample.wall for sample in round_)


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]
