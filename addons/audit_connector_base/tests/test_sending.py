"""How a connector behaves towards a platform that is slow, ill, or wants its messages in another way."""

import json
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..core import breaker
from ..models.connector.adapter import Outcome
from ..models.exchange.lanes import batch_lane
from .sending import PoisonedRecorder, Recorder, SendingCase


@tagged("post_install", "-at_install")
class TestSending(SendingCase):
    # Breaker, pauses and limits

    def test_ten_failures_in_a_row_stop_everything_and_use_up_no_further_attempts(self):
        self.connector.concurrency = 1
        deliveries = self._posted(14)
        sender = self._run(Recorder(*["retry"] * 14))
        self.assertTrue(self.connector.breaker_open)
        self.assertLess(len(sender.sent), 14 + 1)
        self.assertGreaterEqual(len(sender.sent), breaker.STREAK)
        untouched = deliveries.filtered(lambda one: one.message_id not in sender.sent)
        self.assertEqual(set(untouched.mapped("attempt_count")), {0} if untouched else set())
        self.assertEqual(self._run(Recorder()).sent, [], "it is open and sends all the same")

    def test_messages_that_nobody_wants_do_not_stop_the_others(self):
        """A queue that is not bound yet says nothing about the broker."""
        deliveries = self._posted(14)
        self._run(lambda _message: Outcome("retry", "no queue is bound", fault="route"))
        self.assertFalse(self.connector.breaker_open)
        self.assertEqual(set(deliveries.mapped("attempt_count")), {1})
        self.assertTrue(self.connector.state_ids.failing_since, "it is no success either")

    def test_an_open_breaker_probes_with_one_message_and_closes_when_it_is_taken(self):
        deliveries = self._posted(12)
        self._run(Recorder(*["retry"] * 12))
        used = dict(zip(deliveries.mapped("message_id"), deliveries.mapped("retry_count")))
        self._pass_time(hours=1)
        failing = self._run(Recorder("retry"))
        self.assertEqual(len(failing.sent), 1)
        probed = deliveries.filtered(lambda one: one.message_id in failing.sent)
        self.assertEqual(probed.retry_count, used[probed.message_id], "a probe used up a place in the schedule")
        self._pass_time(hours=1)
        good = self._run(Recorder())
        self.assertFalse(self.connector.breaker_open)
        self.assertEqual(len(good.sent), 12, "what waited did not follow the probe")
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})

    def test_a_message_that_never_goes_through_does_not_keep_the_breaker_open(self):
        deliveries = self._posted(12)
        poison = deliveries[0].message_id

        self._run(Recorder(*["retry"] * 12))
        for _minute in range(6):
            self._pass_time(hours=1)
            self._run(lambda message: Outcome("retry" if message.id == poison else "delivered"))
        self.assertEqual(set(deliveries[1:].mapped("state")), {"delivered"})

    def _run_with_poison(self, poison):
        """A run in which whatever message or batch holds one of ``poison`` fails."""
        return self._run(PoisonedRecorder(poison), batch_lane(self.subscription.id))

    def test_a_batch_that_fails_for_one_message_keeps_neither_the_breaker_open_nor_the_others_back(self):
        self.subscription.write({"mode": "batch", "batch_size": 100})
        deliveries = self._posted(60)
        for position in (0, 37):
            poison = deliveries[position].message_id
            with self.subTest(position=position), self.env.cr.savepoint() as savepoint:
                for _minute in range(6):
                    self._pass_time(hours=1)
                    self._run_with_poison({poison})
                others = deliveries.filtered(lambda one, poison=poison: one.message_id != poison)
                self.assertEqual(set(others.mapped("state")), {"delivered"})
                self.assertFalse(self.connector.breaker_open)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_message_that_spoils_its_batches_is_given_up_alone(self):
        self.subscription.write({"mode": "batch", "batch_size": 100})
        deliveries = self._posted(60)
        for _try in range(20):
            self._pass_time(hours=12)
            self._run_with_poison({deliveries[0].message_id})
        self.assertEqual((deliveries[0].state, deliveries[0].failure), ("dead", "exhausted"))
        self.assertEqual(set(deliveries[1:].mapped("state")), {"delivered"})
        self.assertEqual(self.connector.health, "bad")

    def test_the_order_of_a_document_holds_when_its_messages_were_tried_unequally_often(self):
        self.subscription.write({"mode": "batch", "batch_size": 100})
        self.subscription.event_type_ids += self.env.ref("audit_connector_base.event_type_invoice_reset_to_draft")
        first = self._posted()
        self._pass_time(hours=1)
        self._run_with_poison({first.message_id})
        self.env["account.move"].browse(first.event_id.res_id).button_draft()
        second = self.env["audit.delivery"].search([("subject", "=", first.subject), ("id", "!=", first.id)])
        self._pass_time(hours=1)
        self._run_with_poison({first.message_id})
        self.assertEqual((first.state, second.state, second.attempt_count), ("pending", "pending", 0))
        self._pass_time(hours=1)
        sender = self._run_with_poison(())
        self.assertEqual([members for _number, members in sender.batches], [[first.message_id], [second.message_id]])

    def test_a_platform_that_was_down_for_a_week_gets_everything(self):
        self.connector.retry_policy_id = self.env["audit.retry.policy"].create({"name": "Two", "schedule": "0s, 5s"})
        deliveries = self._posted(12)
        self._run(Recorder(*["retry"] * 12))
        for _day in range(4):
            self._pass_time(days=1)
            self._run(Recorder("retry"))
        self.assertEqual(set(deliveries.mapped("state")), {"pending"})
        self._pass_time(hours=1)
        self._run(Recorder())
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})

    def test_an_answer_that_asks_to_slow_down_pauses_the_whole_connector(self):
        self.connector.concurrency = 1
        deliveries = self._posted(3)
        sender = self._run(Recorder("slow_down"))
        self.assertLess(len(sender.sent), 3 + 1)
        self.assertGreater(self.connector.state_ids.paused_until, fields.Datetime.now() - timedelta(seconds=1))
        self.assertEqual(self._run(Recorder()).sent, [])
        self.env.invalidate_all()
        self.assertIn("The platform, which asked to wait", deliveries.mapped("waits_for"))
        self._pass_time(hours=1)
        self._run(Recorder())
        self.env.invalidate_all()
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})
        self.assertEqual(deliveries.mapped("waits_for"), [False] * len(deliveries))

    def test_after_five_days_of_failure_it_is_stopped_and_its_owner_told_once(self):
        delivery = self._posted()
        self._run(Recorder("retry"))
        self._pass_time(days=5, minutes=1)
        self._run(Recorder("retry"))
        self.assertEqual(self.connector.health, "stopped")
        self.assertIn("5 days", self.connector.disabled_reason)
        self.assertEqual(delivery.waits_for, "The connector to be started again")
        self.assertEqual(self.connector.activity_ids.user_id, self.connector.user_id)
        later = self._posted()
        self._pass_time(days=1)
        self.assertEqual(self._run(Recorder()).sent, [], "a stopped connector sends")
        self.connector.with_user(self.administrator).action_start_again()
        sender = self._run(Recorder())
        self.assertEqual(sender.sent, [delivery.message_id, later.message_id])
        self.assertEqual(self.connector.health, "good")

    def test_accountants_cannot_start_a_connector_again(self):
        with self.refused("Only connector administrators"):
            self.connector.with_user(self.accountant).action_start_again()

    def test_no_more_is_sent_than_the_limit_allows(self):
        self.connector.rate_limit = 60
        self._posted(3)
        started = time.monotonic()
        sender = self._run(Recorder())
        self.assertEqual(len(sender.sent), 3)
        self.assertGreater(time.monotonic() - started, 1.5, "three messages at one a second took less than two")

    def test_what_a_limit_puts_off_for_long_is_left_to_a_later_run(self):
        self.connector.rate_limit = 1
        deliveries = self._posted(2)
        jobs = self.env["queue.job"].search([])
        with patch("odoo.addons.audit_connector_base.models.exchange.drain.DRAIN_SECONDS", 5):
            self.assertEqual(len(self._run(Recorder()).sent), 1)
        later = self.env["queue.job"].search([("id", "not in", jobs.ids)])
        self.assertEqual(len(later), 1)
        self.assertGreater(later.eta, fields.Datetime.now() + timedelta(seconds=30))
        self.assertEqual(deliveries.mapped("attempt_count"), [1, 0])

    def test_the_senders_connections_are_closed_at_the_end(self):
        self._posted()
        self.assertEqual(self._run(Recorder()).closed, 1)

    def test_a_policy_decides_what_is_tried_again_and_for_how_long(self):
        self.connector.retry_policy_id = self.env["audit.retry.policy"].create(
            {"name": "Own", "schedule": "0s, 1h", "jitter": 0, "statuses": "404"}
        )
        delivery = self._posted()
        self._run(lambda message: Outcome("dead", "HTTP 404", status=404))
        self.assertEqual(delivery.state, "pending")
        self.assertAlmostEqual((delivery.due_at - fields.Datetime.now()).total_seconds(), 3600, delta=5)
        self._pass_time(hours=2)
        self._run(lambda message: Outcome("retry", "HTTP 500", status=500))
        self.assertEqual((delivery.state, delivery.failure), ("dead", "rejected"))

    def test_a_policy_that_cannot_be_read_is_refused(self):
        for values in ({"schedule": "soon"}, {"statuses": "200"}, {"schedule": ""}):
            with self.subTest(values=values), self.refused("Odd|schedule|Schedule|status", Exception):
                self.env["audit.retry.policy"].create({"name": "Odd", **values})

    def test_failures_are_sorted_by_what_to_do(self):
        for told, failure in (
            ({"status": 401}, "credentials"),
            ({"status": 404}, "address"),
            ({"status": 307}, "address"),
            ({"status": 413}, "too_large"),
            ({"status": 422}, "rejected"),
            ({"fault": "refused", "reached": False}, "refused"),
            ({"fault": "settings", "reached": False}, "settings"),
            ({"fault": "size"}, "too_large"),
            ({"fault": "broker"}, "rejected"),
        ):
            delivery = self._posted()
            self._run(lambda message, told=told: Outcome("dead", "not taken", **told))
            with self.subTest(told=told):
                self.assertEqual((delivery.state, delivery.failure), ("dead", failure))
                self.assertTrue(delivery.next_step)
                self.assertGreater(delivery.write_date, fields.Datetime.now() - timedelta(minutes=1))

    # Lanes and batches

    def test_bulk_does_not_hold_up_critical_ones_of_the_same_document(self):
        invoice = self._invoice(post=True)
        self.subscription.priority = "2"
        invoice.button_draft()
        self.subscription.priority = "0"
        invoice.action_post()
        # Both follow their subscription, so the earlier one is put back into the bulk lane by hand.
        first, second = self.env["audit.delivery"].search(
            [("subject", "=", "account.move/%d" % invoice.id)], order="id"
        )
        first.write({"lane": 2, "priority": "2"})
        self.assertEqual(self._run(Recorder(), lane=0).sent, [second.message_id])
        self.assertEqual(self._run(Recorder(), lane=2).sent, [first.message_id])

    def test_each_priority_has_a_channel_of_its_own(self):
        for priority, channel in (("0", "critical"), ("1", "normal"), ("2", "bulk")):
            self.subscription.priority = priority
            self._posted()
            self.sweep()
            job = self.env["queue.job"].search(
                [("identity_key", "=", "audit-drain-%d-%s-now" % (self.connector.id, priority))]
            )
            self.assertEqual(job.channel, "root.audit.delivery.%s" % channel)
            self.env["audit.delivery"].search([]).write({"state": "delivered"})

    def test_batches_wait_for_their_slot_and_go_out_together_in_order(self):
        self.subscription.write({"mode": "batch", "batch_every": "60", "batch_size": 3})
        deliveries = self._posted(4)
        lane = deliveries[0].lane
        self.assertEqual(lane, 10 + self.subscription.id)
        self.assertGreater(deliveries[0].due_at, fields.Datetime.now())
        self.assertEqual(self._run(Recorder(), lane).batches, [])
        self.assertEqual(deliveries[0].waits_for, "The next batch")
        self._pass_time(hours=1)
        sender = self._run(Recorder(), lane)
        ids = deliveries.mapped("message_id")
        self.assertEqual([members for _number, members in sender.batches], [ids[:3], ids[3:]])
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})
        self.assertEqual(deliveries[0].attempt_ids.batch, sender.batches[0][0])

    def test_a_batch_that_is_sent_again_bears_the_same_number(self):
        self.subscription.write({"mode": "batch", "batch_size": 10})
        lane = self._posted(3)[0].lane
        self._pass_time(hours=2)
        sender = self._run(Recorder("retry"), lane)
        self._pass_time(hours=2)
        self._run(sender, lane)
        self.assertEqual(len(sender.batches), 2)
        self.assertEqual(sender.batches[0], sender.batches[1])

    def test_events_of_one_document_go_along_in_one_batch(self):
        self.subscription.write({"mode": "batch", "batch_size": 10})
        invoice = self._invoice(post=True)
        invoice.button_draft()
        invoice.action_post()
        self._pass_time(hours=2)
        sender = self._run(Recorder(), 10 + self.subscription.id)
        deliveries = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)], order="id")
        self.assertEqual([members for _number, members in sender.batches], [deliveries.mapped("message_id")])

    def test_what_waits_follows_its_subscription_into_another_lane(self):
        delivery = self._posted()
        self.subscription.priority = "0"
        self.assertEqual((delivery.lane, delivery.priority), (0, "0"))
        self.subscription.mode = "batch"
        self.assertEqual(delivery.lane, 10 + self.subscription.id)

    # What is told to whom

    def test_a_filter_lets_only_matching_documents_through(self):
        self.subscription.domain = '[("amount_total", ">", 100)]'
        self.assertFalse(self._posted(invoice_line_ids=[Command.create({"name": "Small", "price_unit": 10})]))
        self.assertEqual(len(self._posted()), 1)

    def test_a_filter_is_judged_for_each_document_of_a_bulk_posting(self):
        self.subscription.domain = '[("amount_total", ">", 100)]'
        small = self._invoice(invoice_line_ids=[Command.create({"name": "Small", "price_unit": 10})])
        large = self._invoice()
        (small + large).action_post()
        subjects = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)]).mapped("subject")
        self.assertEqual(subjects, ["account.move/%d" % large.id])

    def test_the_first_matching_subscription_counts_and_the_next_takes_the_rest(self):
        self.subscription.write({"domain": '[("amount_total", ">", 100)]', "priority": "0"})
        self.env["audit.subscription"].create(
            {
                "connector_id": self.connector.id,
                "event_type_ids": [Command.set(self.posted_type.ids)],
                "priority": "2",
                "sequence": 20,
            }
        )
        small = self._invoice(invoice_line_ids=[Command.create({"name": "Small", "price_unit": 10})])
        large = self._invoice()
        (small + large).action_post()
        deliveries = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)])
        self.assertEqual(
            {(one.subject, one.lane) for one in deliveries},
            {("account.move/%d" % small.id, 2), ("account.move/%d" % large.id, 0)},
        )

    def test_filters_are_literals_and_nothing_else(self):
        for domain in (
            "[('create_date', '<', context_today())]",
            "[('id', '=', __import__('os').getpid())]",
            "42",
            "[('partner_id', '=', uid)]",
            "[('id', 'in', [[1]])]",
        ):
            with self.subTest(domain=domain), self.refused("filter"):
                self.subscription.domain = domain

    def test_a_filter_on_what_is_not_there_is_refused_with_the_reason(self):
        with self.refused("cannot be used"):
            self.subscription.domain = "[('no_such_field', '=', 1)]"

    def test_a_filter_that_broke_later_does_not_stop_a_posting(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE audit_subscription SET domain = %s WHERE id = %s", ["[('gone', '=', 1)]", self.subscription.id]
        )
        self.env.invalidate_all()
        with self.assertLogs("odoo.addons.audit_connector_base.models.exchange.subscription_filter", "ERROR"):
            invoice = self._invoice(post=True)
        self.assertEqual(invoice.state, "posted")

    def test_the_filter_shows_how_many_documents_match(self):
        self._posted(2)
        self.subscription.domain = "[('amount_total', '>', 100), ('partner_id', '=', %d)]" % self.partner.id
        self.assertEqual(self.subscription.domain_count, 2)

    def test_nothing_is_sent_before_the_subscription_begins(self):
        self.subscription.active_from = fields.Datetime.now() + timedelta(hours=1)
        self.assertFalse(self._posted())
        self.subscription.active_from = fields.Datetime.now() - timedelta(hours=1)
        self.assertTrue(self._posted())

    def test_only_companies_that_one_may_see_can_be_connected(self):
        other = self.env["res.company"].create({"name": "Foreign"})
        # On 19.0 Odoo's own rules of access refuse it first.
        with self.refused("not among your companies|read", UserError, AccessError):
            self.subscription.with_user(self.administrator).company_ids = [Command.link(other.id)]

    def test_a_back_fill_is_marked_and_goes_to_the_chosen_connector_in_the_bulk_lane(self):
        other = self._connector(name="Other", allowed_destinations="127.0.0.1:9")
        invoice = self._invoice(post=True)
        before = self.env["audit.delivery"].search([])
        self.env["audit.event"]._record("invoice.posted", invoice, connectors=self.connector, backfill=True)
        delivery = self.env["audit.delivery"].search([("id", "not in", before.ids)])
        self.assertEqual((delivery.connector_id, delivery.lane), (self.connector, 2))
        self.assertNotIn(other, delivery.connector_id)
        bodies = []
        self._run(lambda message: bodies.append(json.loads(message.body)) or Outcome("delivered"), lane=2)
        self.assertIs(bodies[0]["backfill"], True)
