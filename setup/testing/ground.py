"""What tests inside Odoo and against Odoo stand on: a PostgreSQL, and databases copied from one template."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provision import cache, counterparties, database, keys, odoo_log, processes, suite, template
from provision.engine import Engine
from provision.postgres import Postgres, running_postgres
from provision.progress import StepLog
from provision.server import Odoo

from .pytest_run import logs

CLUSTER = "test"
SANDBOX = "sandbox"
"""Where in the folder of an Odoo its counterparties keep their state."""
KEK = "test:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
"""Wraps the secrets of test databases, which are no secrets."""


@dataclass(frozen=True)
class Ground:
    """One series, ready to make databases with the suite installed."""

    engine: Engine
    postgres: Postgres
    suite: suite.Suite
    template: template.Template

    def complaints(self) -> list[str]:
        """Warnings and errors of our addons in the log of the installation that the template was made by."""
        return odoo_log.warnings_of_ours(self.template.log)

    @contextmanager
    def fresh_odoo(self, name: str, **settings) -> Iterator[Odoo]:
        """An Odoo, not started, on a copy of the template; the database is dropped again, the folder is kept.

        `settings` are those of `provision.server.Odoo`. Two processes that ask for the same wait for each other.
        """
        home = cache.root() / "test" / self.engine.series
        with cache.locked(home / f".{name}.lock"):
            folder = home / name
            # What a test run that was killed left behind.
            processes.stop_leftover(folder / "odoo.pid")
            counterparties.stop_leftovers(folder / SANDBOX)
            cache.remove_tree(folder)
            unique = f"odoo_audit_{name}_{self.engine.series.replace('.', '_')}"
            paths = (self.suite.addons_path,)
            odoo = Odoo(self.engine, self.postgres, unique, folder, paths, audit=_audit(folder), **settings)
            database.drop(self.postgres.server, odoo.database)
            template.copy(self.template, odoo)
            try:
                yield odoo
            finally:
                database.drop(self.postgres.server, odoo.database)


def _audit(folder: Path) -> dict[str, str]:
    """The `[audit]` section: keys of secrets and of the log."""
    folder.mkdir(parents=True)
    keys.write_signing_key(folder / "log.pem")
    return {"kek": KEK, "signing_key": str(folder / "log.pem")}


@contextmanager
def prepared(engine: Engine) -> Iterator[Ground]:
    """Start PostgreSQL and see to it that the template is there, which the first time takes a minute or two."""
    log = StepLog(Path(logs() / f"postgresql-{engine.series}.log"))
    with running_postgres(engine.python, CLUSTER, log, durable=False, ends_with_us=True) as postgres:
        addons = suite.suite_for(engine)
        yield Ground(engine, postgres, addons, template.suite_template(engine, postgres, addons))
