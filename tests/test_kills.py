"""`kill -9` of the processes that deliver and that work on what was received, at random moments, again and again.

What has to hold afterwards: nothing is missing at the receiver, the events of a document came in their order, what was
received had its effect once, and no job is left dead. `AUDIT_TEST_SEED` repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from provision.progress import StepLog
from provision.rpc import RemoteError
from testing.house import serving

WORKERS = 5
KILLS = 16  # in each direction
SEED = int(os.environ.get("AUDIT_TEST_SEED") or time.time())
PATIENCE = 600  # seconds
DOCUMENTS, EVENTS_OF_EACH = 40, 20
SIZE = 50  # messages of a batch that is sent to Odoo
FEW = 200  # deliveries that are open when further events are recorded
# Runs inside Odoo, which records what it would at postings.
EVENTS = """
import sys
documents, events = map(int, sys.argv[1:])
partner = env["res.partner"].search([("name", "=", "Hafenkontor Bremen GmbH")])
line = {"name": "Cold storage", "quantity": 1, "price_unit": 27.4}
values = {"move_type": "out_invoice", "partner_id": partner.id, "invoice_line_ids": [(0, 0, line)]}
invoices = env["account.move"].create([values] * documents)
invoices.action_post()
for _number in range(events - 1):
    env["audit.event"]._record("invoice.posted", invoices)
"""
TOKEN = "the-token-of-a-control-platform"

# What is open, and the processes whose job is at it. Jobs of killed ones look the same for a while.
LOOK = """
SELECT (SELECT count(*) FROM {table} WHERE state IN ('{waiting}', '{under_way}')),
       ARRAY(SELECT worker_pid FROM queue_job
              WHERE state = 'started' AND method_name = '{method}'
                AND EXISTS (SELECT 1 FROM {table} WHERE state = '{under_way}'))
"""
DIRECTIONS = {
    "delivery": LOOK.format(table="audit_delivery", waiting="pending", under_way="sending", method="_drain"),
    "inbound": LOOK.format(
        table="audit_inbound_message", waiting="received", under_way="processing", method="_process_inbound"
    ),
}


@pytest.fixture(scope="module")
def house(series):
    """A house whose channels have room for the jobs of killed workers, which keep their place for a while."""
    with serving(series, WORKERS, name=__name__, channels="root:100") as house:
        yield house


@pytest.fixture(scope="module")
def look(house):
    """A function of a direction that returns ``(how much is open, the processes that may be at it)``."""
    server = house.postgres.server
    connection = psycopg2.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname=house.db
    )
    # One kept connection: `house.sql` starts a program each time, and there is much to look at.
    connection.autocommit = True

    def look(direction):
        with connection.cursor() as cursor:
            cursor.execute(DIRECTIONS[direction])
            return cursor.fetchone()

    yield look
    connection.close()


class Traffic:
    """What keeps Odoo busy in both directions: events of a few documents, and messages that are sent to it."""

    def __init__(self, house, look):
        self.house, self.look = house, look
        self.gateway = _gateway(house)
        self.enough = threading.Event()
        self.reported = []  # the controls whose failure was reported to Odoo and accepted

    def keep_recording(self) -> None:
        """Record events whenever few are left to deliver: how many a number of kills takes, the machine decides."""
        while not self.enough.is_set():
            if self.look("delivery")[0] < FEW:
                self.record_events()
            time.sleep(0.1)

    def record_events(self) -> None:
        """As many postings would; many postings take longer than all that is tested here."""
        script = self.house.folder / "record_events.py"
        script.write_text(EVENTS)
        log = StepLog(self.house.folder / "record_events.log")
        self.house.odoo.odoo.run_script(script, log, str(DOCUMENTS), str(EVENTS_OF_EACH))

    def send_messages(self) -> None:
        while not self.enough.is_set():
            if self.look("inbound")[0] > SIZE:
                time.sleep(0.1)
                continue
            controls = ["C-%05d" % (len(self.reported) + number) for number in range(SIZE)]
            self._report([_control_failed(control) for control in controls])
            self.reported += controls

    def _report(self, batch: list[dict]) -> None:
        """Send until it is accepted, as senders do."""
        until = time.monotonic() + 60
        while True:
            try:
                return _post(self.gateway, batch)
            except (OSError, ValueError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


def test_killed_workers_lose_nothing_and_do_nothing_twice(house, look):
    print("AUDIT_TEST_SEED=%d" % SEED)
    chance = random.Random(SEED)
    _tell_receiver(house, {"mode": "slow", "seconds": 0.5})
    traffic, sweep = Traffic(house, look), _Sweep(house)
    traffic.record_events()
    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(traffic.send_messages), pool.submit(traffic.keep_recording)]
        try:
            _kill(house, chance, look, sweep, busy)
        finally:
            traffic.enough.set()
        for one in busy:
            one.result()
    _tell_receiver(house, {"mode": "off"})
    for direction in DIRECTIONS:
        house.wait_for(lambda: sweep() or not look(direction)[0], "%s to end" % direction, PATIENCE)  # noqa: B023
    _everything_arrived(house)
    _everything_had_its_effect_once(house, traffic.reported)
    _no_job_is_left(house)


def _kill(house, chance: random.Random, look, sweep, busy) -> None:
    """Kill processes in the middle of their work until each direction was interrupted often enough."""
    left = dict.fromkeys(DIRECTIONS, KILLS)
    until = time.monotonic() + PATIENCE
    while any(left.values()):
        assert time.monotonic() < until, "%s kills were not possible in time" % left
        for one in busy:
            assert not one.done(), one.result()
        time.sleep(chance.uniform(0, 0.4))
        for direction in chance.sample([one for one in DIRECTIONS if left[one]], k=1):
            runs = sorted(set(look(direction)[1]) & _workers(house))
            if runs:
                os.kill(chance.choice(runs), signal.SIGKILL)
                left[direction] -= 1
        sweep()


def _workers(house) -> set[int]:
    """The living processes of Odoo, without the one that they are children of."""
    parent = house.odoo.child.pid
    return set(map(int, Path("/proc/%d/task/%d/children" % (parent, parent)).read_text().split()))


def _everything_arrived(house) -> None:
    """Each event once in the receiver's book, those of a document in the order in which they happened."""
    happened = house.sql("SELECT message_id, subject FROM audit_delivery ORDER BY event_id")
    messages = house.book()["messages"]
    assert sorted(message["id"] for message in messages) == sorted(row[0] for row in happened)
    order, arrived = {}, {}
    for event, subject in happened:
        order.setdefault(subject, []).append(event)
    for message in messages:
        arrived.setdefault(message["event"]["subject"], []).append(message["id"])
    assert arrived == order
    assert house.sql("SELECT DISTINCT state FROM audit_delivery") == [["delivered"]]
    unknown = "SELECT count(*) FROM audit_delivery_attempt WHERE outcome = 'unknown'"
    assert house.sql(unknown)[0][0], "no delivery was interrupted, so the test showed nothing"


def _everything_had_its_effect_once(house, controls: list[str]) -> None:
    """Every message makes one exception, one event, and one entry of the log for each step."""
    effects = house.sql("SELECT outside_id FROM audit_exception ORDER BY outside_id")
    assert [row[0] for row in effects] == sorted(controls)
    said = "SELECT kind, count(*) FROM audit_log_entry WHERE kind LIKE 'inbound.%' GROUP BY kind ORDER BY kind"
    assert house.sql(said) == [["inbound.processed", len(controls)], ["inbound.received", len(controls)]]
    assert house.sql("SELECT DISTINCT state FROM audit_inbound_message") == [["exception"]]
    told = "SELECT count(*), count(DISTINCT res_id) FROM audit_event WHERE type = 'control_result.recorded'"
    assert house.sql(told) == [[len(controls)] * 2]
    interrupted = house.sql("SELECT count(*) FROM audit_inbound_message WHERE attempt_count > 1")
    assert interrupted[0][0], "no work was interrupted, so the test showed nothing"


def _no_job_is_left(house) -> None:
    """The jobs of killed workers are started again when queue_job finds them dead, and end well."""

    def all_done():
        house.sql("SELECT pg_notify('queue_job', 'look')")
        time.sleep(0.5)
        return house.sql("SELECT count(*) FROM queue_job WHERE state NOT IN ('done', 'failed')") == [[0]]

    house.wait_for(all_done, "the jobs of killed workers to be done")
    assert house.sql("SELECT name, exc_info FROM queue_job WHERE state = 'failed'") == []


def _gateway(house) -> str:
    """The address at which a connector receives; bearer token."""
    administrator = house.session("administrator")
    values = {
        "name": "Control platform",
        "url": "https://controls.example/in",
        "signing_secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "inbound_active": True,
        "inbound_verification": "bearer",
        "inbound_secret": TOKEN,
        "inbound_rate": 1_000_000,
        "user_id": False,  # who would get an e-mail for each of the exceptions
    }
    connector = administrator.call("audit.connector", "create", values)
    code = administrator.call("audit.connector", "read", [connector], ["inbound_code"])[0]["inbound_code"]
    return "%s/audit/v1/inbound/%s" % (house.url, code)


def _control_failed(control: str) -> dict:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "urn:example:controls",
        "type": "control_result.recorded",
        "data": {"control": control, "result": "fail", "summary": "Two bills with one reference"},
    }


def _post(address: str, content: dict | list) -> None:
    """Send, as a platform does; raises ``OSError`` when it is not accepted, after which senders send it again."""
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, json.dumps(content).encode(), headers), timeout=60) as answer:
        assert answer.status in (200, 202)
        answer.read()


def _tell_receiver(house, fault: dict) -> None:
    _post("%s/faults" % house.receiver.url, fault)


class _Sweep:
    """What the cron does every minute, now: before that nobody would take over the work of a killed process."""

    def __init__(self, house):
        self.session = house.session_of("admin", "admin")
        self.cron = house.sql("SELECT res_id FROM ir_model_data WHERE name = 'cron_delivery_sweep'")[0][0]

    def __call__(self) -> None:
        try:
            self.session.call("ir.cron", "method_direct_trigger", [self.cron])
        except (OSError, ValueError, RemoteError):
            time.sleep(0.2)  # the worker that was asked is the one that was killed, or two swept at once
