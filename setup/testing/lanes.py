"""Runs side by side: what waits for Odoo's answers leaves half of a machine idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from .pytest_run import interrupt_all

Lane = Sequence[Callable[[], object]]
"""Runs that follow each other."""


def run(lanes: Sequence[Lane]) -> None:
    """Do the runs of each lane in their order, the lanes at the same time; one lane alone stays in this thread.

    A run that raises ends all lanes, as Ctrl-C does: what is under way is interrupted and waited for.
    """
    lanes = [lane for lane in lanes if lane]
    if len(lanes) < 2:
        _drive(lanes[0] if lanes else (), threading.Event())
        return
    stopped = threading.Event()
    with ThreadPoolExecutor(len(lanes)) as pool:
        under_way = [pool.submit(_drive, lane, stopped) for lane in lanes]
        try:
            wait(under_way, return_when=FIRST_EXCEPTION)
            for lane in under_way:
                if lane.done():
                    lane.result()
        except BaseException:
            stopped.set()
            interrupt_all()
            raise


def _drive(lane: Lane, stopped: threading.Event) -> None:
    for each in lane:
        if stopped.is_set():
            return
        each()
