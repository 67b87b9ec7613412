"""Whether a drain stays as small and as quick when much is pending.

Memory: a process of its own drains a thousand messages, another one a hundred thousand; the anchor is the peak of the
first. It counts from when the process is ready, so that of loading Odoo is in both.

Time: a claim of messages, and the look for lanes that have something due, which follows every commit. The anchor is a
table that holds a thousand; ours holds a hundred thousand pending behind four hundred thousand delivered, and then
fifty thousand documents of which one message waits for its retry and another one behind it.
"""

from __future__ import annotations

import secrets

from provision.progress import note, steps

from .frame.comparison import Comparison, Goal, Side
from .frame.receiver import Receiver
from .frame.stage import INSIDE
from .frame.worker import Worker

TITLE = "Drain a thousand and a hundred thousand pending messages"
GOAL = Goal(at_most=1.1)
FEW, MANY, DELIVERED = 1000, 100_000, 400_000
CLAIMED = 128
SCRIPT = INSIDE / "draining.py"
MEBIBYTE = 2**20


def run(stage):
    odoo = stage.odoo("draining", with_suite=True, audit={"kek": "bench:" + secrets.token_urlsafe(32)})
    receiver = stage.stack.enter_context(Receiver())
    with Worker(odoo, SCRIPT) as worker:
        with steps("Making a company and a connector"):
            worker.ask("prepare", port=receiver.port)
        few = _timed(worker, f"{FEW:,} pending", pending=FEW)
        many = _timed(worker, f"{MANY:,} pending", pending=MANY, delivered=DELIVERED)
        worker.ask("put_behind")
        behind = _timed(worker, f"{MANY // 2:,} behind others")
    for title, figure in ((f"Claim {CLAIMED} messages", "claims"), ("Look for lanes to wake", "looks")):
        for found in (many, behind):
            yield _compared(title, "ms", _side(few, figure), _side(found, figure))
    sizes = [_drained(stage, odoo, receiver, count) for count in (FEW, MANY)]
    yield _compared("Peak memory of the process that drains", "MiB", *sizes, GOAL)


def _timed(worker, name, **filled) -> dict:
    with steps(f"Claiming, {name}"):
        if filled:
            worker.ask("fill", **filled)
        return {"name": name, **worker.ask("times", limit=CLAIMED)}


def _drained(stage, odoo, receiver, count) -> Side:
    receiver.forget()
    with Worker(odoo, SCRIPT) as worker, steps(f"Draining {count:,} messages"):
        worker.ask("fill", pending=count)
        found = worker.ask("drain", count=count)
    receiver.wait_for(count, 10)
    note(f"{count:,} messages in {found['seconds']:.0f} s: {count / found['seconds']:.0f} a second")
    before, peak, final = (found[name] / MEBIBYTE for name in ("before", "peak", "final"))
    return Side(f"{count:,} pending", peak, peak, peak, {"before": before, "at the end": final})


def _side(found, figure) -> Side:
    return Side(found["name"], *found[figure])


def _compared(title: str, unit: str, anchor: Side, ours: Side, goal: Goal | None = None) -> Comparison:
    ratio = ours.value / anchor.value
    further = {name: ours.further[name] / value for name, value in anchor.further.items()}
    return Comparison(title, unit, anchor, ours, ratio, ratio, ratio, goal, further)
