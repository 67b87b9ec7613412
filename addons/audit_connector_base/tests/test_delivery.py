import hashlib
import json
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import retry
from ..models.connector.adapter import Outcome
from ..models.exchange import delivery_queries, drain
from .common import AuditCase


@tagged("post_install", "-at_install")
class TestDelivery(AuditCase):
    def setUp(self):
        super().setUp()
        self.platform = self.receiver()
        self.connector = self._connector(self.platform)

    def _posted(self, **values):
        invoice = self._invoice(post=True, **values)
        return self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)])

    def _make_due(self, delivery):
        """As if the time had passed, that of a pause of the whole connector included."""
        delivery.due_at = fields.Datetime.now() - timedelta(seconds=1)
        self.connector.state_ids.paused_until = False

    def test_a_posted_invoice_arrives_signed_under_its_message_id(self):
        delivery = self._posted()
        self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_count), ("delivered", 1))
        self.assertEqual(self.platform.ids, [delivery.message_id])
        event = self.platform.events()[0]
        self.assertEqual(event["specversion"], "1.0")
        self.assertEqual((event["id"], event["type"]), (delivery.message_id, "invoice.posted"))
        self.assertEqual(event["data"], json.loads(delivery.event_id.payload_text))
        self.assertEqual(event["traceparent"], delivery.event_id.traceparent)

    def test_the_attempt_and_the_log_tell_what_happened(self):
        delivery = self._posted()
        self.drain(self.connector)
        attempt = delivery.attempt_ids
        self.assertEqual((attempt.outcome, attempt.status, attempt.number), ("delivered", 204, 1))
        self.assertEqual(attempt.target, "POST http://%s/events" % self.platform.host)
        self.assertIn("webhook-id", attempt.request_headers)
        self.assertNotIn("webhook-signature", attempt.request_headers)
        entry = self.env["audit.log.entry"].search([("res_id", "=", delivery.event_id.res_id)], limit=1)
        self.assertEqual((entry.kind, entry.direction, entry.result), ("delivery.attempted", "out", "good"))
        self.assertEqual(entry.action_open_delivery()["res_id"], delivery.id)

    def test_an_attempt_tells_what_it_called_after_the_address_was_changed(self):
        self.connector.write({"url": "http://%s/events?tenant=7&key=abc" % self.platform.host})
        delivery = self._posted()
        self.drain(self.connector)
        called = "POST http://%s/events?tenant=7&key=(hidden)" % self.platform.host
        self.connector.write({"url": "http://%s/elsewhere" % self.platform.host})
        self.assertEqual(delivery.attempt_ids.with_user(self.accountant).target, called)

    def test_what_was_called_is_cut_off_where_it_would_fill_the_screen(self):
        delivery = self._posted()
        outcome = Outcome("retry", "no answer", target="POST https://example.com/" + "x" * 5000)
        adapter = type(self.env["audit.adapter.webhook"])
        with patch.object(adapter, "_sender", lambda _adapter, _connector: lambda _message: outcome):
            self.drain(self.connector)
        self.assertEqual(len(delivery.attempt_ids.target), 2000)

    def test_an_attempt_keeps_the_hash_of_the_answer_as_it_came(self):
        self.platform.answers = [503]
        delivery = self._posted()
        self.drain(self.connector)
        attempt = delivery.attempt_ids
        self.assertEqual((attempt.answer_body, attempt.answer_sha256), ("ok", hashlib.sha256(b"ok").hexdigest()))
        entry = self.env["audit.log.entry"].search([("res_id", "=", delivery.event_id.res_id)], limit=1)
        self.assertIn(attempt.answer_sha256, entry.payload_text)

    def test_a_receiver_that_is_down_is_tried_again_under_the_same_id(self):
        self.platform.close()
        delivery = self._posted()
        self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_ids.outcome), ("pending", "retry"))
        wait = (delivery.due_at - fields.Datetime.now()).total_seconds()
        # 5 s, a fifth more or less, between two moments that are each cut to the second.
        self.assertTrue(3 <= wait <= 7, wait)
        self.assertFalse(self.drain(self.connector).startswith("1"), "not due yet")

    def test_it_arrives_once_when_the_receiver_is_back(self):
        self.platform.answers = [503]
        delivery = self._posted()
        self.drain(self.connector)
        self._make_due(delivery)
        self.drain(self.connector)
        self.drain(self.connector)
        self.assertEqual([message["status"] for message in self.platform.messages], [503, 204])
        self.assertEqual(set(self.platform.ids), {delivery.message_id})
        self.assertEqual(delivery.attempt_ids.mapped("outcome"), ["delivered", "slow_down"])

    def test_retry_after_is_obeyed(self):
        self.platform.answers = [(429, {"Retry-After": "900"})]
        delivery = self._posted()
        self.drain(self.connector)
        self.assertGreater(delivery.due_at, fields.Datetime.now() + timedelta(seconds=890))

    def test_a_refusal_is_final_until_a_person_sends_it_again(self):
        self.platform.answers = [422]
        delivery = self._posted()
        self.drain(self.connector)
        self.assertEqual(delivery.state, "dead")
        self.assertIn("422", delivery.reason)
        self.send_again(delivery)
        self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_count), ("delivered", 2))
        self.assertEqual(len(set(self.platform.ids)), 1)

    def test_after_the_last_attempt_it_is_given_up(self):
        delivery = self._posted()
        self.platform.answers = [500] * len(retry.SCHEDULE)
        for _attempt in retry.SCHEDULE:
            self._make_due(delivery)
            self.drain(self.connector)
        self.assertEqual(delivery.state, "dead")
        self.assertEqual(delivery.attempt_count, len(retry.SCHEDULE))

    def test_a_410_switches_the_subscription_off_and_keeps_what_waits(self):
        self.platform.answers = [410]
        first, second = self._posted(), None
        self.drain(self.connector)
        self.assertEqual(first.state, "dead")
        subscription = (
            self.env["audit.subscription"]
            .with_context(active_test=False)
            .search([("connector_id", "=", self.connector.id)])
        )
        self.assertFalse(subscription.active)
        self.assertIn("no more", self.connector.activity_ids.summary)
        subscription.active = True
        second = self._posted()
        subscription.active = False
        self.drain(self.connector)
        self.assertEqual(second.state, "held")
        subscription.active = True
        self.drain(self.connector)
        self.assertEqual(second.state, "delivered")

    def test_the_owner_is_told_once_of_messages_that_are_given_up(self):
        self.connector.user_id = self.administrator
        for _message in range(2):
            self.platform.answers = [422]
            delivery = self._posted()
            self.drain(self.connector)
            self.assertEqual(delivery.state, "dead")
        activity = self.connector.activity_ids
        self.assertEqual((len(activity), activity.user_id), (1, self.administrator))
        self.assertIn("422", activity.note)

    def test_a_message_that_breaks_its_contract_is_not_sent(self):
        delivery = self._posted()
        payload = b'{"contract":"invoice/1"}'
        self.env.cr.execute(
            "UPDATE audit_event SET payload = %s, payload_sha256 = %s WHERE id = %s",
            [payload, hashlib.sha256(payload).hexdigest(), delivery.event_id.id],
        )
        self.drain(self.connector)
        self.assertEqual((delivery.state, self.platform.messages), ("dead", []))
        self.assertIn("$", delivery.reason)
        self.assertEqual(delivery.failure, "contract")
        self.assertIn("Correct the document", delivery.next_step)

    def test_content_that_is_not_what_was_recorded_is_not_sent(self):
        delivery = self._posted()
        self.env.cr.execute("UPDATE audit_event SET payload = '{}' WHERE id = %s", [delivery.event_id.id])
        with mute_logger("odoo.addons.audit_connector_base.models.exchange.drain"):
            self.drain(self.connector)
        self.assertEqual((delivery.state, self.platform.messages), ("dead", []))
        self.assertIn("not those that were recorded", delivery.reason)

    def test_events_of_one_document_go_out_in_their_order(self):
        invoice = self._invoice(post=True)
        invoice.button_draft()
        invoice.action_post()
        deliveries = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)], order="id")
        self.assertEqual(len(deliveries), 2)
        self.platform.answers = [503]
        self.drain(self.connector)
        self.assertEqual(self.platform.ids, [deliveries[0].message_id], "the second waits for the first")
        self._make_due(deliveries[0])
        self.drain(self.connector)
        self.assertEqual(self.platform.ids[1:], deliveries.mapped("message_id"))

    def test_the_attempt_is_recorded_before_anything_is_sent(self):
        delivery = self._posted()
        seen = []
        adapter = type(self.env["audit.adapter.webhook"])

        def sender(_adapter, _connector):
            def send(message):
                self.env.cr.execute("SELECT outcome FROM audit_delivery_attempt WHERE delivery_id = %s", [delivery.id])
                seen.append(self.env.cr.fetchall())
                return drain.Outcome("delivered", "HTTP 200", status=200)

            return send

        with patch.object(adapter, "_sender", sender):
            self.drain(self.connector)
        self.assertEqual(seen, [[("unknown",)]])

    def test_an_adapter_that_breaks_leaves_an_outcome(self):
        delivery = self._posted()

        def sender(_adapter, _connector):
            return lambda message: 1 / 0

        with patch.object(type(self.env["audit.adapter.webhook"]), "_sender", sender):
            with mute_logger("odoo.addons.audit_connector_base.models.exchange.drain"):
                self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_ids.outcome), ("pending", "retry"))

    def _drain_with(self, send):
        """Drain with ``send`` in the place of the adapter's, and without the errors that it is meant to log."""
        with patch.object(type(self.env["audit.adapter.webhook"]), "_sender", lambda _adapter, _connector: send):
            ours = "odoo.addons.audit_connector_base.models.exchange."
            with mute_logger(ours + "drain", ours + "settle", "odoo.sql_db"):
                self.drain(self.connector)

    def test_an_adapter_that_returns_no_outcome_leaves_one(self):
        delivery = self._posted()
        self._drain_with(lambda message: None)
        self.assertEqual((delivery.state, delivery.attempt_ids.outcome), ("pending", "retry"))

    def test_what_a_receiver_answers_can_always_be_stored(self):
        delivery = self._posted()
        odd = "a\0b\ud800c"
        self._drain_with(
            lambda message: drain.Outcome(
                "delivered", odd, status=200, answer_headers={"server": odd}, answer_body=odd.encode("utf-8", "replace")
            )
        )
        self.assertEqual((delivery.state, delivery.reason), ("delivered", "a\ufffdb\ufffdc"))
        self.assertEqual(delivery.attempt_ids.answer_headers, {"server": "a\ufffdb\ufffdc"})

    def test_an_outcome_that_cannot_be_written_takes_no_other_along(self):
        good, bad = self._posted(), self._posted()
        odd_id = bad.message_id

        def send(message):
            return drain.Outcome("delivered", status=2**40 if message.id == odd_id else 200)

        self._drain_with(send)
        self.assertEqual((good.state, good.attempt_ids.outcome), ("delivered", "delivered"))
        self.assertEqual((bad.state, bad.attempt_ids.outcome), ("pending", "retry"))

    def test_what_a_run_has_no_time_left_for_is_given_back_untouched(self):
        deliveries = self._posted() + self._posted() + self._posted()
        self.connector.concurrency = 1
        clock = [0.0]

        def send(_message):
            clock[0] += drain.DRAIN_SECONDS * 0.6
            return drain.Outcome("delivered")

        with patch.object(drain.time, "monotonic", lambda: clock[0]):
            self._drain_with(send)
        self.assertEqual(deliveries.mapped("state"), ["delivered", "delivered", "pending"])
        late = deliveries[2]
        self.assertEqual((late.attempt_count, late.retry_count, late.attempt_ids.ids), (0, 0, []))
        self.drain(self.connector)
        self.assertEqual(late.state, "delivered")

    def test_an_event_that_cannot_be_made_into_a_message_holds_up_no_other(self):
        bad, erased, good = self._posted(), self._posted(), self._posted()
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_event SET entity = 'unknown' WHERE id = %s", [bad.event_id.id])
        self.env.cr.execute("UPDATE audit_event SET payload = NULL WHERE id = %s", [erased.event_id.id])
        self.env.invalidate_all()
        with mute_logger("odoo.addons.audit_connector_base.models.exchange.drain"):
            self.drain(self.connector)
        self.assertEqual((bad.state, erased.state, good.state), ("dead", "dead", "delivered"))
        self.assertEqual(self.platform.ids, [good.message_id])

    def test_a_delivery_whose_sender_died_is_free_at_once(self):
        delivery = self._posted()
        delivery.write({"state": "sending", "lease": 77, "lease_until": fields.Datetime.now() + timedelta(hours=1)})
        self.drain(self.connector)
        self.assertEqual(delivery.state, "delivered")

    def test_an_attempt_of_a_killed_run_stands_in_the_log_once_and_with_what_is_not_known(self):
        delivery = self._posted()
        with self.second_cursor():
            self.connector._claim(1, 77, 1)
        for _run in range(2):
            self.drain(self.connector)
        interrupted, done = delivery.attempt_ids.sorted("number")
        self.assertEqual((interrupted.outcome, done.outcome), ("unknown", "delivered"))
        self.assertIn("whether it arrived is not known", interrupted.reason)
        entries = self.env["audit.log.entry"].search(
            [("kind", "=", "delivery.attempted"), ("res_id", "=", delivery.event_id.res_id)], order="id"
        )
        said = [entries._payloads()[entry.id] for entry in entries]
        self.assertEqual(
            [(one["attempt"], one["attempt_id"], one["outcome"]) for one in said],
            [(1, interrupted.id, "unknown"), (2, done.id, "delivered")],
        )
        self.assertIn("Interrupted on the way to", entries[0].summary)
        self.assertEqual((entries[0].result, entries[0].company_id), ("waiting", self.company))

    def test_what_a_killed_run_had_claimed_uses_up_no_place_in_the_retry_schedule(self):
        delivery = self._posted()
        delivery.write({"state": "sending", "lease": 77, "attempt_count": 8, "retry_count": 7})
        self.platform.answers = [500]
        self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_count, delivery.retry_count), ("pending", 9, 7))

    def test_a_delivery_that_another_run_is_sending_is_left_to_it(self):
        delivery = self._posted()
        delivery.write({"state": "sending", "lease": 78, "lease_until": fields.Datetime.now() + timedelta(hours=1)})
        self.env.cr.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [delivery_queries.LOCK_CLASS, 78])
        self.drain(self.connector)
        self.assertEqual((delivery.state, self.platform.messages), ("sending", []))

    def test_an_archived_connector_keeps_its_deliveries_waiting(self):
        self.connector.active = False
        delivery = self._posted()
        self.drain(self.connector)
        self.assertEqual((delivery.state, self.platform.messages), ("pending", []))
        self.connector.active = True
        self.drain(self.connector)
        self.assertEqual(delivery.state, "delivered")

    def test_a_secret_that_cannot_be_opened_is_brought_before_the_owner_once(self):
        delivery = self._posted()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE audit_credential SET envelope = 'v1.broken' WHERE company_id = %s", [self.company.id]
        )
        self.env.invalidate_all()
        self.drain(self.connector)
        self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_count), ("pending", 0))
        self.assertEqual(len(self.connector.activity_ids), 1)
        self.assertEqual(self.connector.activity_ids.user_id, self.connector.user_id)

    def _assert_nothing_wakes(self):
        """Neither a run of the drain nor the sweep asks for another run."""
        jobs = self.env["queue.job"].search([])
        self.drain(self.connector)
        self.sweep()
        self.assertFalse(self.env["queue.job"].search([("id", "not in", jobs.ids)]))

    def test_what_waits_for_its_subscription_wakes_nobody(self):
        self._posted()
        self.connector.subscription_ids.active = False
        self._assert_nothing_wakes()

    def test_what_waits_for_an_earlier_one_of_its_document_wakes_nobody(self):
        invoice = self._invoice(post=True)
        invoice.button_draft()
        invoice.action_post()
        self.platform.answers = [(500, {"Retry-After": "7200"})]
        self.drain(self.connector)
        self._assert_nothing_wakes()

    def test_a_protocol_that_is_no_longer_installed_is_brought_before_the_owner(self):
        delivery = self._posted()
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_connector SET adapter = 'uninstalled' WHERE id = %s", [self.connector.id])
        self.env.invalidate_all()
        self.drain(self.connector)
        self.assertEqual((delivery.state, delivery.attempt_count), ("pending", 0))
        self.assertIn("no longer installed", self.connector.activity_ids.note)

    def test_the_sweep_finds_what_is_due(self):
        self._posted()
        self.sweep()
        jobs = self.env["queue.job"].search([("identity_key", "=", "audit-drain-%d-1-now" % self.connector.id)])
        self.assertEqual((len(jobs), jobs.channel), (1, "root.audit.delivery.normal"))

    def test_what_waits_under_a_subscription_that_is_off_holds_up_no_other_subscription(self):
        invoice = self._invoice(post=True)
        self.connector.subscription_ids.active = False
        self.env["audit.subscription"].create(
            {"connector_id": self.connector.id, "event_type_ids": [Command.set(self.posted_type.ids)]}
        )
        invoice.button_draft()
        invoice.action_post()
        self.drain(self.connector)
        deliveries = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)], order="id")
        self.assertEqual(deliveries.mapped("state"), ["held", "delivered"])

    def test_a_subscription_under_which_deliveries_wait_cannot_be_deleted(self):
        delivery = self._posted()
        with self.refused("Switch it off"):
            delivery.subscription_id.unlink()
        self.drain(self.connector)
        subscription = delivery.subscription_id
        subscription.unlink()
        self.assertFalse(delivery.subscription_id)
