"""Receiving on an Odoo with several processes: senders at the same time, and workers that are killed."""

from __future__ import annotations

import json
import os
import random
import signal
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from testing.house import serving

TOKEN = "the-token-of-a-control-platform"
KILLS = 10
BATCHES = 5
SIZE = 40
PATIENCE = 240


@pytest.fixture(scope="module")
def house(series):
    """A house whose channels have room for the jobs of killed workers, which keep their place for a minute."""
    with serving(series, name=__name__, channels="root:60") as house:
        yield house


@pytest.fixture(scope="module")
def gateway(house):
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
    }
    connector = administrator.call("audit.connector", "create", values)
    code = administrator.call("audit.connector", "read", [connector], ["inbound_code"])[0]["inbound_code"]
    return "%s/audit/v1/inbound/%s" % (house.url, code)


def test_one_message_sent_by_many_at_once_is_received_once(house, gateway):
    message = _event("at-once")

    def send(_number):
        return _post(gateway, message)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(16)))
    assert {status for status, _answer in answers} == {202}
    assert sum(answer["accepted"] for _status, answer in answers) == 1
    assert sum(answer["duplicates"] for _status, answer in answers) == 15
    house.wait_for(lambda: _count(house, "processed", "exception") == 1, "the message to be worked on")


def test_killed_workers_lose_no_message_and_do_none_twice(house, gateway):
    """Every message makes one exception. A message is sent until it is answered, as senders do."""
    house.expect_in_log(".")  # processes that are killed complain
    chance = random.Random(7)
    before = _count(house, "processed", "exception")
    batches = [[_event("kill-%d-%d" % (batch, number)) for number in range(SIZE)] for batch in range(BATCHES)]
    total = before + BATCHES * SIZE
    cron = house.sql("SELECT res_id FROM ir_model_data WHERE name = 'cron_delivery_sweep'")[0][0]
    with ThreadPoolExecutor(2) as pool:
        sending = [pool.submit(_post_until_answered, gateway, batch) for batch in batches]
        until = time.monotonic() + PATIENCE
        kills = 0
        while _count(house, "processed", "exception") < total:
            assert time.monotonic() < until, "the messages were not worked on in time"
            if kills < KILLS and _count(house, "processing"):
                time.sleep(chance.uniform(0, 0.5))
                _kill_a_worker(house, chance)
                kills += 1
            _sweep(house, cron)
        for sent in sending:
            sent.result()
    assert house.sql("SELECT count(*) FROM audit_inbound_message WHERE state = 'dead'") == [[0]]
    once = "SELECT count(*), count(DISTINCT outside_id) FROM audit_exception WHERE outside_id LIKE 'kill-%'"
    assert house.sql(once) == [[BATCHES * SIZE, BATCHES * SIZE]]
    said = "SELECT count(*) FROM audit_log_entry WHERE kind = '%s'"
    for kind in ("inbound.received", "inbound.processed"):
        assert house.sql(said % kind) == [[total]]
    attempts = house.sql("SELECT count(*) FROM audit_inbound_message WHERE attempt_count > 1")[0][0]
    assert attempts, "no worker was killed in the middle of its work, so the test showed nothing"


def _event(control: str) -> dict:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "urn:example:controls",
        "type": "control_result.recorded",
        "data": {"control": control, "result": "fail", "summary": "Two bills with one reference"},
    }


def _post(address: str, message: dict | list) -> tuple[int, dict]:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(address, json.dumps(message).encode(), headers), timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _post_until_answered(address: str, message: dict | list) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if _post(address, message)[0] == 202:
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    raise AssertionError("no answer in time")


def _count(house, *states: str) -> int:
    found = house.sql("SELECT state, count(*) FROM audit_inbound_message GROUP BY state")
    return sum(count for state, count in found if state in states)


def _sweep(house, cron: int) -> None:
    """What the cron does every minute, now: before that nobody would start the job of a killed worker again."""
    try:
        house.session_of("admin", "admin").call("ir.cron", "method_direct_trigger", [cron])
    except (OSError, ValueError):
        time.sleep(0.2)  # the worker that was asked is the one that was killed


def _kill_a_worker(house, chance: random.Random) -> None:
    """``kill -9`` on one process that answers requests and jobs; the server starts another."""
    parent = house.odoo.child.process.pid
    children = Path("/proc/%d/task/%d/children" % (parent, parent)).read_text().split()
    workers = [int(pid) for pid in children if b"gevent" not in Path("/proc/%s/cmdline" % pid).read_bytes()]
    try:
        os.kill(chance.choice(workers), signal.SIGKILL)
    except ProcessLookupError:
        return
