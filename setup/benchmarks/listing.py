"""What the web client waits for when it opens a list, with a year of work behind it.

A million events and deliveries (95 % delivered, 3 % waiting, the rest failed or cancelled), one and a half million
attempts, a million log entries and two hundred thousand received messages, of which a tenth belong to a company that
the person who looks does not see. Asked is what the client asks for: the first page and the count of each list, with
each filter of its search view, the groups of each grouping, the cards of the connectors and their form; as a connector
administrator and with the rules of access, from an empty cache. The list to be read and the filters are taken from the
views, so a new filter is measured by itself.

The anchor is the time that people take for immediate. The goal is set for the slowest list, and for the slowest
grouping, which counts the whole table.
"""

from __future__ import annotations

import secrets

from provision.progress import steps

from .frame.comparison import Comparison, Goal, Side

TITLE = "Open the lists with a million events"
EVENTS, INBOUND = 1_000_000, 200_000
IMMEDIATE = 300
"""Milliseconds."""
GOAL = Goal(at_most=1)


def run(stage):
    odoo = stage.odoo("listing", with_suite=True, audit={"kek": "bench:" + secrets.token_urlsafe(32)})
    worker = stage.worker(odoo, "listing.py")
    with steps(f"Filling the tables with {EVENTS:,} events"):
        worker.ask("prepare", events=EVENTS, inbound=INBOUND)
    with steps("Opening the lists"):
        found = [
            (name, worker.ask("ask", model=model, method=method, arguments=arguments))
            for name, model, method, arguments in worker.ask("questions")
        ]
    anchor = Side("immediate", IMMEDIATE, IMMEDIATE, IMMEDIATE)
    found.sort(key=lambda one: -one[1][0])
    grouped = [one for one in found if one[0].endswith("grouped")]
    for kind in ([one for one in found if one not in grouped], grouped):
        for number, (name, figures) in enumerate(kind):
            ratios = [figure / IMMEDIATE for figure in figures]
            # Where the slowest meets the goal, all do.
            yield Comparison(name, "ms", anchor, Side("ours", *figures), *ratios, None if number else GOAL)
