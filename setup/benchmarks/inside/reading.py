"""Makes invoices and a client of the API, and reads them both ways. Runs inside Odoo (``env`` is given)."""

import gc
import json
import sys
import time
from datetime import date, timedelta

from answering import answer
from ground import make_company, make_invoices, person

from odoo import SUPERUSER_ID, Command, api

from odoo.addons.audit_connector_base.models.access.api import Asked
from odoo.addons.bench_anchor.bare_reading import as_bytes, read_invoices

FASTEST = 60_000  # requests a minute: the limit of a client is not what is measured


class Desk:
    """Where lists are read; each request has a transaction and an empty cache of its own."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self, invoices):
        """Make the invoices, and a client that may read them; returns its token."""
        env = self.env
        person(env)
        make_company(env)
        make_invoices(env, invoices).action_post()
        client = env["audit.api.client"].create(
            {
                "name": "Benchmark",
                "purpose": "Measuring",
                "scope_ids": [Command.create({"entity": "invoice", "verb": "read"})],
                "expires_on": date.today() + timedelta(days=1),
                "rate_per_minute": FASTEST,
                "burst": 10_000,
            }
        )
        client.action_request()
        approver = env["res.users"].create(
            {"name": "Approver", "login": "bench_approver", "company_ids": [Command.set(env.company.ids)]}
        )
        group = env.ref("audit_connector_base.group_audit_approver")
        group.write({"user_ids" if "user_ids" in group._fields else "users": [Command.link(approver.id)]})
        approving = client.with_user(approver)
        approving._note_identity("approve")
        approving.action_approve()
        self.token = env["audit.api.token"]._issue(client, ["invoice:read"], "127.0.0.1")
        # A benchmark may take longer than a token lives.
        env.cr.execute("UPDATE audit_api_token SET expires_at = expires_at + interval '1 day'")
        env.cr.commit()
        env.cr.execute("ANALYZE")
        env.cr.commit()
        return {"token": self.token}

    def read_bare(self, count, limit):
        """(wall, processor) seconds of each of ``count`` bare reads of ``limit`` invoices."""
        return self._timed(count, limit, lambda env: as_bytes(read_invoices(env, limit)))

    def read_ours(self, count, limit):
        """The same by the API, from its token to the bytes of the answer."""
        headers = {"Authorization": "Bearer " + self.token}
        asked = Asked("GET", "/audit/v1/invoice", "limit=%d" % limit, headers, "127.0.0.1", "127.0.0.1", lambda _n: b"")

        def read(env):
            audit_api = env["audit.api"]
            return audit_api._answer(asked, lambda caller: audit_api._read_list(asked, caller, "invoice")).body

        return self._timed(count, limit, read)

    def _timed(self, count, limit, read):
        samples = []
        gc.collect()
        for _number in range(count):
            wall, processor = time.perf_counter(), time.process_time()
            with self.registry.cursor() as cr:
                body = read(api.Environment(cr, SUPERUSER_ID, {}))
            samples.append((time.perf_counter() - wall, time.process_time() - processor))
            if len(json.loads(body)["data"]) != limit:
                raise AssertionError("not all invoices were read")
        return samples


desk = Desk(env)  # noqa: F821 - given by the shell that runs this
answer(sys.argv[1:], {"prepare": desk.prepare, "read_bare": desk.read_bare, "read_ours": desk.read_ours})
