"""The command `setup/port`."""

import argparse
import difflib
import os
import sys
import textwrap
from pathlib import Path

from .rule import PortError
from .tree import RULES, SERIES, ported_files, ported_tree

ADDONS = Path(__file__).resolve().parents[2] / "addons"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0, or 2 when a source cannot be ported."""
    options = _parser().parse_args(arguments)
    try:
        if options.list:
            _list()
        elif options.diff:
            _diff(options.addons, options.series)
        else:
            print(ported_tree(options.series, options.addons, options.to or _cache() / "ported" / options.series))
    except PortError as error:
        print(f"port: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader, `head` or a pager, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"port: cannot write the ported tree: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="setup/port",
        description="Rewrites a copy of the addons, written for Odoo 17.0, for another series and prints its path.",
    )
    parser.add_argument("--series", default="19.0", choices=SERIES, help="the series to write for (default: 19.0)")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where ported trees are kept (default: the cache)")
    parser.add_argument("--addons", type=Path, default=ADDONS, metavar="DIR", help=argparse.SUPPRESS)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true", help="show the rules and their reasons")
    action.add_argument("--diff", action="store_true", help="show what the port changes, write nothing")
    return parser


def _list() -> None:
    for rule in RULES:
        print(f"{rule.name} ({rule.suffix})")
        print(textwrap.fill(rule.reason, 100, initial_indent="    ", subsequent_indent="    "))


def _diff(addons: Path, series: str) -> None:
    if series == "17.0":
        return
    for path, before, after in ported_files(addons):
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"17.0/{path}",
            f"{series}/{path}",
        )
        for line in lines:
            sys.stdout.write(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "odoo-audit"
