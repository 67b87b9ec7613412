import json
import logging
import random
from datetime import datetime, timedelta, timezone

import psycopg2

from odoo import _, models

from ...core import canonical
from ...transaction import short_transaction
from ..connector.adapter import Outcome, storable
from .delivery_queries import ATTEMPTED, RELEASE, SETTLE

_logger = logging.getLogger(__name__)

TARGET_KEPT = 2000  # characters of what was called; addresses beyond that are of no use to anybody

FAILURES = {401: "credentials", 403: "credentials", 404: "address", 405: "address", 413: "too_large"}
# Of those that no HTTP status tells, by the fault of the outcome.
FAULTS = {"login": "credentials", "refused": "refused", "settings": "settings", "size": "too_large"}


class AuditConnector(models.Model):
    """What becomes of messages that were tried: the delivery, its attempt, the log, and what the connector learns."""

    _inherit = "audit.connector"

    def _settle_all(self, lease, policy, tried):
        """Write what became of ``tried``, each delivery for itself where they cannot be written together.

        An outcome that is lost means that the message is sent again, so one that cannot be written must not take
        others along, and must not be repeated for ever: it counts as an attempt that is tried again on schedule.

        :param tried: list of ``(claimed row, Outcome)``
        :return: whether the run may go on sending
        """
        try:
            return self._settle(lease, policy, tried)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            _logger.exception("The outcomes of %d deliveries of %s could not be written", len(tried), self)
            if len(tried) > 1:
                return all([self._settle_all(lease, policy, [one]) for one in tried])
            return self._settle(lease, policy, [(tried[0][0], internal_error(error))])

    def _settle(self, lease, policy, tried):
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with short_transaction(self.env.registry) as env:
            connector = env["audit.connector"].browse(self.id)
            judged = [
                (row, outcome, policy.judged(outcome.verdict, outcome.status, row.get("answered_with", 1)))
                for row, outcome in tried
            ]
            may_go_on, open_ = connector._learn(
                [
                    (verdict, outcome.retry_after, outcome.reached, outcome.fault == "route")
                    for _row, outcome, verdict in judged
                ],
                now,
            )
            settled = [
                (*_consequence(row, outcome, verdict, policy, now, open_), _batch_limit(row, verdict), row["contract"])
                for row, outcome, verdict in judged
            ]
            env.cr.execute(SETTLE, [*(list(column) for column in zip(*settled)), lease])
            attempts = [_attempt_values(row, outcome, verdict) for row, outcome, verdict in judged]
            env.cr.execute(ATTEMPTED, [list(column) for column in zip(*attempts)])
            env["audit.log.entry"]._append([self._log_of_attempt(*one) for one in judged])
            connector._report_dead([one for one in settled if one[1] == "dead"])
            gone = [row["id"] for row, _outcome, verdict in judged if verdict == "gone"]
            env["audit.delivery"].browse(gone).subscription_id._disable_as_gone()
        return may_go_on

    def _report_dead(self, settled):
        """Tell the owner, once until it is marked as done, of messages that are given up: they need a person.

        Not of those that a platform wants no more, of which its subscription tells.
        """
        reasons = [reason for _id, _state, _due, _delivered, reason, failure, *_rest in settled if failure != "gone"]
        if reasons:
            self._report_unusable(
                _("%s It stands under Exchange, Dead Letters, with what to do next.", reasons[0].rstrip(".") + "."),
                summary=_("Look at a message that “%s” did not take", self.name),
            )

    def _release(self, lease, claimed):
        """Give back what was claimed and not tried, as if it had not been."""
        if claimed:
            with short_transaction(self.env.registry) as env:
                env.cr.execute(RELEASE, [[row["id"] for row in claimed], lease, [row["attempt_id"] for row in claimed]])

    def _log_of_attempt(self, row, outcome, verdict):
        return {
            "kind": "delivery.attempted",
            "direction": "out",
            "actor": "system/delivery",
            "company_id": row["company_id"],
            "res_model": row["res_model"],
            "res_id": row["res_id"],
            "correlation": row["traceparent"].split("-")[1],
            "payload": canonical.dumps(
                {
                    "attempt": row["attempt_count"],
                    "attempt_id": row["attempt_id"],
                    "connector": {"id": self.id, "name": self.name},
                    "event": row["message_id"],
                    "type": row["type"],
                    "outcome": verdict,
                    "reason": outcome.reason,
                    "status": outcome.status,
                    "milliseconds": round(outcome.seconds * 1000),
                    "answer_sha256": outcome.answer_sha256,
                    "contract": row["contract"],
                    **({"sent_sha256": row["sent_sha256"]} if row["sent_sha256"] else {}),
                }
            ),
        }


def internal_error(error):
    """The outcome of an attempt that failed inside Odoo: tried again on schedule, and not the platform's fault."""
    return Outcome("retry", "internal error: %s" % type(error).__name__, reached=False)


def _consequence(row, outcome, verdict, policy, now, breaker_open):
    """``(delivery id, state, due at, delivered at, reason, failure, retry count)`` that an outcome leads to.

    While the breaker is open, an attempt does not use up a place in the retry schedule: a platform that is down for a
    week finds everything still waiting.
    """
    reason, retried = outcome.reason[:500], row["retry_count"]
    if verdict == "delivered":
        return row["id"], "delivered", None, now, reason, None, retried
    if verdict == "cut":
        # Its place in the schedule is given back: it may have been refused for another one's fault.
        return row["id"], "pending", now, None, reason, None, retried - 1
    if verdict in ("retry", "slow_down"):
        if breaker_open:
            retried -= 1
        # Messages that were sent together come again together.
        rng = random.Random("%s/%d" % (row["batch"], retried)) if row.get("batch") else random
        delay = policy.next_delay(retried + 1, outcome.retry_after, rng)
        if delay is not None:
            return row["id"], "pending", now + timedelta(seconds=delay), None, reason, None, retried
        reason = "given up after %d attempts: %s" % (row["attempt_count"], reason)
        return row["id"], "dead", None, None, reason, "exhausted", retried
    return row["id"], "dead", None, None, reason, _failure(row, outcome, verdict), retried


def _batch_limit(row, verdict):
    """With how many a message may go along next time: a quarter, once they were refused together or failed twice.

    The second try after a failure is the same batch again, by whose number the platform may know it.
    """
    fails_again = verdict in ("retry", "slow_down") and row["attempt_count"] > 1
    if row.get("sent_with", 1) > 1 and (verdict == "cut" or fails_again):
        return max(row["sent_with"] // 4, 1)
    return row["batch_limit"]


def _failure(row, outcome, verdict):
    if row["violations"]:
        return "contract"
    if verdict == "gone":
        return "gone"
    if outcome.status is None:
        return FAULTS.get(outcome.fault, "rejected")
    # Redirects are not followed: the platform has moved.
    return "address" if 300 <= outcome.status < 400 else FAILURES.get(outcome.status, "rejected")


def _attempt_values(row, outcome, verdict):
    return (
        row["attempt_id"],
        verdict,
        outcome.status,
        outcome.reason,
        outcome.seconds,
        outcome.target[:TARGET_KEPT] or None,
        outcome.peer,
        json.dumps(outcome.request_headers),
        json.dumps(outcome.answer_headers),
        storable(outcome.answer_body.decode("utf-8", "replace")),
        outcome.answer_truncated,
        outcome.answer_sha256,
        row.get("batch"),
    )
