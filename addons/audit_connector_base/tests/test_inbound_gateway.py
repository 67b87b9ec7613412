import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..core import inbound as reading
from .inbound import EVENT, EVENTS, JSON, InboundHttpCase, event


@tagged("post_install", "-at_install")
class TestInboundGateway(InboundHttpCase):
    def test_a_signed_event_is_stored_as_it_came(self):
        body = json.dumps(event({"id": "S-1"}, subject="S-1"), indent=1).encode()
        response = self._post(body)
        self.assertEqual((response.status_code, response.json()), (202, {"accepted": 1, "duplicates": 0}))
        message = self._messages()
        self.assertEqual(message._bodies()[message.id], body)
        self.assertEqual((message.state, message.type, message.subject), ("received", "supplier.updated", "S-1"))
        self.assertEqual((message.size, message.transport, message.company_id), (len(body), "http", self.company))
        entry = self.env["audit.log.entry"].search([("kind", "=", "inbound.received")], limit=1)
        self.assertEqual((entry.direction, entry.res_id, entry.correlation), ("in", message.id, message.trace))

    def test_a_connector_that_received_is_not_deleted(self):
        unused = self._connector()
        self._post(event({"id": "S-1"}))
        with self.assertRaisesRegex(UserError, "has received messages"):
            (unused | self.connector).unlink()
        unused.unlink()
        self.assertFalse(unused.exists())

    def test_the_trace_of_the_sender_is_kept(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        self._post(event({"id": "S-1"}, traceparent="00-%s-00f067aa0ba902b7-01" % trace))
        self.assertEqual(self._messages().trace, trace)

    def test_the_same_message_again_is_the_same_answer_and_nothing_else(self):
        body = event({"id": "S-1"})
        for accepted in (1, 0):
            response = self._post(body, message_id="m-1")
            self.assertEqual(response.status_code, 202)
            self.assertEqual(response.json(), {"accepted": accepted, "duplicates": 1 - accepted})
        self.assertEqual(len(self._messages()), 1)
        domain = [("kind", "=", "inbound.received"), ("res_id", "=", self._messages().id)]
        self.assertEqual(self.env["audit.log.entry"].search_count(domain), 1)

    def test_the_same_id_with_another_body_is_a_conflict(self):
        self._post(event({"id": "S-1"}), message_id="m-1")
        self._assert_problem(self._post(event({"id": "S-2"}), message_id="m-1"), 409, "conflict")
        self.assertEqual(len(self._messages()), 1)
        self.assertIn("S-1", self._messages().body_text)

    def test_by_content_a_new_id_is_no_new_message(self):
        self.connector.inbound_deduplicate_by = "content"
        first, second = event({"id": "S-1"}), event({"id": "S-1"})
        self.assertEqual(self._post(first).json()["accepted"], 1)
        self.assertEqual(self._post(second).json(), {"accepted": 0, "duplicates": 1})
        self.assertEqual(self._post(event({"id": "S-2"})).json()["accepted"], 1)

    def test_a_batch_is_stored_message_by_message(self):
        events = [event({"id": "S-%d" % number}) for number in range(3)]
        body = b" [%s ,\n%s,%s ]\n" % tuple(json.dumps(one).encode() for one in events)
        self.assertEqual(self._post(body, EVENTS).json(), {"accepted": 3, "duplicates": 0})
        stored = self._messages().sorted("id")
        self.assertEqual(stored.mapped("message_id"), [one["id"] for one in events])
        self.assertEqual([stored._bodies()[one.id] for one in stored], [json.dumps(one).encode() for one in events])
        self.assertEqual(self._post(body, EVENTS).json(), {"accepted": 0, "duplicates": 3})

    def test_a_batch_names_its_conflicts_and_takes_the_rest(self):
        known = event({"id": "S-1"})
        self._post([known], JSON)
        answer = self._post([event({"id": "S-2"}), {**known, "data": {"id": "S-9"}}, known], EVENTS)
        self.assertEqual(answer.status_code, 202)
        self.assertEqual((answer.json()["accepted"], answer.json()["duplicates"]), (1, 1))
        self.assertEqual([one["index"] for one in answer.json()["conflicts"]], [1])
        self._assert_problem(self._post([{**known, "data": {"id": "S-9"}}], EVENTS), 409, "conflict")

    def test_twice_in_one_batch_is_once(self):
        one = event({"id": "S-1"})
        answer = self._post([one, one, {**one, "data": {}}], EVENTS).json()
        self.assertEqual((answer["accepted"], answer["duplicates"], len(answer["conflicts"])), (1, 1, 1))

    def test_an_empty_batch_is_accepted(self):
        self.assertEqual(self._post(b"[ ]", EVENTS).json(), {"accepted": 0, "duplicates": 0})

    def test_one_bad_member_refuses_the_batch_and_is_named(self):
        bad = event({"id": "S-2"})
        bad.pop("source")
        response = self._post([event({"id": "S-1"}), bad], EVENTS)
        self._assert_problem(response, 400, "unreadable")
        self.assertEqual([error["index"] for error in response.json()["errors"]], [1])
        self.assertIn("source", response.json()["errors"][0]["detail"])
        self.assertFalse(self._messages())

    def test_a_batch_costs_as_many_queries_as_a_message(self):
        def queries(count):
            items = [
                (reading.read(json.dumps(event({"id": "S-%d" % n})).encode(), media_type=EVENT), EVENT, {})
                for n in range(count)
            ]
            before = self.env.cr.sql_log_count
            receipts = self.connector._store_inbound(items, "http")
            self.assertEqual({receipt.verdict for receipt in receipts}, {"accepted"})
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(1), 1)
        self.assertEqual(queries(200), 2, "one more takes the numbers")

    def test_plain_json_says_what_it_is_where_the_connector_looks(self):
        self.connector.write(
            {"inbound_id_path": "$.meta.id", "inbound_type_path": "$.meta.kind", "inbound_subject_path": "$.items[0]"}
        )
        body = [{"meta": {"id": 7, "kind": "supplier.updated"}, "items": ["S-1"], "amount": 1.50}]
        self.assertEqual(self._post(body, JSON).status_code, 202)
        message = self._messages()
        self.assertEqual((message.message_id, message.type, message.subject), ("7", "supplier.updated", "S-1"))

    def test_what_comes_in_is_worked_on_after_the_commit(self):
        with self.second_cursor():
            self.connector._request_inbound()
            self.env.cr.postcommit.run()
        jobs = self.env["queue.job"].search([("identity_key", "=", "audit-inbound-%d-now" % self.connector.id)])
        self.assertEqual((len(jobs), jobs.channel), (1, "root.audit.inbound"))

    def test_the_sweep_finds_what_was_left(self):
        self._post(event({"id": "S-1"}))
        self.env["queue.job"].search([]).unlink()
        self.env["audit.connector"]._cron_sweep()
        self.assertTrue(
            self.env["queue.job"].search([("identity_key", "=", "audit-inbound-%d-now" % self.connector.id)])
        )
