"""Matches generated bank lines with generated open items: a process of its own, in an engine's Python, without Odoo.

    python matching.py --size 100000 --seed 4711

Prints ``{"seconds", "processor", "lines", "items", "peak", "precision", "recall", "automatic",
"suggestion_precision"}``: seconds of ``match`` alone by the clock and of the processor, ``peak`` in MiB of the whole
process, the measures as ``core/tests/matching_truth.py`` defines them. Items have the keys that Odoo keeps of them.
"""

import argparse
import json
import resource
import sys
import time
import types
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[3] / "addons"
AUTOMATIC = 0.85
"""The threshold that the settings of a company begin with."""


def stand_in(name, path):
    """Put an empty package in the place of one whose ``__init__`` would load Odoo."""
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules[name] = package


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    asked = parser.parse_args()
    stand_in("odoo", [])
    stand_in("odoo.addons", [])
    stand_in("odoo.addons.audit_bank_sync", [str(ADDONS / "audit_bank_sync")])
    from odoo.addons.audit_bank_sync.core.matching.engine import match
    from odoo.addons.audit_bank_sync.core.matching.values import Settings
    from odoo.addons.audit_bank_sync.core.tests.matching_generator import as_odoo_keeps, world
    from odoo.addons.audit_bank_sync.core.tests.matching_truth import measured

    made = world(asked.size, asked.seed)
    settings = Settings(automatic_at=AUTOMATIC)
    items = as_odoo_keeps(made.items)
    began, processor = time.perf_counter(), time.process_time()
    result = match(made.lines, items, made.partners, settings=settings, own=made.own, rates=made.rates)
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    found = measured(result, made.labels)
    told = {
        "seconds": seconds,
        "processor": processor,
        "lines": len(made.lines),
        "items": len(made.items),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "precision": found.precision,
        "recall": found.recall,
        "automatic": found.automatic / max(1, found.matchable),
        "suggestion_precision": found.suggestion_precision,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
