"""An Odoo to run the suite on: where to look for one, in which order, and what to say when there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cache, debian_engine, packages, requirements, source_engine
from .failure import CannotStart
from .progress import StepLog, steps
from .source_engine import NotHere, Source

SERIES = ("17.0", "19.0")
"""The series the suite runs on, the preferred one first."""

_SERVER_WIDE = {"17.0": ("base", "web", "queue_job"), "19.0": ("base", "rpc", "web", "queue_job")}


@dataclass(frozen=True)
class Engine:
    """An Odoo ready to start: its sources, and a Python with its libraries."""

    series: str
    """`17.0` or `19.0`."""
    python: Path
    """The interpreter of its virtual environment."""
    script: Path
    """The file that starts Odoo; prefork workers start through it again, so `-m odoo` will not do."""
    python_path: Path
    """The folder from which `import odoo` works."""
    addons_paths: tuple[Path, ...]
    """Odoo's own addons and queue_job's."""
    server_wide_modules: tuple[str, ...]
    origin: str
    """Where it comes from, in words for people."""
    key: str
    """Changes whenever the sources, queue_job or the libraries do: for caches built with this engine."""

    def environment(self, **further: str) -> dict[str, str]:
        """The process environment to run `python` with; what it and Odoo put down by themselves goes to our cache."""
        return packages.clean_environment(
            PYTHONPATH=str(self.python_path),
            PYTHONPYCACHEPREFIX=str(cache.root() / "pycache"),
            XDG_DATA_HOME=str(cache.root() / "data"),
            TZ="UTC",
            **further,
        )


def find_engine(series: str | None = None, *, extras: tuple[str, ...] = ()) -> Engine:
    """Return an engine of `series`, or of the first series that can be had, with its libraries installed.

    `extras` are further requirements for its environment (`requirements.TEST`).
    Raises `CannotStart` with everything that was tried when there is none.
    """
    check_series(series)
    tried: list[str] = []
    for wanted in [series] if series else SERIES:
        source = _locate(wanted, tried, in_a_hurry=series is None)
        if source:
            return equip(source, extras)
    what = f"Odoo {series}" if series else "Odoo"
    raise CannotStart(
        f"No {what} engine could be had. Tried:\n"
        + "\n".join(f"  - {attempt}" for attempt in tried)
        + "\nSet ODOO_HOME to an Odoo source tree, put one into "
        + f"{cache.root() / ('odoo-' + (series or SERIES[0])) / 'src'}, or set ODOO_ARCHIVE_URL to a source archive."
    )


def available_engines(wanted: tuple[str, ...] = SERIES) -> tuple[list[Source], dict[str, str]]:
    """The sources of every series that can be had here (`equip` makes engines of them), and why the others cannot."""
    found, reasons = [], {}
    for series in wanted:
        check_series(series)
        tried: list[str] = []
        source = _locate(series, tried, in_a_hurry=False)
        if source:
            found.append(source)
        else:
            reasons[series] = "; ".join(tried)
    return found, reasons


def check_series(series: str | None) -> None:
    """Raise `CannotStart` for a series the suite does not run on."""
    if series and series not in SERIES:
        raise CannotStart(f"Odoo {series} is not a series this suite runs on: choose {' or '.join(SERIES)}.")


def equip(source: Source, extras: tuple[str, ...] = ()) -> Engine:
    """Give a source tree its virtual environment and queue_job."""
    listed = [*requirements.for_engine(source.series, source.root), *extras]
    listed += [line for line in requirements.QUEUE_JOB[source.series] if not line.startswith("odoo-addon-")]
    name = f"odoo-{source.series}" + ("-test" if extras else "")
    if packages.is_ready(name, listed) and _queue_job_folder(source.series).exists():
        return _engine(source, packages.environment(name, listed, log=StepLog(Path(os.devnull))), listed)
    with steps(f"Installing the Odoo {source.series} dependencies") as log:
        python = packages.environment(name, listed, log)
        cache.build_once(
            cache.root() / "queue_job",
            _queue_job_folder(source.series).name,
            lambda folder: packages.pip_install(python, _queue_job(source.series), log, target=folder),
        )
    return _engine(source, python, listed)


def _engine(source: Source, python: Path, listed: list[str]) -> Engine:
    queue_job = _queue_job_folder(source.series) / "odoo" / "addons"
    manifest = queue_job / "queue_job" / "__manifest__.py"
    return Engine(
        series=source.series,
        python=python,
        script=source.script,
        python_path=source.python_path,
        addons_paths=(*source.addons_paths, queue_job),
        server_wide_modules=_SERVER_WIDE[source.series],
        origin=source.origin,
        key=cache.content_hash([manifest], source.key, *listed),
    )


def _queue_job(series: str) -> list[str]:
    return [line for line in requirements.QUEUE_JOB[series] if line.startswith("odoo-addon-")]


def _queue_job_folder(series: str) -> Path:
    """A folder of its own: inside an environment, its `odoo/` directory would hide the engine's `odoo` package."""
    return cache.root() / "queue_job" / f"{series}-{cache.content_hash([], *_queue_job(series))}"


def _locate(series: str, tried: list[str], *, in_a_hurry: bool) -> Source | None:
    """The first source of `series`; what failed on the way is appended to `tried`.

    In a hurry (any series will do) a download that failed within the last day is not waited for again.
    """
    places: list[Callable[[], Source]] = [
        lambda: source_engine.from_home(series),
        lambda: source_engine.from_cache(series),
    ]
    if series in source_engine.ARCHIVES or os.environ.get("ODOO_ARCHIVE_URL"):
        places.append(lambda: source_engine.from_archive(series, again=not in_a_hurry))
    if series in debian_engine.PACKAGES:
        places.append(lambda: debian_engine.from_mirror(series))
    for place in places:
        try:
            return place()
        except NotHere as reason:
            tried.append(f"{series}: {reason}")
    return None
