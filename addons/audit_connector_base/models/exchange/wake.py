import logging
from datetime import datetime, timedelta, timezone

from odoo import _, api, models
from odoo.tools import config

from ...core.expected import Expected
from ...transaction import short_transaction
from .delivery_queries import JOBS_WAITING, NEXT_DUE, TO_WAKE, WAKE_AGAIN
from .lanes import BULK, CHANNELS, CRITICAL, NORMAL, subscription_of

_logger = logging.getLogger(__name__)

SOON = timedelta(minutes=2)
WAKE_AFTER = timedelta(seconds=1)
WAKE_KEY = "audit-wake"
# The clock of the process that starts jobs may be ahead of this one's by so much.
CLOCKS_DIFFER = timedelta(seconds=0.25)
expected = Expected()  # the moment at which the job of a database will look for what is due
JOB_PRIORITIES = {CRITICAL: 5, NORMAL: 10, BULK: 20}


class AuditConnector(models.Model):
    """When delivery jobs are started: after a commit, when a retry is due, and by the sweep of every minute.

    Whoever posts waits for what happens here after the commit, so it is one look and at most one job: that job finds
    out which lanes have something due and starts theirs. While a process knows that the job is yet to begin, it does
    not look again.
    """

    _inherit = "audit.connector"

    @api.model
    def _request_drain(self):
        """Send what this transaction writes as soon as it is committed.

        Once a transaction and after its commit: a job enqueued inside it may start before the rows can be seen, and
        an identical job that is about to end would swallow the request.
        """
        cr = self.env.cr
        if cr.postcommit.data.get("audit.drain"):
            return
        cr.postcommit.data["audit.drain"] = True
        registry = self.env.registry

        @cr.postcommit.add
        def wake():
            if expected.is_ahead(registry.db_name) and not config["test_enable"]:
                return  # in tests what was asked for is rolled back
            try:
                # What a crash of the server loses here is found by the sweep.
                with short_transaction(registry, durable=False) as env:
                    eta = env["audit.connector"]._enqueue_wake()
                if eta:
                    expected.set(registry.db_name, eta - CLOCKS_DIFFER)
            except Exception:
                # The business transaction is committed and must not be reported as failed; the sweep sends soon.
                _logger.exception("The delivery job could not be started")

    @api.model
    def _enqueue_wake(self):
        """Let the job that starts deliveries run about a second from now, unless it waits already.

        :return: when it will begin at the earliest (UTC, naive), None when it may begin at any moment
        """
        eta = datetime.now(timezone.utc).replace(tzinfo=None) + WAKE_AFTER
        for _attempt in range(2):
            self.env.cr.execute(WAKE_AGAIN, {"key": WAKE_KEY, "eta": eta, "model": self._name})
            found = self.env.cr.fetchone()
            if found:
                return found[0]
        self.with_delay(
            eta=WAKE_AFTER, priority=JOB_PRIORITIES[CRITICAL], max_retries=0, identity_key=WAKE_KEY,
            description=_("Start the deliveries that are due"),
        )._wake()  # fmt: skip
        return eta

    @api.model
    def _wake(self):
        """Start a delivery job for each lane with something due: what was just written, retries, and what a crash left
        behind. Job method."""
        with short_transaction(self.env.registry) as env:
            env.cr.execute(TO_WAKE, {"now": datetime.now(timezone.utc).replace(tzinfo=None)})
            lanes = env.cr.fetchall()
        self._enqueue_drains(lanes)
        return _("%d deliveries to start", len(lanes))

    @api.model
    def _cron_sweep(self):
        self._wake()

    @api.model
    def _enqueue_drains(self, lanes, at=None):
        """Add a delivery job for each ``(connector id, lane)``, now or at ``at`` (UTC), unless it waits already."""
        moment = "now" if at is None else "%d" % at.timestamp()
        keys = {pair: "audit-drain-%d-%d-%s" % (*pair, moment) for pair in lanes}
        waiting = self._jobs_waiting(list(keys.values()))
        for (connector_id, lane), key in keys.items():
            connector = self.browse(connector_id)
            if key not in waiting and connector.exists() and connector.active:
                priority = self._priority_of(lane)
                connector.with_delay(
                    eta=at,
                    priority=JOB_PRIORITIES[priority],
                    max_retries=0,
                    channel=CHANNELS[priority],
                    identity_key=key,
                    description=_("Deliver to %s", connector.name),
                )._drain(lane)

    @api.model
    def _priority_of(self, lane):
        """``CRITICAL``, ``NORMAL`` or ``BULK``, whose number is smaller the more urgent they are."""
        subscription_id = subscription_of(lane)
        if subscription_id is None:
            return lane
        return int(self.env["audit.subscription"].browse(subscription_id).exists().priority or NORMAL)

    @api.model
    def _jobs_waiting(self, identity_keys):
        """Return those of the keys whose job has not started, as a set."""
        self.env["queue.job"].flush_model(["identity_key", "state"])
        self.env.cr.execute(JOBS_WAITING, [identity_keys])
        return {row[0] for row in self.env.cr.fetchall()}

    def _enqueue_next_drain(self, lane, at=None):
        """Plan the next run when something will be due soon; what lies further away is found by the sweep.

        :param at: not before this moment (UTC, naive)
        """
        with short_transaction(self.env.registry) as env:
            env.cr.execute(NEXT_DUE, {"connector": self.id, "lane": lane})
            found = env.cr.fetchone()
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        if found:
            due_at = max(found[0], at or found[0], now)
            if due_at < now + SOON:
                self._enqueue_drains([(self.id, lane)], at=due_at + timedelta(seconds=0.2))
