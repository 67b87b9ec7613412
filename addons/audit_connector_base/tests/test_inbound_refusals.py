import gzip
import json
import logging
import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import flood, signatures, uuid7
from ..models.exchange import inbound_gateway, inbound_refusal
from .common import SECRET
from .inbound import EVENT, EVENTS, JSON, InboundHttpCase, event

REFUSALS = "odoo.addons.audit_connector_base.models.exchange.inbound_refusal"


class LogLines(logging.Handler):
    """What a logger says meanwhile; unlike ``assertLogs`` it may say nothing."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())

    def taken(self):
        """Return the lines since the last time."""
        said, self.said = self.said, []
        return said


@tagged("post_install", "-at_install")
class TestInboundRefusals(InboundHttpCase):
    def setUp(self):
        super().setUp()
        # Others that came shortly before must not make these one of many.
        fresh = patch.object(inbound_refusal, "_gate", flood.Gate())
        fresh.start()
        self.addCleanup(fresh.stop)
        self.lines = LogLines()
        logging.getLogger(REFUSALS).addHandler(self.lines)
        self.addCleanup(logging.getLogger(REFUSALS).removeHandler, self.lines)

    def _refused(self, response, status, code):
        """A problem document, nothing stored, one more in the count, and a line in the log."""
        self._assert_problem(response, status, code)
        self.assertFalse(self._messages(), "something was stored")
        refusal = self.env["audit.inbound.refusal"].search([("reason", "=", code)], limit=1)
        self.assertTrue(refusal, "not counted")
        (line,) = self.lines.taken()
        self.assertIn(": %s (" % code, line)
        return refusal

    def test_a_wrong_signature(self):
        body = event({"id": "S-1"})
        response = self._post(body, headers={"webhook-signature": "v1,AAAA"})
        self.assertEqual(self._refused(response, 401, "signature").connector_id, self.connector)

    def test_a_changed_body(self):
        now = int(time.time())
        signed = signatures.sign(SECRET, "m-1", now, b"{}")
        headers = {"webhook-id": "m-1", "webhook-timestamp": str(now), "webhook-signature": signed}
        self._refused(self._post(event({}), sign=False, headers=headers), 401, "signature")

    def test_another_id_than_the_signed_one(self):
        self._refused(self._post(event({}), message_id="m-1", headers={"webhook-id": "m-2"}), 401, "signature")

    def test_no_signature(self):
        self._refused(self._post(event({}), sign=False), 401, "signature")

    def test_an_unknown_connector_is_answered_like_a_wrong_signature(self):
        answers = [
            self._post(event({}), code="x" * 24),
            self._post(event({}), code="%00"),
            self._post(event({}), headers={"webhook-signature": "v1,AAAA"}),
        ]
        self.connector.inbound_active = False
        answers.append(self._post(event({})))
        self.connector.inbound_active = True
        self.connector.active = False
        answers.append(self._post(event({})))
        told = {(a.status_code, a.text, a.headers["WWW-Authenticate"], a.headers["Content-Type"]) for a in answers}
        self.assertEqual(len(told), 1)
        self.assertFalse(self._messages())

    def test_a_stale_timestamp(self):
        body = json.dumps(event({})).encode()
        for age in (-400, 400):
            then = int(time.time()) - age
            headers = {
                "webhook-id": "m-1",
                "webhook-timestamp": str(then),
                "webhook-signature": signatures.sign(SECRET, "m-1", then, body),
            }
            self._refused(self._post(body, sign=False, headers=headers), 401, "timestamp")

    def test_what_is_no_proper_json(self):
        cases = {
            b"": "unreadable",
            b"{": "unreadable",
            b"nothing": "unreadable",
            b'{"a":1} x': "unreadable",
            b"7": "unreadable",
            b'"text"': "unreadable",
            b'{"a":1,"a":2}': "unreadable",
            b'{"a":NaN}': "unreadable",
            b'{"a":-Infinity}': "unreadable",
            b'{"a":%s}' % (b"9" * 5000): "unreadable",
            b'{"a":1e99999}': "unreadable",
            b'{"a":"\\u0000"}': "unreadable",
            b'{"a":"\\ud800"}': "unreadable",
            b"\xef\xbb\xbf{}": "unreadable",
            b'{"a":"\xff"}': "encoding",
            '{"a":1}'.encode("utf-16"): "encoding",
            b'{"a":' * 5000 + b"1" + b"}" * 5000: "unreadable",
            b"[" * 100000: "depth",
            b"[1,2]": "unreadable",
            b"[{}": "syntax",
            b"[{},]": "syntax",
            b"[{}] x": "syntax",
            b"[{} {}]": "syntax",
            b"[,]": "syntax",
            b"[%s]" % (b"9" * 5000): "syntax",
        }
        for body, code in cases.items():
            with self.subTest(body=body[:40]):
                self._refused(self._post(body, JSON), 400, code)

    def test_what_is_no_proper_cloud_event(self):
        for change in ({"id": None}, {"type": 7}, {"specversion": "0.3"}, {"source": "a b"}, {"type": "x" * 300}):
            with self.subTest(change=change):
                self._refused(self._post({**event({}), **change}), 400, "unreadable")
        self._refused(self._post({**event({}), "data_base64": "AA=="}), 400, "unreadable")
        self._refused(self._post(event({}), EVENTS), 400, "batch")
        self._refused(self._post([event({})], EVENT), 400, "batch")

    def test_a_batch_of_too_many(self):
        body = b"[%s]" % b",".join([b"{}"] * 10_001)
        self._refused(self._post(body, JSON), 413, "too-many")

    def test_a_batch_of_the_most_there_may_be(self):
        body = b"[%s]" % b",".join(b'{"id":%d}' % number for number in range(10_000))
        self.assertEqual(self._post(body, JSON).json()["accepted"], 10_000)

    def test_an_oversized_body_is_not_read(self):
        self.env["ir.config_parameter"].sudo().set_param("audit.inbound_max_size", "1000")
        self._refused(self._post(b"x" * 1001), 413, "too-large")
        head = b"POST /audit/v1/inbound/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head %= self.connector.inbound_code.encode()
        self.env.flush_all()
        status, headers, _body = self._raw(head + b"Content-Length: 999999999999\r\n\r\n{")
        self.assertEqual(status, 413)
        self.assertIn("application/problem+json", headers)

    def test_a_content_type_that_is_not_ours(self):
        for content_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
            "application/json-patch+json",
        ):
            with self.subTest(content_type=content_type):
                response = self._post(b"a=1&b=2", content_type)
                self._refused(response, 415, "content-type")
                self.assertIn(JSON, response.headers["Accept-Post"])
        self._refused(self._post(event({}), EVENT + "; charset=utf-16"), 415, "charset")
        self.assertEqual(self._post(event({}), EVENT + "; charset=UTF-8").status_code, 202)

    def test_a_compressed_body_is_not_opened(self):
        for encoding in ("gzip", "br", "identity, gzip"):
            with self.subTest(encoding=encoding):
                response = self._post(event({}), headers={"Content-Encoding": encoding})
                self._refused(response, 415, "content-encoding")

    def test_a_compressed_body_that_does_not_say_so_is_no_message(self):
        bomb = gzip.compress(b"[" + b"0," * 5_000_000 + b"0]")
        self.assertLess(len(bomb), 20_000)
        self._refused(self._post(bomb, JSON), 400, "encoding")

    def test_other_methods(self):
        url = self.base_url() + "/audit/v1/inbound/" + self.connector.inbound_code
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
            with self.subTest(method=method):
                response = self.opener.request(method, url, timeout=20)
                self._refused(response, 405, "method")
                self.assertEqual(response.headers["Allow"], "POST")

    def test_a_sender_that_is_too_fast(self):
        self.connector.inbound_rate = 3
        with patch.object(inbound_gateway, "_buckets", inbound_gateway.Buckets()):
            answers = [self._post(event({"id": "S-1"})) for _number in range(5)]
        self.assertEqual([a.status_code for a in answers], [202] * 3 + [429] * 2)
        self._assert_problem(answers[-1], 429, "rate")
        self.assertGreaterEqual(int(answers[-1].headers["Retry-After"]), 1)

    def test_refusals_are_counted_and_not_written_one_by_one(self):
        for _time in range(4):
            self._post(event({}), sign=False)
        refusal = self.env["audit.inbound.refusal"].search([("reason", "=", "signature")])
        self.assertEqual((refusal.count, refusal.source), (4, "127.0.0.1"))
        entries = self.env["audit.log.entry"].search([("kind", "=", "inbound.refused")])
        self.assertEqual(len(entries), 1)
        self.assertIn("127.0.0.1", entries.summary)

    def test_the_log_of_refusals_does_not_tell_the_address(self):
        self._post(event({}), sign=False)
        (line,) = self.lines.taken()
        self.assertIn("signature", line)
        self.assertNotIn(self.connector.inbound_code, line)

    def test_a_secret_that_cannot_be_opened_asks_the_sender_to_come_again(self):
        self.connector.credential_ids.sudo().envelope = "v1.broken"
        response = self._post(event({}))
        self._refused(response, 503, "unavailable")
        self.assertIn("Retry-After", response.headers)

    def test_an_error_of_ours_is_no_500(self):
        with patch.object(inbound_gateway.inbound, "split", side_effect=KeyError("x")):
            with mute_logger("odoo.addons.audit_connector_base.controllers.inbound"):
                response = self._post(event({}))
        self._assert_problem(response, 503, "unavailable")
        self.assertNotIn("KeyError", response.text)
        self.assertFalse(self._messages())

    def test_a_session_of_a_person_changes_nothing(self):
        self.authenticate(self.accountant.login, self.accountant.login)
        self.assertEqual(self._post(event({"id": "S-1"}), message_id=uuid7.uuid7()).status_code, 202)
        self._assert_problem(self._post(event({}), sign=False), 401, "signature")
