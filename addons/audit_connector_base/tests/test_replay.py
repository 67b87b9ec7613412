from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from .common import AuditCase


@tagged("post_install", "-at_install")
class TestReplay(AuditCase):
    def setUp(self):
        super().setUp()
        self.platform = self.receiver()
        self.connector = self._connector(self.platform)

    def _posted(self):
        invoice = self._invoice(post=True)
        return self.env["audit.delivery"].search(
            [("subject", "=", "account.move/%d" % invoice.id), ("connector_id", "=", self.connector.id)]
        )

    def _wizard(self, *deliveries, **values):
        ids = [delivery.id for delivery in deliveries]
        wizard = self.env["audit.replay"].with_user(self.administrator)
        if ids:
            wizard = wizard.with_context(active_model="audit.delivery", active_ids=ids)
        return wizard.create({"reason": "the archive was repaired", **values})

    def _failed_and_delivered(self):
        self.platform.answers = [422]
        failed = self._posted()
        self.drain(self.connector)
        delivered = self._posted()
        self.drain(self.connector)
        return failed, delivered

    def test_failed_ones_are_sent_again_under_their_message_ids_and_delivered_ones_skipped(self):
        failed, delivered = self._failed_and_delivered()
        wizard = self._wizard(failed, delivered)
        self.assertEqual((wizard.failed_count, wizard.delivered_count, wizard.total_count), (1, 1, 1))
        wizard.action_replay()
        self.drain(self.connector)
        self.assertEqual((failed.state, failed.attempt_count), ("delivered", 2))
        self.assertEqual(self.platform.ids.count(delivered.message_id), 1)
        self.assertEqual(self.platform.ids.count(failed.message_id), 2)

    def test_delivered_ones_are_sent_again_when_that_is_wanted(self):
        failed, delivered = self._failed_and_delivered()
        self._wizard(failed, delivered, include_delivered=True).action_replay()
        self.drain(self.connector, lane=2)
        self.assertEqual(self.platform.ids.count(delivered.message_id), 2)

    def test_a_dry_run_changes_nothing_and_names_some(self):
        failed, _delivered = self._failed_and_delivered()
        wizard = self._wizard(connector_id=self.connector.id)
        self.assertIn(failed.document_name, wizard.sample)
        self.assertEqual(self.env["audit.delivery"].search(wizard.action_show()["domain"]), failed)
        self.assertEqual(failed.state, "dead")

    def test_a_period_and_an_event_narrow_it_down(self):
        failed, _delivered = self._failed_and_delivered()
        now = fields.Datetime.now()
        self.assertEqual(self._wizard(connector_id=self.connector.id, until=now - timedelta(days=1)).total_count, 0)
        self.assertEqual(self._wizard(connector_id=self.connector.id, since=now - timedelta(days=1)).total_count, 1)
        wizard = self._wizard(connector_id=self.connector.id, event_type_ids=[Command.set(self.posted_type.ids)])
        self.assertEqual(wizard.total_count, 1)
        wizard.action_replay()
        self.assertEqual(failed.state, "pending")

    def test_what_happened_before_a_connector_was_there_can_be_sent(self):
        self.connector.subscription_ids.active = False
        delivery = self._posted()
        self.assertFalse(delivery)
        self.connector.subscription_ids.with_context(active_test=False).active = True
        self.env["audit.subscription"].with_context(active_test=False).search(
            [("connector_id", "=", self.connector.id)]
        ).active = True
        event = self.env["audit.event"].search([], limit=1)
        wizard = self._wizard(connector_id=self.connector.id, include_missing=True)
        self.assertGreaterEqual(wizard.missing_count, 1)
        wizard.action_replay()
        made = event.delivery_ids.filtered(lambda one: one.connector_id == self.connector)
        self.assertEqual((made.state, made.lane, made.message_id), ("pending", 2, event.uuid))
        self.assertEqual(self._wizard(connector_id=self.connector.id, include_missing=True).missing_count, 0)

    def test_a_replay_stands_in_the_trail_of_the_document_with_its_reason(self):
        failed, _delivered = self._failed_and_delivered()
        self._wizard(failed).action_replay()
        entry = self.env["audit.log.entry"].search([("res_id", "=", failed.event_id.res_id)], limit=1)
        self.assertEqual(entry.kind, "delivery.replayed")
        self.assertIn("the archive was repaired", entry.summary)
        self.assertEqual(entry.actor, "user/%d" % self.administrator.id)

    def test_nothing_to_send_is_said(self):
        _failed, delivered = self._failed_and_delivered()
        with self.refused("nothing to send"):
            self._wizard(delivered).action_replay()

    def _many_planned(self):
        """The jobs that are to send three messages again."""
        failed, _delivered = self._failed_and_delivered()
        others = self._posted() + self._posted()
        others.write({"state": "dead"})
        jobs = self.env["queue.job"].search([])
        with patch("odoo.addons.audit_connector_base.wizards.replay.AT_ONCE", 2):
            self._wizard(failed, *others).action_replay()
        return self.env["queue.job"].search([("id", "not in", jobs.ids), ("method_name", "=", "_replay_as_asked")])

    def test_many_are_sent_by_jobs(self):
        made = self._many_planned()
        self.assertEqual((len(made), set(made.mapped("channel"))), (2, {"root.audit.delivery.bulk"}))

    def test_why_many_are_sent_again_stands_in_the_log_and_in_no_job(self):
        jobs = self._many_planned()
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM queue_job j WHERE j::text LIKE %s", ["%archive%"])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        asked = self.env["audit.log.entry"].search([("kind", "=", "delivery.replay_asked")])
        said = "3 messages to be sent again to %s: the archive was repaired"
        self.assertIn(said % self.connector.name, asked.summary)
        for job in jobs:
            Job.load(self.env, job.uuid).perform()
        deliveries = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)])
        self.assertEqual(deliveries.filtered(lambda one: one.state == "pending").mapped("lane"), [2, 2, 2])
        entries = self.env["audit.log.entry"].search([("kind", "=", "delivery.replayed")])
        self.assertEqual(len(entries), 3)
        for entry in entries:
            self.assertIn("the archive was repaired", entry.summary)

    def test_what_is_cancelled_is_never_sent_and_says_why(self):
        waiting = self._posted()
        wizard = (
            self.env["audit.delivery.cancel"]
            .with_user(self.administrator)
            .with_context(active_model="audit.delivery", active_ids=waiting.ids)
            .create({"reason": "sent by hand"})
        )
        self.assertEqual((wizard.open_count, wizard.other_count), (1, 0))
        wizard.action_cancel()
        self.drain(self.connector)
        self.assertEqual((waiting.state, waiting.cancel_reason), ("cancelled", "sent by hand"))
        self.assertEqual(self.platform.messages, [])
        entry = self.env["audit.log.entry"].search([("res_id", "=", waiting.event_id.res_id)], limit=1)
        self.assertIn("sent by hand", entry.summary)

    def test_a_cancelled_one_lets_the_next_of_its_document_go(self):
        first = self._posted()
        invoice = self.env["account.move"].browse(first.event_id.res_id)
        invoice.button_draft()
        invoice.action_post()
        first._cancel("not wanted")
        self.drain(self.connector)
        self.assertEqual(len(self.platform.ids), 1)
        self.assertNotIn(first.message_id, self.platform.ids)

    def test_accountants_neither_replay_nor_cancel(self):
        failed, _delivered = self._failed_and_delivered()
        for model in ("audit.replay", "audit.delivery.cancel"):
            with self.refused("", AccessError):
                self.env[model].with_user(self.accountant).create({"reason": "x"})
        with self.refused("Only connector administrators"):
            failed.with_user(self.accountant).action_send_now()

    def test_what_failed_is_not_sent_again_without_a_reason(self):
        failed, delivered = self._failed_and_delivered()
        for delivery in (failed, delivered):
            with self.refused("None of these messages waits"):
                delivery.with_user(self.administrator).action_send_now()
        with self.refused("Say why"):
            self.send_again(failed, reason=" ")
        self.send_again(failed, reason="The archive was repaired")
        entry = self.env["audit.log.entry"].search([("kind", "=", "delivery.replayed")], limit=1)
        self.assertIn("The archive was repaired", entry.payload_text)
