"""Verifying a log offline, and proving one entry of it.

Verification: the program that auditors get runs over an export of a million entries of 300 bytes, as a process of its
own and with nothing but Python: reading the archive, hashing, comparing with the tiles, checking the signatures. The
anchor is what nobody can do without, hashing the same entries into one root. Both are measured in processor time; the
goal stands for 3 s on a machine that needs 0.87 s for hashing.

Memory: the peak of the program over a million entries; the anchor is its peak over a hundred thousand.

Proof: entries of that million, each from tiles that are read anew.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

from provision import cache, packages
from provision.failure import StepFailed
from provision.progress import steps
from provision.suite import REPOSITORY

from .frame.comparison import Comparison, Goal, Side
from .frame.limits import Figures, Limits
from .frame.rounds import MILLISECONDS, in_turns, spread

TITLE = "Verify a million entries offline, and prove one of them"
MANY, FEW = 1_000_000, 100_000
LENGTH = 300
"""Bytes of an entry."""
PROOFS = 100
GOAL = Goal(at_most=3 / 0.87)
FLAT = Goal(at_most=1.15)
IMMEDIATE = 50
"""Milliseconds."""
MOST_ROUNDS = 7
"""A round takes some seconds and differs little from the next."""
OUTSIDE = Path(__file__).parent / "outside"
PROGRAM = REPOSITORY / "addons" / "audit_connector_base" / "tools" / "audit_verify.py"
MEBIBYTE = 1024
"""In the unit in which Linux tells the peak of a process."""


class Ended(NamedTuple):
    """What a process took."""

    processor: float
    """Seconds."""
    peak: float
    """MiB."""


def run(stage):
    folder = cache.root() / "bench" / "verifying"
    stage.stack.callback(cache.remove_tree, folder)
    cache.remove_tree(folder)
    folder.mkdir(parents=True)
    many, few = (_made(stage, folder, count) for count in (MANY, FEW))
    with steps(f"Verifying {MANY:,} entries"):
        rounds = in_turns(min(stage.rounds, MOST_ROUNDS), lambda: _hashed(stage, many), lambda: _verified(stage, many))
    yield _processor_time(rounds)
    with steps(f"Verifying {FEW:,} entries"):
        small = [_verified(stage, few) for _round in rounds]
    yield _memory(small, [ours for _anchor, ours in rounds])
    proofs = [MILLISECONDS * seconds for seconds in many["proofs"]]
    figures = Figures(statistics.median(proofs), min(proofs), max(proofs))
    yield Limits(f"Proof of one entry of {MANY:,}", "ms", IMMEDIATE, {"from its tiles": figures})


def _made(stage, folder: Path, count: int) -> dict:
    """An export of so many entries, and what the process that made it says of it."""
    file = folder / f"{count}.zip"
    arguments = ["--entries", count, "--length", LENGTH, "--proofs", PROOFS, file]
    with steps(f"Sealing and exporting {count:,} entries") as log:
        log.run([stage.engine.python, OUTSIDE / "sealed_log.py", *map(str, arguments)], "no export was made")
        said = json.loads(log.text().splitlines()[-1])
    return {**said, "file": file}


def _hashed(stage, made: dict) -> Ended:
    ended, said = _measured([stage.engine.python, "-I", "-S", OUTSIDE / "hashing.py", made["file"]])
    return ended._replace(processor=float(said))


def _verified(stage, made: dict) -> Ended:
    return _measured([stage.engine.python, "-I", "-S", PROGRAM, "--vkey", made["key"], made["file"]])[0]


def _measured(command: list) -> tuple[Ended, str]:
    """What a process took, and what it said."""
    command = [str(part) for part in command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=packages.clean_environment(), text=True)
    with process.stdout:
        said = process.stdout.read()
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise StepFailed(f"{command[-1]} was not verified (exit code {process.returncode}): {said}")
    return Ended(used.ru_utime + used.ru_stime, used.ru_maxrss / MEBIBYTE), said


def _processor_time(rounds: list[tuple[Ended, Ended]]) -> Comparison:
    ratios = [ours.processor / anchor.processor for anchor, ours in rounds]
    anchor, ours = (
        _side(name, [MILLISECONDS * pair[place].processor for pair in rounds])
        for place, name in enumerate(("hashing alone", "audit_verify.py"))
    )
    title = f"Verify {MANY:,} entries of {LENGTH} bytes, processor time"
    return Comparison(title, "ms", anchor, ours, *spread(ratios), GOAL)


def _memory(few: list[Ended], many: list[Ended]) -> Comparison:
    anchor, ours = (
        _side(f"{count:,} entries", [one.peak for one in found]) for count, found in ((FEW, few), (MANY, many))
    )
    ratio = ours.value / anchor.value
    return Comparison("Peak memory of the program", "MiB", anchor, ours, ratio, ratio, ratio, FLAT)


def _side(name: str, values: list[float]) -> Side:
    return Side(name, statistics.median(values), min(values), max(values), rounds=tuple(values))
