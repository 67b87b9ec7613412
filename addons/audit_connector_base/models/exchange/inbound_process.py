import json
import logging
import secrets
import time
from datetime import datetime, timedelta, timezone

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, _, api, models
from odoo.exceptions import AccessError, UserError

from ...transaction import short_transaction
from ..connector.adapter import storable
from .delivery_queries import LOCK_CLASS
from .inbound_handler import Mismatch
from .inbound_queries import CLAIM, LOCK, RELEASE, SETTLE

_logger = logging.getLogger(__name__)

WORK_SECONDS = 60  # no message is begun later in a run; see DRAIN_SECONDS
CLAIMED = 50
LEASE = timedelta(minutes=10)
CONFLICT_TRIES = 5  # at once, within a run
MAX_ATTEMPTS = 5  # over all runs: a message that ends its worker each time must not come for ever
AGAIN = timedelta(seconds=30)


class AuditConnector(models.Model):
    """Working on what was received: one job a connector, every message in a transaction of its own."""

    _inherit = "audit.connector"

    def _process_inbound(self):
        """Work on all that this connector received and that is due. Job method.

        What a message changes in Odoo and its state ``processed`` are committed together, so a killed worker did both
        or neither. The job's own transaction only holds the lock that shows this run alive.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        lease = secrets.randbelow(2**31)
        self.env.cr.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK_CLASS, lease])
        until, count = time.monotonic() + WORK_SECONDS, 0
        while time.monotonic() < until:
            claimed = self._claim_inbound(lease)
            if not claimed:
                break
            for position, (message_id, attempts) in enumerate(claimed):
                if time.monotonic() >= until:
                    self._release_inbound(lease, [row[0] for row in claimed[position:]])
                    break
                self._work_on(message_id, lease, attempts)
                count += 1
        self._enqueue_next_inbound()
        return _("%d messages", count)

    def _claim_inbound(self, lease):
        """Claim a chunk; returns ``[(message id, number of this attempt), …]`` in the order they came."""
        now = _now()
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                CLAIM,
                {
                    "connector": self.id,
                    "now": now,
                    "lock_class": LOCK_CLASS,
                    "lease": lease,
                    "lease_until": now + LEASE,
                    "limit": CLAIMED,
                },
            )
            return [(message_id, attempts) for _arrival, message_id, attempts in sorted(env.cr.fetchall())]

    def _release_inbound(self, lease, ids):
        with short_transaction(self.env.registry) as env:
            env.cr.execute(RELEASE, [ids, lease])

    def _work_on(self, message_id, lease, attempts):
        """Work on one message and write what became of it, whatever that is."""
        if attempts > MAX_ATTEMPTS:
            reason = _(
                "The work on it was interrupted %s times. Look into the server's log of that time, then have it worked "
                "on again.",
                MAX_ATTEMPTS,
            )
            return self._settle_inbound(message_id, lease, reason)
        trouble = None
        for _try in range(CONFLICT_TRIES):
            try:
                return self._handle_in_own_transaction(message_id, lease)
            except psycopg2.errors.LockNotAvailable:
                return None
            except psycopg2.OperationalError as error:
                trouble = error
                _logger.info("Message %s met a conflict (%s) and is tried again", message_id, error.pgcode)
                time.sleep(secrets.randbelow(100) / 1000)
            except Mismatch as error:
                return self._settle_inbound(message_id, lease, str(error), mismatch=error)
            except AccessError as error:
                _logger.info("Message %s: %s", message_id, error)
                return self._settle_inbound(message_id, lease, str(error))
            except UserError as error:
                return self._settle_inbound(message_id, lease, str(error))
            except Exception as error:
                _logger.exception("The work on message %s failed", message_id)
                reason = _(
                    "An error inside Odoo (%s). The server's log of this time tells more. Have it worked on again when "
                    "it is repaired.",
                    type(error).__name__,
                )
                return self._settle_inbound(message_id, lease, reason)
        return self._postpone_inbound(message_id, lease, attempts, trouble)

    def _postpone_inbound(self, message_id, lease, attempts, trouble):
        """Have a message worked on later that the database did not let through, unless it never does.

        That others were changing the same records is no fault of the message, so it costs none of its attempts.

        :param trouble: the last ``psycopg2.OperationalError``
        """
        if isinstance(trouble, TransactionRollbackError):
            reason = _("Others were changing the same records. It is tried again by itself.")
            return self._settle_inbound(message_id, lease, reason, again=True, counts=False)
        if attempts < MAX_ATTEMPTS:
            reason = _("The database did not allow the work on it (%s). It is tried again by itself.", _name(trouble))
            return self._settle_inbound(message_id, lease, reason, again=True)
        reason = _(
            "The database did not allow the work on it, %(count)s times, the last time because of %(error)s. Its own "
            "log tells more. Have the message worked on again when that is repaired.",
            count=attempts,
            error=_name(trouble),
        )
        return self._settle_inbound(message_id, lease, reason)

    def _handle_in_own_transaction(self, message_id, lease):
        """Handle the message and commit, or raise and leave no trace."""
        context = {"allowed_company_ids": self.company_id.ids, "lang": self.company_id.partner_id.lang}
        with self.env.registry.cursor() as cr:
            cr.execute(LOCK, [message_id, lease], log_exceptions=False)
            if cr.fetchone():
                env = api.Environment(cr, SUPERUSER_ID, context)
                env["audit.inbound.message"].browse(message_id)._work()

    def _settle_inbound(self, message_id, lease, reason, mismatch=None, again=False, counts=True):
        """Write that a message failed, or that it waits for another try.

        :param counts: whether the work on it was an attempt
        """
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                SETTLE,
                {
                    "id": message_id,
                    "lease": lease,
                    "state": "received" if again else "dead",
                    "reason": storable(reason)[:2000],
                    "violations": json.dumps(mismatch.violations) if mismatch else None,
                    "contract": mismatch.contract if mismatch else None,
                    "due_at": _now() + AGAIN,
                    "given_back": 0 if counts else 1,
                },
            )
            if env.cr.fetchone() and not again:
                message = env["audit.inbound.message"].browse(message_id)
                message._log("inbound.failed", actor="system/inbound", reason=storable(reason)[:2000])


def _name(error):
    """What went wrong in the database, in its own word and code."""
    return " ".join(filter(None, (type(error).__name__, error.pgcode)))


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
