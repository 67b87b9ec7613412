import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import psycopg2

from odoo import _, models
from odoo.exceptions import UserError

from ...core import canonical, retry
from ...transaction import short_transaction
from ..connector.adapter import Message, Outcome, storable
from .delivery_queries import CLAIM, LOCK_CLASS, RELEASE, SETTLE

_logger = logging.getLogger(__name__)

# No exchange begins later in a run. With one time-out on top that is below Odoo's usual limit of 120 s for a worker,
# which kills the run and loses the outcomes of its round; the job asks for another when more is due.
DRAIN_SECONDS = 60
ROUND_PER_SENDER = 4  # messages claimed at a time, for each that is sent at the same time


class AuditConnector(models.Model):
    """Delivery: one job a connector sends what is due, in rounds, until nothing is or its time is up."""

    _inherit = "audit.connector"

    def _drain(self):
        """Send all that is due to this connector. Job method.

        Every round is a short transaction that claims, the sending without any, and a short one that writes what
        became of it; the job's own transaction only holds the lock that shows this run alive.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        if not self.active:
            return _("The connector is archived; its deliveries wait.")
        try:
            send = self._adapter()._sender(self)
        except UserError as error:
            self._report_unusable(str(error))
            return str(error)
        lease = secrets.randbelow(2**31)
        self.env.cr.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK_CLASS, lease])
        until, sent = time.monotonic() + DRAIN_SECONDS, 0
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="audit-drain") as pool:
            while time.monotonic() < until:
                claimed = self._claim(lease)
                if not claimed:
                    break
                outcomes = list(pool.map(lambda item: _attempt(send, item, until), claimed))
                self._release(lease, [row for row, outcome in zip(claimed, outcomes) if outcome is None])
                tried = [(row, outcome) for row, outcome in zip(claimed, outcomes) if outcome is not None]
                if tried:
                    self._settle_all(lease, *zip(*tried))
                sent += len(tried)
        self._enqueue_next_drain()
        return _("%d attempts", sent)

    def _claim(self, lease):
        """Claim a round: rows become ``sending`` under ``lease``, their attempts are recorded, and nothing is sent yet.

        :return: list of dicts with the delivery's ``id``, ``attempt_id``, ``attempt_count``, ``retry_count``,
            ``company_id``, ``subject`` (model, id), ``correlation``, ``event_type``, ``violations`` and ``message``
        """
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                CLAIM,
                {
                    "connector": self.id,
                    "now": now,
                    "lock_class": LOCK_CLASS,
                    "lease": lease,
                    "lease_until": now + timedelta(seconds=ROUND_PER_SENDER * self.timeout + 60),
                    "limit": self.concurrency * ROUND_PER_SENDER,
                },
            )
            claimed = env.cr.dictfetchall()
            events = env["audit.event"].browse(row["event_id"] for row in claimed)
            payloads = events._payloads()
            for row, event in zip(claimed, events):
                envelope, row["violations"] = _prepared(event, payloads[event.id])
                row["subject"] = (event.res_model, event.res_id)
                row["correlation"] = event.traceparent.split("-")[1]
                row["event_type"] = event.type
                row["message"] = Message(
                    id=row["message_id"],
                    type=event.type,
                    subject="%s/%d" % row["subject"],
                    body=envelope,
                    content_type="application/cloudevents+json",
                    created_at=event.time,
                    attempt=row["attempt_count"],
                    trace=event.traceparent or "",
                )
        return claimed

    def _release(self, lease, claimed):
        """Give back what was claimed and not tried, as if it had not been."""
        if claimed:
            with short_transaction(self.env.registry) as env:
                env.cr.execute(RELEASE, [[row["id"] for row in claimed], lease])
                env["audit.delivery.attempt"].browse(row["attempt_id"] for row in claimed).unlink()

    def _settle_all(self, lease, claimed, outcomes):
        """Write what became of a round, each delivery for itself where they cannot be written together.

        An outcome that is lost means that the message is sent again, so one that cannot be written must not take
        others along, and must not be repeated for ever: it counts as an attempt that is tried again on schedule.
        """
        try:
            self._settle(lease, claimed, outcomes)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            _logger.exception("The outcomes of %d deliveries of %s could not be written", len(claimed), self)
            if len(claimed) > 1:
                for row, outcome in zip(claimed, outcomes):
                    self._settle_all(lease, [row], [outcome])
            else:
                self._settle(lease, claimed, [_internal_error(error)])

    def _settle(self, lease, claimed, outcomes):
        """Write what became of a round: attempts, deliveries that are still ours, and the log."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with short_transaction(self.env.registry) as env:
            settled = [_consequence(row, outcome, now) for row, outcome in zip(claimed, outcomes)]
            env.cr.execute(SETTLE, [*(list(column) for column in zip(*settled)), lease])
            for row, outcome in zip(claimed, outcomes):
                env["audit.delivery.attempt"].browse(row["attempt_id"]).write(_attempt_values(outcome))
            env["audit.log.entry"]._append(
                [self._log_of_attempt(row, outcome) for row, outcome in zip(claimed, outcomes)]
            )
            gone = [row["id"] for row, outcome in zip(claimed, outcomes) if outcome.verdict == "gone"]
            env["audit.delivery"].browse(gone).subscription_id._disable_as_gone()

    def _log_of_attempt(self, row, outcome):
        model, res_id = row["subject"]
        return {
            "kind": "delivery.attempted",
            "direction": "out",
            "actor": "system/delivery",
            "company_id": row["company_id"],
            "res_model": model,
            "res_id": res_id,
            "correlation": row["correlation"],
            "payload": canonical.dumps(
                {
                    "attempt": row["attempt_count"],
                    "attempt_id": row["attempt_id"],
                    "connector": {"id": self.id, "name": self.name},
                    "event": row["message_id"],
                    "type": row["event_type"],
                    "outcome": outcome.verdict,
                    "reason": outcome.reason,
                    "status": outcome.status,
                    "milliseconds": round(outcome.seconds * 1000),
                    "answer_sha256": outcome.answer_sha256,
                }
            ),
        }

    def _report_unusable(self, reason):
        """Ask the owner, once, to repair a connector that cannot send; its deliveries wait meanwhile."""
        summary = _("Repair the connector: nothing can be sent")
        if self.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=reason, user_id=(self.user_id or self.env.user).id
        )


def _prepared(event, payload):
    """``(envelope, violations)`` of an event. One that cannot be made into a message never holds up the others."""
    try:
        return event._envelope(payload), event._contract_violations(payload)
    except Exception as error:
        _logger.exception("The event %s cannot be made into a message", event.uuid)
        return b"", ["%s: %s" % (type(error).__name__, error)]


def _attempt(send, item, until):
    """Send one message in a thread; None when it is too late to begin (``until``, of the monotonic clock).

    Whatever goes wrong is an outcome, so that the round is always settled.
    """
    if time.monotonic() >= until:
        return None
    if item["violations"]:
        return Outcome("dead", "Not sent, the message does not match its contract: " + "; ".join(item["violations"]))
    try:
        outcome = send(item["message"])
        if not isinstance(outcome, Outcome):
            raise TypeError("the adapter returned %s instead of an outcome" % type(outcome).__name__)
        return outcome
    except Exception as error:
        _logger.exception("Sending the message %s failed inside the adapter", item["message"].id)
        return _internal_error(error)


def _internal_error(error):
    return Outcome("retry", "internal error: %s" % type(error).__name__)


def _consequence(row, outcome, now):
    """``(delivery id, state, due at, delivered at, reason)`` that an outcome leads to."""
    reason = outcome.reason[:500]
    if outcome.verdict == "delivered":
        return row["id"], "delivered", None, now, reason
    if outcome.verdict in ("retry", "slow_down"):
        delay = retry.next_delay(row["retry_count"] + 1, outcome.retry_after)
        if delay is not None:
            return row["id"], "pending", now + timedelta(seconds=delay), None, reason
        reason = "given up after %d attempts: %s" % (row["attempt_count"], reason)
    return row["id"], "dead", None, None, reason


def _attempt_values(outcome):
    return {
        "outcome": outcome.verdict,
        "status": outcome.status,
        "reason": outcome.reason,
        "seconds": outcome.seconds,
        "peer": outcome.peer,
        "request_headers": outcome.request_headers,
        "answer_headers": outcome.answer_headers,
        "answer_body": storable(outcome.answer_body.decode("utf-8", "replace")),
        "answer_truncated": outcome.answer_truncated,
        "answer_sha256": outcome.answer_sha256,
    }
