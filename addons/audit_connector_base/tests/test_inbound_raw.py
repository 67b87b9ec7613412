import json
import random
import time

from odoo.tests import tagged

from ..core import signatures
from .common import SECRET
from .inbound import EVENT, JSON, InboundHttpCase, event

SEED = 20260331
REQUESTS = 400


@tagged("post_install", "-at_install")
class TestInboundRaw(InboundHttpCase):
    """What well-behaved libraries never send."""

    def _head(self, *lines, path=None):
        path = path or "/audit/v1/inbound/" + self.connector.inbound_code
        self.env.flush_all()
        return "\r\n".join(["POST %s HTTP/1.1" % path, "Host: localhost", *lines, "", ""]).encode()

    def _signed(self, body, message_id="m-1"):
        now = int(time.time())
        return (
            "webhook-id: " + message_id,
            "webhook-timestamp: %d" % now,
            "webhook-signature: " + signatures.sign(SECRET, message_id, now, body),
        )

    def _assert_refused(self, answer, status, code):
        got, head, body = answer
        self.assertEqual(got, status, (head, body))
        self.assertIn("application/problem+json", head)
        self.assertEqual(json.loads(body)["type"], "urn:odoo-audit:problem:" + code)
        self.env.invalidate_all()
        self.assertFalse(self._messages())

    def test_a_chunked_body_is_not_read(self):
        body = b"2\r\n{}\r\n0\r\n\r\n"
        head = self._head("Content-Type: " + JSON, "Transfer-Encoding: chunked", *self._signed(b"{}"))
        self._assert_refused(self._raw(head + body), 411, "length-required")

    def test_a_missing_length(self):
        self._assert_refused(self._raw(self._head("Content-Type: " + JSON)), 411, "length-required")

    def test_a_length_that_is_none(self):
        for length in ("abc", "-1", "+2", "1_0", "0x10", "2 ", "2, 2"):
            with self.subTest(length=length):
                sent = self._head("Content-Type: " + JSON, "Content-Length: %s" % length) + b"{}"
                status, head, body = self._raw(sent)
                self.assertIn(status, (400, 401))
                self.assertIn("application/problem+json", head, body)
                self.assertFalse(self._messages())

    def test_a_length_and_chunks_at_once(self):
        lengths = ("Content-Length: 2", "Transfer-Encoding: chunked")
        head = self._head("Content-Type: " + JSON, *lengths, *self._signed(b"{}"))
        self._assert_refused(self._raw(head + b"2\r\n{}\r\n0\r\n\r\n"), 400, "length-invalid")

    def test_a_body_that_comes_in_pieces_is_put_together(self):
        body = json.dumps(event({"id": "S-1"})).encode()
        head = self._head("Content-Type: " + EVENT, "Content-Length: %d" % len(body), *self._signed(body))
        status, _head, _body = self._raw(head, body[:10], body[10:50], body[50:], pause=0.05)
        self.env.invalidate_all()
        self.assertEqual(status, 202)
        self.assertEqual(list(self._messages()._bodies().values()), [body])

    def test_a_body_that_never_ends(self):
        """The test server gives up on a silent socket after five seconds, a worker of production after two."""
        head = self._head("Content-Type: " + JSON, "Content-Length: 100", *self._signed(b"{}"))
        self._assert_refused(self._raw(head, b"{"), 408, "too-slow")

    def test_what_follows_the_length_is_not_looked_at(self):
        body = json.dumps(event({"id": "S-1"})).encode()
        head = self._head("Content-Type: " + EVENT, "Content-Length: %d" % len(body), *self._signed(body))
        status, _head, _body = self._raw(head + body + b"POST /web HTTP/1.1\r\n\r\n")
        self.assertEqual(status, 202)

    def test_a_form_is_not_parsed(self):
        part = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nb\r\n--x--\r\n'
        head = self._head("Content-Type: multipart/form-data; boundary=x", "Content-Length: %d" % len(part))
        self._assert_refused(self._raw(head + part), 415, "content-type")

    def test_whatever_is_sent_the_answer_is_never_a_500(self):
        """Requests that were right and then changed at random places. Each is accepted or refused as a problem."""
        chance = random.Random(SEED)
        self.connector.inbound_rate = 1_000_000
        seen = {}
        for number in range(REQUESTS):
            request = self._mutated(chance, number)
            try:
                status, head, body = self._raw(request)
            except (ValueError, IndexError):
                # The server closed the connection without an answer, because the request line itself was broken.
                continue
            seen[status] = seen.get(status, 0) + 1
            self.assertLess(status, 500, (number, request, head, body))
            if status != 202 and "problem+json" not in head:
                # The server's own answer to headers that it could not read itself.
                self.assertIn(status, (400, 431), (number, request, head, body))
        self.assertGreaterEqual(len(seen), 4, seen)
        self.assertIn(202, seen)

    def _mutated(self, chance, number):
        message = event({"id": "S-%d" % number, "name": "Nordwind"}, subject="S")
        body = json.dumps(chance.choice([message, [message], [message, message]])).encode()
        if chance.random() < 0.5:
            body = _change(chance, body)
        signed = self._signed(body, "m-%d" % number)
        if chance.random() < 0.3:
            length = chance.choice(["%d" % chance.randrange(0, len(body) + 1), "", "-%d" % len(body), "1e3"])
        else:
            length = "%d" % len(body)
        content_type = chance.choice([EVENT, JSON, JSON, "application/cloudevents-batch+json", "text/html", "\x00;;="])
        head = self._head("Content-Type: " + content_type, "Content-Length: " + length, *signed, "Cookie: session_id=1")
        if chance.random() < 0.5:
            # Neither the request line nor Host, without which Odoo 17.0 fails before it looks for a route.
            line, host, rest = head.split(b"\r\n", 2)
            changed = _change(chance, rest[:-4]).replace(b"\r\n\r\n", b"\r\n")
            head = b"\r\n".join([line, host, changed, b"", b""])
        return head + body


def _change(chance, data):
    """``data`` with a few bytes changed, doubled, dropped or put in."""
    data = bytearray(data)
    for _time in range(chance.randrange(1, 4)):
        position = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[position] = chance.randrange(256)
        elif kind == 1:
            del data[position : position + chance.randrange(1, 10)]
        elif kind == 2:
            data[position:position] = data[position : position + chance.randrange(1, 30)]
        else:
            odd = [b"\0", b"\xff", b"[" * 200, b'"', b"\\ud800", b"9" * 50, b"NaN", b"{}"]
            data[position:position] = chance.choice(odd)
        if not data:
            break
    return bytes(data)
