"""What a benchmark may use: an engine, a database server, databases, and processes inside Odoo."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from provision import cache, database, engine, postgres, suite, template
from provision.progress import steps
from provision.server import Odoo

from .worker import Worker

INSIDE = Path(__file__).parents[1] / "inside"
ADDONS = Path(__file__).parents[1] / "addons"
NO_JOB_RUNNER = "root:0"


@dataclass
class Stage:
    """Everything is made when it is first asked for and stopped when `stack` unwinds."""

    stack: ExitStack
    rounds: int
    series: str | None = None
    database_url: str | None = None
    odoos: list[Odoo] = field(default_factory=list)

    @cached_property
    def engine(self) -> engine.Engine:
        return engine.find_engine(self.series)

    @cached_property
    def postgres(self) -> postgres.Postgres:
        """A server with the settings of production: what is committed is on the disk."""
        with steps("Starting PostgreSQL") as log:
            return self.stack.enter_context(
                postgres.running_postgres(
                    self.engine.python, f"bench-{self.engine.series}", log,
                    database_url=self.database_url, durable=True, ends_with_us=True,
                )
            )  # fmt: skip

    @cached_property
    def suite(self) -> suite.Suite:
        return suite.suite_for(self.engine)

    def odoo(
        self, name: str, *, with_suite: bool, audit: dict[str, str] | None = None, further: tuple[str, ...] = (),
        channels: str = NO_JOB_RUNNER,
    ) -> Odoo:  # fmt: skip
        """A fresh database, with our addons or only with what they build upon; without cron, and without job runner
        unless `channels` says what it may run.

        `further` names addons of the benchmarks' own to be installed. The database goes away with the stage.
        """
        addons = self.suite if with_suite else replace(self.suite, modules=())
        source = template.suite_template(self.engine, self.postgres, addons)
        made = Odoo(
            self.engine,
            self.postgres,
            f"odoo_audit_bench_{name}_{self.engine.series.replace('.', '_')}",
            cache.root() / "bench" / f"{self.engine.series}-{name}",
            (*((addons.addons_path,) if with_suite else ()), *((ADDONS,) if further else ())),
            channels=channels,
            audit=audit or {},
            options={"max_cron_threads": 0},
        )
        with steps(f"Making the database {made.database}") as log:
            self.stack.callback(_forget, made)
            database.drop(self.postgres.server, made.database)
            template.copy(source, made)
            if further:
                made.init_database([*further], log)
        self.odoos.append(made)
        return made

    def worker(self, odoo: Odoo, script: str) -> Worker:
        """A process inside `odoo` that runs `inside/<script>` and answers its questions."""
        return self.stack.enter_context(Worker(odoo, INSIDE / script))


def _forget(odoo: Odoo) -> None:
    database.drop(odoo.postgres.server, odoo.database)
    cache.remove_tree(odoo.data_dir)
