"""What the web client waits for when it opens a list, with a year of work behind it.

A million events and deliveries (95 % delivered, 3 % waiting, the rest failed or cancelled), one and a half million
attempts, a million log entries and two hundred thousand received messages, of which a tenth belong to a company that
the person who looks does not see. Asked is what the client asks for: the first page and the count of each list, with
each filter of its search view, the groups of each grouping, the cards of the connectors and their form; as a connector
administrator and with the rules of access, from an empty cache. The list to be read and the filters are taken from the
views, so a new filter is measured by itself.

The limit is the time that people take for immediate. It is set for every list, and for every grouping, which counts the
whole table.
"""

from __future__ import annotations

import secrets

from provision.progress import steps

from .frame.limits import Figures, Limits

TITLE = "Open the lists with a million events"
EVENTS, INBOUND = 1_000_000, 200_000
IMMEDIATE = 300
"""Milliseconds."""


def run(stage):
    odoo = stage.odoo("listing", with_suite=True, audit={"kek": "bench:" + secrets.token_urlsafe(32)})
    worker = stage.worker(odoo, "listing.py")
    with steps(f"Filling the tables with {EVENTS:,} events"):
        worker.ask("prepare", events=EVENTS, inbound=INBOUND)
    with steps("Opening the lists"):
        found = {
            name: Figures(*worker.ask("ask", model=model, method=method, arguments=arguments))
            for name, model, method, arguments in worker.ask("questions")
        }
    grouped = {name: figures for name, figures in found.items() if name.endswith("grouped")}
    others = {name: figures for name, figures in found.items() if name not in grouped}
    yield Limits("Lists, their filters, cards and forms", "ms", IMMEDIATE, others)
    yield Limits("Groups of a whole list", "ms", IMMEDIATE, grouped)
