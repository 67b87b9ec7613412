"""What our addons add to posting a customer invoice.

Plain Odoo has the modules ours build upon; ours has all four addons and four active subscriptions, each of a
connector of its own. The invoices are posted one by one as requests do: a transaction and an empty cache for each,
committed at its end. Nothing is delivered meanwhile: what is measured is what the person who posts waits for.

Two cases, because the job that starts deliveries is asked for once until it begins, a second later. Posting now and
then asks for it each time; in a row only the first of a second does.
"""

from __future__ import annotations

import secrets

from provision.progress import steps

from .frame.comparison import Goal
from .frame.rounds import Round, Sample, compare, in_turns
from .frame.worker import Worker

TITLE = "Post a 5-line customer invoice, one by one"
GOAL = Goal(at_most=1.15)
INVOICES = 20
"""A round of each side."""
CONNECTORS = 4
CASES = {
    "job asked for": "Now and then: the job that starts deliveries is asked for each time",
    "job waits": "In a row: that job is asked for once a second",
}


def run(stage):
    plain = stage.odoo("plain", with_suite=False)
    ours = stage.odoo("ours", with_suite=True, audit={"kek": "bench:" + secrets.token_urlsafe(32)})
    with steps("Making companies, connectors and subscriptions"):
        workers = [stage.worker(odoo, "posting.py") for odoo in (plain, ours)]
        for worker, connectors in zip(workers, (0, CONNECTORS)):
            worker.ask("prepare", connectors=connectors)
    for case, title in CASES.items():
        with steps(f"Posting, {case}"):
            rounds = in_turns(stage.rounds, *(_posting(worker, case) for worker in workers))
        yield compare(title, "plain Odoo", "with our addons", rounds, GOAL)


def _posting(worker: Worker, case: str):
    def post() -> Round:
        return [Sample(*sample) for sample in worker.ask("post", count=INVOICES, keep_jobs=case == "job waits")]

    return post
