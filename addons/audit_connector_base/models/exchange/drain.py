import hashlib
import logging
import secrets
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime, timedelta, timezone

from markupsafe import escape

from odoo import _, models
from odoo.exceptions import UserError

from ...transaction import short_transaction
from ..connector.adapter import Message, Outcome, Sender
from .delivery_queries import CLAIM_BATCH, CLAIM_PROBE, CLAIM_SINGLE, LOCK_CLASS, MORE_URGENT
from .lanes import BULK, NORMAL, subscription_of
from .settle import internal_error

_logger = logging.getLogger(__name__)

# No exchange begins later in a run. With one time-out on top that is below Odoo's usual limit of 120 s for a worker,
# which kills the run and loses its outcomes; the job asks for another when more is due. Bulk makes room earlier.
DRAIN_SECONDS = 60
BULK_SECONDS = 20
CLAIMED_PER_SENDER = 16  # messages claimed ahead, for each that is sent at the same time
SETTLE_SECONDS = 0.25  # an outcome is written at the latest so long after it is known, while others are under way
SETTLE_AT = 64  # or when so many are known
GIVE_WAY_SECONDS = 15  # after which a run comes back that left the limit of its connector to more urgent messages


class AuditConnector(models.Model):
    """Delivery: one job a lane of a connector sends what is due until nothing is or its time is up."""

    _inherit = "audit.connector"

    def _drain(self, lane=NORMAL):
        """Send all that is due in one lane of this connector. Job method.

        Claiming is a short transaction, sending needs none, and what became of the messages is written in short ones
        again; the job's own transaction only holds the lock that shows this run alive.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        if not self.active:
            return _("The connector is archived; its deliveries wait.")
        blocker = self._blocker()
        if blocker:
            return blocker
        try:
            sender = _as_sender(self._adapter()._sender(self))
        except UserError as error:
            self._report_unusable(str(error))
            return str(error)
        credentials = self._credentials_sending()
        lease = secrets.randbelow(2**31)
        self.env.cr.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK_CLASS, lease])
        try:
            sent, again_at = Run(self, lane, lease, sender).send_all()
        finally:
            sender.close()
        self._note_use(credentials, "delivery", "system/delivery", sent)
        self._enqueue_next_drain(lane, again_at)
        return _("%d attempts", sent)

    def _may_claim(self, lane):
        """Free what runs that are gone had claimed, and ask whether to send; see ``_permission``."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with short_transaction(self.env.registry) as env:
            connector = env["audit.connector"].browse(self.id)
            connector._reclaim(lane, now)
            return connector._permission()

    def _must_give_way(self, lane):
        """Whether messages wait that are more urgent than those of a lane and would have to share a limit with them."""
        lanes = list(range(self._priority_of(lane)))
        if not self.rate_limit or not lanes:
            return False
        with short_transaction(self.env.registry) as env:
            now = datetime.now(timezone.utc).replace(tzinfo=None)
            env.cr.execute(MORE_URGENT, {"connector": self.id, "lanes": lanes, "now": now})
            return bool(env.cr.fetchone())

    def _claim(self, lane, lease, limit, query=CLAIM_SINGLE, seconds=DRAIN_SECONDS):
        """Claim up to ``limit`` deliveries: they become ``sending`` under ``lease`` and their attempts are recorded.

        :return: list of dicts with the columns of the event and the delivery's ``id``, ``attempt_id``,
            ``attempt_count``, ``retry_count``, ``violations`` (list of texts), ``contract`` (version that the message
            was held against, or None) and ``message``; and the seconds to wait where the connector's limit allows none
            now
        """
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with short_transaction(self.env.registry) as env:
            # What the other side counts is requests.
            wanted = 1 if query is CLAIM_BATCH else limit
            taken, pause = env["audit.connector"].browse(self.id)._take_allowance(wanted)
            if not taken:
                return [], pause
            env.cr.execute(
                query,
                {
                    "connector": self.id,
                    "lane": lane,
                    "now": now,
                    "lease": lease,
                    "lease_until": now + timedelta(seconds=seconds + self.timeout + 60),
                    "limit": limit if query is CLAIM_BATCH else taken,
                },
            )
            claimed = env.cr.dictfetchall()
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        for row in claimed:
            envelope, row["violations"], row["contract"] = self._prepared(database, row)
            # The event's own hash is in the log; what an older version makes of it is noted with the attempt.
            older = (row["contract_major"] or row["contract_version"]) < row["contract_version"]
            row["sent_sha256"] = hashlib.sha256(envelope).hexdigest() if older else None
            row["message"] = Message(
                id=row["message_id"],
                type=row["type"],
                subject="%s/%d" % (row["res_model"], row["res_id"]),
                body=envelope,
                content_type="application/cloudevents+json",
                created_at=row["time"],
                attempt=row["attempt_count"],
                entity=row["entity"],
                traceparent=row["traceparent"],
            )
            del row["payload"]
        return claimed, 0

    def _prepared(self, database, row):
        """``(envelope, violations, contract)`` of an event.

        One that cannot be made into a message never holds up the others.
        """
        if row["payload"] is None:
            return b"", [_("its content was erased")], None
        try:
            return self.env["audit.event"]._message(database, row)
        except Exception as error:
            _logger.exception("The event %s cannot be made into a message", row["uuid"])
            return b"", ["%s: %s" % (type(error).__name__, error)], None

    def _report_unusable(self, reason, summary=None):
        """Ask the owner, once, to repair a connector that cannot send; its deliveries wait meanwhile."""
        summary = summary or _("Repair the connector: nothing can be sent")
        if self.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        # The other side may have a word in the reason, which a note would take for HTML.
        user, note = self.user_id or self.env.user, escape(reason)
        self.activity_schedule("mail.mail_activity_data_todo", summary=summary, note=note, user_id=user.id)


class Run:
    """One run of one lane. Claims ahead of the senders and settles behind them, so that neither waits for the other."""

    def __init__(self, connector, lane, lease, sender):
        self.connector, self.lane, self.lease, self.sender = connector, lane, lease, sender
        self.policy = connector.retry_policy_id._policy()
        self.seconds = BULK_SECONDS if lane == BULK else DRAIN_SECONDS
        self.until = time.monotonic() + self.seconds
        self.stop = threading.Event()
        self.sent, self.pause = 0, 0

    def send_all(self):
        """Return ``(number of attempts, when to come back (UTC) or None)``."""
        what, until = self.connector._may_claim(self.lane)
        if what in ("never", "wait"):
            return 0, until
        subscription = subscription_of(self.lane)
        if subscription:
            self._send_batches(subscription, probe=what == "probe")
        else:
            self._send_singles(probe=what == "probe")
        again_at = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=self.pause)
        return self.sent, again_at if self.pause else None

    def _send_singles(self, probe):
        under_way, known, settled_at = {}, [], time.monotonic()
        with ThreadPoolExecutor(self.connector.concurrency, thread_name_prefix="audit-drain") as pool:
            window = self.connector.concurrency * CLAIMED_PER_SENDER
            more = True
            while True:
                if more and not self.stop.is_set() and time.monotonic() < self.until and len(under_way) <= window // 2:
                    claimed = self._claim(
                        1 if probe else window - len(under_way), CLAIM_PROBE if probe else CLAIM_SINGLE
                    )
                    # A probe that was good opens the way for the others; one that was not has set ``stop``.
                    more = bool(claimed)
                    for row in claimed:
                        under_way[pool.submit(self._attempt, row)] = row
                if under_way:
                    done, _pending = wait(under_way, timeout=SETTLE_SECONDS, return_when=FIRST_COMPLETED)
                    known += [(under_way.pop(future), future.result()) for future in done]
                late = time.monotonic() - settled_at >= SETTLE_SECONDS
                if known and (len(known) >= SETTLE_AT or late or not under_way):
                    self._settle(known)
                    # What had to wait for an earlier message about its document may be free now.
                    known, settled_at, more, probe = [], time.monotonic(), True, False
                if not under_way and not known and (not more or self.stop.is_set() or time.monotonic() >= self.until):
                    if not self._waited_for_allowance():
                        return
                    more = True

    def _send_batches(self, subscription_id, probe):
        """One after the other: the messages of a lane of batches go out in the order in which they were written.

        Those that failed or were refused before go along with their like; see ``CLAIM_BATCH``. A probe is one message.
        """
        size = self.connector.env["audit.subscription"].browse(subscription_id).exists().batch_size or 1
        while time.monotonic() < self.until and not self.stop.is_set():
            claimed = self._claim(1, CLAIM_PROBE) if probe else self._claim(size, CLAIM_BATCH)
            if not claimed:
                if self._waited_for_allowance():
                    continue
                return
            probe = False
            good = [row for row in claimed if not row["violations"]]
            known = [(row, self._attempt(row)) for row in claimed if row["violations"]]
            if good:
                ids = ",".join(row["message_id"] for row in good)
                batch = "batch-" + hashlib.sha256(ids.encode()).hexdigest()[:32]
                for row in good:
                    row["batch"], row["sent_with"] = batch, len(good)
                    row["answered_with"] = len(good) if self.sender.answers_once else 1
                known += zip(good, self._attempt_batch(good, batch))
            self._settle(known)

    def _claim(self, limit, query):
        if self.connector._must_give_way(self.lane):
            # The run ends, as the others may need its place.
            self.stop.set()
            self.pause = GIVE_WAY_SECONDS
            return []
        claimed, self.pause = self.connector._claim(self.lane, self.lease, limit, query, self.seconds)
        return claimed

    def _waited_for_allowance(self):
        """Sleep until the limit of the connector allows another message, where that is soon."""
        if not self.pause or self.stop.is_set() or time.monotonic() + self.pause >= self.until:
            return False
        time.sleep(self.pause)
        return True

    def _settle(self, known):
        """Write outcomes; what was not tried goes back as if it had not been claimed."""
        self.connector._release(self.lease, [row for row, outcome in known if outcome is None])
        tried = [(row, outcome) for row, outcome in known if outcome is not None]
        if tried and not self.connector._settle_all(self.lease, self.policy, tried):
            self.stop.set()
        self.sent += len(tried)

    def _attempt(self, row):
        """Send one message in a thread; None when it is too late to begin. Whatever goes wrong is an outcome."""
        if row["violations"]:
            return Outcome("dead", "not sent: " + "; ".join(row["violations"]), reached=False)
        if self.stop.is_set() or time.monotonic() >= self.until:
            return None
        try:
            return _checked(self.sender(row["message"]))
        except Exception as error:
            _logger.exception("Sending the message %s failed inside the adapter", row["message"].id)
            return internal_error(error)

    def _attempt_batch(self, rows, batch):
        try:
            outcomes = [_checked(one) for one in self.sender.batch([row["message"] for row in rows], batch)]
            if len(outcomes) != len(rows):
                raise TypeError("the adapter returned %d outcomes for %d messages" % (len(outcomes), len(rows)))
            return outcomes
        except Exception as error:
            _logger.exception("Sending the batch %s failed inside the adapter", batch)
            return [internal_error(error)] * len(rows)


class _FunctionSender(Sender):
    """A plain function as a ``Sender``."""

    def __init__(self, send):
        self.send = send

    def __call__(self, message):
        return self.send(message)


def _as_sender(send):
    return send if isinstance(send, Sender) else _FunctionSender(send)


def _checked(outcome):
    if not isinstance(outcome, Outcome):
        raise TypeError("the adapter returned %s instead of an outcome" % type(outcome).__name__)
    return outcome
