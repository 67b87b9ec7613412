import re
import threading
from pathlib import Path

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.jobrunner.channels import ChannelManager

from ..models.connector.adapter import Outcome
from ..models.exchange.lanes import CHANNELS
from ..models.exchange.wake import JOB_PRIORITIES
from .sending import Recorder, SendingCase

CONFIGURE = Path(__file__).parents[1] / "readme" / "CONFIGURE.md"


@tagged("post_install", "-at_install")
class TestSendingOrder(SendingCase):
    """What goes side by side, and what goes before what."""

    def test_as_many_messages_are_sent_at_a_time_as_the_connector_allows(self):
        self.connector.concurrency = 4
        deliveries = self._posted(8)
        together = threading.Barrier(4)

        def send(_message):
            together.wait(20)
            return Outcome("delivered")

        self._run(send)
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})

    def test_bulk_leaves_the_limit_of_a_platform_to_what_is_more_urgent(self):
        self.connector.rate_limit = 60
        urgent, bulk = self._posted(), self._posted(2)
        bulk.write({"lane": 2, "priority": "2"})
        self.assertEqual(self._run(Recorder(), lane=2).sent, [])
        again = self.env["queue.job"].search([("identity_key", "like", "audit-drain-%d-2-" % self.connector.id)])
        self.assertGreater(again.eta, fields.Datetime.now(), "nobody would come back to what gave way")
        self.assertEqual(self._run(Recorder(), lane=1).sent, urgent.mapped("message_id"))
        self.assertEqual(self._run(Recorder(), lane=2).sent, bulk.mapped("message_id"))

    def test_what_cannot_go_itself_takes_no_part_of_a_limit(self):
        """The later message of a document that waits for the retry of an earlier one is due, and not to be sent."""
        self.connector.rate_limit = 600
        invoice = self._invoice(post=True)
        invoice.button_draft()
        invoice.action_post()
        self._run(Recorder("retry"))
        bulk = self._posted()
        bulk.write({"lane": 2, "priority": "2"})
        self.assertEqual(self._run(Recorder(), lane=2).sent, bulk.mapped("message_id"))

    def test_without_a_limit_nothing_gives_way(self):
        self._posted()
        bulk = self._posted()
        bulk.write({"lane": 2, "priority": "2"})
        self.assertEqual(self._run(Recorder(), lane=2).sent, bulk.mapped("message_id"))

    def test_a_batch_counts_as_one_towards_the_limit(self):
        self.connector.rate_limit = 60
        self.subscription.write({"mode": "batch", "batch_size": 3})
        lane = self._posted(3)[0].lane
        self._pass_time(hours=2)
        sender = self._run(Recorder(), lane)
        self.assertEqual([len(members) for _number, members in sender.batches], [3])

    def test_with_the_channels_of_the_manual_bulk_keeps_no_place_from_critical(self):
        """As the runner of queue_job counts them; without bounds of their own, bulk takes all places."""
        (channels,) = re.findall(r"^channels = (.+)$", CONFIGURE.read_text(encoding="utf-8"), re.MULTILINE)
        runner = ChannelManager()
        runner.simple_configure(channels)

        def pending(priority, name):
            runner.notify("db", CHANNELS[priority], name, 1, 1.0, JOB_PRIORITIES[priority], None, "pending")

        for number in range(50):
            pending(2, "bulk-%d" % number)
        self.assertTrue(list(runner.get_jobs_to_run(2.0)))
        pending(0, "critical")
        self.assertEqual([job.uuid for job in runner.get_jobs_to_run(2.0)], ["critical"])
