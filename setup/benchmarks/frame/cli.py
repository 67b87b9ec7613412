"""The command: which benchmarks there are, running them, telling what came out."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import benchmarks
from provision import cache, engine
from provision.failure import CannotStart, StepFailed
from provision.progress import note

from . import machine
from .comparison import Comparison
from .stage import Stage

DEFAULT_ROUNDS = 15


def main(arguments: list[str]) -> int:
    known = _known()
    asked = _parser(known).parse_args(arguments)
    if asked.list:
        _tell_known(known)
        return 0
    engine.check_series(asked.series)
    _check(asked, known)
    if not asked.names:
        _tell_known(known)
    outcomes: dict[str, list[Comparison] | str] = {}
    with ExitStack() as stack:
        if not stack.enter_context(cache.locked(cache.root() / "bench" / ".lock", wait=False)):
            raise CannotStart("A benchmark runs already: both would measure each other. Wait until it has ended.")
        stage = Stage(stack, asked.rounds, asked.series, asked.database_url)
        for name in asked.names or known:
            outcomes[name] = _run(known[name], stage)
        facts = machine.facts(stage)
    _tell(outcomes, known, facts)
    if asked.json:
        _write(asked.json, outcomes, facts)
    return _exit_code(outcomes, strict=asked.strict)


def _parser(known: dict[str, ModuleType]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Runs our code beside what it stands against, in one run, and tells both and the ratio.",
        epilog="A goal that is missed is told as missed; the exit code is 0 unless a benchmark broke.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run (all): {', '.join(known)}")
    parser.add_argument("--list", action="store_true", help="tell which benchmarks there are and end")
    parser.add_argument("--series", help=f"Odoo series: {' or '.join(engine.SERIES)}; the first that can be had")
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help=f"rounds of each side ({DEFAULT_ROUNDS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there as well")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a goal was missed")
    parser.add_argument("--database-url", help="PostgreSQL to use: postgresql://user:password@host:port/database")
    return parser


def _known() -> dict[str, ModuleType]:
    """The modules of `benchmarks/`, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.ispkg)
    return {name: importlib.import_module(f"benchmarks.{name}") for name in names}


def _check(asked: argparse.Namespace, known: dict[str, ModuleType]) -> None:
    for name in asked.names:
        if name not in known:
            raise CannotStart(f"There is no benchmark {name}: choose among {', '.join(known)}.")
    if asked.rounds < 1:
        raise CannotStart("--rounds takes a number from 1 on.")
    if asked.json and not asked.json.absolute().parent.is_dir():
        raise CannotStart(f"The folder of {asked.json} does not exist.")


def _tell_known(known: dict[str, ModuleType]) -> None:
    for name, module in known.items():
        print(f"{name:<12} {module.TITLE}")


def _run(module: ModuleType, stage: Stage) -> list[Comparison] | str:
    """What the benchmark found, or why it broke; the others still run."""
    began = time.monotonic()
    try:
        found = list(module.run(stage))
    except StepFailed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return failure.what
    except CannotStart:
        raise
    except Exception as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"
    note(f"{module.TITLE}: measured in {time.monotonic() - began:.0f} s")
    return found


def _tell(outcomes: dict, known: dict[str, ModuleType], facts: dict) -> None:
    print("\nThis machine")
    for name, value in facts.items():
        print(f"  {name:<11} {value:.2f}" if isinstance(value, float) else f"  {name:<11} {value}")
    for name, outcome in outcomes.items():
        print(f"\n{name}: {known[name].TITLE}")
        if isinstance(outcome, str):
            print(f"  BROKEN: {outcome}")
            continue
        for comparison in outcome:
            print("\n".join(comparison.lines()))


def _write(file: Path, outcomes: dict, facts: dict) -> None:
    told = {
        name: {"broken": outcome} if isinstance(outcome, str) else {"comparisons": [one.as_json() for one in outcome]}
        for name, outcome in outcomes.items()
    }
    file.write_text(json.dumps({"machine": facts, "benchmarks": told}, indent=2, ensure_ascii=False) + "\n")


def _exit_code(outcomes: dict, *, strict: bool) -> int:
    if any(isinstance(outcome, str) for outcome in outcomes.values()):
        return 1
    missed = any(one.met is False for outcome in outcomes.values() for one in outcome)
    return 1 if strict and missed else 0
