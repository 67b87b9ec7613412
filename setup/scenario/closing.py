"""The proof at the end: what Odoo has to tell and what the platforms have are the same, in every run so far."""

from __future__ import annotations

from .acting import CONNECTOR, wait_for
from .exchange import REPORTING

# Of these two only: whoever tried the demonstration out may have connected platforms that never answer.
SENT = """
SELECT e.uuid, d.state
  FROM audit_delivery d
  JOIN audit_connector c ON c.id = d.connector_id
  JOIN audit_event e ON e.id = d.event_id
 WHERE c.name = '{}'
"""
BOOKS = {CONNECTOR: "receiver", REPORTING: "reporting"}


def nothing_is_left_over(stage) -> str:
    sentences = []
    for connector, book in BOOKS.items():
        wait_for(
            lambda connector=connector: all(state == "delivered" for _uuid, state in stage.sql(SENT.format(connector))),
            f"everything to be delivered to {connector}",
        )
        events = {uuid for uuid, _state in stage.sql(SENT.format(connector))}
        received = [message["id"] for message in stage.book(book)["messages"]]
        assert sorted(received) == sorted(events), f"{connector}: {len(events)} events, {len(received)} received"
        sentences.append(f"{len(events)} events in the book of {connector}")
    return ", ".join(sentences) + ", each once"


STEPS = [("Nothing is lost and nothing came twice", nothing_is_left_over)]
