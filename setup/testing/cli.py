"""The command `setup/test`."""

from __future__ import annotations

import time
from collections.abc import Callable

from provision.engine import Engine
from provision.failure import CannotStart, StepFailed

from . import needs, options, parts
from .ground import Ground, prepared
from .pytest_run import Outcome
from .report import Report
from .series import find_engines


def main(arguments: list[str]) -> int:
    """Run what was asked for; returns 0 when all of it passed, 1 when not. Raises `CannotStart`."""
    asked = options.parse(arguments)
    report = Report()
    began = time.monotonic()
    tools = parts.lint_tools() if "lint" in asked.parts else None
    engines = find_engines(asked.series, report) if set(asked.parts) - {"lint"} else []
    report.skips += needs.missing(asked.parts)
    report.durations.append(("engines, libraries and tools", time.monotonic() - began))
    if tools:
        _attempt(report, "lint", parts.lint, tools, asked)
    if "core" in asked.parts:
        _attempt(report, "core: tests of setup/", parts.own_tests, engines[0].python, asked)
        for engine in engines:
            _attempt(report, f"core: libraries of Odoo {engine.series}", parts.core, engine, asked)
    if {"addons", "e2e"} & set(asked.parts):
        for engine in engines:
            _inside_odoo(engine, asked, report)
    if not report.outcomes and not report.failures:
        raise CannotStart("Nothing of what was asked for is a test.")
    report.show()
    return 0 if report.passed() else 1


def _inside_odoo(engine: Engine, asked: options.Options, report: Report) -> None:
    """The parts that need a database, on one series."""
    began = time.monotonic()
    try:
        with prepared(engine) as ground:
            report.durations.append((f"database with the suite on Odoo {engine.series}", time.monotonic() - began))
            report.failures += _installation_complaints(ground)
            for name, part in (("addons", parts.addons), ("e2e", parts.end_to_end)):
                if name in asked.parts:
                    _attempt(report, f"{name} on Odoo {engine.series}", part, ground, asked)
    except StepFailed as failure:
        report.failures.append(f"Odoo {engine.series}: {failure}")


def _installation_complaints(ground: Ground) -> list[str]:
    return [f"installation on Odoo {ground.engine.series}: {complaint}" for complaint in ground.complaints()]


def _attempt(report: Report, name: str, run: Callable[..., Outcome | None], *arguments) -> None:
    """One part may fail to start without keeping the others from running."""
    try:
        outcome = run(*arguments)
    except StepFailed as failure:
        report.failures.append(f"{name}: {failure}")
        return
    if outcome:
        report.add(outcome)
