import logging
from datetime import datetime, timedelta, timezone

from odoo import SUPERUSER_ID, _, api, models

from ...transaction import short_transaction
from .delivery_queries import JOBS_WAITING, NEXT_DUE, TO_WAKE

_logger = logging.getLogger(__name__)

SOON = timedelta(minutes=2)


def call_after_commit(connectors, key, method):
    """Call ``method`` on ``connectors``, in a transaction of its own, once the current one is committed.

    All that is asked for under ``key`` in one transaction becomes one call.
    """
    cr = connectors.env.cr
    asked = cr.postcommit.data.get(key)
    if asked is not None:
        asked.update(connectors.ids)
        return
    if not connectors:
        return
    asked = cr.postcommit.data[key] = set(connectors.ids)
    registry = connectors.env.registry

    @cr.postcommit.add
    def wake():
        try:
            with registry.cursor() as new_cr:
                env = api.Environment(new_cr, SUPERUSER_ID, {})
                getattr(env["audit.connector"].browse(sorted(asked)), method)()
        except Exception:
            # The business transaction is committed and must not be reported as failed; the sweep starts the job soon.
            _logger.exception("%s of connectors %s could not be started", method, sorted(asked))


class AuditConnector(models.Model):
    """When a delivery job is started: after a commit, when a retry is due, and by the sweep of every minute."""

    _inherit = "audit.connector"

    def _request_drain(self):
        """Send what this transaction writes as soon as it is committed.

        Once a transaction and after its commit: a job enqueued inside it may start before the rows can be seen, and
        an identical job that is about to end would swallow the request.
        """
        call_after_commit(self, "audit.drain", "_enqueue_drain")

    def _enqueue_drain(self, at=None):
        """Add a delivery job for each active connector, now or at ``at`` (UTC), unless the same is already waiting.

        Whoever posts waits for this, and mostly the jobs are there: one query finds out for all.
        """
        moment = "now" if at is None else "%d" % at.timestamp()
        keys = {connector_id: "audit-drain-%d-%s" % (connector_id, moment) for connector_id in self.ids}
        waiting = self._jobs_waiting(list(keys.values()))
        wanted = [connector_id for connector_id, key in keys.items() if key not in waiting]
        for connector in self.browse(wanted).exists():
            if connector.active:
                connector.with_delay(
                    eta=at or 1,
                    max_retries=0,
                    identity_key=keys[connector.id],
                    description=_("Deliver to %s", connector.name),
                )._drain()

    def _jobs_waiting(self, identity_keys):
        """Return those of the keys whose job has not started, as a set."""
        self.env["queue.job"].flush_model(["identity_key", "state"])
        self.env.cr.execute(JOBS_WAITING, [identity_keys])
        return {row[0] for row in self.env.cr.fetchall()}

    @api.model
    def _cron_sweep(self):
        """Start a delivery job wherever something is due: retries, and what a crash left behind."""
        self.env.cr.execute(TO_WAKE, [datetime.now(timezone.utc).replace(tzinfo=None)])
        self.browse(row[0] for row in self.env.cr.fetchall())._enqueue_drain()

    def _enqueue_next_drain(self):
        """Plan the next run when something will be due soon; what lies further away is found by the sweep."""
        with short_transaction(self.env.registry) as env:
            env.cr.execute(NEXT_DUE, [self.id])
            due_at = env.cr.fetchone()[0]
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        if due_at and due_at < now + SOON:
            self._enqueue_drain(at=max(due_at, now) + timedelta(seconds=1))
