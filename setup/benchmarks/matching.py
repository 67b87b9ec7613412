"""Matching bank lines with open items: how long, how it grows, and how right it is.

Generated lines and items of a company (``core/tests/matching_generator.py``: noise in references, partials, batches,
fees, discounts, repetitions, other currencies, lines without an item) are matched by the engine, in a process of its
own and on one core: what it takes of the processor is told, which is what it takes where nothing else runs. The seconds
of 100,000 lines with 100,000 items have a limit.

Then the same lines and items stand in a database (``inside/matching.py``), and one process of Odoo does what a search
does: reads what is open, matches it, and stores the proposals. That is told by the clock, with its parts; the limit is
the same. It keeps one core busy and, while it waits, the database another.

Growth: the time for a line among 100,000 beside that among 1,000 and 10,000; work that grew with the product of lines
and items would take a hundred and ten times as long.

Precision and recall are counted over the largest run, outside and inside Odoo, by the labels that the generator keeps:
of what would be carried out without a person, how much is wrong; of the lines that pay something, for how many the
truth is not proposed first.
"""

from __future__ import annotations

import json
import secrets
import statistics
from pathlib import Path

from provision.progress import steps

from .frame.comparison import Comparison, Goal, Side
from .frame.limits import Figures, Limits

TITLE = "Match 100,000 bank lines with 100,000 open items"
SIZES = (1_000, 10_000, 100_000)
SEED = 4711
SECONDS = 60
OUTSIDE = Path(__file__).parent / "outside"
WRONG, MISSED = 1.0, 10.0
"""Per cent: precision of at least 0.99 at the automatic threshold, recall of at least 0.90 at that of suggesting."""
NEAR_LINEAR = Goal(at_most=2.0)
MICROSECONDS = 1_000_000
ROUNDS = {1_000: 5, 10_000: 3, 100_000: 1}


def run(stage):
    found = {}
    for size in SIZES:
        with steps(f"Matching {size:,} lines with {size:,} items"):
            found[size] = [_matched(stage, size) for _round in range(min(stage.rounds, ROUNDS[size]))]
    largest = SIZES[-1]
    title = f"{largest:,} lines with {largest:,} items, processor time"
    yield Limits(title, "s", SECONDS, {f"{found[largest][0]['peak']:.0f} MiB at the peak": _figures(found[largest])})
    for size in SIZES[1:]:
        yield _growth(found[SIZES[0]], found[size], size)
    yield from _how_right(found[largest][0], "")
    searched = _searched(stage, largest)
    parts = ", ".join("%s %.1f" % (name, searched[name]) for name in ("reading", "matching", "storing"))
    title = f"{largest:,} lines with {largest:,} items in Odoo, {searched['stored']:,} proposals stored, by the clock"
    yield Limits(title, "s", SECONDS, {f"{parts}; {searched['peak']:.0f} MiB": _one(searched["seconds"])})
    yield from _how_right(searched, ", in Odoo")


def _how_right(measured: dict, where: str):
    wrong, missed = 100 * (1 - measured["precision"]), 100 * (1 - measured["recall"])
    precision, recall = f"precision {measured['precision']:.4f}", f"recall {measured['recall']:.4f}"
    yield Limits(f"Wrong among what is automatic{where}", "%", WRONG, {precision: _one(wrong)})
    yield Limits(f"Not proposed first{where}", "%", MISSED, {recall: _one(missed)})


def _searched(stage, size: int) -> dict:
    audit = {"kek": "bench:" + secrets.token_urlsafe(32)}
    worker = stage.worker(stage.odoo("matching", with_suite=True, audit=audit), "matching.py")
    with steps(f"Writing {size:,} lines and items into the database"):
        worker.ask("prepare", size=size, seed=SEED)
    with steps("Searching them"):
        return worker.ask("search")


def _matched(stage, size: int) -> dict:
    command = [stage.engine.python, OUTSIDE / "matching.py", "--size", str(size), "--seed", str(SEED)]
    with steps(f"Generating and matching {size:,}") as log:
        log.run(command, "nothing was matched")
        return json.loads(log.text().splitlines()[-1])


def _figures(rounds: list[dict]) -> Figures:
    seconds = [one["processor"] for one in rounds]
    return Figures(statistics.median(seconds), min(seconds), max(seconds))


def _one(value: float) -> Figures:
    return Figures(value, value, value)


def _growth(few: list[dict], many: list[dict], size: int) -> Comparison:
    sides = []
    for name, rounds in ((f"among {SIZES[0]:,}", few), (f"among {size:,}", many)):
        times = [MICROSECONDS * one["processor"] / one["lines"] for one in rounds]
        sides.append(Side(name, statistics.median(times), min(times), max(times), rounds=tuple(times)))
    anchor, ours = sides
    ratio = ours.value / anchor.value
    return Comparison(f"Time for a line among {size:,}", "µs", anchor, ours, ratio, ratio, ratio, NEAR_LINEAR)
