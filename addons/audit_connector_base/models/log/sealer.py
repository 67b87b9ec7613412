import logging
import os
import threading
import time

import psycopg2

from odoo import _, api, models

from ... import log_keys
from ...core import merkle
from ...keyring import KeyMissing
from ...later import later
from ...transaction import short_transaction
from .marks import Marks
from .tree import Tree

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x4155444C  # "AUDL": namespace of the advisory locks that let one sealer work on a log
BATCH = 10_000  # entries sealed by one transaction and covered by one signature
JOB_SECONDS = 50  # a run begins no batch later; far below the 120 s after which Odoo ends a worker

# The rows are found by their place, because nobody but the one sealer removes any. Entries are printable ASCII, which
# travels as text in half the time; other bytes come as escapes, so that they are not those that were marked.
TAKE = """
WITH taken AS (
    DELETE FROM audit_log_pending
     WHERE ctid = ANY(ARRAY(SELECT ctid FROM audit_log_pending WHERE log_id = ANY(%(logs)s)
                             ORDER BY entry_id LIMIT %(limit)s))
    RETURNING entry_id, log_id
)
SELECT taken.entry_id, taken.log_id, encode(e.entry, 'escape'), e.mac,
       EXISTS (SELECT 1 FROM audit_log_leaf f WHERE f.entry_id = taken.entry_id)
  FROM taken
  LEFT JOIN audit_log_entry e ON e.id = taken.entry_id
"""
SET_ASIDE = """
INSERT INTO audit_log_quarantine (entry_id, log_id, company_id, reason, found_at, state)
SELECT entry_id, %s, %s, reason, now() AT TIME ZONE 'UTC', 'waiting'
  FROM unnest(%s::bigint[], %s::varchar[]) AS found (entry_id, reason)
    ON CONFLICT (entry_id) DO UPDATE
       SET state = 'waiting', reason = excluded.reason, asked_by_id = NULL, asked_at = NULL, asked_because = NULL,
           asked_sha256 = NULL, approved_by_id = NULL, approved_at = NULL
"""
# What waits, under the log that is in use for its company: it may have been written for one that was closed since.
WAITING = """
SELECT o.id FROM audit_log o
 WHERE o.state = 'open' AND o.frozen_kind IS NULL
   AND EXISTS (SELECT 1 FROM audit_log l WHERE l.company_id IS NOT DISTINCT FROM o.company_id
                  AND EXISTS (SELECT 1 FROM audit_log_pending p WHERE p.log_id = l.id))
 ORDER BY o.id
"""
BEGUN = "SELECT id FROM audit_log WHERE state = 'open' AND frozen_kind IS NULL AND verifier_key IS NOT NULL ORDER BY id"


class AuditLog(models.Model):
    """Sealing: what is committed becomes leaves of the tree, then the tree is signed.

    One sealer works on a log at a time. It takes what waits in batches, each a short transaction: entries whose mark is
    not ours are set aside, the others become leaves. Only when these are on the disk is the new head signed.
    """

    _inherit = "audit.log"

    def _seal(self, seconds=JOB_SECONDS):
        """Seal what waits for this log, then sign; returns the number of entries sealed.

        :param seconds: begin no further batch after so long
        """
        self.ensure_one()
        until = time.monotonic() + seconds
        with short_transaction(self.env.registry) as env:
            env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.id])
            if not env.cr.fetchone()[0]:
                return 0
            return env["audit.log"].browse(self.id)._seal_locked(until)

    def _seal_locked(self, until):
        if self.state != "open" or self.frozen_kind:
            return 0
        if self._database_uuid() != self.database_uuid:
            if self.verifier_key:
                self._freeze("moved", _("This database has another number than the one the log was begun in."))
            else:
                self._leave_to_the_original()
            return 0
        try:
            signers = self._signers()
        except KeyMissing as error:
            # What waits goes on waiting.
            self._report_unsigned(str(error))
            return 0
        if not log_keys.entry_keys():
            self._report_unsigned(log_keys.trouble_with_entry_keys())
            return 0
        # First what is there already: a tree that contradicts what was signed must not grow over the contradiction.
        if not self._sign(signers):
            return 0
        if not self.verifier_key:
            self._adopt_unmarked()
            self._begin(signers[0].key)
            if not self._sign(signers):
                return 0
        done, taken, set_aside = 0, BATCH, 0
        while taken == BATCH and time.monotonic() < until:
            try:
                taken, sealed, refused = self._seal_batch()
                count = sealed[1] - sealed[0]
            except psycopg2.errors.UniqueViolation:
                _logger.info("Another sealer was faster on %s", self.origin)
                break
            done, set_aside = done + count, set_aside + refused
            if count and not self._sign(signers, sealed):
                break
        if set_aside:
            self._report_set_aside(set_aside)
        return done

    def _seal_batch(self):
        """Return how many entries were taken, ``(first, end)`` index of those sealed, and how many were set aside."""
        with short_transaction(self.env.registry) as env:
            cr = env.cr
            cr.execute("SET LOCAL synchronous_commit = on")
            log = env["audit.log"].browse(self.id)
            logs = log._with_closed()
            cr.execute(TAKE, {"logs": logs.ids, "limit": BATCH})
            rows = cr.fetchall()
            checks = Marks(cr, {one.id: one.origin for one in logs})
            good = {}
            for entry_id, log_id, entry, mac, sealed in rows:
                if not sealed and checks.passes(entry_id, log_id, entry, mac):
                    good[entry_id] = merkle.leaf_hash(entry.encode())
            good.update(checks.let_in())
            if checks.refused:
                reasons = [list(checks.refused), list(checks.refused.values())]
                cr.execute(SET_ASIDE, [log.id, log.company_id.id or None, *reasons])
            sealed = Tree(cr, log.id).append(*zip(*sorted(good.items()))) if good else (0, 0)
        return len(rows), sealed, len(checks.refused)

    def _with_closed(self):
        """This log and those of its company before it, for which some process may still write. Sudo: a job seals."""
        return self.sudo().search([("company_id", "=", self.company_id.id)])

    @api.model
    def _seal_waiting(self, seconds=JOB_SECONDS, all_logs=False):
        """Seal what waits in any log. Job method.

        :param all_logs: look at logs in which nothing waits as well: whether the head is signed and still is what was
        :return: a sentence for the job's result
        """
        until = time.monotonic() + seconds
        done = 0
        with short_transaction(self.env.registry) as env:
            env.cr.execute(WAITING)
            logs = [row[0] for row in env.cr.fetchall()]
            if all_logs:
                env.cr.execute(BEGUN)
                logs += [row[0] for row in env.cr.fetchall() if row[0] not in logs]
        for log in self.browse(logs):
            done += log._seal(max(0, until - time.monotonic()))
        return _("%d entries sealed", done)

    @api.model
    def _cron_seal(self):
        self._seal_waiting(all_logs=True)

    @api.model
    def _request_sealing(self):
        """Have what this transaction writes sealed a few seconds after its commit, together with what others write.

        Whoever posts waits for what happens here, so it is nothing but a note to this process.
        """
        cr = self.env.cr
        if not cr.postcommit.data.get("audit.sealing"):
            cr.postcommit.data["audit.sealing"] = True
            cr.postcommit.add(_Soon(self.env.registry))

    @api.model
    def _seal_now(self):
        """Have what this transaction writes sealed and signed at once after its commit, as for an approval."""
        registry, data = self.env.registry, self.env.cr.postcommit.data
        if data.get("audit.sealing") == AT_ONCE:
            return
        data["audit.sealing"] = AT_ONCE

        @self.env.cr.postcommit.add
        def at_once():
            _enqueue(registry)

    @api.model
    def _enqueue_sealing(self):
        """Add the job that seals, unless it waits already."""
        if not self.env["audit.connector"]._jobs_waiting([SEAL_KEY]):
            self.with_delay(
                priority=3, max_retries=0, identity_key=SEAL_KEY, description=_("Seal what was recorded")
            )._seal_waiting()


SEAL_KEY = "audit-seal"
AT_ONCE = "at once"  # what a transaction notes for itself that does not wait for the pause
PAUSE = 3.0  # seconds in which a process gathers commits before it asks for their sealing
_lock = threading.Lock()
_waiting = set()


class _Soon:
    """Asks for sealing at the end of the pause, once for all commits of this process within it.

    What a process asks for after it was ended is not lost: the scheduled action of every minute seals it. That does
    what is written while addons are installed, too, since such a process often ends with the installation.
    """

    def __init__(self, registry):
        self._registry = registry

    def __call__(self):
        if not self._registry.ready:
            return
        name = self._registry.db_name
        with _lock:
            if name in _waiting:
                return
            _waiting.add(name)
        later(PAUSE, self._ask)

    def _ask(self):
        with _lock:
            # Whoever commits from here on asks again.
            _waiting.discard(self._registry.db_name)
        _enqueue(self._registry)


def _enqueue(registry):
    try:
        with short_transaction(registry, durable=False) as env:
            env["audit.log"]._enqueue_sealing()
    except psycopg2.InterfaceError:
        # The process is on its way out and has closed its connections, as after an installation.
        _logger.info("The sealing of the log is left to the scheduled action")
    except Exception:
        # What was written is committed and must not be reported as failed; the scheduled action seals it soon.
        _logger.exception("The sealing of the log could not be started")


def _after_fork():
    # Timers do not follow into a child, and a lock held at the fork would never be released there.
    global _lock
    _lock = threading.Lock()
    _waiting.clear()


os.register_at_fork(after_in_child=_after_fork)
