"""The counterparty that receives webhooks: a small audit platform on this machine, for the demo and the tests.

It trusts nothing of ours: signatures are checked by the official ``standardwebhooks`` package and data against the
contract files by ``jsonschema``. A message is on disk before it is answered.

    python receiver.py --port 8090 --book book.sqlite --secret-file secret --contracts DIR

======================  ============================================================================================
``POST`` (any path)     a webhook: 202 booked, or booked before; 401 signature; 409 same id, other body; 422 contract.
                        Of a CloudEvents batch each event is booked under its own id. A test message
                        (``connector.test``) is answered and not booked
``POST /faults``        ``{"mode": "500|422|429|slow|reset|lost|off", "count": N, "seconds": S}``; ``lost`` books
                        the message and drops the connection instead of answering; without ``count`` until switched off
``GET /book``           all that was received, as JSON
``GET /``               the same as a page
======================  ============================================================================================

The secret file holds one ``whsec_`` secret a line and is read at each message, so that secrets can be rotated.
Prints ``ready <address>`` when it listens; stops on SIGTERM.
"""

import argparse
import json
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from book import Book, OtherBody
from jsonschema import Draft202012Validator, FormatChecker
from local_server import Server
from page import render
from referencing import Registry
from standardwebhooks import Webhook

MAX_BODY = 4 * 1024 * 1024
MAX_SLOW_SECONDS = 120
TEST_TYPE = "connector.test"
FAULTS = ("500", "422", "429", "slow", "reset", "lost", "off")

_DATASCHEMA = re.compile(r"urn:odoo-audit:contract:([a-z][a-z0-9_]*):([1-9][0-9]{0,3})")


class Refusal(Exception):
    """A message that is answered with ``status`` and not booked."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Platform:
    """What the counterparty knows and decides, apart from HTTP."""

    def __init__(self, book, secret_file, contracts):
        self.book = book
        self._secret_file = secret_file
        self._contracts = contracts
        self._validators = {}
        self._fault = {"mode": "off"}
        self._lock = threading.Lock()

    def receive(self, headers, body):
        """Check and book a message; returns ``False`` for a repeat. Raises ``Refusal``."""
        message_id = headers.get("webhook-id") or ""
        try:
            self._verify(headers, body)
            content = json.loads(body)
            if isinstance(content, list):
                return self._book_batch([self._checked_event(event) for event in content])
            event = self._checked_event(content)
            return event["type"] == TEST_TYPE or self.book.add(message_id, event, body)
        except OtherBody:
            refusal = Refusal(409, "this message id was received before with another body")
        except Refusal as error:
            refusal = error
        self.book.refuse(message_id, refusal.status, refusal.reason)
        raise refusal

    @property
    def fault(self):
        return self._fault["mode"]

    def set_fault(self, order):
        """Take an order for faults; raises ``Refusal`` when it makes no sense."""
        if not isinstance(order, dict) or order.get("mode") not in FAULTS:
            raise Refusal(400, "mode must be one of %s" % ", ".join(FAULTS))
        for name, most in (("count", 1_000_000), ("seconds", MAX_SLOW_SECONDS)):
            value = order.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
                raise Refusal(400, "%s must be a number above 0, at most %d" % (name, most))
        with self._lock:
            self._fault = dict(order)

    def next_fault(self):
        """Return the order that applies to the message at hand, using up one of its ``count``."""
        with self._lock:
            order = self._fault
            if "count" in order:
                left = order["count"] - 1
                self._fault = {**order, "count": left} if left > 0 else {"mode": "off"}
            return order

    def _verify(self, headers, body):
        secrets = Path(self._secret_file).read_text(encoding="ascii").split()
        for secret in secrets:
            try:
                Webhook(secret).verify(body, headers)
            except Exception:
                continue
            return
        raise Refusal(401, "the signature does not match any secret, or the time is more than five minutes off")

    def _book_batch(self, events):
        """Book the events of a batch, each under its own id; returns ``False`` when all were repeats."""
        fresh = [self.book.add(event["id"], event, _compact(event)) for event in events if event["type"] != TEST_TYPE]
        return any(fresh) or not fresh

    def _checked_event(self, event):
        if not isinstance(event, dict) or event.get("specversion") != "1.0":
            raise Refusal(422, "not a CloudEvents 1.0 event")
        for name in ("id", "source", "type"):
            if not isinstance(event.get(name), str) or not event[name]:
                raise Refusal(422, "the event has no %s" % name)
        if not isinstance(event.get("subject", ""), str):
            raise Refusal(422, "the event's subject is no text")
        if event["type"] == TEST_TYPE:
            return event
        contract = _DATASCHEMA.fullmatch(str(event.get("dataschema")))
        if not contract:
            raise Refusal(422, "the event names no contract that is known here")
        errors = self._validator(contract[1], contract[2]).iter_errors(event.get("data"))
        first = next(errors, None)
        if first is not None:
            raise Refusal(422, "%s: %s" % (first.json_path, first.message))
        return event

    def _validator(self, entity, version):
        name = "%s.v%s.json" % (entity, version)
        if name not in self._validators:
            try:
                schema = json.loads((Path(self._contracts) / name).read_text(encoding="utf-8"))
            except FileNotFoundError:
                raise Refusal(422, "the contract %s/%s is not known here" % (entity, version)) from None
            # An empty registry keeps a $ref from reaching the network.
            validator = Draft202012Validator(schema, registry=Registry(), format_checker=FormatChecker())
            self._validators[name] = validator
        return self._validators[name]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "audit-sandbox"
    disable_nagle_algorithm = True
    timeout = 300

    def do_GET(self):
        platform = self.server.platform
        if self.path == "/":
            page = render(platform.book.content(), platform.fault)
            self._answer(200, page.encode(), "text/html; charset=utf-8")
        elif self.path == "/book":
            self._answer_json(200, platform.book.content())
        else:
            self._answer_json(404, {"error": "there are / and /book"})

    def do_POST(self):
        try:
            body = self._body()
            if self.path == "/faults":
                self.server.platform.set_fault(_json(body))
                self._answer_json(200, {"mode": self.server.platform.fault})
            else:
                self._webhook(body)
        except Refusal as refusal:
            self._answer_json(refusal.status, {"error": refusal.reason})

    def log_message(self, *args):
        """Keep quiet: the book tells what happened."""

    def _webhook(self, body):
        platform = self.server.platform
        fault = platform.next_fault()
        mode = fault["mode"]
        if mode == "500":
            raise Refusal(500, "fault on demand")
        if mode == "422":
            raise Refusal(422, "the month of this invoice is not open yet")
        if mode == "429":
            self._answer_json(429, {"error": "fault on demand"}, {"Retry-After": str(int(fault.get("seconds", 2)))})
            return
        if mode == "reset":
            self._reset()
            return
        if mode == "slow":
            time.sleep(fault.get("seconds", 5))
        fresh = platform.receive(self.headers, body)
        if mode == "lost":
            self._reset()
            return
        self._answer_json(202, {"status": "received" if fresh else "received before"})

    def _body(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY:
            # The body stays unread, so the connection cannot go on.
            self.close_connection = True
            raise Refusal(411 if length < 0 else 413, "a Content-Length of at most %d is needed" % MAX_BODY)
        return self.rfile.read(length)

    def _reset(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _answer_json(self, status, content, headers=None):
        self._answer(status, json.dumps(content).encode(), "application/json", headers)

    def _answer(self, status, body, content_type, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class PlatformServer(Server):
    def __init__(self, port, platform):
        super().__init__(port, Handler)
        self.platform = platform


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--book", required=True, help="SQLite file; made when missing")
    parser.add_argument("--secret-file", required=True, help="file with one whsec_ secret a line")
    parser.add_argument("--contracts", required=True, help="folder of the contract files")
    options = parser.parse_args(arguments)
    if not Path(options.contracts).is_dir():
        parser.error("%s is not a folder" % options.contracts)
    if not Path(options.secret_file).is_file():
        parser.error("there is no secret file %s" % options.secret_file)
    book = Book(options.book)
    try:
        server = PlatformServer(options.port, Platform(book, options.secret_file, options.contracts))
    except OSError as error:
        parser.error("port %d cannot be used: %s" % (options.port, error.strerror))
    server.serve()
    book.close()


def _compact(event):
    """The bytes in which Odoo writes an event, alone as in a batch."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _json(body):
    try:
        return json.loads(body)
    except ValueError:
        raise Refusal(400, "not JSON") from None


if __name__ == "__main__":
    main()
