"""What the person asked for on the command line of `setup/test`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from provision import engine
from provision.failure import CannotStart
from provision.suite import REPOSITORY

PARTS = ("lint", "core", "addons", "e2e")
"""What is quick comes first; addons run beside the others."""

_HELP = """\
parts:
  lint     ruff, pylint-odoo, XML, the port to 19.0 (setup/lint)
  core     the core of each addon, without Odoo, and the tests of setup/
  addons   the addons' own tests inside Odoo, tours in Chromium among them
  e2e      tests/ against a served Odoo with several processes

one test:
  setup/test --series 17.0 -- addons/audit_connector_base/tests/test_log.py -k append
"""

# Those of pytest's options whose value is an argument of its own, which is then no path.
_WITH_VALUE = {"-k", "-m", "-p", "-o", "-c", "-W", "-r", "-n"}


@dataclass(frozen=True)
class Options:
    """The request, understood."""

    series: tuple[str, ...]
    """Those that must run; empty for all that can be had."""
    parts: tuple[str, ...]
    pytest: tuple[str, ...]
    """Arguments handed to every pytest run, without the paths."""
    paths: tuple[str, ...]
    """Files, folders or node ids that were named; empty for everything."""
    together: bool = False
    """Several runs are under way at a time, so each shows its output in one piece when it has ended."""


def parse(arguments: list[str]) -> Options:
    """Understand the command line; raises `CannotStart` for a series the suite does not run on."""
    ours, further = _split(arguments)
    asked = _parser().parse_args(ours)
    series = _unique(name.strip() for text in asked.series for name in text.split(",") if name.strip())
    for name in series:
        engine.check_series(name)
    paths = _paths(further)
    return Options(
        series=series,
        parts=tuple(part for part in PARTS if not asked.only or part in asked.only),
        pytest=tuple(argument for number, argument in enumerate(further) if number not in paths),
        paths=tuple(paths.values()),
    )


def chosen_targets(paths: Iterable[str], targets: Iterable[Path], moved: tuple[Path, Path] | None = None) -> list[str]:
    """Which of the `targets` of a run, or what inside of them, the named `paths` (node ids) mean; all without any.

    `moved` is a folder of the repository and where a run has its copy.
    """
    targets = list(targets)
    if not paths:
        return [str(target) for target in targets]
    chosen = []
    for path in paths:
        name, colons, inside = path.partition("::")
        place = _moved(_located(name), moved)
        if any(place == target or target in place.parents for target in targets):
            chosen.append(f"{place}{colons}{inside}")
        elif not colons:
            chosen += [str(target) for target in targets if place in target.parents]
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="test",
        usage="setup/test [--series 17.0|19.0] [--only PART] [-- arguments of pytest]",
        description="Runs the whole test suite on every Odoo series that can be had here.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--series", action="append", default=[], metavar="SERIES", help="run on this series (repeat, or 17.0,19.0)"
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="run this part (repeat for several)")
    return parser


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _paths(arguments: list[str]) -> dict[int, str]:
    """The arguments that name something to run, by their position."""
    found = {}
    for number, argument in enumerate(arguments):
        if argument.startswith("-") or (number and arguments[number - 1] in _WITH_VALUE):
            continue
        if not _located(argument.partition("::")[0]).exists():
            raise CannotStart(f"There is no {argument} to test.")
        found[number] = argument
    return found


def _located(name: str) -> Path:
    """A path as seen from where the person stands, or from the top of the repository."""
    here = Path(name).resolve()
    return here if here.exists() else REPOSITORY / name


def _moved(place: Path, moved: tuple[Path, Path] | None) -> Path:
    if moved and (place == moved[0] or moved[0] in place.parents):
        return moved[1] / place.relative_to(moved[0])
    return place


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
