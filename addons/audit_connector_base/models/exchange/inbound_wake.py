import logging
import threading
import time
from datetime import datetime, timedelta, timezone

from odoo import _, api, models

from ...later import later
from ...transaction import short_transaction
from .inbound_queries import NEXT_DUE, TO_WAKE
from .inbound_use import note_uses
from .wake import SOON

_logger = logging.getLogger(__name__)

# A stream of messages asks for its work once a second, which is when the job of the one before begins, and not once a
# message.
PAUSE = 1.0

_lock = threading.Lock()
_asked_at = {}
_waiting = set()


def _wake_soon(registry, connector_ids):
    """Ask for the work on what these connectors received: at once, or together with others at the end of the pause."""
    now = time.monotonic()
    with _lock:
        keys = {(registry.db_name, connector_id) for connector_id in connector_ids} - _waiting
        soon = {key for key in keys if _asked_at.get(key, 0) + PAUSE > now}
        _waiting.update(soon)
        _asked_at.update({key: now for key in keys - soon})
    if keys - soon:
        _wake(registry, keys - soon)
    if soon:
        later(PAUSE, _wake, registry, soon)


def _wake(registry, keys):
    with _lock:
        # Whoever commits from here on asks again.
        _waiting.difference_update(keys)
        _asked_at.update({key: time.monotonic() for key in keys})
    ids = sorted(connector_id for _database, connector_id in keys)
    try:
        with short_transaction(registry, durable=False) as env:
            env["audit.connector"].browse(ids)._enqueue_inbound()
        note_uses(registry)
    except Exception:
        # What was received is committed, and must not be reported as failed; the sweep starts the work soon.
        _logger.exception("The work on what connectors %s received could not be started", ids)


class AuditConnector(models.Model):
    """When work on received messages starts: after a commit, when one is due again, by the sweep of every minute."""

    _inherit = "audit.connector"

    def _request_inbound(self):
        """Work on what this transaction stores as soon as it is committed; see ``_request_drain``."""
        cr = self.env.cr
        asked = cr.postcommit.data.get("audit.inbound")
        if asked is not None:
            asked.update(self.ids)
            return
        asked = cr.postcommit.data["audit.inbound"] = set(self.ids)
        registry = self.env.registry

        @cr.postcommit.add
        def wake():
            _wake_soon(registry, asked)

    def _enqueue_inbound(self, at=None):
        """Add a job for each connector, now or at ``at`` (UTC), unless the same is already waiting.

        Archived ones too: what was accepted is worked on.
        """
        moment = "now" if at is None else "%d" % at.timestamp()
        keys = {connector_id: "audit-inbound-%d-%s" % (connector_id, moment) for connector_id in self.ids}
        waiting = self._jobs_waiting(list(keys.values()))
        wanted = self.browse([one for one, key in keys.items() if key not in waiting]).exists()
        for connector in wanted:
            connector.with_delay(
                eta=at or 1,
                max_retries=0,
                identity_key=keys[connector.id],
                description=_("Work on what %s sent", connector.name),
            )._process_inbound()

    @api.model
    def _cron_sweep(self):
        result = super()._cron_sweep()
        self.env.cr.execute(TO_WAKE, [datetime.now(timezone.utc).replace(tzinfo=None)])
        self.browse(row[0] for row in self.env.cr.fetchall())._enqueue_inbound()
        return result

    def _enqueue_next_inbound(self):
        with short_transaction(self.env.registry) as env:
            env.cr.execute(NEXT_DUE, [self.id])
            due_at = env.cr.fetchone()[0]
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        if due_at and due_at < now + SOON:
            self._enqueue_inbound(at=max(due_at, now) + timedelta(seconds=1))
