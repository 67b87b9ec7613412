"""What the API adds to reading: a list of 100 invoices, against the bare ORM read of the same fields.

Both sides are requests to one Odoo with one worker, over one kept connection, and answer the same facts as JSON. The
anchor is a public route that searches, reads the fields of the invoices and of what they refer to, and writes them
down. Ours lets the client in by its token, takes a request off its allowance, builds the canonical documents, and
records what it answered in the log before it answers.

For information, the same two pieces of work without HTTP.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time

from provision.failure import StepFailed
from provision.progress import steps

from .frame.comparison import Goal
from .frame.rounds import Round, Sample, compare, in_turns

TITLE = "Read a list of 100 invoices by the API"
GOAL = Goal(at_most=1.5)
INVOICES = 400
PAGE = 100
REQUESTS = 5
"""A round of each side."""


def run(stage):
    odoo = stage.odoo(
        "reading",
        with_suite=True,
        audit={"kek": "bench:" + secrets.token_urlsafe(32)},
        further=("bench_anchor",),
    )
    worker = stage.worker(odoo, "reading.py")
    with steps(f"Making {INVOICES} invoices and a client"):
        client = worker.ask("prepare", invoices=INVOICES)
    with steps("Reading inside Odoo"):
        inside = in_turns(stage.rounds, *(_asking(worker, side) for side in ("read_bare", "read_ours")))
    with steps("Starting Odoo with a worker"):
        running = odoo.start(workers=1)
        stage.stack.callback(running.stop)
    site = Site(running, client["token"])
    with steps("Reading over HTTP"):
        rounds = in_turns(stage.rounds, site.bare, site.ours)
    yield compare("Over HTTP, all that a client waits for", "bare ORM read", "the API", rounds, GOAL)
    yield compare("Inside Odoo, without a server", "bare ORM read", "the API", inside)


def _asking(worker, side: str):
    def read() -> Round:
        return [Sample(*sample) for sample in worker.ask(side, count=REQUESTS, limit=PAGE)]

    return read


class Site:
    """The server under measurement, asked over one connection for each request, as it closes them."""

    def __init__(self, running, token: str):
        self.running, self.token = running, token

    def bare(self) -> Round:
        return [self._ask(f"/bench/invoices?limit={PAGE}") for _number in range(REQUESTS)]

    def ours(self) -> Round:
        headers = {"Authorization": f"Bearer {self.token}"}
        return [self._ask(f"/audit/v1/invoice?limit={PAGE}", headers) for _number in range(REQUESTS)]

    def _ask(self, path: str, headers: dict | None = None) -> Sample:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.running.odoo.http_port, timeout=60)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        wall = time.perf_counter() - began
        if answer.status != 200 or len(json.loads(body)["data"]) != PAGE:
            raise StepFailed(f"{path} was answered {answer.status}", self.running.log)
        return Sample(wall, 0.0)
