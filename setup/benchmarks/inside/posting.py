"""Prepares a company and posts invoices. Runs inside Odoo (``env`` is given)."""

import gc
import os
import sys
import time

from answering import answer

from odoo import Command, api

LINES = 5
DATE = "2026-03-31"
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CLOSED_PORT = 9  # discard (RFC 863): nobody listens


class Desk:
    """Where invoices are posted; each transaction is one of its own, as a request's is."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry
        self.person_id = env.ref("base.user_admin").id

    def prepare(self, connectors):
        """Make what an invoice needs, and so many connectors, each with one subscription to posted invoices."""
        env, company = self.env, self.env.company
        if not company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        if not company.account_sale_tax_id:
            raise LookupError("the chart of accounts has no sales tax")
        env.ref("account.group_account_manager").write({_members(env): [Command.link(self.person_id)]})
        env["res.partner"].create({"name": "Hafenkontor Bremen GmbH", "ref": "bench", "is_company": True})
        for number in range(LINES):
            env["product.product"].create({"name": "Service %d" % number, "default_code": "bench"})
        for number in range(connectors):
            _make_connector(env, number)
        env.cr.commit()
        env.cr.execute("ANALYZE")
        # From here on this cursor is left alone: an open transaction would keep dead rows alive.
        env.cr.commit()

    def post(self, count, keep_jobs):
        """Post ``count`` new invoices; returns (wall, processor, database server) seconds of each.

        Unless ``keep_jobs``, the delivery jobs that a posting has made are taken away before the next, as if they
        had run.
        """
        invoices = self._make_invoices(count)
        gc.collect()
        began, aside, samples = self._server_seconds(), 0, []
        for invoice in invoices:
            wall, processor = time.perf_counter(), time.process_time()
            with self.registry.cursor() as cr:
                self._as_person(cr)["account.move"].browse(invoice).action_post()
            samples.append((time.perf_counter() - wall, time.process_time() - processor))
            if not keep_jobs:
                before = self._server_seconds()
                self._execute("DELETE FROM queue_job WHERE state = 'pending'")
                aside += self._server_seconds() - before
        server = max(self._server_seconds() - began - aside, 0) / count
        self._check(invoices)
        return [(*sample, server) for sample in samples]

    def _as_person(self, cr):
        """The environment of a request: a person with rights, not the superuser, and nothing cached."""
        return api.Environment(cr, self.person_id, {"lang": "en_US", "tz": "UTC"})

    def _make_invoices(self, count):
        with self.registry.cursor() as cr:
            env = self._as_person(cr)
            products = env["product.product"].search([("default_code", "=", "bench")])
            taxes = [Command.set(env.company.account_sale_tax_id.ids)]
            lines = [
                Command.create({"product_id": product.id, "quantity": 2, "price_unit": 50.20, "tax_ids": taxes})
                for product in products
            ]
            values = {
                "move_type": "out_invoice",
                "partner_id": env["res.partner"].search([("ref", "=", "bench")]).id,
                "invoice_date": DATE,
                "invoice_line_ids": lines,
            }
            return env["account.move"].create([values] * count).ids

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


def _members(env):
    """17.0 and 19.0 have different names for the users of a group."""
    return "user_ids" if "user_ids" in env["res.groups"]._fields else "users"


def _make_connector(env, number):
    host = "127.0.0.1:%d" % CLOSED_PORT
    connector = env["audit.connector"].create(
        {
            "name": "Closed port %d" % number,
            "url": "http://%s/events" % host,
            "allowed_destinations": host,
            "signing_secret": SECRET,
        }
    )
    posted = env.ref("audit_connector_base.event_type_invoice_posted")
    env["audit.subscription"].create({"connector_id": connector.id, "event_type_ids": [Command.set(posted.ids)]})


def _nanoseconds(pid):
    """Time a process has run (Linux, with its scheduler's statistics)."""
    try:
        with open(os.path.join("/proc", str(pid), "schedstat")) as handle:
            return int(handle.read().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


desk = Desk(env)  # noqa: F821 - given by the shell that runs this
answer(sys.argv[1:], {"prepare": desk.prepare, "post": desk.post})
