"""Which Odoo series the suite runs on here, and why not on the others."""

from __future__ import annotations

from provision import requirements
from provision.engine import SERIES, Engine, available_engines, equip
from provision.failure import CannotStart
from provision.source_engine import Source

from .report import Report


def find_engines(wanted: tuple[str, ...], report: Report) -> list[Engine]:
    """The engines of the `wanted` series, or of all that can be had, with the test libraries installed.

    Raises `CannotStart` when there is none, or when one that was asked for by name is missing.
    """
    sources, reasons = available_engines(wanted or SERIES)
    engines = []
    for source in sources:
        try:
            engines.append(_equipped(source))
        except CannotStart as reason:
            reasons[source.series] = f"its libraries cannot be installed: {reason}"
    missing = [series for series in wanted if series in reasons]
    if missing or not engines:
        raise CannotStart("; ".join(f"Odoo {series} cannot be had: {why}" for series, why in reasons.items()))
    report.engines.update({found.series: found.origin for found in engines})
    report.unavailable.update(reasons)
    return engines


def engine_of(series: str) -> Engine:
    """The engine of one series with the test libraries, for tests that start an Odoo themselves."""
    return find_engines((series,), Report())[0]


def _equipped(source: Source) -> Engine:
    return equip(source, extras=requirements.TEST)
