"""Deliveries per second, against one queue job for each message as OCA's `queue_job` offers it.

Both sides are one Odoo with four workers and four places in the job runner, and send the same body, signed in the same
way, to the same receiver; it is a process of its own that does nothing but count. A rate counts from the first message
that arrives to the last, so how long the runner takes to notice work is no part of it. Ours writes each attempt, its
answer and its entry in the log; the anchor keeps what `queue_job` keeps of a job.

Our messages are about as many documents, so that nothing has to wait for another. One connector is sent to by one job,
so a single process does the work: the goal is set for that. Four connectors are told for information.
"""

from __future__ import annotations

import secrets
import time

from provision.failure import StepFailed
from provision.progress import steps

from .frame.comparison import Goal
from .frame.rates import Rate, compare_rates
from .frame.receiver import Receiver
from .frame.rounds import in_turns
from .frame.usage import processor_seconds

TITLE = "Deliver messages to a webhook receiver"
GOAL = Goal(at_least=10)
MESSAGES = 1000
"""A round of each side."""
ROUNDS = 5
WORKERS = 4
PATIENCE = 300


def run(stage):
    odoo = stage.odoo(
        "delivering",
        with_suite=True,
        audit={"kek": "bench:" + secrets.token_urlsafe(32)},
        further=("bench_anchor",),
        channels=f"root:{WORKERS}",
    )
    receiver = stage.stack.enter_context(Receiver())
    with steps("Making a company and connectors"):
        worker = stage.worker(odoo, "delivering.py")
        worker.ask("prepare", port=receiver.port, connectors=WORKERS)
    with steps(f"Starting Odoo with {WORKERS} workers"):
        running = odoo.start(workers=WORKERS)
        stage.stack.callback(running.stop)
    site = Site(worker, receiver, running)
    for connectors, goal in ((1, GOAL), (WORKERS, None)):
        name = "1 connector" if connectors == 1 else f"{connectors} connectors"
        with steps(f"Delivering to {name}"):
            rounds = in_turns(min(stage.rounds, ROUNDS), site.anchor, lambda: site.ours(connectors))  # noqa: B023
        yield compare_rates(f"Deliver to {name}", "one job each", "ours", rounds, goal)


class Site:
    """The server under measurement, the receiver, and who hands messages in."""

    def __init__(self, worker, receiver, running):
        self.worker, self.receiver, self.running = worker, receiver, running

    def anchor(self) -> Rate:
        return self._deliver("trigger_anchor", url=self.receiver.url)

    def ours(self, connectors: int) -> Rate:
        return self._deliver("trigger_ours", connectors=connectors)

    def _deliver(self, trigger: str, **details) -> Rate:
        """Hand in the messages, wait for the last, and see that all was done before the figure counts."""
        self.receiver.forget()
        before = processor_seconds(self.running.child.pid)
        self.worker.ask(trigger, count=MESSAGES, **details)
        figures = self.receiver.wait_for(MESSAGES, PATIENCE)
        self._wait_until_done()
        processor = processor_seconds(self.running.child.pid) - before
        if figures["messages"] != MESSAGES:
            raise StepFailed(f"{figures['messages']} messages came for {MESSAGES}", self.running.log)
        self.worker.ask("clear")
        return Rate((MESSAGES - 1) / (figures["last"] - figures["first"]), processor / MESSAGES)

    def _wait_until_done(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while left := self.worker.ask("left"):
            if time.monotonic() > deadline or any(state.endswith((" failed", " dead")) for state in left):
                raise StepFailed(f"not all was delivered: {left}", self.running.log)
            time.sleep(0.2)
