import json
from unittest.mock import patch

from psycopg2 import errors

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.exchange import delivery_queries, inbound_numbers, inbound_process, inbound_work
from .inbound import InboundCase, event

WORK = "odoo.addons.audit_connector_base.models.exchange.inbound_process"


@tagged("post_install", "-at_install")
class TestInboundWork(InboundCase):
    def setUp(self):
        super().setUp()
        self._own("identity", "contact", "address", "terms")

    def _suppliers(self, *numbers):
        return [self.env["audit.external.id"]._find(self.connector, "supplier", number) for number in numbers]

    def _handler(self, handle):
        return patch.object(type(self.env["audit.inbound.handler.supplier"]), "_handle", handle)

    def test_a_message_does_what_it_says_once(self):
        message = self._worked(event({"id": "S-1", "name": "Nordwind Papier"}, kind="supplier.created"))
        partner = self._suppliers("S-1")[0]
        self.assertEqual((message.state, message.attempt_count), ("processed", 1))
        self.assertEqual((message.res_model, message.res_id), ("res.partner", partner.id))
        self.assertEqual((partner.name, partner.supplier_rank), ("Nordwind Papier", 1))
        self.assertEqual(partner.company_id, self.company)
        partner.name = "Changed by a person"
        self._process()
        self.assertEqual(partner.name, "Changed by a person")

    def test_the_trail_tells_what_a_message_did(self):
        message = self._worked(event({"id": "S-1", "name": "Nordwind Papier"}))
        entry = self.env["audit.log.entry"].search([("kind", "=", "inbound.processed")], limit=1)
        self.assertEqual((entry.res_model, entry.res_id), ("res.partner", message.res_id))
        self.assertIn("Supplier master: Supplier added: Nordwind Papier", entry.summary)
        self.assertEqual((entry.direction, entry.actor_name), ("in", "Automatic receipt"))
        self.assertEqual(entry.correlation, message.trace)

    def test_every_violation_of_the_contract_is_listed(self):
        message = self._worked(event({"name": "", "country": "Germany", "colour": "red", "bank_accounts": [{}]}))
        self.assertEqual(message.state, "dead")
        paths = {violation["path"] for violation in message.violations}
        self.assertEqual(paths, {"$.id", "$.name", "$.country", "$.colour", "$.bank_accounts[0].number"})
        self.assertIn("$.country", message.violations_text)
        self.assertIn("supplier_update/1", message.reason)

    def test_that_there_are_more_violations_than_are_listed_is_said(self):
        accounts = [{"number": ""}] * (inbound_work.LISTED + 5)
        message = self._worked(event({"id": "S-1", "bank_accounts": accounts}))
        self.assertEqual(len(message.violations), inbound_work.LISTED)
        self.assertIn("more than %d" % inbound_work.LISTED, message.reason)

    def test_a_type_that_nobody_takes_fails_with_what_to_do(self):
        unknown = self._worked(event({}, kind="weather.changed"))
        self.assertEqual(unknown.state, "dead")
        self.assertIn("Install the addon", unknown.reason)
        self.connector._receive([(None, "application/json", b'{"id": 1}', {})], "file")
        self._process()
        untyped = self.env["audit.inbound.message"].search([("type", "=", False)])
        self.assertIn("where the type stands", untyped.reason)

    def _given_plain(self, body):
        """A message that is no CloudEvent, so that the connector says where its type stands."""
        last = self.env["audit.inbound.message"].search([], limit=1).id or 0
        with self.second_cursor():
            self.connector._receive([(None, "application/json", json.dumps(body).encode(), {})], "file")
            self.connector._process_inbound()
        return self.env["audit.inbound.message"].search([("id", ">", last)])

    def test_a_message_without_a_type_is_worked_on_when_the_connector_says_where_it_stands(self):
        message = self._given_plain({"id": "S-1", "name": "supplier.updated"})
        self.assertEqual((message.state, message.type), ("dead", False))
        self.connector.write({"inbound_type_path": "$.name", "inbound_subject_path": "$.id"})
        key = message.dedup_key
        message.with_user(self.administrator).action_replay()
        self.assertEqual((message.type, message.subject, message.dedup_key), ("supplier.updated", "S-1", key))
        self._process()
        self.assertEqual((message.state, message.res_id), ("processed", self._suppliers("S-1")[0].id))

    def test_a_message_that_the_connector_can_no_longer_read_says_so(self):
        self.connector.inbound_type_path = "$.name"
        body = {"id": "S-1", "name": "supplier.updated", "payment_term": "Next moon", "street": "Long\n Street 4"}
        message = self._given_plain(body)
        self.assertIn("Next moon", message.reason)
        self.connector.inbound_subject_path = "$.street"
        message.with_user(self.administrator).action_replay()
        self._process()
        self.assertEqual((message.state, message.type), ("dead", "supplier.updated"))
        self.assertIn("cannot be read", message.reason)

    def test_a_failed_message_holds_up_no_other_and_is_worked_on_again_when_repaired(self):
        messages = self._worked(
            event({"id": "S-1", "name": "One", "payment_term": "Next moon"}, subject="S-1"),
            event({"id": "S-1", "name": "One"}, subject="S-1"),
            event({"id": "S-2", "name": "Two"}),
        )
        self.assertEqual(messages.mapped("state"), ["dead", "processed", "processed"])
        self.assertIn("Next moon", messages[0].reason)
        self.env["account.payment.term"].create({"name": "Next moon"})
        with self.refused("Only connector administrators"):
            messages[0].with_user(self.accountant).action_replay()
        messages.with_user(self.administrator).action_replay()
        self._process()
        self.assertEqual(messages.mapped("state"), ["processed"] * 3)
        partner = self._suppliers("S-1")[0]
        self.assertEqual(partner.property_supplier_payment_term_id.name, "Next moon")
        self.assertEqual(
            self.env["audit.log.entry"].search([("kind", "=", "inbound.replayed")]).actor,
            "user/%d" % self.administrator.id,
        )

    def test_an_error_undoes_all_that_the_message_did(self):
        def handle(handler, message, data):
            self.env["res.partner"].with_env(handler.env).create({"name": "Left behind"})
            handler.env.flush_all()
            raise KeyError("x")

        with self._handler(handle), mute_logger(WORK):
            message = self._worked(event({"id": "S-1", "name": "One"}))
        self.assertEqual(message.state, "dead")
        self.assertIn("KeyError", message.reason)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Left behind")]))
        entry = self.env["audit.log.entry"].search([("kind", "=", "inbound.failed")], limit=1)
        self.assertEqual((entry.res_id, entry.result), (message.id, "bad"))

    def test_an_error_of_sql_takes_no_other_along(self):
        def handle(handler, message, data):
            if data["id"] == "S-1":
                handler.env.cr.execute("SELECT 1/0")
            return done(handler, message, data)

        done = type(self.env["audit.inbound.handler.supplier"])._handle
        with self._handler(handle), mute_logger(WORK, "odoo.sql_db"):
            messages = self._worked(event({"id": "S-1", "name": "One"}), event({"id": "S-2", "name": "Two"}))
        self.assertEqual(messages.mapped("state"), ["dead", "processed"])

    def test_a_conflict_in_the_database_is_tried_again(self):
        tries = []

        def handle(handler, message, data):
            tries.append(data["id"])
            if len(tries) < 3:
                raise errors.SerializationFailure
            return done(handler, message, data)

        done = type(self.env["audit.inbound.handler.supplier"])._handle
        with self._handler(handle):
            message = self._worked(event({"id": "S-1", "name": "One"}))
        self.assertEqual((message.state, len(tries)), ("processed", 3))

    def _run_again_and_again(self, message, trouble):
        """As many runs as a message has attempts, in all of which the database says ``trouble``."""

        def handle(handler, message, data):
            raise trouble

        with self._handler(handle), patch.object(inbound_process.time, "sleep"):
            for _number in range(inbound_process.MAX_ATTEMPTS):
                self._process()
                due_at = message.due_at
                message.due_at = fields.Datetime.now()
        return due_at

    def test_conflicts_without_end_use_up_no_attempts(self):
        message = self._given(event({"id": "S-1", "name": "One"}))
        due_at = self._run_again_and_again(message, errors.SerializationFailure)
        self.assertEqual((message.state, message.attempt_count), ("received", 0))
        self.assertIn("changing the same records", message.reason)
        self.assertGreater(due_at, fields.Datetime.now())
        self._process()
        self.assertEqual((message.state, message.attempt_count), ("processed", 1))

    def test_what_the_database_never_allows_fails_and_says_why(self):
        message = self._given(event({"id": "S-1", "name": "One"}))
        self._run_again_and_again(message, errors.DiskFull)
        self.assertEqual((message.state, message.attempt_count), ("dead", inbound_process.MAX_ATTEMPTS))
        self.assertIn("DiskFull", message.reason)

    def test_messages_about_one_subject_are_worked_on_in_order(self):
        done, first_run = [], [True]

        def handle(handler, message, data):
            if data["id"] == "S-1" and first_run.pop() if first_run else False:
                raise errors.SerializationFailure
            done.append((message.subject, data["name"]))
            return original(handler, message, data)

        original = type(self.env["audit.inbound.handler.supplier"])._handle
        events = [event({"id": s, "name": "Name %d" % n}, subject=s) for n in range(3) for s in ("S-1", "S-2")]
        with self._handler(handle):
            self._worked(*events)
        for subject in ("S-1", "S-2"):
            self.assertEqual([name for one, name in done if one == subject], ["Name 0", "Name 1", "Name 2"])

    def test_a_message_whose_worker_died_is_free_at_once(self):
        message = self._given(event({"id": "S-1", "name": "One"}))
        later = fields.Datetime.add(fields.Datetime.now(), hours=1)
        message.write({"state": "processing", "lease": 77, "lease_until": later, "attempt_count": 1})
        self._process()
        self.assertEqual((message.state, message.attempt_count), ("processed", 2))

    def test_a_message_that_another_run_works_on_is_left_to_it(self):
        message = self._given(event({"id": "S-1", "name": "One"}))
        later = fields.Datetime.add(fields.Datetime.now(), hours=1)
        message.write({"state": "processing", "lease": 78, "lease_until": later})
        self.env.cr.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [delivery_queries.LOCK_CLASS, 78])
        self._process()
        self.assertEqual(message.state, "processing")

    def test_a_message_that_ends_its_worker_again_and_again_is_given_up(self):
        message = self._given(event({"id": "S-1", "name": "One"}))
        message.write({"state": "processing", "lease": 77, "attempt_count": inbound_process.MAX_ATTEMPTS})
        message.lease_until = fields.Datetime.now()
        self._process()
        self.assertEqual(message.state, "dead")
        self.assertIn("interrupted", message.reason)

    def test_of_what_a_killed_run_had_claimed_only_the_one_it_was_at_counts_as_attempted(self):
        messages = self._given(*(event({"id": "S-%d" % n, "name": "N"}) for n in range(3)))
        messages.write({"state": "processing", "lease": 77, "attempt_count": inbound_process.MAX_ATTEMPTS})
        messages.write({"lease_until": fields.Datetime.now()})
        self._process()
        self.assertEqual(messages.mapped("state"), ["dead", "processed", "processed"])
        self.assertEqual(messages.mapped("attempt_count"), [6, 5, 5])

    def test_what_a_run_has_no_time_left_for_is_given_back_untouched(self):
        messages = self._given(*(event({"id": "S-%d" % n, "name": "N"}) for n in range(3)))
        clock = [0.0]
        original = type(self.env["audit.inbound.handler.supplier"])._handle

        def handle(handler, message, data):
            clock[0] += inbound_process.WORK_SECONDS * 0.6
            return original(handler, message, data)

        with self._handler(handle), patch.object(inbound_process.time, "monotonic", lambda: clock[0]):
            self._process()
        self.assertEqual(messages.mapped("state"), ["processed", "processed", "received"])
        self.assertEqual((messages[2].attempt_count, messages[2].lease), (0, 0))

    def test_what_is_open_wakes_and_what_is_done_does_not(self):
        self._worked(event({"id": "S-1", "name": "One"}), event({}, kind="weather.changed"))
        jobs = self.env["queue.job"].search([])
        self._process()
        self.env["audit.connector"]._cron_sweep()
        self.assertFalse(self.env["queue.job"].search([("id", "not in", jobs.ids)]))

    def test_messages_are_worked_on_in_the_order_they_came_whatever_their_numbers(self):
        highest = self._number() + 1000
        subject = {"subject": "supplier/S-1"}
        for number, name in ((highest, "First"), (highest - 500, "Second"), (highest - 400, "Third")):
            with patch.object(inbound_numbers, "take", lambda cr, count, number=number: [number]):
                self._given(event({"id": "S-1", "name": name}, **subject))
        with patch.object(inbound_process, "CLAIMED", 1):
            self._process()
        self.assertEqual(self._suppliers("S-1")[0].name, "Third")

    def test_a_number_that_is_taken_passes_for_no_message_that_came_before(self):
        taken = self._given(event({"id": "S-1", "name": "One"})).id
        given = patch.object(inbound_numbers, "take", lambda cr, count: [taken])
        with given, self.assertRaises(errors.UniqueViolation), self.env.cr.savepoint():
            self._given(event({"id": "S-2", "name": "Two"}))
        self.assertEqual(self._given(event({"id": "S-2", "name": "Two"})).type, "supplier.updated")

    def test_messages_from_before_arrivals_were_counted_keep_their_order_and_come_first(self):
        old = self._given(*(event({"id": "S-%d" % n, "name": "Old %d" % n}) for n in (1, 2)))
        self.env.cr.execute("UPDATE audit_inbound_message SET arrival = NULL WHERE id = ANY(%s)", [old.ids])
        self.env["audit.inbound.message"].init()
        old.invalidate_recordset()
        new = self._given(event({"id": "S-3", "name": "New"}))
        self.assertEqual(old.mapped("arrival"), old.ids)
        self.assertGreater(new.arrival, max(old.ids))

    def _number(self):
        return inbound_numbers.take(self.env.cr, 1)[0]

    def test_brokers_and_files_are_told_what_became_of_each_message(self):
        good = event({"id": "S-1", "name": "One"})
        self._given(good)
        with self.second_cursor():
            receipts = self.connector._receive(
                [
                    (None, "application/json", b'{"id":"x"}', {}),
                    (None, "application/cloudevents+json", b"{", {}),
                    ("y", None, b'{"n":1}', {"Traceparent": "00-%s-%s-01" % ("a" * 32, "b" * 16), "X-Odd": "\0"}),
                    ("y", None, b'{"n":2}', {}),
                    ("y", None, b'{"n":1}', {}),
                    ("z", "text/plain", b"{}", {}),
                ],
                "amqp",
            )
        self.assertEqual(
            [receipt.verdict for receipt in receipts],
            ["accepted", "invalid", "accepted", "conflict", "duplicate", "invalid"],
        )
        self.assertTrue(all(receipt.reason for receipt in receipts if receipt.verdict != "accepted"))
        stored = self.env["audit.inbound.message"].search([("message_id", "=", "y")])
        self.assertEqual((stored.transport, stored.trace), ("amqp", "a" * 32))
        refusals = self.env["audit.inbound.refusal"].search([("source", "=", "amqp")])
        self.assertEqual({(one.reason, one.count) for one in refusals}, {("invalid", 2), ("conflict", 1)})
