from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SECRET
from .inbound import InboundCase, event
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestExchangeTours(InboundCase, TourCase):
    def _failed(self):
        platform = self.receiver()
        platform.answers = [422]
        connector = self._connector(platform, name="Tax archive")
        self._invoice(post=True)
        self.drain(connector)
        delivery = connector.delivery_ids
        self.assertEqual(delivery.state, "dead")
        return platform, delivery

    def test_a_dashboard_without_connectors_says_how_to_begin(self):
        company = self.env["res.company"].with_context(chart_template_load=True).create({"name": "Without Connectors"})
        user = self._user("new", "audit_connector_base.group_audit_connector_admin", company=company)
        self._tour("audit_first_connector", user)

    def test_an_administrator_sends_a_test_message(self):
        platform = self.receiver()
        self._connector(platform, name="Tax archive")
        self._tour("audit_test_message", self.administrator)
        self.assertEqual([message["type"] for message in platform.events()], ["connector.test"])

    def test_an_administrator_replays_what_failed_and_says_why(self):
        platform, delivery = self._failed()
        self._tour("audit_replay_a_dead_letter", self.administrator)
        self.drain(delivery.connector_id)
        self.assertEqual(delivery.state, "delivered")
        self.assertEqual(platform.ids, [delivery.message_id] * 2)

    def test_an_administrator_cancels_a_message_and_says_why(self):
        platform, delivery = self._failed()
        self._tour("audit_cancel_a_delivery", self.administrator)
        self.assertEqual((delivery.state, delivery.cancel_reason), ("cancelled", "Sent to the archive by hand"))
        self.drain(delivery.connector_id)
        self.assertEqual(len(platform.ids), 1)

    def test_an_administrator_tells_a_platform_about_an_earlier_period(self):
        today = fields.Date.today()
        for _number in range(2):
            self._invoice(post=True, invoice_date=today)
        connector = self._connector(self.receiver(), name="Tax archive")
        connector.subscription_ids.domain = "[('partner_id', '=', %d)]" % self.partner.id
        self._tour("audit_tell_an_earlier_period", self.administrator)
        run = self.env["audit.backfill.run"].search([("connector_id", "=", connector.id)])
        self.assertEqual((run.total, run.event_type_id), (2, self.posted_type))

    def test_an_accountant_decides_which_value_is_right(self):
        self.partner.email = "old@hafenkontor.example"
        self._worked(event({"id": "S-1", "vat": "DE136695976", "email": "ap@hafenkontor.example"}))
        self._tour("audit_decide_an_exception", self.accountant)
        exception = self.env["audit.exception"].search([("connector_id", "=", self.connector.id)])
        self.assertEqual((exception.state, exception.decided_by_id), ("accepted", self.accountant))
        self.assertEqual(exception.decision_note, "Called the supplier")
        self.assertEqual(self.partner.email, "ap@hafenkontor.example")


@tagged("post_install", "-at_install")
class TestWordsOfTheExchange(InboundCase):
    """Codes and numbers of records are for programs; people read words."""

    def test_what_was_received_is_told_in_words(self):
        known, other = self._worked(
            event({"id": "S-1", "vat": "DE136695976"}, subject="S-1"), event({}, kind="order_line.closed")
        )
        self.assertEqual(known.type_name, self.env.ref("audit_connector_base.event_type_supplier_updated").name)
        self.assertEqual(known.display_name, "%s: S-1" % known.type_name)
        self.assertEqual(other.type_name, "Order line closed")

    def test_a_connector_with_failures_among_what_it_received_needs_attention(self):
        self.assertEqual(self.connector.health, "idle")
        self._worked(event({"id": "S-1", "vat": "DE136695976"}))
        self.connector.invalidate_recordset()
        self.assertEqual(self.connector.health, "good")
        self._worked(event({}, kind="order_line.closed"))
        self.connector.invalidate_recordset()
        self.assertEqual(self.connector.health, "bad")

    def test_a_refusal_says_why_in_words(self):
        refusals = self.env["audit.inbound.refusal"].create(
            [{"reason": reason, "source": "192.0.2.1"} for reason in ("too-large", "never-heard-of")]
        )
        self.assertEqual(refusals.mapped("reason_name"), ["Too large", "Never heard of"])

    def test_a_mapping_is_made_by_choosing_the_record(self):
        mapping = (
            self.env["audit.external.id"]
            .with_user(self.administrator)
            .create(
                {
                    "connector_id": self.connector.id,
                    "entity": "supplier",
                    "outside_id": "S-9",
                    "record": "res.partner,%d" % self.partner.id,
                }
            )
        )
        self.assertEqual((mapping.res_model, mapping.res_id), ("res.partner", self.partner.id))
        self.assertEqual((mapping.entity_name, mapping.document_name), ("Supplier", self.partner.display_name))
        self.assertFalse(mapping.record)
        self.assertEqual(mapping.action_open_document()["res_id"], self.partner.id)

    def test_sending_again_begins_with_what_was_chosen(self):
        platform = self.receiver()
        platform.answers = [422, 204]
        connector = self._connector(platform)
        for _number in range(2):
            self._invoice(post=True)
            self.drain(connector)
        dead, delivered = connector.delivery_ids.sorted("id")
        chosen = ("include_failed", "include_cancelled", "include_delivered")

        def defaults(deliveries):
            context = {"active_model": "audit.delivery", "active_ids": deliveries.ids}
            values = self.env["audit.replay"].with_context(**context).default_get(["reason", *chosen])
            return tuple(values.get(name, False) for name in chosen)

        self.assertEqual(defaults(dead + delivered), (True, False, False))
        self.assertEqual(defaults(delivered), (False, False, False))
        dead._cancel("not needed")
        self.assertEqual(defaults(dead), (False, True, False))

    def test_an_administrator_reads_the_headers_of_an_attempt(self):
        connector = self._connector(self.receiver(), signing_secret=SECRET)
        self._invoice(post=True)
        self.drain(connector)
        attempt = connector.delivery_ids.attempt_ids
        lines = attempt.with_user(self.administrator).request_headers_text.splitlines()
        self.assertIn("webhook-id: %s" % attempt.message_id, lines)
        self.assertFalse([line for line in lines if "signature" in line])
        with self.refused("", AccessError):
            attempt.with_user(self.accountant).read(["request_headers_text"])

    def test_the_document_of_a_message_is_opened_from_it(self):
        connector = self._connector(self.receiver(), signing_secret=SECRET)
        invoice = self._invoice(post=True)
        action = connector.delivery_ids.action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("account.move", invoice.id))
