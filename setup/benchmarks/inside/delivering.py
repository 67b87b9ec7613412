"""Makes messages and lets them be delivered, by jobs of the anchor or by ours. Runs inside Odoo (``env`` is given)."""

import sys

from answering import answer
from ground import as_person, make_company, make_connector, make_deliveries, make_model_event, person

from odoo import SUPERUSER_ID, api


class Post:
    """Where messages are handed in. The job runner and the workers are those of a server of its own."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self, port, connectors):
        """Make connectors that all send to the receiver, and the message of a posted invoice, to be multiplied."""
        env = self.env
        person_id = person(env)
        make_company(env)
        self.connectors = [make_connector(env, "Receiver %d" % number, port).id for number in range(connectors)]
        env.cr.commit()
        with self.registry.cursor() as cr:
            self.model_event = make_model_event(as_person(cr, person_id))
            cr.execute("DELETE FROM queue_job")

    def trigger_anchor(self, url, count):
        """Hand in ``count`` messages of one body as jobs; they start when this is committed."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(
                "SELECT *, NULL AS contract_major, NULL AS contract_minor FROM audit_event WHERE id = %s",
                [self.model_event],
            )
            body = env["audit.event"]._message("bench", cr.dictfetchone())[0].decode()
            cr.execute("SELECT gen_random_uuid()::text FROM generate_series(1, %s)", [count])
            env["bench.sender"]._send_each(url, [(row[0], body) for row in cr.fetchall()])

    def trigger_ours(self, count, connectors):
        """Hand in ``count`` messages of that body, shared out among so many connectors, and wake these."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            made = make_deliveries(env, self.model_event, self.connectors[:connectors], count, shared_out=True)
            cr.execute("ANALYZE audit_event, audit_delivery")
            env["audit.connector"]._request_drain()
        return made

    def left(self):
        """Return ``{state of a job or delivery: how many}`` of all that is not done."""
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT 'job ' || state, count(*) FROM queue_job WHERE state <> 'done' GROUP BY state UNION ALL "
                "SELECT 'delivery ' || state, count(*) FROM audit_delivery WHERE state <> 'delivered' OR "
                "attempt_count <> 1 GROUP BY state"
            )
            return dict(cr.fetchall())

    def clear(self):
        """Take away what was done, so that every round finds the same tables."""
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM queue_job")
            cr.execute("DELETE FROM audit_delivery")
            cr.execute("DELETE FROM audit_event WHERE id <> %s", [self.model_event])
        self._vacuum()

    def _vacuum(self):
        with self.registry.cursor() as cr:
            cr._cnx.autocommit = True
            cr.execute("VACUUM ANALYZE queue_job, audit_delivery, audit_delivery_attempt, audit_event")


post = Post(env)  # noqa: F821 - given by the shell that runs this
answer(
    sys.argv[1:],
    {
        "prepare": post.prepare,
        "trigger_anchor": post.trigger_anchor,
        "trigger_ours": post.trigger_ours,
        "left": post.left,
        "clear": post.clear,
    },
)
