import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from standardwebhooks import Webhook

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "addons" / "audit_connector_base" / "contracts"
SECRET = "whsec_" + base64.b64encode(b"sandbox-secret-of-32-bytes-here!").decode()
INVOICE = json.loads((CONTRACTS / "invoice.v1.json").read_text(encoding="utf-8"))["examples"][0]


class Receiver:
    """The receiver as a process of its own, with its files in ``folder``."""

    def __init__(self, folder):
        self.folder = folder
        self.secret_file = folder / "secret"
        self.secret_file.write_text(SECRET + "\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "setup" / "sandbox" / "receiver.py"), "--port", "0"]
            + ["--book", str(self.folder / "book.sqlite"), "--secret-file", str(self.secret_file)]
            + ["--contracts", str(CONTRACTS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(re.fullmatch(r"ready http://127\.0\.0\.1:([0-9]+)\n", self.process.stdout.readline())[1])

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.stdout.close()
        return self.process.wait(5)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def send(self, message_id="m1", body=None, **options):
        body = event() if body is None else body
        return self.request("POST", "/hook", body, signed(message_id, body, **options))[0]

    def fault(self, **order):
        return self.request("POST", "/faults", json.dumps(order))[0]

    @property
    def book(self):
        return json.loads(self.request("GET", "/book")[2])

    @property
    def page(self):
        return self.request("GET", "/")[2].decode()


def event(**changes):
    members = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/odoo",
        "type": "invoice.posted",
        "subject": "account.move/42",
        "dataschema": "urn:odoo-audit:contract:invoice:1",
        "data": INVOICE,
        **changes,
    }
    return json.dumps(members).encode()


def signed(message_id, body, secret=SECRET, age=0):
    timestamp = int(time.time()) - age
    moment = datetime.fromtimestamp(timestamp, timezone.utc)
    return {
        "Content-Type": "application/cloudevents+json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


@pytest.fixture
def receiver(tmp_path):
    running = Receiver(tmp_path)
    yield running
    if running.process.poll() is None:
        running.stop()


def test_a_signed_message_that_honours_its_contract_is_booked(receiver):
    assert receiver.send() == 202
    (message,) = receiver.book["messages"]
    assert (message["id"], message["type"], message["subject"]) == ("m1", "invoice.posted", "account.move/42")
    assert message["event"]["data"] == INVOICE
    assert receiver.book["counts"] == {"messages": 1, "duplicates": 0, "refusals": 0}


def test_a_repeat_is_answered_alike_and_counted_apart(receiver):
    assert [receiver.send() for _ in range(3)] == [202, 202, 202]
    assert receiver.book["counts"] == {"messages": 1, "duplicates": 2, "refusals": 0}
    assert [(d["id"], d["count"]) for d in receiver.book["duplicates"]] == [("m1", 2)]


def test_the_same_id_with_another_body_is_a_conflict(receiver):
    receiver.send()
    assert receiver.send(body=event(id="e2")) == 409
    assert receiver.book["counts"] == {"messages": 1, "duplicates": 0, "refusals": 1}


def test_a_wrong_signature_an_old_message_and_an_unsigned_one_are_refused(receiver):
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    assert receiver.send(secret=other) == 401
    assert receiver.send(age=400) == 401
    assert receiver.request("POST", "/hook", event())[0] == 401
    headers = signed("m1", event())
    assert receiver.request("POST", "/hook", event() + b" ", headers)[0] == 401
    assert receiver.request("POST", "/hook", event(), {**headers, "webhook-signature": "nonsense"})[0] == 401
    assert receiver.book["counts"] == {"messages": 0, "duplicates": 0, "refusals": 5}


def test_a_secret_can_be_rotated_while_it_runs(receiver):
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    receiver.secret_file.write_text(new + "\n" + SECRET + "\n")
    assert (receiver.send("m1"), receiver.send("m2", secret=new)) == (202, 202)
    receiver.secret_file.write_text(new + "\n")
    assert (receiver.send("m3"), receiver.send("m4", secret=new)) == (401, 202)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"data": {**INVOICE, "number": 5}}, "$.number"),
        ({"data": {**INVOICE, "currency": "dollars"}}, "$.currency"),
        ({"data": None}, "None is not of type"),
        ({"dataschema": "urn:odoo-audit:contract:invoice:9"}, "invoice/9 is not known"),
        ({"dataschema": "https://example.com/schema"}, "names no contract"),
        ({"dataschema": "urn:odoo-audit:contract:../../etc/passwd:1"}, "names no contract"),
        ({"specversion": "0.3"}, "CloudEvents"),
        ({"type": ""}, "no type"),
        ({"subject": 4}, "subject"),
    ],
)
def test_a_message_that_breaks_the_agreement_is_refused_with_the_reason(receiver, changes, reason):
    assert receiver.send(body=event(**changes)) == 422
    assert reason in receiver.book["refusals"][0]["reason"]
    assert receiver.book["messages"] == []


def test_the_order_is_kept_and_counted_by_subject(receiver):
    for number, subject in enumerate(["a/1", "b/1", "a/1", "a/1", "b/1"]):
        assert receiver.send("m%d" % number, event(subject=subject)) == 202
    messages = receiver.book["messages"]
    assert [m["id"] for m in messages] == ["m0", "m1", "m2", "m3", "m4"]
    assert [m["subject_sequence"] for m in messages] == [1, 1, 2, 3, 2]


def test_what_was_answered_survives_kill_9(receiver):
    for number in range(20):
        assert receiver.send("m%d" % number) == 202
    receiver.stop(signal.SIGKILL)
    receiver.start()
    assert [m["id"] for m in receiver.book["messages"]] == ["m%d" % n for n in range(20)]
    assert receiver.send("m7") == 202
    assert receiver.book["counts"]["duplicates"] == 1


def test_messages_in_parallel_are_booked_once_each(receiver):
    statuses = []

    def work():
        statuses.extend(receiver.send("m%d" % number) for number in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 40
    assert receiver.book["counts"] == {"messages": 10, "duplicates": 30, "refusals": 0}


def test_it_fails_on_demand_without_booking_and_recovers(receiver):
    assert receiver.fault(mode="500") == 200
    assert [receiver.send(), receiver.send()] == [500, 500]
    receiver.fault(mode="429", seconds=7)
    status, headers, _body = receiver.request("POST", "/hook", event(), signed("m1", event()))
    assert (status, headers["Retry-After"]) == (429, "7")
    receiver.fault(mode="reset")
    with pytest.raises(ConnectionError):
        receiver.send()
    assert receiver.book["messages"] == []
    receiver.fault(mode="off")
    assert receiver.send() == 202


def test_a_lost_answer_leaves_the_message_booked(receiver):
    receiver.fault(mode="lost", count=1)
    with pytest.raises(ConnectionError):
        receiver.send()
    assert receiver.send() == 202
    assert receiver.book["counts"] == {"messages": 1, "duplicates": 1, "refusals": 0}


def test_a_fault_ends_after_its_count(receiver):
    receiver.fault(mode="500", count=2)
    assert [receiver.send() for _ in range(3)] == [500, 500, 202]


def test_it_is_slow_on_demand(receiver):
    receiver.fault(mode="slow", seconds=0.4)
    start = time.monotonic()
    assert receiver.send() == 202
    assert time.monotonic() - start >= 0.4


@pytest.mark.parametrize(
    "order", [{}, {"mode": "explode"}, {"mode": "slow", "seconds": 1e9}, {"mode": "500", "count": 0}]
)
def test_an_order_that_makes_no_sense_is_refused(receiver, order):
    assert receiver.fault(**order) == 400
    assert receiver.send() == 202


def test_a_body_without_length_or_beyond_the_limit_is_refused(receiver):
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as sock:
        sock.sendall(b"POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 411")
    assert receiver.request("POST", "/hook", None, {"Content-Length": str(10**9)})[0] == 413


def test_several_messages_go_over_one_connection(receiver):
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=5)
    for number in range(5):
        connection.request("POST", "/hook", event(), signed("m%d" % number, event()))
        assert connection.getresponse().read() == b'{"status": "received"}'
    connection.close()


def test_the_page_helps_while_nothing_has_arrived(receiver):
    assert "Nothing has arrived yet" in receiver.page
    assert "Post a customer invoice" in receiver.page


def test_the_page_shows_what_arrived_and_what_was_refused(receiver):
    receiver.send()
    receiver.send("m2", age=400)
    page = receiver.page
    for text in ("invoice.posted", "INV/2026/00042", "Azure Interior", "1416.00 USD", "✓ verified", "✓ invoice/1"):
        assert text in page
    assert "five minutes off" in page
    assert "http://" not in page and "https://" not in page


def test_nothing_that_was_sent_becomes_markup(receiver):
    evil = "<script>alert(1)</script>"
    receiver.send("<b>id</b>", event(type=evil, data={**INVOICE, "number": evil}))
    assert evil not in receiver.page
    assert "&lt;script&gt;" in receiver.page
    assert "<b>id</b>" not in receiver.page


def test_it_stops_on_sigterm_without_complaint(receiver):
    receiver.send()
    assert receiver.stop() == 0


def test_it_says_what_is_missing_and_ends_with_2(tmp_path):
    command = [sys.executable, str(ROOT / "setup" / "sandbox" / "receiver.py"), "--port", "0", "--book"]
    command += [str(tmp_path / "book"), "--secret-file", str(tmp_path / "none"), "--contracts", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=10, env={**os.environ, "LC_ALL": "C"})
    assert ended.returncode == 2
    assert "there is no secret file" in ended.stderr


def test_a_test_message_is_answered_and_not_booked(receiver):
    body = event(type="connector.test", dataschema=None, data={"sent_by": "Priya"})
    assert receiver.send("m1", body) == 202
    assert receiver.send("m2", body, age=400) == 401
    assert receiver.book["counts"] == {"messages": 0, "duplicates": 0, "refusals": 1}


def test_a_batch_is_booked_event_by_event_and_as_a_whole_or_not_at_all(receiver):
    first, second, wrong = json.loads(event(id="e1")), json.loads(event(id="e2")), json.loads(event(id="e3", type=""))
    assert receiver.send("batch-1", json.dumps([first, wrong]).encode()) == 422
    assert receiver.send("batch-2", json.dumps([first, second]).encode()) == 202
    assert receiver.send("batch-2", json.dumps([first, second]).encode()) == 202
    assert [message["id"] for message in receiver.book["messages"]] == ["e1", "e2"]
    assert receiver.book["counts"] == {"messages": 2, "duplicates": 2, "refusals": 1}
