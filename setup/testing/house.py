"""A whole house for end-to-end tests: PostgreSQL, Odoo with several processes, and the receiver of its webhooks.

    with serving("17.0") as house:
        house.session("accountant").call("account.move", "action_post", [invoice])
        house.wait_for(lambda: house.book()["messages"], "the message to arrive")

In a test this is the fixture `house` of `tests/conftest.py`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from provision import counterparties, odoo_log
from provision.progress import StepLog
from provision.rpc import Session
from provision.server import Odoo
from provision.suite import REPOSITORY
from scenario import Stage

from .ground import SANDBOX, Ground, prepared
from .pytest_run import logs
from .series import engine_of

COMPANY = REPOSITORY / "setup" / "scenario" / "company.py"
PEOPLE = ("accountant", "approver", "administrator", "auditor")
"""The people of the demonstration company, each with their login as the password."""

Found = TypeVar("Found")


@dataclass
class House(Stage):
    """What runs: a stage (`url`, `db`, `sql`, `book`, `session`, `counterparties`) that can be broken and mended."""

    expected: list[str] = field(default_factory=list)

    @property
    def receiver(self) -> counterparties.Counterparty:
        """The platform that webhooks go to; `stop`, `kill` and `start` it."""
        return self.counterparties["receiver"]

    def session_of(self, login: str, password: str) -> Session:
        """The remote interface as anybody else uses it."""
        return Session(self.url, self.db, login, password)

    def kill(self) -> None:
        """End all of Odoo's processes at once, as a crash would."""
        self.odoo.kill()

    def restart(self) -> None:
        """Start Odoo again, on the same ports and database, after asking it to end if it still runs."""
        self.odoo.stop()
        self.odoo = self.odoo.odoo.start(workers=self.notes["workers"], log=self.odoo.log)

    def wait_for(self, look: Callable[[], Found], what: str, patience: float = 60) -> Found:
        """Return the first true answer of `look`; `AssertionError` when there is none within `patience` seconds."""
        until = time.monotonic() + patience
        while not (found := look()):
            if time.monotonic() > until:
                raise AssertionError(f"waited {patience:.0f} s in vain for {what}")
            time.sleep(0.1)
        return found

    def expect_in_log(self, pattern: str) -> None:
        """A complaint of our addons that matches is what the test wants to see."""
        self.expected.append(pattern)

    def complaints(self) -> list[str]:
        """Warnings and errors of our addons in Odoo's log that nobody expected."""
        return [
            complaint
            for complaint in odoo_log.warnings_of_ours(self.odoo.log)
            if not any(re.search(pattern, complaint) for pattern in self.expected)
        ]


@contextmanager
def serving(series: str, workers: int = 2, *, name: str = "house", **settings) -> Iterator[House]:
    """Serve a fresh copy of the template with the demonstration company in it, then take everything down.

    `settings` are those of `provision.server.Odoo`, for example `channels`, `options`, `environment`. Logs are kept
    under `name`. In the end `AssertionError` when our addons put an unexpected warning into Odoo's log.
    """
    with prepared(engine_of(series)) as ground:
        with (
            ground.fresh_odoo("house", **settings) as odoo,
            counterparties.running_counterparties(odoo.folder / SANDBOX) as parties,
        ):
            house = _open(ground, odoo, parties, workers, f"{name}-{series}")
            try:
                yield house
            finally:
                house.odoo.stop()
            complaints = house.complaints()
            assert not complaints, "Our addons put this into the Odoo log:\n" + "\n".join(complaints)


def _open(ground: Ground, odoo: Odoo, parties: dict, workers: int, name: str) -> House:
    receiver = parties["receiver"]
    secret = counterparties.signing_secret(receiver.folder).read_text()
    script_log = StepLog(_emptied(logs() / f"{name}-company.log"))
    odoo.run_script(COMPANY, script_log, f"{receiver.url}/events", secret)
    running = odoo.start(workers=workers, log=_emptied(logs() / f"{name}-odoo.log"))
    return House(
        url=odoo.url, db=odoo.database, engine=ground.engine, postgres=ground.postgres, odoo=running,
        counterparties=parties, logins={login: (login, login) for login in PEOPLE}, folder=odoo.folder,
        modules=ground.suite.modules, notes={"workers": workers},
    )  # fmt: skip


def _emptied(log: Path) -> Path:
    log.write_text("")
    return log
