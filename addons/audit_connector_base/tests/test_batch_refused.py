import json

from odoo import fields
from odoo.tests import tagged

from ..models.connector.adapter import Outcome
from ..models.exchange.delivery_queries import CLAIM_BATCH
from ..models.exchange.lanes import batch_lane
from .http_case import HttpAdapterCase
from .sending import Recorder, SendingCase


@tagged("post_install", "-at_install")
class TestBatchRefused(HttpAdapterCase):
    """Batches that a platform refuses with one answer for all of their messages, over HTTP."""

    def _refusing(self, status, count, is_at_fault):
        """``(platform, deliveries)``: a run in which it refuses what holds a message that is at fault.

        :param is_at_fault: called with the position of a message
        """
        positions = {}

        def answer(request):
            events = json.loads(request["body"])
            spoilt = any(is_at_fault(positions[event["id"]]) for event in events)
            return (status, {}, b"line 3: no tax number") if spoilt else (204, {}, b"")

        platform = self.platform(answer)
        connector = self._connector(platform)
        connector.subscription_ids.write({"mode": "batch", "batch_size": 100})
        invoices = self.env["account.move"].union(*(self._invoice() for _number in range(count)))
        invoices.action_post()
        deliveries = self.env["audit.delivery"].search([("connector_id", "=", connector.id)], order="id")
        positions.update((delivery.message_id, position) for position, delivery in enumerate(deliveries))
        deliveries.due_at = fields.Datetime.now()
        self.drain(connector, deliveries[0].lane)
        return platform, deliveries

    def test_only_the_message_at_fault_fails_with_the_words_of_the_platform(self):
        platform, deliveries = self._refusing(422, 40, lambda position: position == 17)
        at_fault = deliveries[17]
        self.assertEqual((at_fault.state, at_fault.failure, at_fault.reason), ("dead", "rejected", "HTTP 422"))
        alone = at_fault.attempt_ids[0]
        self.assertEqual((alone.outcome, alone.answer_body), ("dead", "line 3: no tax number"))
        self.assertEqual(set(at_fault.attempt_ids[1:].mapped("outcome")), {"cut"})
        self.assertEqual(set((deliveries - at_fault).mapped("state")), {"delivered"})
        # 40, four times 10, five times 2, and two alone.
        self.assertLessEqual(len(platform.requests), 1 + 4 + 5 + 2)
        connector = deliveries.connector_id
        self.assertFalse(connector.breaker_open)
        self.assertEqual(len(connector.activity_ids), 1, "its owner is told once")
        self.assertEqual((connector.day_ids.failed, connector.day_ids.delivered), (1, 39))

    def test_a_batch_that_is_too_large_arrives_in_smaller_ones(self):
        platform = self.platform(
            lambda request: (413 if len(json.loads(request["body"])) > 5 else 204, {}, b""),
        )
        connector = self._connector(platform)
        connector.subscription_ids.write({"mode": "batch", "batch_size": 20})
        self.env["account.move"].union(*(self._invoice() for _number in range(20))).action_post()
        deliveries = self.env["audit.delivery"].search([("connector_id", "=", connector.id)])
        deliveries.due_at = fields.Datetime.now()
        self.drain(connector, deliveries[0].lane)
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})
        self.assertEqual([len(json.loads(one["body"])) for one in platform.requests], [20, 5, 5, 5, 5])

    def test_an_answer_about_the_whole_connection_is_true_of_all_messages(self):
        platform, deliveries = self._refusing(403, 6, lambda position: position == 2)
        self.assertEqual(len(platform.requests), 1)
        self.assertEqual(set(deliveries.mapped("state")), {"dead"})
        self.assertEqual(set(deliveries.mapped("failure")), {"credentials"})

    def test_the_trail_tells_that_it_was_refused_together_with_others(self):
        _platform, deliveries = self._refusing(400, 4, lambda position: position == 0)
        entries = self.env["audit.log.entry"].search(
            [
                ("kind", "=", "delivery.attempted"),
                ("res_model", "=", "account.move"),
                ("res_id", "=", deliveries[1].event_id.res_id),
            ],
            order="id",
        )
        self.assertEqual(len(entries), 2)
        self.assertIn("together with others: HTTP 400", entries[0].summary)
        self.assertIn("Delivered to", entries[1].summary)


class RefusingRecorder(Recorder):
    """A platform that refuses whatever holds one of ``poison``: all that go along, or with ``each`` only that one."""

    def __init__(self, poison, each=False):
        super().__init__()
        self.poison, self.answers_once = set(poison), not each

    def batch(self, messages, batch_id):
        ids = [message.id for message in messages]
        self.batches.append((batch_id, ids))
        if self.answers_once:
            return [self._outcome(self.poison.intersection(ids))] * len(ids)
        return [self._outcome(one in self.poison) for one in ids]

    @staticmethod
    def _outcome(is_refused):
        return Outcome("dead", "HTTP 422", status=422) if is_refused else Outcome("delivered", "HTTP 204", status=204)


@tagged("post_install", "-at_install")
class TestBatchCut(SendingCase):
    """How a refused batch is cut."""

    def setUp(self):
        super().setUp()
        self.subscription.write({"mode": "batch", "batch_size": 100})
        self.lane = batch_lane(self.subscription.id)

    def test_what_is_answered_for_each_message_is_not_tried_again_for_the_others(self):
        deliveries = self._posted(5)
        self._pass_time(hours=1)
        sender = self._run(RefusingRecorder({deliveries[3].message_id}, each=True), self.lane)
        self.assertEqual(len(sender.batches), 1)
        self.assertEqual(deliveries.mapped("state"), ["delivered"] * 3 + ["dead", "delivered"])

    def test_being_refused_with_others_uses_up_no_place_in_the_schedule(self):
        self.connector.retry_policy_id = self.env["audit.retry.policy"].create({"name": "Two", "schedule": "0s, 5s"})
        deliveries = self._posted(20)
        self._pass_time(hours=1)
        self._run(RefusingRecorder({deliveries[19].message_id}), self.lane)
        others = deliveries[:19]
        self.assertEqual(set(others.mapped("retry_count")), {1})
        self.assertGreater(max(others.mapped("attempt_count")), 2)

    def test_the_messages_of_one_document_stay_in_order_while_their_batch_is_cut(self):
        self.subscription.event_type_ids += self.env.ref("audit_connector_base.event_type_invoice_reset_to_draft")
        deliveries = self._posted(8)
        self.env["account.move"].browse(deliveries[1].event_id.res_id).button_draft()
        later = self.env["audit.delivery"].search(
            [("subject", "=", deliveries[1].subject), ("id", "!=", deliveries[1].id)]
        )
        # The first was cut before the later one was said.
        deliveries.write({"batch_limit": 5, "attempt_count": 1})
        deliveries[0].batch_limit = 0
        later.attempt_count = 1
        self._pass_time(hours=1)
        sender = self._run(RefusingRecorder(()), self.lane)
        sent = [one for _number, members in sender.batches for one in members]
        self.assertLess(sent.index(deliveries[1].message_id), sent.index(later.message_id))
        self.assertEqual(len(sent), 9)

    def test_what_went_down_with_fifty_runs_lets_the_others_pass(self):
        """It would be the first of the next run again, and so for ever."""
        deadly, other = self._posted(2)
        deadly.write({"attempt_count": 49, "batch_limit": 1})
        self._pass_time(hours=2)
        with self.second_cursor():
            [claimed] = self.connector._claim(self.lane, 77, 8, CLAIM_BATCH)[0]
            self.assertEqual(claimed["id"], deadly.id)
            self.connector._may_claim(self.lane)
        sender = self._run(Recorder(), self.lane)
        self.assertEqual([members for _number, members in sender.batches], [[other.message_id]])
        self.assertEqual(deadly.state, "pending")
        self.assertGreater(deadly.due_at, fields.Datetime.add(fields.Datetime.now(), minutes=50))

    def test_a_batch_whose_run_was_killed_twice_comes_in_smaller_ones(self):
        """One of its messages may be what kills."""
        self.subscription.batch_size = 8
        self._posted(8)
        self._pass_time(hours=1)
        for _killed in range(2):
            with self.second_cursor():
                self.connector._claim(self.lane, 77, 8, CLAIM_BATCH)
                self.connector._may_claim(self.lane)
        sender = self._run(Recorder(), self.lane)
        self.assertEqual([len(members) for _number, members in sender.batches], [2, 2, 2, 2])
