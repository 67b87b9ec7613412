"""The API for machines on an Odoo with several processes: clients at the same time, and whatever may be asked."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from provision import packages, requirements
from provision.progress import StepLog
from scenario.confirming import confirmed
from testing.pytest_run import logs

SECONDS = 50
"""How long the description is tried out; the environment of its own is made before."""
SEED = 20260331
# What has to hold of every answer. Left out is `positive_data_acceptance`: whether a document is there, and whether
# something can be done, is nothing that a schema says.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
# The tool counts neither 411, a body of no length, nor 414, a query longer than we read, among the ways to refuse what
# a schema forbids.
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 411, 414, 415, 422, 428, 429]
"""


class Client:
    """A registered client: approved by a second person, with a secret that its owner made."""

    def __init__(self, house, name, scopes, **values):
        self.house = house
        administrator = house.session("administrator")
        lines = [[0, 0, dict(zip(("entity", "verb"), scope.split(":")))] for scope in scopes]
        values = {"name": name, "purpose": "Tests", "scope_ids": lines, **values}
        self.number = administrator.call("audit.api.client", "create", values)
        administrator.call("audit.api.client", "action_request", [self.number])
        confirmed(house, "approver", "audit.api.client", "action_approve", self.number)
        wizard = administrator.call("audit.api.key.new", "create", {"client_id": self.number})
        action = confirmed(house, "administrator", "audit.api.key.new", "action_make", wizard)
        self.secret = action["context"]["default_secret"]
        (read,) = administrator.call("audit.api.client", "read", [self.number], ["client_id"])
        self.client_id = read["client_id"]

    def token(self) -> str:
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
        status, _headers, answer = ask(f"{self.house.url}/audit/v1/token", form, {"Authorization": f"Basic {pair}"})
        assert status == 200, answer
        return json.loads(answer)["access_token"]


def ask(address: str, body: bytes | None = None, headers: dict | None = None) -> tuple[int, dict, bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(address, body, headers or {}), timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


@pytest.fixture(scope="module")
def platform(house):
    """A connector in whose name clients write."""
    values = {
        "name": "Control platform",
        "url": "https://controls.example/in",
        "signing_secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }
    return house.session("administrator").call("audit.connector", "create", values)


def test_of_many_requests_at_once_as_many_are_let_in_as_the_bucket_holds(house):
    """Over several processes, none of which fails for meeting another one."""
    client = Client(house, "Fast", ["invoice:read"], rate_per_minute=1, burst=20)
    headers = {"Authorization": f"Bearer {client.token()}"}  # one of the twenty
    with ThreadPoolExecutor(16) as pool:
        address = f"{house.url}/audit/v1/invoice?limit=1"
        answers = list(pool.map(lambda _number: ask(address, headers=headers), range(60)))
    statuses = [status for status, _headers, _body in answers]
    assert set(statuses) == {200, 429}, statuses
    assert statuses.count(200) in (19, 20), statuses
    refused = next(headers for status, headers, _body in answers if status == 429)
    assert int(refused["Retry-After"]) > 1


def test_one_key_sent_by_many_at_once_is_done_once(house, platform):
    client = Client(house, "Controls", ["control_result:write"], connector_id=platform)
    headers = {
        "Authorization": f"Bearer {client.token()}",
        "Content-Type": "application/json",
        "Idempotency-Key": "once",
    }
    body = json.dumps({"control": "at-once", "result": "fail"}).encode()
    with ThreadPoolExecutor(12) as pool:
        address = f"{house.url}/audit/v1/control_result"
        answers = list(pool.map(lambda _number: ask(address, body, headers), range(24)))
    done = {answer for status, _headers, answer in answers if status == 201}
    assert len(done) == 1, answers
    assert {status for status, _headers, _answer in answers} <= {201, 409}
    assert ask(f"{house.url}/audit/v1/control_result", body, headers)[2] in done
    assert house.sql("SELECT count(*) FROM audit_inbound_message WHERE transport = 'api'") == [[1]]
    assert house.sql("SELECT count(*) FROM audit_exception WHERE outside_id = 'at-once'") == [[1]]


def test_a_client_that_is_suspended_is_refused_by_every_process_at_once(house):
    client = Client(house, "Suspended", ["invoice:read"])
    headers = {"Authorization": f"Bearer {client.token()}"}
    address = f"{house.url}/audit/v1/invoice?limit=1"
    assert {ask(address, headers=headers)[0] for _number in range(8)} == {200}
    house.session("administrator").call("audit.api.client", "action_suspend", [client.number])
    assert {ask(address, headers=headers)[0] for _number in range(8)} == {401}


def test_the_description_is_true_whatever_is_asked(house, platform):
    """Schemathesis makes up requests from it, right and wrong ones: no 500, and no answer that it does not describe."""
    status, _headers, said = ask(f"{house.url}/audit/v1/openapi.json")
    assert status == 200
    scopes = json.loads(said)["components"]["securitySchemes"]["client"]["flows"]["clientCredentials"]["scopes"]
    limits = {"rate_per_minute": 60_000, "burst": 10_000}
    client = Client(house, "Schemathesis", sorted(scopes), connector_id=platform, **limits)
    log = StepLog(logs() / "schemathesis.log")
    python = packages.environment("schemathesis", requirements.API_TESTER, log)
    settings = house.folder / "schemathesis.toml"
    settings.write_text(SETTINGS)
    command = [
        python.with_name("schemathesis"), "--config-file", settings, "run", f"{house.url}/audit/v1/openapi.json",
        "--header", f"Authorization: Bearer {client.token()}", "--seed", str(SEED), "--max-time", str(SECONDS),
        "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "25",
        "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--no-color",
    ]  # fmt: skip
    began = time.monotonic()
    ended = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=SECONDS + 90, cwd=house.folder,
        env=packages.clean_environment(COLUMNS="160", NO_PROXY="127.0.0.1"), check=False,
    )  # fmt: skip
    log.write(ended.stdout + ended.stderr)
    print(ended.stdout[-3000:])
    assert ended.returncode == 0, f"the description is not true, see {log.path}\n{ended.stdout[-6000:]}"
    assert time.monotonic() - began < SECONDS + 40
