"""What a platform sends to Odoo: an acknowledgement, the same once more, and a fact that Odoo has otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.request
import uuid

from .acting import CONNECTOR, deliveries, trail, wait_for
from .confirming import replace_secret

SUPPLIER = "Papierwerk Lindau AG"
CITIES = ("Lindau", "Bregenz")


def acknowledged(stage) -> str:
    """The archive says under which number it keeps the invoice; it signs as Standard Webhooks describe."""
    administrator = stage.session("administrator")
    (connector,) = administrator.call("audit.connector", "search", [["name", "=", CONNECTOR]])
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    if administrator.call("audit.connector", "read", [connector], ["inbound_secret_note"])[0]["inbound_secret_note"]:
        # Of an earlier run, whose secret nobody knows any more.
        replace_secret(stage, connector, "inbound_secret", secret)
    else:
        settings = {"inbound_active": True, "inbound_verification": "standard_webhooks", "inbound_secret": secret}
        administrator.call("audit.connector", "write", [connector], settings)
    code = administrator.call("audit.connector", "read", [connector], ["inbound_code"])[0]["inbound_code"]
    invoice = stage.notes["first"]
    (delivery,) = deliveries(stage, invoice)
    kept_as = f"ARC-{invoice['name'].replace('/', '-')}"
    data = {"message": delivery["message_id"], "verdict": "accepted", "outside_id": kept_as}
    event = _event("message.acknowledged", data)
    stage.notes["inbound"] = (f"{stage.url}/audit/v1/inbound/{code}", secret)
    stage.notes["acknowledgement"] = event
    assert _send(stage, event) == {"accepted": 1, "duplicates": 0}
    message = _worked_on(stage, event)
    assert message["state"] == "processed", message
    said = [one for one in trail(stage.session("accountant"), invoice) if invoice["name"] in one]
    assert said, "the answer of the archive does not stand in the trail of the invoice"
    return f"in the trail of {invoice['name']}: {said[0]}"


def repeated(stage) -> str:
    event = stage.notes["acknowledgement"]
    before = _known(stage, event)
    assert _send(stage, event) == {"accepted": 0, "duplicates": 1}
    assert _known(stage, event) == before and len(before) == 1, "it was received twice"
    return "answered as before, and nothing done"


def contradicted(stage) -> str:
    """No authority rule says that the archive owns addresses, so Odoo does, and a person decides."""
    accountant = stage.session("accountant")
    partner = accountant.call("res.partner", "search_read", [["name", "=", SUPPLIER]], ["city"], limit=1)[0]
    ours, theirs = partner["city"] or "", CITIES[partner["city"] == CITIES[0]]
    data = {"id": "L-2041", "odoo": f"res.partner/{partner['id']}", "name": SUPPLIER, "city": theirs}
    event = _event("supplier.updated", data)
    assert _send(stage, event)["accepted"] == 1
    message = _worked_on(stage, event)
    assert message["state"] == "exception", message
    (city,) = accountant.call("res.partner", "read", [partner["id"]], ["city"])
    assert (city["city"] or "") == ours, "the value was taken over without a decision"
    raised = accountant.call(
        "audit.exception", "search_read", [["message_id", "=", message["id"]]], ["title", "line_ids"]
    )
    lines = accountant.call(
        "audit.exception.line", "read", raised[0]["line_ids"], ["label", "value_odoo", "value_received"]
    )
    assert [(line["value_odoo"] or "", line["value_received"]) for line in lines] == [(ours, theirs)], lines
    stage.notes["exception"] = (raised[0]["id"], partner["id"], theirs)
    return f"{raised[0]['title']}: {lines[0]['label']} “{ours}” or “{theirs}”"


def decided(stage) -> str:
    exception, partner, theirs = stage.notes["exception"]
    accountant = stage.session("accountant")
    accountant.call("audit.exception", "write", [exception], {"decision_note": "Confirmed by telephone"})
    accountant.call("audit.exception", "action_take_over", [exception])
    (city,) = accountant.call("res.partner", "read", [partner], ["city"])
    assert city["city"] == theirs, city
    (made,) = accountant.call("audit.exception", "read", [exception], ["state", "decided_by_id"])
    assert made["state"] == "accepted", made
    return f"taken over by {made['decided_by_id'][1]}, with the reason"


STEPS = [
    ("The archive acknowledges the invoice", acknowledged),
    ("The same message again is ignored", repeated),
    ("A contradiction waits for a person", contradicted),
    ("The accountant decides", decided),
]


def _event(kind: str, data: dict) -> dict:
    return {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "urn:example:archive", "type": kind, "data": data}


def _send(stage, event: dict) -> dict:
    """Sign and send as the archive would; returns what Odoo answers."""
    address, secret = stage.notes["inbound"]
    body, now = json.dumps(event).encode(), str(int(time.time()))
    signed = f"{event['id']}.{now}.".encode() + body
    signature = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/cloudevents+json", "webhook-id": event["id"], "webhook-timestamp": now,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, body, headers), timeout=60) as answer:
        assert answer.status == 202, answer.status
        return json.load(answer)


def _known(stage, event: dict) -> list[dict]:
    fields = ["state", "reason", "attempt_count"]
    found = [["message_id", "=", event["id"]]]
    return stage.session("accountant").call("audit.inbound.message", "search_read", found, fields)


def _worked_on(stage, event: dict) -> dict:
    def done():
        return [message for message in _known(stage, event) if message["state"] not in ("received", "processing")]

    return wait_for(done, f"the message {event['type']} to be worked on")[0]
