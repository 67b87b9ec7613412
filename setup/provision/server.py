"""An Odoo server: its database filled, scripts run in it, started and stopped."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from . import configuration, odoo_log, ports, processes
from .engine import Engine
from .failure import CannotStart, StepFailed
from .postgres import Postgres
from .progress import StepLog

_RUN_SCRIPT = Path(__file__).with_name("script_runner.py")
_NO_KILLING = {"limit_time_cpu": 0, "limit_time_real": 0, "limit_time_real_cron": 0}


@dataclass
class Odoo:
    """One database served from one folder, which holds its odoo.conf, filestore, logs and process numbers."""

    engine: Engine
    postgres: Postgres
    database: str
    folder: Path
    addons_paths: tuple[Path, ...]
    http_port: int = 0
    gevent_port: int = 0
    channels: str = configuration.QUEUE_CHANNELS
    audit: dict[str, str] = field(default_factory=dict)
    """The `[audit]` section of odoo.conf."""
    options: dict[str, object] = field(default_factory=dict)
    """Further lines of its `[options]`."""
    environment: dict[str, str] = field(default_factory=dict)
    """Further environment variables of every process."""

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.http_port = self.http_port or ports.free_port()
        self.gevent_port = self.gevent_port or ports.free_port()

    @property
    def url(self) -> str:
        return f"http://{ports.HOST}:{self.http_port}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def filestore(self) -> Path:
        return self.data_dir / "filestore" / self.database

    def write_configuration(self, **options: object) -> Path:
        """Write odoo.conf as things stand now, `options` on top."""
        return configuration.write(
            self.folder / "odoo.conf",
            self.engine,
            self.postgres,
            database=self.database,
            data_dir=self.data_dir,
            addons_paths=self.addons_paths,
            http_port=self.http_port,
            gevent_port=self.gevent_port,
            channels=self.channels,
            audit=self.audit,
            options={**self.options, **options},
        )

    def init_database(self, modules: list[str], log: StepLog, *, update: list[str] | None = None) -> None:
        """Install `modules` into the database, which must exist, and update the ones in `update`; no demo data."""
        arguments = ["--stop-after-init", "--no-http"]
        arguments += ["-i", ",".join(modules)] if modules else []
        arguments += ["-u", ",".join(update)] if update else []
        self._run_to_the_end(arguments, log, f"Odoo could not install {', '.join([*modules, *(update or [])])}")

    def run_script(self, script: Path, log: StepLog, *arguments: str) -> object:
        """Run a Python file with `env` (the superuser's) and `arguments`; commits, and returns its `result` variable.

        `result` travels as JSON; None when the file sets none.
        """
        answer = self.folder / ".script-result.json"
        answer.unlink(missing_ok=True)
        self._run_to_the_end(
            ["--no-http", "--max-cron-threads=0"],
            log,
            f"{Path(script).name} failed",
            subcommand="shell",
            stdin=_RUN_SCRIPT,
            environment={"AUDIT_SCRIPT": json.dumps([str(script), str(answer), *arguments])},
        )
        try:
            return json.loads(answer.read_text())
        finally:
            answer.unlink(missing_ok=True)

    def start(self, workers: int = 0, *, log: Path | None = None, patience: float = 120) -> RunningOdoo:
        """Start serving and return once Odoo answers.

        Without workers all runs in one process, in which the web client's websocket works on the HTTP port; no
        request may then be ended for taking long, since that would restart the process. With workers it is the
        prefork server of production.
        """
        if not ports.is_free(self.http_port):
            # Otherwise whoever listens there would answer in its place.
            raise CannotStart(f"Port {self.http_port} was taken by somebody else before Odoo could start: try again.")
        conf = self.write_configuration(workers=workers, **(_NO_KILLING if not workers else {}))
        log = log or self.folder / "odoo.log"
        began_at = log.stat().st_size if log.exists() else 0
        child = processes.spawn(
            [*self._command(), "-c", conf, f"--http-interface={ports.HOST}"],
            pid_file=self.pid_file,
            log=log,
            environment=self.process_environment(),
            cwd=self.folder,
        )
        running = RunningOdoo(self, child, log, began_at)
        try:
            running.wait_until_healthy(patience)
        except BaseException:
            running.stop()
            raise
        return running

    def process_environment(self) -> dict[str, str]:
        """The environment of every process of this Odoo."""
        base = self.engine.environment(
            PYTHONUNBUFFERED="1",
            # The same as in odoo.conf, over which the person's own variables would win.
            ODOO_QUEUE_JOB_CHANNELS=self.channels,
            ODOO_QUEUE_JOB_HOST=ports.HOST,
            ODOO_QUEUE_JOB_PORT=str(self.http_port),
            ODOO_QUEUE_JOB_SCHEME="http",
            **self.environment,
        )
        return {name: value for name, value in base.items() if not name.startswith("PG")}

    @property
    def pid_file(self) -> Path:
        """For `processes.stop_leftover`, after the command that started the server was killed."""
        return self.folder / "odoo.pid"

    def _run_to_the_end(
        self, arguments: list, log: StepLog, what: str, *, subcommand: str | None = None,
        stdin: Path | None = None, environment: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        conf = self.write_configuration(workers=0)
        command = self._command(*([subcommand] if subcommand else []))
        before = log.path.stat().st_size if log.path.exists() else 0
        with open(stdin or os.devnull, "rb") as asked:
            try:
                log.run(
                    [*command, "-c", conf, f"--http-interface={ports.HOST}", *arguments], what,
                    stdin=asked, cwd=self.folder, env={**self.process_environment(), **(environment or {})},
                )  # fmt: skip
            except StepFailed as failure:
                reason = odoo_log.last_error(log.path)
                raise StepFailed(f"{failure.what}{': ' + reason if reason else ''}", log.path) from failure
        # Odoo ends with 0 even when a module could not be loaded.
        said = log.path.read_bytes()[before:].decode(errors="replace")
        broken = re.search(r"(?m)^.* CRITICAL .*(Failed to (?:initialize|load).*)$", said)
        if broken:
            raise StepFailed(f"{what}: {broken[1]}", log.path)

    def _command(self, *subcommand: str) -> list:
        return [self.engine.python, self.engine.script, *subcommand]


@dataclass
class RunningOdoo:
    """An Odoo that serves."""

    odoo: Odoo
    child: processes.Child
    log: Path
    log_start: int
    """Where in the log this run begins."""

    @property
    def url(self) -> str:
        return self.odoo.url

    def healthy(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/web/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait_until_healthy(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while not self.healthy():
            if not self.child.alive():
                reason = odoo_log.last_error(self.log)
                raise StepFailed(f"Odoo ended while starting{': ' + reason if reason else ''}", self.log)
            if time.monotonic() > deadline:
                raise StepFailed(f"Odoo did not answer within {patience:.0f} s", self.log)
            time.sleep(0.2)

    def wait(self) -> int:
        """Block until the server ends; returns its exit code."""
        return self.child.process.wait()

    def stop(self) -> None:
        self.child.stop()

    def kill(self) -> None:
        """End every process of the server at once, as a crash would."""
        self.child.kill()


def version(engine: Engine) -> str:
    """What the engine says about itself, such as `Odoo Server 17.0`."""
    ended = subprocess.run(
        [engine.python, engine.script, "--version"], capture_output=True, text=True, check=False,
        env=engine.environment(),
    )  # fmt: skip
    return ended.stdout.strip()
