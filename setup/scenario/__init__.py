"""The demonstration scenario: what happens on stage, and the proof that it did.

A step is a name and a function `act(stage) -> str` that does something, verifies it, and returns one sentence about
it; it raises `StepFailed` when the verification fails. Data survives from run to run, so a step must cope with what an
earlier run left.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from provision.counterparties import Counterparty
from provision.engine import Engine
from provision.failure import StepFailed
from provision.postgres import Postgres
from provision.processes import Child
from provision.rpc import Session
from provision.server import RunningOdoo
from sandbox.brokers import Broker

from . import (
    bank_break,
    bank_confirmation,
    bank_interface,
    banking,
    closing,
    evidence,
    exchange,
    ground,
    inbound,
    matching,
    paying,
    proving,
    reading,
    retention,
    steps,
)


@dataclass
class Stage:
    """Everything that runs while the scenario is played."""

    url: str
    db: str
    engine: Engine
    postgres: Postgres
    odoo: RunningOdoo
    counterparties: dict[str, Counterparty]
    """By the name of their file in `setup/sandbox/`."""
    logins: dict[str, tuple[str, str]]
    """Role → (login, password); filled by the steps, printed at the end."""
    folder: Path
    """The demonstration's own folder; steps may keep files there."""
    modules: tuple[str, ...]
    """The addons of the suite that are installed."""
    broker: Broker | None = None
    """A message broker that was started and need not answer yet; None where no program of one is on the machine."""
    children: list[Child] = field(default_factory=list)
    """Programs that steps started, to be stopped in the end."""
    notes: dict[str, object] = field(default_factory=dict)
    """What a step leaves for later ones."""
    _sessions: dict[str, Session] = field(default_factory=dict, repr=False)

    def session(self, role: str) -> Session:
        """The remote interface as the person of that role uses it."""
        if role not in self._sessions:
            self._sessions[role] = Session(self.url, self.db, *self.logins[role])
        return self._sessions[role]

    def sql(self, statement: str) -> list[list]:
        """Run a statement in the database, past Odoo."""
        return self.postgres.server.execute(statement, database=self.db)[0]

    def book(self, of: str = "receiver") -> dict:
        """What a receiver has booked: `messages`, `duplicates`, `refusals` and their `counts`."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.counterparties[of].url}/book", timeout=20) as answer:
            return json.load(answer)


STEPS: list[tuple[str, Callable[[Stage], str]]] = [
    *ground.STEPS, *steps.STEPS, *exchange.STEPS, *inbound.STEPS, *reading.STEPS, *banking.STEPS,
    *bank_interface.STEPS, *bank_break.STEPS, *matching.STEPS, *paying.STEPS, *bank_confirmation.STEPS,
    *evidence.STEPS, *retention.STEPS, *proving.STEPS, *closing.STEPS,
]  # fmt: skip


def play(stage: Stage) -> Iterator[tuple[str, str]]:
    """Play one step after the other, yielding its name and what happened."""
    for name, act in STEPS:
        try:
            yield name, act(stage)
        except StepFailed as failure:
            failure.step = failure.step or name
            raise
        except Exception as error:
            raise StepFailed(f"{type(error).__name__}: {error}", stage.odoo.log, name) from error
