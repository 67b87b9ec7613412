"""The command `setup/test`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from provision.engine import Engine
from provision.failure import CannotStart, StepFailed

from . import lanes, needs, options, parts
from .ground import Ground, prepared
from .pytest_run import Outcome
from .report import Report
from .series import find_engines


def main(arguments: list[str]) -> int:
    """Run what was asked for; returns 0 when all of it passed, 1 when not. Raises `CannotStart`.

    What runs inside Odoo has a lane of its own beside everything else; never do two runs of one part go side by side,
    so that they cannot get in each other's way.
    """
    asked = options.parse(arguments)
    report = Report()
    began = time.monotonic()
    tools = parts.lint_tools() if "lint" in asked.parts else None
    engines = find_engines(asked.series, report) if set(asked.parts) - {"lint"} else []
    report.skips += needs.missing(asked.parts)
    report.durations.append(("engines, libraries and tools", time.monotonic() - began))
    with ExitStack() as opened:
        grounds = _grounds(engines, asked, report, opened)
        inside = _inside_odoo(grounds, asked)
        outside = _outside_odoo(tools, engines, grounds, asked)
        if inside and outside:
            asked = replace(asked, together=True)
        lanes.run([[partial(_attempt, report, asked, *run) for run in lane] for lane in (outside, inside)])
    if not report.outcomes and not report.failures:
        raise CannotStart("Nothing of what was asked for is a test.")
    report.show()
    return 0 if report.passed() else 1


def _grounds(engines: list[Engine], asked: options.Options, report: Report, opened: ExitStack) -> list[Ground]:
    """What the parts that need a database stand on, one a series; a series without is a failure of its own."""
    grounds = []
    for engine in engines if {"addons", "e2e"} & set(asked.parts) else ():
        began = time.monotonic()
        try:
            ground = opened.enter_context(prepared(engine))
        except StepFailed as failure:
            report.failures.append(f"Odoo {engine.series}: {failure}")
            continue
        report.durations.append((f"database with the suite on Odoo {engine.series}", time.monotonic() - began))
        report.failures += [f"installation on Odoo {engine.series}: {complaint}" for complaint in ground.complaints()]
        grounds.append(ground)
    return grounds


Run = tuple[str, Callable[..., "Outcome | None"], object]
"""Its name, the part, and what the part runs on."""


def _outside_odoo(tools, engines: list[Engine], grounds: list[Ground], asked: options.Options) -> list[Run]:
    """The checks of the sources, what needs no Odoo, and what looks at a served one."""
    runs: list[Run] = [("lint", parts.lint, tools)] if tools else []
    if "core" in asked.parts:
        runs.append(("core: tests of setup/", parts.own_tests, engines[0].python))
        runs += [(f"core: libraries of Odoo {engine.series}", parts.core, engine) for engine in engines]
    if "e2e" in asked.parts:
        runs += [(f"e2e on Odoo {ground.engine.series}", parts.end_to_end, ground) for ground in grounds]
    return runs


def _inside_odoo(grounds: list[Ground], asked: options.Options) -> list[Run]:
    if "addons" not in asked.parts:
        return []
    return [(f"addons on Odoo {ground.engine.series}", parts.addons, ground) for ground in grounds]


def _attempt(report: Report, asked: options.Options, name: str, run: Callable[..., Outcome | None], on: object) -> None:
    """One part may fail to start without keeping the others from running."""
    try:
        outcome = run(on, asked)
    except StepFailed as failure:
        report.failures.append(f"{name}: {failure}")
        return
    if outcome:
        report.add(outcome)
