"""Receiving, against a bare public route that takes the same requests and does nothing with them.

Both are routes of one Odoo with four workers. The sender is a process of its own that sends over eight connections.
Ours verifies the signature, reads the message strictly, stores it and writes its entry in the log before it answers;
the work on messages is done by jobs, which wait here: what is measured is what a sender waits for. In batches, a
request carries a hundred messages, and what counts is messages. Odoo runs as `odoo.conf.example` has it, with a
`dbfilter`: for a request without a session it asks PostgreSQL for all databases then, which ours remembers a while. How
it is without a `dbfilter`, where Odoo asks for none, is told for information.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from provision.failure import StepFailed
from provision.progress import steps

from .frame.comparison import Goal
from .frame.rates import Rate, compare_rates
from .frame.rounds import in_turns
from .frame.usage import processor_seconds

TITLE = "Receive messages over HTTP"
SENDER = Path(__file__).parent / "outside" / "sender.py"
WORKERS, CONNECTIONS = 4, 8
ROUNDS = 15
CASES = (
    # title, messages in a request, requests in a round, goal
    ("Single messages", 1, 400, Goal(at_least=0.85)),
    ("Batches of 100", 100, 40, Goal(at_least=20)),
)
CASES_WITHOUT_FILTER = (("Single messages, without dbfilter", 1, 400, None),)


def run(stage):
    odoo = stage.odoo(
        "inbound",
        with_suite=True,
        audit={"kek": "bench:" + secrets.token_urlsafe(32)},
        further=("bench_anchor",),
    )
    with steps("Making a connector that receives"):
        worker = stage.worker(odoo, "inbound.py")
        door = worker.ask("prepare")
    for dbfilter, cases in ((None, CASES), ("", CASES_WITHOUT_FILTER)):
        if dbfilter is not None:
            odoo.options["dbfilter"] = dbfilter
        with ExitStack() as serving:
            with steps(f"Starting Odoo with {WORKERS} workers"):
                running = odoo.start(workers=WORKERS)
                serving.callback(running.stop)
            yield from _receiving(Site(worker, running, door), cases, min(stage.rounds, ROUNDS))


def _receiving(site, cases, count):
    for title, batch, requests, goal in cases:
        with steps(f"Receiving: {title.lower()}"):
            rounds = in_turns(
                count,
                lambda: site.bare(CASES[0][2]),
                lambda: site.ours(requests, batch),  # noqa: B023 - called in this turn of the loop
            )
        yield compare_rates(title, "bare route", "ours", rounds, goal)


class Site:
    """The server under measurement and its sender."""

    def __init__(self, worker, running, door):
        self.worker, self.running, self.door = worker, running, door

    def bare(self, requests: int) -> Rate:
        return self._send("/bench/bare", requests, 1)

    def ours(self, requests: int, batch: int) -> Rate:
        rate = self._send(self.door["path"], requests, batch)
        if (received := self.worker.ask("received")) != requests * batch:
            raise StepFailed(f"{received} of {requests * batch} messages were stored", self.running.log)
        return rate

    def _send(self, path: str, requests: int, batch: int) -> Rate:
        before = processor_seconds(self.running.child.pid)
        command = [
            sys.executable, SENDER, "--url", self.running.url + path, "--secret", self.door["secret"],
            "--requests", str(requests), "--batch", str(batch), "--connections", str(CONNECTIONS),
        ]  # fmt: skip
        sender = subprocess.run(command, capture_output=True, text=True)
        if sender.returncode:
            raise StepFailed(f"the sender broke: {sender.stderr[-1000:]}", self.running.log)
        said = json.loads(sender.stdout)
        if said["answers"] != {"202": requests}:
            raise StepFailed(f"the requests were answered {said['answers']}", self.running.log)
        processor = processor_seconds(self.running.child.pid) - before
        return Rate(requests * batch / said["seconds"], processor / (requests * batch))
