"""The outside systems of the demonstration, each a program of `setup/sandbox/` on a port of its own."""

from __future__ import annotations

import base64
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import cache, packages, ports, processes, requirements
from .failure import StepFailed
from .progress import StepLog, steps
from .suite import REPOSITORY

SANDBOX = REPOSITORY / "setup" / "sandbox"
CONTRACTS = REPOSITORY / "addons" / "audit_connector_base" / "contracts"


def _receiver(folder: Path) -> list:
    return ["--book", folder / "book.sqlite", "--secret-file", signing_secret(folder), "--contracts", CONTRACTS]


def _bank(folder: Path) -> list:
    return ["--scenario", SANDBOX / "bank_scenario.json", "--state", folder / "state.json"]


PROGRAMS = {
    "receiver": ("receiver.py", _receiver),
    "reporting": ("receiver.py", _receiver),
    "bank": ("bank.py", _bank),
}
"""The outside systems: the file of `setup/sandbox/` to start, and the arguments that it takes beside `--port`.

Each listens on 127.0.0.1, answers `GET /` with 200 once it is ready, and keeps its state in its folder.
"""


def signing_secret(folder: Path) -> Path:
    """File with the secret that the receiver shares with Odoo; made the first time."""
    file = folder / "secret"
    if not file.exists():
        cache.write_private(file, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    return file


@dataclass
class Counterparty:
    """A running outside system."""

    name: str
    port: int
    folder: Path
    python: Path
    child: processes.Child | None = None

    @property
    def url(self) -> str:
        return f"http://{ports.HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start it (again), on the same port."""
        program, further = PROGRAMS[self.name]
        command = [self.python, SANDBOX / program, "--port", self.port, *further(self.folder)]
        environment = packages.clean_environment(PYTHONUNBUFFERED="1")
        self.child = processes.spawn(
            command, pid_file=_pid_file(self.folder, self.name), log=self.log, environment=environment, cwd=self.folder
        )
        deadline = time.monotonic() + 30
        while not self._answers():
            if not self.child.alive() or time.monotonic() > deadline:
                self.stop()
                raise StepFailed(f"the counterparty {self.name} did not start", self.log)
            time.sleep(0.1)

    def stop(self) -> None:
        if self.child:
            self.child.stop(patience=5)
            self.child = None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.child:
            self.child.kill()
            self.child = None

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def running_counterparties(folder: Path) -> Iterator[dict[str, Counterparty]]:
    """Yield the counterparties by name while they run."""
    with ExitStack() as stack:
        found = {}
        with steps("Starting the counterparties") as log:
            python = libraries(log)
            for name in PROGRAMS:
                home = folder / name
                home.mkdir(parents=True, exist_ok=True)
                found[name] = Counterparty(name, _port(home), home, python)
                found[name].start()
                stack.callback(found[name].stop)
        yield found


def libraries(log: StepLog) -> Path:
    """The Python of the environment that holds the counterparties' libraries, which are free of Odoo's pins."""
    return packages.environment("sandbox", _requirements(), log)


def stop_leftovers(folder: Path) -> bool:
    """Stop the counterparties that a killed command left behind."""
    return any([processes.stop_leftover(_pid_file(folder / name, name)) for name in PROGRAMS])


def _requirements() -> list[str]:
    listed = SANDBOX / "requirements.txt"
    return requirements.rewrite(listed.read_text()) if listed.exists() else list(requirements.SANDBOX)


def _port(folder: Path) -> int:
    """The port of last time when it is still free, because Odoo's records name it."""
    remembered = folder / "port"
    last = int(remembered.read_text()) if remembered.exists() else 0
    port = last if last and ports.is_free(last) else ports.free_port()
    remembered.write_text(str(port))
    return port


def _pid_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.pid"
