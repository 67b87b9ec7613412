"""The addons of this repository, as they are to be loaded by an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import cache
from .engine import Engine
from .failure import StepFailed
from .progress import steps

REPOSITORY = Path(__file__).resolve().parents[2]
ADDONS = ("audit_connector_base", "audit_evidence", "audit_bank_sync", "audit_grc_bridge")
FOUNDATION = ("account", "portal", "queue_job")
"""What the base addon depends on; installed first, because it takes long and changes only with the engine."""

_NOT_INSTALLED = {"__pycache__", "readme", "tests"}


@dataclass(frozen=True)
class Suite:
    """A folder of addons written for (or rewritten to) one series."""

    addons_path: Path
    modules: tuple[str, ...]
    """The installable ones among `ADDONS`."""
    key: str
    """Changes with any file of the addons that an installation reads."""


def suite_for(engine: Engine, addons: Path = REPOSITORY / "addons") -> Suite:
    """The suite for an engine: the sources themselves on 17.0, a ported copy in the cache on other series."""
    path = addons
    if engine.series != "17.0" and addons.is_dir():
        path = _ported(engine.series, addons)
    modules = tuple(name for name in ADDONS if (path / name / "__manifest__.py").exists())
    return Suite(path, modules, _key(path))


def _key(addons: Path) -> str:
    """Tests and readme files are left out: a database need not be made anew for them."""
    files = [(file, file.relative_to(addons)) for file in sorted(addons.rglob("*")) if file.is_file()]
    read = [(file, name) for file, name in files if not _NOT_INSTALLED.intersection(name.parts)]
    return cache.content_hash([], *(f"{name} {cache.content_hash([file])}" for file, name in read))


def _ported(series: str, addons: Path) -> Path:
    try:
        from porting import PortError, ported_tree
    except ImportError as error:
        raise StepFailed(f"the addons cannot be ported to {series}: setup/porting is missing ({error})") from error
    with steps(f"Porting the addons to {series}"):
        try:
            return ported_tree(series, addons, cache.root() / "ported" / series)
        except PortError as error:
            raise StepFailed(str(error)) from error
