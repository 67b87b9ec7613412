"""How long recorded entries take to become leaves of the signed tree, and how long the proof of one takes.

Sealing is the whole way: taking what waits, checking the mark of each entry, hashing, leaves, tiles, commits that are
on the disk, and a signature with its file written through. The limit of 50 ms for a thousand says 20,000 a second.

The proof is made from a log of a million entries as somebody asks for it: with an empty cache, on a fresh cursor.
"""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from provision import keys
from provision.progress import note, steps

from .frame.limits import Figures, Limits

TITLE = "Seal what was recorded, and prove an entry of a million"
ENTRIES = 20_000
"""Sealed in each round."""
SEALING, PROVING = 50, 50
"""Milliseconds: for a thousand entries, for one proof."""
MILLION = 1_000_000


def run(stage):
    folder = Path(stage.stack.enter_context(tempfile.TemporaryDirectory()))
    keys.write_signing_key(folder / "log.pem")
    audit = {
        "kek": "bench:" + secrets.token_urlsafe(32),
        "signing_key": str(folder / "log.pem"),
        "state_dir": str(folder / "signer"),
    }
    worker = stage.worker(stage.odoo("sealing", with_suite=True, audit=audit), "sealing.py")
    with steps("Recording and sealing"):
        sealed = [worker.ask("seal", count=ENTRIES) for _round in range(stage.rounds)]
    milliseconds = sorted(1000 * seconds / (ENTRIES / 1000) for seconds in sealed)
    note(f"{1000 * 1000 / milliseconds[len(milliseconds) // 2]:,.0f} entries sealed a second")
    yield Limits("Seal a thousand entries", "ms", SEALING, {"with one sealer": _figures(milliseconds)})
    with steps(f"Making a log of {MILLION:,} entries"):
        worker.ask("grow", size=MILLION)
    found = sorted(1000 * seconds for seconds in worker.ask("prove", times=25))
    yield Limits("Prove one entry", "ms", PROVING, {f"of {MILLION:,}": _figures(found)})


def _figures(ascending: list[float]) -> Figures:
    return Figures(ascending[len(ascending) // 2], ascending[0], ascending[-1])
