"""Makes a connector that receives, and counts what came. Runs inside Odoo (``env`` is given)."""

import sys

from answering import answer
from ground import SECRET, make_connector

FASTEST = 1_000_000  # requests a minute: the limit of a sender is not what is measured


class Gate:
    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self):
        """Make the connector; returns the path to which its platform sends, and its secret."""
        connector = make_connector(self.env, "Sender")
        connector.write({"inbound_active": True, "inbound_rate": FASTEST, "inbound_secret": SECRET})
        path = "/audit/v1/inbound/%s" % connector.inbound_code
        self.env.cr.commit()
        return {"path": path, "secret": SECRET}

    def received(self):
        """Return how many messages are stored and wait for their work, and forget them."""
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM audit_inbound_message WHERE state = 'received' AND size > 1000")
            return cr.rowcount


gate = Gate(env)  # noqa: F821 - given by the shell that runs this
answer(sys.argv[1:], {"prepare": gate.prepare, "received": gate.received})
