"""How long it takes to take in a bank statement, and to post its lines.

Staged is a camt.053 of 20,000 entries with one payment each: read, checked, recognised and written, committed at the
end. First a month of which nothing is known, then the same content once more under another message number, so that
every entry has to be recognised. Each round is the month after, with the same account and amounts. The seconds are
those of a machine, so what lxml alone takes for such a file is told as well. Memory is what the process takes at its
peak beyond what it had before; a file four times as long must not take more.

Posted are the same lines by a bare ``create`` of Odoo's own model in a database without our addons, and by ours with
all that belongs to it: the transaction that remembers its line, the event, and the entry in the log.
"""

from __future__ import annotations

import secrets
import statistics

from provision.progress import note, steps

from .frame.comparison import Goal
from .frame.limits import Figures, Limits
from .frame.rates import Rate, compare_rates
from .frame.rounds import in_turns

TITLE = "Stage a bank statement of 20,000 entries, and post its lines"
ENTRIES = 20_000
STAGED = 3000
"""Milliseconds."""
MEMORY = 48
"""MiB that staging may take beyond what the process had, however long the file is."""
FEW = 100
POSTED = 400
"""Lines a round."""


def run(stage):
    audit = {"kek": "bench:" + secrets.token_urlsafe(32)}
    plain = stage.worker(stage.odoo("plain", with_suite=False), "banking.py")
    ours = stage.worker(stage.odoo("ours", with_suite=True, audit=audit), "banking.py")
    with steps("Making companies and journals"):
        for worker in (plain, ours):
            worker.ask("prepare")
    yield from _staging(stage, ours)
    with steps("Posting"):
        rounds = in_turns(
            stage.rounds,
            lambda: Rate(plain.ask("create_bare", count=POSTED)),
            lambda: Rate(ours.ask("post", count=POSTED)),
        )
    yield compare_rates("Post statement lines", "bare create", "ours", rounds, Goal(at_least=1.0), unit="lines/s")


def _staging(stage, ours):
    files = {"new": [], "known": []}
    with steps(f"Staging {ENTRIES:,} entries"):
        for number in range(stage.rounds):
            for case, taken in files.items():
                kept = ours.ask("keep", count=ENTRIES, number=number, again=case == "known")
                taken.append(1000 * ours.ask("stage", file=kept)["seconds"])
    parsed = statistics.median(ours.ask("parse", file=kept) for _round in range(stage.rounds))
    note(f"lxml.iterparse alone takes {1000 * parsed:.0f} ms for the last of these files")
    figures = {"all of it new": files["new"], "all of it known": files["known"]}
    yield Limits(f"Stage {ENTRIES:,} entries", "ms", STAGED, {name: _figures(taken) for name, taken in figures.items()})
    with steps("Staging files of two lengths"):
        # A process of its own, so that no memory is left from what was done before.
        fresh = stage.worker(ours.odoo, "banking.py")
        fresh.ask("prepare")
        # What is loaded by the first file stays and is of no length.
        fresh.ask("stage", file=ours.ask("keep", count=FEW, number=stage.rounds, again=False))
        grown = {}
        for times in (1, 4):
            kept = ours.ask("keep", count=times * ENTRIES, number=stage.rounds + times, again=False)
            grown[f"{times * ENTRIES:,} entries"] = fresh.ask("stage", file=kept)["grown"]
    note(", ".join(f"{name}: {value:.1f} MiB" for name, value in grown.items()))
    yield Limits(
        "Memory at the peak", "MiB", MEMORY, {name: Figures(value, value, value) for name, value in grown.items()}
    )


def _figures(taken: list[float]) -> Figures:
    ascending = sorted(taken)
    return Figures(ascending[len(ascending) // 2], ascending[0], ascending[-1])
