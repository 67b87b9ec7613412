"""Databases with modules installed, kept to be copied: a second one like it takes a second instead of a minute."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from . import cache, database
from .engine import Engine
from .postgres import Postgres
from .progress import steps
from .server import Odoo
from .suite import FOUNDATION, Suite

PREFIX = "odoo_audit_tpl_"
KEPT = 6


@dataclass(frozen=True)
class Template:
    """A database nobody connects to, and the filestore that belongs to it."""

    name: str
    filestore: Path

    @property
    def log(self) -> Path:
        """What Odoo said while the modules were installed."""
        return self.filestore.with_name("install.log")


def suite_template(engine: Engine, postgres: Postgres, suite: Suite, further: tuple[str, ...] = ()) -> Template:
    """The template with the suite (and `further` modules) installed, made on top of the one of its foundation."""
    foundation = _template(engine, postgres, FOUNDATION, (), cache.content_hash([], engine.key, *FOUNDATION), None)
    modules = (*suite.modules, *further)
    if not modules:
        return foundation
    key = cache.content_hash([], engine.key, suite.key, *FOUNDATION, *modules)
    return _template(engine, postgres, modules, (suite.addons_path,), key, foundation)


def copy(template: Template, odoo: Odoo) -> None:
    """Make the database and filestore of `odoo` copies of the template; the database appears last, whole."""
    server = odoo.postgres.server
    cache.remove_tree(odoo.filestore)
    odoo.filestore.parent.mkdir(parents=True, exist_ok=True)
    if template.filestore.is_dir():
        shutil.copytree(template.filestore, odoo.filestore)
    making = f"{odoo.database}_making"
    database.drop(server, making)
    database.create(server, making, template=template.name)
    # Two databases are two: what is bound to the one (secrets, messages, logs) must not pass for the other's.
    server.execute(
        ("UPDATE ir_config_parameter SET value = %s WHERE key = 'database.uuid'", [str(uuid.uuid4())]), database=making
    )
    database.rename(server, making, odoo.database)


def _template(
    engine: Engine, postgres: Postgres, modules: tuple[str, ...], addons: tuple[Path, ...], key: str,
    base: Template | None,
) -> Template:  # fmt: skip
    """The template of this key, made now when the server or the cache has it not."""
    server = postgres.server
    place = cache.root() / "templates" / f"{server.host.strip('/').replace('/', '-')}-{_cluster(postgres)}"
    template = Template(f"{PREFIX}{key}", place / key / "filestore")
    with cache.locked(place / f".{key}.lock"):
        if database.exists(server, template.name) and template.filestore.is_dir() and template.log.exists():
            (place / key).touch()
            return template
        with steps(f"Installing {', '.join(modules)} on Odoo {engine.series}") as log:
            cache.remove_tree(place / key)
            database.drop(server, template.name)
            making = Odoo(engine, postgres, f"{template.name}_making", place / key, addons)
            if base:
                database.drop(server, making.database)
                copy(base, making)
            else:
                database.drop(server, making.database)
                database.create(server, making.database)
            making.init_database(list(modules), log)
            making.filestore.mkdir(parents=True, exist_ok=True)
            making.filestore.rename(template.filestore)
            shutil.copyfile(log.path, template.log)
            database.rename(server, making.database, template.name)
        _prune(postgres, place, keep=template.name)
    return template


def _cluster(postgres: Postgres) -> str:
    return postgres.cluster.folder.name if postgres.cluster else str(postgres.server.port)


def _prune(postgres: Postgres, place: Path, keep: str) -> None:
    """Drop the templates that have not been used for longest."""
    folders = sorted(
        (folder for folder in place.iterdir() if folder.is_dir()), key=lambda f: f.stat().st_mtime, reverse=True
    )
    for folder in folders[KEPT:]:
        if PREFIX + folder.name != keep:
            database.drop(postgres.server, PREFIX + folder.name)
            cache.remove_tree(folder)
