"""What the tests of sending share: a platform inside the process, and time that passes at once."""

import threading
from datetime import timedelta
from unittest.mock import patch

from ..models.connector.adapter import Outcome, Sender
from .common import AuditCase


class Recorder(Sender):
    """A platform inside the process: answers with ``verdicts`` one after the other, then with ``delivered``."""

    def __init__(self, *verdicts):
        self.verdicts = list(verdicts)
        self.sent, self.batches, self.closed = [], [], 0
        self.lock = threading.Lock()

    def __call__(self, message):
        with self.lock:
            self.sent.append(message.id)
            verdict = self.verdicts.pop(0) if self.verdicts else "delivered"
        return Outcome(verdict, verdict)

    def batch(self, messages, batch_id):
        self.batches.append((batch_id, [message.id for message in messages]))
        verdict = self.verdicts.pop(0) if self.verdicts else "delivered"
        return [Outcome(verdict, verdict)] * len(messages)

    def close(self):
        self.closed += 1


class PoisonedRecorder(Recorder):
    """A platform that fails at whatever holds one of the messages whose ids are in ``poison``."""

    def __init__(self, poison):
        super().__init__()
        self.poison = set(poison)

    def __call__(self, message):
        self.sent.append(message.id)
        return self._outcome([message])

    def batch(self, messages, batch_id):
        self.batches.append((batch_id, [message.id for message in messages]))
        return [self._outcome(messages)] * len(messages)

    def _outcome(self, messages):
        verdict = "retry" if self.poison.intersection(message.id for message in messages) else "delivered"
        return Outcome(verdict, verdict)


class SendingCase(AuditCase):
    """A connector with one subscription, whose adapter a test takes the place of."""

    def setUp(self):
        super().setUp()
        self.connector = self._connector()
        self.subscription = self.connector.subscription_ids

    def _posted(self, count=1, **values):
        invoices = self.env["account.move"].union(*(self._invoice(**values) for _number in range(count)))
        invoices.action_post()
        subjects = ["account.move/%d" % invoice.id for invoice in invoices]
        return self.env["audit.delivery"].search([("subject", "in", subjects)], order="id")

    def _run(self, sender, lane=1, connector=None):
        with patch.object(type(self.env["audit.adapter.webhook"]), "_sender", lambda _adapter, _connector: sender):
            self.drain(connector or self.connector, lane)
        return sender

    def _pass_time(self, **delta):
        """Let time pass for what waits and for what the connector knows, instead of for the clock."""
        past = timedelta(**delta)
        for delivery in self.env["audit.delivery"].search([("state", "=", "pending")]):
            delivery.due_at -= past
        state = self.connector.state_ids
        state.write(
            {
                name: state[name] - past
                for name in ("paused_until", "failing_since", "allowance_at", "disabled_at")
                if state[name]
            }
        )
        if state.breaker:
            state.breaker = {**state.breaker, "probe_at": state.breaker["probe_at"] - past.total_seconds()}
