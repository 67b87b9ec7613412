import json
import logging
import re
import time
from collections import OrderedDict
from unittest.mock import patch

from odoo.tests import tagged

from ..controllers import machine
from ..core import flood, rate
from ..core.problem import Refusal
from ..models.exchange import inbound_door, inbound_gateway, inbound_refusal
from .inbound import EVENT, JSON, InboundCase, InboundHttpCase, event

REFUSAL = "odoo.addons.audit_connector_base.models.exchange.inbound_refusal"


@tagged("post_install", "-at_install")
class TestInboundAttacks(InboundHttpCase):
    """What a sender may try who knows the address, or even the secret."""

    def setUp(self):
        super().setUp()
        for module, name, new in (
            (inbound_gateway, "_buckets", rate.Buckets()),
            (inbound_door, "_doors", OrderedDict()),
            (inbound_refusal, "_gate", flood.Gate()),
        ):
            fresh = patch.object(module, name, new)
            fresh.start()
            self.addCleanup(fresh.stop)

    def _refusals(self):
        return self.env["audit.inbound.refusal"].search([("connector_id", "in", (False, self.connector.id))])

    def test_a_header_that_speaks_of_nul_is_kept_as_it_came(self):
        agent = r"tool\u0000 \ud800"
        self.assertEqual(self._post(event({"id": "S-1"}), headers={"User-Agent": agent}).status_code, 202)
        self.assertEqual(self._messages().headers["user-agent"], agent)

    def test_who_tries_many_addresses_is_one_sender(self):
        with patch.object(inbound_gateway, "DEFAULT_RATE", 3):
            got = [self._post({}, JSON, code="unknown-code-%09d" % one, sign=False).status_code for one in range(5)]
        self.assertEqual(got, [401, 401, 401, 429, 429])

    def _head_alone(self, code):
        """Announce a body that never comes; returns ``(status, seconds)``."""
        head = ["POST /audit/v1/inbound/%s HTTP/1.1" % code, "Host: localhost", "Content-Type: " + JSON]
        self.env.flush_all()
        began = time.monotonic()
        status, _head, _body = self._raw("\r\n".join([*head, "Content-Length: 100", "", ""]).encode())
        return status, time.monotonic() - began

    def test_who_comes_too_fast_is_refused_before_the_body_comes(self):
        self.connector.inbound_rate = 1
        self.assertEqual(self._post(event({"id": "S-1"})).status_code, 202)
        status, seconds = self._head_alone(self.connector.inbound_code)
        self.assertEqual(status, 429)
        self.assertLess(seconds, 2, "the body was waited for")
        with patch.object(inbound_gateway, "DEFAULT_RATE", 1):
            self._post({}, JSON, code="unknown-code-of-nobody", sign=False)
            self.assertEqual(self._head_alone("unknown-code-of-nobody")[0], 429)

    def test_who_is_remembered_or_comes_too_fast_costs_no_query_before_the_body(self):
        self.assertEqual(self._post(event({"id": "S-1"})).status_code, 202)
        connectors, code = self.env["audit.connector"], self.connector.inbound_code
        with self.assertQueryCount(0):
            door = connectors._approach(code, "192.0.2.7")
        self.assertEqual(door.connector_id, self.connector.id)
        with patch.object(inbound_gateway._buckets, "take", lambda *arguments: 7), self.assertQueryCount(0):
            # Odoo's own way to expect an exception asks for a savepoint.
            try:
                status = connectors._approach(code, "192.0.2.7")
            except Refusal as refusal:
                status = refusal.status
        self.assertEqual(status, 429)

    def test_wrong_headers_count_as_requests_as_well(self):
        self.connector.inbound_rate = 2
        got = [self._post({}, "text/html").status_code for _time in range(3)]
        self.assertEqual(got, [415, 415, 429])

    def test_where_nobody_can_receive_no_body_is_waited_for(self):
        status, seconds = self._head_alone("short")
        self.assertEqual(status, 401)
        self.assertLess(seconds, 2, "the body was waited for")

    def test_the_time_of_an_answer_does_not_tell_whether_somebody_receives_there(self):
        """The test server gives up on a silent socket after five seconds."""
        for code in (self.connector.inbound_code, "unknown-code-of-nobody"):
            status, seconds = self._head_alone(code)
            self.assertEqual(status, 408)
            self.assertGreater(seconds, 2)

    def test_what_is_switched_off_while_the_body_comes_takes_nothing(self):
        read_body = machine.read_body

        def switched_off(*arguments):
            self.connector.inbound_active = False
            self.env.flush_all()
            return read_body(*arguments)

        for _time in ("looked up", "remembered"):
            with patch.object(machine, "read_body", switched_off):
                self._assert_problem(self._post(event({"id": "S-1"})), 401, "signature")
            self.assertFalse(self._messages())
            self.connector.inbound_active = True
            self._post({}, JSON, sign=False)

    def test_a_flood_of_refusals_is_not_a_flood_of_transactions(self):
        with (
            patch.object(inbound_refusal, "_gate", flood.Gate(one_by_one=3, pause=0.5)),
            self.assertLogs(REFUSAL, logging.INFO) as lines,
        ):
            for _time in range(8):
                self._assert_problem(self._post({}, "text/html"), 415, "content-type")
            # Three one by one, then one for all that follow at once.
            self.assertEqual((len(lines.output), sum(self._refusals().mapped("count"))), (4, 4))
            time.sleep(0.6)
            self._post({}, "text/html")
        self.env.invalidate_all()
        self.assertEqual(sum(self._refusals().mapped("count")), 9, "what was held back is counted in the end")

    def test_a_sender_writes_no_lines_of_its_own_into_the_log(self):
        body = event({"id": "S-1"}, **{"a\n2026-01-01 ERROR forged \x1b[31m\u202e": "x"})
        with self.assertLogs(REFUSAL, logging.INFO) as lines:
            self._assert_problem(self._post(body), 400, "unreadable")
        self.assertIn("forged", lines.output[0])
        self.assertTrue(lines.output[0].isprintable(), lines.output[0])
        self.assertTrue(all(one.detail.isprintable() for one in self._refusals()))

    def test_ids_that_look_alike_are_different_messages(self):
        for number in ("caf\u00e9", "cafe\u0301", "CAFE", "cafe"):
            self.assertEqual(self._post([event({"id": "S"}, id=number)], JSON).json()["accepted"], 1, number)
        for number in ("a\u0000", "a\n", "a\u202e", "a\ud800", " " * 257):
            self.assertEqual(self._post([event({"id": "S"}, id=number)], JSON).status_code, 400, repr(number))

    def test_documents_in_other_encodings_are_no_json(self):
        text = json.dumps(event({"id": "S-1"}))
        for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037"):
            self.assertEqual(self._post(text.encode(encoding)).status_code, 400, encoding)
        self._assert_problem(self._post(text.encode("utf-16"), EVENT + "; charset=utf-16"), 415, "charset")

    def test_parameters_and_cookies_change_nothing(self):
        code = self.connector.inbound_code + "?debug=1&session_id=x"
        self.opener.cookies.set("session_id", "a" * 40)
        response = self._post(event({"id": "S-1"}), code=code)
        self.assertEqual((response.status_code, response.headers.get("Set-Cookie")), (202, None))

    def test_an_answer_does_not_tell_whether_somebody_receives_there(self):
        """All but the words of the moment are alike, for whatever is wrong with the proof."""
        for headers in ({}, {"webhook-id": "m"}, {"Authorization": "Bearer x"}):
            answers = [
                self._post({}, JSON, code=code, sign=False, headers=headers)
                for code in (None, "unknown-code-of-nobody", self.connector.inbound_code.swapcase())
            ]
            said = {(one.status_code, one.content, tuple(sorted(set(one.headers) - {"Date"}))) for one in answers}
            self.assertEqual(len(said), 1, said)


@tagged("post_install", "-at_install")
class TestPlatformAttacks(InboundCase):
    """What a platform may try that is believed, by what its messages say."""

    def setUp(self):
        super().setUp()
        self._own("identity", "contact", "address", "terms")

    def test_a_platform_writes_nothing_of_people_who_sign_in_here(self):
        """Who sets the e-mail address of a user gets the link that sets a new password."""
        victim = self.administrator.partner_id
        victim.email = "adm@example.com"
        self._worked(event({"id": "S-1", "odoo": "res.partner/%d" % victim.id, "email": "me@evil.example"}))
        self.assertEqual(victim.email, "adm@example.com")
        exception = self.env["audit.exception"].search([("res_id", "=", victim.id), ("kind", "=", "conflict")])
        self.assertEqual(exception.line_ids.value_received, "me@evil.example")
        with self.refused("changed on the contact itself"):
            exception.with_user(self.accountant).action_take_over()
        self.administrator.active = False
        self._worked(event({"id": "S-1", "email": "you@evil.example"}))
        self.assertEqual(victim.email, "adm@example.com", "an archived user may come back")

    def test_a_platform_writes_nothing_of_our_own_companies(self):
        own = self.company.partner_id
        name = own.name
        self._worked(event({"id": "S-1", "odoo": "res.partner/%d" % own.id, "name": "Evil Ltd"}))
        self.assertEqual(own.name, name)

    def test_a_bank_account_is_what_the_approver_reads(self):
        """Right-to-left marks show another number than is stored, and a bar would shift what belongs to what."""
        for account in (
            {"number": "DE89\u202e000310235040440073\u202c"},
            {"number": "DE89 3704 0044\u200b"},
            {"number": "DE00 | COBADEFF | Nordwind"},
            {"number": "DE89370400440532013000", "holder": "Nordwind\u202e"},
            {"number": "DE89370400440532013000", "holder": "A | B"},
        ):
            message = self._worked(event({"id": "S-1", "name": "Nordwind", "bank_accounts": [account]}))
            self.assertEqual((message.state, len(message.violations)), ("dead", 1), account)
        good = {"number": "DE89 3704 0044 0532 0130 00", "holder": "Gr\u00fcn & S\u00f6hne, \u682a\u5f0f\u4f1a\u793e"}
        message = self._worked(event({"id": "S-1", "name": "Nordwind", "bank_accounts": [good]}))
        self.assertEqual(message.exception_ids.kind, "bank_details")

    def test_what_a_platform_says_is_text_to_whoever_is_asked(self):
        said = {"control": "AP-1", "result": "fail", "summary": '<a href="https://evil.example">Sign in</a>'}
        self._worked(event(said, kind="control_result.recorded"))
        exception = self.env["audit.exception"].search([("kind", "=", "control")], limit=1)
        self.assertNotIn("<a", exception.activity_ids.note)
        self.assertIn("evil.example", exception.activity_ids.note)

    def test_one_message_of_a_broker_does_not_hold_up_the_others(self):
        odd = {"user-agent": r"x\u0000", "x-request-id": "\ud800\0", "date": "\\"}
        given = [(None, EVENT, json.dumps(event({"id": "S-%d" % one})).encode(), odd) for one in range(2)]
        with self.second_cursor():
            receipts = self.connector._receive(given, "amqp")
        self.assertEqual([one.verdict for one in receipts], ["accepted", "accepted"])
        stored = self.env["audit.inbound.message"].search([("connector_id", "=", self.connector.id)], limit=1)
        self.assertTrue(re.fullmatch(r"x\\u0000", stored.headers["user-agent"]))
        self.assertEqual(stored.headers["x-request-id"], "\ufffd\ufffd")
