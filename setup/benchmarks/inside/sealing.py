"""Seals what it has recorded, and proves entries of a large log. Runs inside Odoo (``env`` is given)."""

import hashlib
import random
import sys
import time

from answering import answer

from odoo import SUPERUSER_ID, api

AT_ONCE = 1000
PAYLOAD = b'{"amount":"100.10","currency":"EUR","number":"INV/2026/00001","partner":"Hafenkontor Bremen GmbH"}'


class Archive:
    """Each transaction is one of its own, as in production."""

    def __init__(self, env):
        self.registry, self.company = env.registry, env.company.id

    def seal(self, count):
        """Record ``count`` entries, then seal them; returns the seconds of the sealing."""
        said = {
            "kind": "event.written",
            "direction": "none",
            "company_id": self.company,
            "res_model": "account.move",
            "res_id": 1,
            "correlation": "ab" * 16,
            "payload": PAYLOAD,
        }
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for _part in range(count // AT_ONCE):
                env["audit.log.entry"]._append([said] * AT_ONCE)
        with self.registry.cursor() as cr:
            began = time.perf_counter()
            api.Environment(cr, SUPERUSER_ID, {})["audit.log"]._seal_waiting(seconds=600)
            seconds = time.perf_counter() - began
        self._all_is_signed()
        return seconds

    def grow(self, size):
        """Let the log of the company have ``size`` leaves; those that are added stand for no entry."""
        from odoo.addons.audit_connector_base.models.log.tree import Tree

        with self.registry.cursor() as cr:
            tree = Tree(cr, self._log(cr).id)
            while (have := tree.size()) < size:
                ids = [10**9 + number for number in range(have, min(size, have + 100_000))]
                tree.append(ids, [hashlib.sha256(b"%d" % one).digest() for one in ids])
        with self.registry.cursor() as cr:
            cr.execute("ANALYZE audit_log_leaf")

    def prove(self, times):
        """Return the seconds of so many proofs of entries anywhere in the log, each checked."""
        from odoo.addons.audit_connector_base.core import merkle
        from odoo.addons.audit_connector_base.models.log.tree import Tree

        taken = []
        for _time in range(times):
            with self.registry.cursor() as cr:
                log = self._log(cr)
                size = Tree(cr, log.id).size()
                index = random.randrange(size)
                began = time.perf_counter()
                tree = Tree(cr, log.id)
                proof = merkle.inclusion_proof(index, size, tree.reader(size))
                taken.append(time.perf_counter() - began)
                cr.execute("SELECT hash FROM audit_log_leaf WHERE log_id = %s AND index = %s", [log.id, index])
                merkle.verify_inclusion(index, size, bytes(cr.fetchone()[0]), proof, tree.root(size))
        return taken

    def _log(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["audit.log"].search([("company_id", "=", self.company), ("state", "=", "open")])

    def _all_is_signed(self):
        """Of the company's log; that of the system waits for the first entry that the copied database writes itself."""
        with self.registry.cursor() as cr:
            log = [self._log(cr).id]
            cr.execute("SELECT count(*) FROM audit_log_pending WHERE log_id = %s", log)
            (waiting,) = cr.fetchone()
            cr.execute("SELECT max(index) + 1 FROM audit_log_leaf WHERE log_id = %s", log)
            (size,) = cr.fetchone()
            cr.execute("SELECT max(size) FROM audit_log_checkpoint WHERE log_id = %s", log)
            (signed,) = cr.fetchone()
        if waiting or size != signed:
            raise AssertionError("%d entries wait, %d of %d are signed" % (waiting, signed, size))


archive = Archive(env)  # noqa: F821 - given by the shell that runs this
answer(sys.argv[1:], {name: getattr(archive, name) for name in ("seal", "grow", "prove")})
