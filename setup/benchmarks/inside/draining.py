"""Drains what is pending in this process, and tells what that took of memory and of time. Runs inside Odoo (``env`` is
given)."""

import statistics
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from answering import answer
from ground import as_person, make_company, make_connector, make_deliveries, make_model_event, person

from odoo import SUPERUSER_ID, api

MODEL = "bench.model_event"
TIMES = 20


class Depot:
    """Each transaction is one of its own, as a job's is."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self, port):
        """Make a connector that sends to the receiver, and the message of a posted invoice, to be multiplied."""
        env = self.env
        person_id = person(env)
        make_company(env)
        make_connector(env, "bench", port)
        env.cr.commit()
        with self.registry.cursor() as cr:
            model_event = make_model_event(as_person(cr, person_id))
            env["ir.config_parameter"].set_param(MODEL, str(model_event))
            env.cr.commit()

    def fill(self, pending=0, delivered=0):
        """Make so many deliveries of each state, of as many documents; those that were there go away."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            model_event = int(env["ir.config_parameter"].get_param(MODEL))
            # No foreign key takes them along.
            cr.execute("DELETE FROM audit_delivery_attempt")
            cr.execute("DELETE FROM audit_delivery")
            cr.execute("DELETE FROM audit_event WHERE id <> %s", [model_event])
            for state, count in (("delivered", delivered), ("pending", pending)):
                if count:
                    make_deliveries(env, model_event, self._connector(env).ids, count, state)
        with self.registry.cursor() as cr:
            cr._cnx.autocommit = True
            cr.execute("VACUUM ANALYZE audit_event, audit_delivery, audit_delivery_attempt")

    def put_behind(self):
        """Give every waiting delivery an earlier one about its document that is due in an hour."""
        self._execute(
            "UPDATE audit_delivery SET subject = 'account.move/' || (id - id % 2), "
            "due_at = due_at + CASE WHEN id % 2 = 0 THEN interval '1 hour' ELSE interval '0' END "
            "WHERE state = 'pending'"
        )
        self._execute("ANALYZE audit_delivery")

    def drain(self, count):
        """Drain until nothing is pending; returns ``{"before", "peak", "final"}`` in bytes and ``seconds``."""
        Path("/proc/self/clear_refs").write_text("5")  # let the peak be counted from here
        before, began = _status("VmRSS"), time.monotonic()
        while self._execute("SELECT 1 FROM audit_delivery WHERE state = 'pending' LIMIT 1"):
            with self.registry.cursor() as cr:
                self._connector(api.Environment(cr, SUPERUSER_ID, {}))._drain()
        seconds = time.monotonic() - began
        done = self._execute("SELECT count(*) FROM audit_delivery WHERE state = 'delivered' AND attempt_count = 1")
        if done != [(count,)]:
            raise AssertionError("%s of %d messages were delivered at the first attempt" % (done, count))
        return {"before": before, "peak": _status("VmHWM"), "final": _status("VmRSS"), "seconds": seconds}

    def times(self, limit):
        """Median milliseconds of a claim of up to ``limit``, and of the look for lanes to wake."""
        from odoo.addons.audit_connector_base.models.exchange.delivery_queries import TO_WAKE

        claims, looks = [], []
        with self.registry.cursor() as cr:
            connector = self._connector(api.Environment(cr, SUPERUSER_ID, {}))
            for lease in range(1, TIMES + 1):
                began = time.perf_counter()
                claimed, _pause = connector._claim(1, lease, limit)
                claims.append(time.perf_counter() - began)
                connector._release(lease, claimed)
                began = time.perf_counter()
                cr.execute(TO_WAKE, {"now": datetime.now(timezone.utc).replace(tzinfo=None)})
                looks.append(time.perf_counter() - began)
        return {"claimed": len(claimed), "claims": _milliseconds(claims), "looks": _milliseconds(looks)}

    def _connector(self, env):
        return env["audit.connector"].search([("name", "=", "bench")], limit=1)

    def _execute(self, statement):
        with self.registry.cursor() as cr:
            cr.execute(statement)
            return cr.fetchall() if cr.description else []


def _status(name):
    """A size of this process, in bytes (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _milliseconds(seconds):
    return [1000 * f(seconds) for f in (statistics.median, min, max)]


depot = Depot(env)  # noqa: F821 - given by the shell that runs this
functions = {name: getattr(depot, name) for name in ("prepare", "fill", "put_behind", "drain", "times")}
answer(sys.argv[1:], functions)
