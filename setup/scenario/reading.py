"""A program of the auditor's: requested by one person, approved by another, reading, and stopped where it must be."""

from __future__ import annotations

import base64
import datetime
import json
import urllib.error
import urllib.parse
import urllib.request

from .confirming import confirmed

NAME = "Analytics of Keller & Partner"
BURST = 5


def requested_and_approved(stage) -> str:
    """Of an earlier run one may be there: it is revoked first, as nobody knows its secret any more."""
    administrator = stage.session("administrator")
    known = [["name", "=", NAME], ["state", "!=", "revoked"]]
    for former in administrator.call("audit.api.client", "search", known):
        administrator.call("audit.api.client", "action_revoke", [former])
    values = {
        "name": NAME,
        "purpose": "Sampling for the audit of the year",
        "scope_ids": [[0, 0, {"entity": "invoice", "verb": "read"}]],
        "expires_on": str(datetime.date.today() + datetime.timedelta(days=90)),
        "burst": BURST,
        "rate_per_minute": 1,
    }
    client = administrator.call("audit.api.client", "create", values)
    administrator.call("audit.api.client", "action_request", [client])
    confirmed(stage, "approver", "audit.api.client", "action_approve", client)
    wizard = administrator.call("audit.api.key.new", "create", {"client_id": client})
    shown = confirmed(stage, "administrator", "audit.api.key.new", "action_make", wizard)
    secret = shown["context"]["default_secret"]
    fields = ["client_id", "requested_by_id", "approved_by_id"]
    (read,) = administrator.call("audit.api.client", "read", [client], fields)
    stage.notes["client"] = {"number": client, "id": read["client_id"], "secret": secret}
    return f"requested by {read['requested_by_id'][1]}, approved by {read['approved_by_id'][1]}, its secret shown once"


def reads_invoices(stage) -> str:
    client = stage.notes["client"]
    pair = base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()
    form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
    status, answer = _ask(stage, "token", {"Authorization": f"Basic {pair}"}, form)
    assert status == 200, answer
    client["token"] = answer["access_token"]
    first = stage.notes["first"]
    status, answer = _read(stage, f"invoice?number={urllib.parse.quote(first['name'], safe='')}")
    assert status == 200 and [one["id"] for one in answer["data"]] == [f"account.move/{first['id']}"], answer
    read = [["kind", "=", "api.read"], ["actor", "=", f"client/{client['id']}"]]
    (entry,) = stage.session("administrator").call("audit.log.entry", "search_read", read, ["summary"])
    return f"{first['name']} over {answer['data'][0]['amounts']['total']}; the log says: {entry['summary']}"


def stopped_by_its_permissions(stage) -> str:
    status, answer = _read(stage, "payment")
    assert (status, answer["scope"]) == (403, "payment:read"), answer
    return f"payments: {status}, it lacks {answer['scope']}"


def stopped_by_its_rate(stage) -> str:
    # One request went for the token, two were answered or refused already.
    statuses = [_read(stage, "invoice?limit=1")[0] for _number in range(BURST)]
    assert statuses[0] == 200 and statuses[-1] == 429, statuses
    return f"{BURST} requests at a stretch, then {statuses[-1]}"


def suspended(stage) -> str:
    client = stage.notes["client"]
    stage.session("approver").call("audit.api.client", "action_suspend", [client["number"]])
    status, answer = _read(stage, "invoice?limit=1")
    assert status == 401, answer
    return f"the next request: {status}, {answer['detail']}"


STEPS = [
    ("A program is requested and approved", requested_and_approved),
    ("It reads an invoice", reads_invoices),
    ("It is stopped by its permissions", stopped_by_its_permissions),
    ("It is stopped by its rate", stopped_by_its_rate),
    ("It is suspended at once", suspended),
]


def _read(stage, path: str) -> tuple[int, dict]:
    return _ask(stage, path, {"Authorization": f"Bearer {stage.notes['client']['token']}"})


def _ask(stage, path: str, headers: dict, body: bytes | None = None) -> tuple[int, dict]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        asked = urllib.request.Request(f"{stage.url}/audit/v1/{path}", body, headers)
        with opener.open(asked, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
