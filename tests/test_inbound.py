"""Receiving on an Odoo with several processes: senders at the same time."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

TOKEN = "the-token-of-a-control-platform"


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
    """Those that meet are tried again by Odoo itself, without a line in the log that quotes the message."""
    message = _event("at-once")

    def send(_number):
        return _post(gateway, message)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(16)))
    assert {status for status, _answer in answers} == {202}
    assert sum(answer["accepted"] for _status, answer in answers) == 1
    assert sum(answer["duplicates"] for _status, answer in answers) == 15
    house.wait_for(lambda: _count(house, "processed", "exception") == 1, "the message to be worked on")


def test_of_different_messages_under_one_number_one_is_received(house, gateway):
    first = _event("contradiction-0")
    messages = [{**first, "data": {**first["data"], "control": "contradiction-%d" % number}} for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda message: _post(gateway, message), messages))
    assert sorted(status for status, _answer in answers) == [202] + [409] * 11
    stored = house.sql("SELECT message_id, count(*) FROM audit_inbound_message GROUP BY message_id")
    assert [first["id"], 1] in map(list, stored), stored


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


def _count(house, *states: str) -> int:
    found = house.sql("SELECT state, count(*) FROM audit_inbound_message GROUP BY state")
    return sum(count for state, count in found if state in states)
