"""Prepares a company and posts invoices. Runs inside Odoo (``env`` is given)."""

import gc
import os
import sys
import time

from answering import answer
from ground import as_person, make_company, make_connector, make_invoices, person


class Desk:
    """Where invoices are posted; each transaction is one of its own, as a request's is."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self, connectors):
        """Make what an invoice needs, and so many connectors, each with one subscription to posted invoices."""
        env = self.env
        self.person_id = person(env)
        make_company(env)
        for number in range(connectors):
            make_connector(env, "Closed port %d" % number)
        env.cr.commit()
        env.cr.execute("ANALYZE")
        # From here on this cursor is left alone: an open transaction would keep dead rows alive.
        env.cr.commit()

    def post(self, count, keep_jobs):
        """Post ``count`` new invoices; returns (wall, processor, database server) seconds of each.

        Unless ``keep_jobs``, the job that a posting asks for has run before the next one.
        """
        with self.registry.cursor() as cr:
            invoices = make_invoices(as_person(cr, self.person_id), count).ids
        gc.collect()
        began, aside, samples = self._server_seconds(), 0, []
        for invoice in invoices:
            wall, processor = time.perf_counter(), time.process_time()
            with self.registry.cursor() as cr:
                as_person(cr, self.person_id)["account.move"].browse(invoice).action_post()
            samples.append((time.perf_counter() - wall, time.process_time() - processor))
            before = self._server_seconds()
            self._run_jobs(at_once=not keep_jobs)
            aside += self._server_seconds() - before
        server = max(self._server_seconds() - began - aside, 0) / count
        self._check(invoices)
        return [(*sample, server) for sample in samples]

    def _run_jobs(self, at_once):
        """Mark jobs as done, those whose moment has come or all of them; nothing runs them here.

        Then this process forgets that it knew of one that waits, as it would have by the moment of that job.
        """
        self._execute(
            "UPDATE queue_job SET state = 'done', date_done = now() "
            "WHERE state = 'pending' AND (%s OR eta <= now() AT TIME ZONE 'UTC')",
            at_once,
        )
        if at_once and "audit.event" in self.registry:
            from odoo.addons.audit_connector_base.models.exchange import wake

            wake.expected.forget(self.registry.db_name)

    def _check(self, invoices):
        """A figure counts only when the work was done: all posted, each recorded once for every connector."""
        posted = self._execute(
            "SELECT count(*) FROM account_move WHERE id = ANY(%s) AND state = 'posted' AND amount_tax > 0", invoices
        )
        if posted != [(len(invoices),)]:
            raise AssertionError("not all invoices were posted with their tax")
        if "audit.event" not in self.registry:
            return
        recorded = self._execute(
            "SELECT d.state, d.attempt_count, count(*) FROM audit_delivery d JOIN audit_event e ON e.id = d.event_id "
            "WHERE e.res_model = 'account.move' AND e.res_id = ANY(%s) GROUP BY 1, 2",
            invoices,
        )
        subscriptions = self._execute("SELECT count(*) FROM audit_subscription WHERE active")[0][0]
        if recorded != [("pending", 0, len(invoices) * subscriptions)]:
            raise AssertionError("not all deliveries were recorded, or some were sent: %s" % recorded)

    def _server_seconds(self):
        """Processor time of this database's server processes so far; 0 where the system does not tell."""
        pids = self._execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return sum(_nanoseconds(pid) for (pid,) in pids) / 1e9

    def _execute(self, statement, *values):
        with self.registry.cursor() as cr:
            cr.execute(statement, values or None)
            return cr.fetchall() if cr.description else []


def _nanoseconds(pid):
    """Time a process has run (Linux, with its scheduler's statistics)."""
    try:
        with open(os.path.join("/proc", str(pid), "schedstat")) as handle:
            return int(handle.read().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


desk = Desk(env)  # noqa: F821 - given by the shell that runs this
answer(sys.argv[1:], {"prepare": desk.prepare, "post": desk.post})
