"""An auditor's request is answered by one person and completed by another; a platform hears of it, the log of both."""

from __future__ import annotations

import base64
from datetime import date, timedelta

from .acting import CONNECTOR, wait_for
from .confirming import confirmed

REQUEST, NAME = "audit.request", "Annual audit"
COMPLETED = "audit_request.completed"


def request_is_provided_signed_and_completed(stage) -> str:
    """Raised and provided by the accountant, who signs it as prepared; completed by the approver with the password."""
    accountant, approver = stage.session("accountant"), stage.session("approver")
    _listen(stage)
    request = accountant.call(
        REQUEST,
        "create",
        {
            "engagement_id": _engagement(stage),
            "title": "Open invoices at the end of the month",
            "due_date": str(date.today() + timedelta(days=14)),
        },
    )
    accountant.call(REQUEST, "action_start", [request])
    _add_file(accountant, request, f"open items for request {request}\n".encode())
    accountant.call(REQUEST, "action_provide", [request])
    signed = {"res_model": REQUEST, "res_id": request, "level": "prepared", "note": "Agreed to the ledger"}
    dialog = accountant.call("audit.signoff.give", "create", signed)
    confirmed(stage, "accountant", "audit.signoff.give", "action_sign", dialog)
    confirmed(stage, "approver", REQUEST, "action_complete", request)
    (said,) = approver.call(REQUEST, "read", [request], ["number", "state", "signoff_ids"])
    assert said["state"] == "completed", said
    (signature,) = approver.call("audit.signoff", "read", said["signoff_ids"], ["standing", "digest", "user_id"])
    assert signature["standing"] == "valid", signature
    about = [["res_model", "=", REQUEST], ["res_id", "=", request]]
    entries = approver.call("audit.log.entry", "search_read", about, ["kind", "summary", "details"])
    (given,) = (entry for entry in entries if entry["kind"] == "signoff.given")
    assert signature["digest"] in given["details"], given
    message = wait_for(lambda: _message(stage, request), f"{said['number']} to reach {CONNECTOR}")
    return f"{said['number']}: {given['summary']}; {CONNECTOR} heard of it as {message['id']}"


def _engagement(stage) -> int:
    """The open audit of the company, planned and opened once, with the auditor who sees it in the portal."""
    accountant = stage.session("accountant")
    found = accountant.call("audit.engagement", "search", [["name", "=", NAME], ["state", "=", "open"]], limit=1)
    if found:
        return found[0]
    today = date.today()
    engagement = accountant.call(
        "audit.engagement",
        "create",
        {
            "name": NAME,
            "date_from": str(today.replace(month=1, day=1)),
            "date_to": str(today.replace(month=12, day=31)),
            "auditor_ids": [[6, 0, [stage.session("auditor").uid]]],
            "access_until": str(today + timedelta(days=90)),
        },
    )
    stage.session("approver").call("audit.engagement", "action_open", [engagement])
    return engagement


def _listen(stage) -> None:
    """Have the platform told of completed requests, from the first run on."""
    administrator = stage.session("administrator")
    (connector,) = administrator.call("audit.connector", "search", [["name", "=", CONNECTOR]])
    wanted = [["connector_id", "=", connector], ["event_type_ids.code", "=", COMPLETED]]
    if not administrator.call("audit.subscription", "search", wanted):
        types = administrator.call("audit.event.type", "search", [["code", "=", COMPLETED]])
        values = {"connector_id": connector, "event_type_ids": [[6, 0, types]]}
        administrator.call("audit.subscription", "create", values)


def _add_file(session, request: int, content: bytes) -> None:
    """Add a file as the dialog does: uploaded first, then kept."""
    upload = {
        "name": "open items.txt",
        "datas": base64.b64encode(content).decode(),
        "res_model": "audit.evidence.add",
        "res_id": 0,
    }
    file = session.call("ir.attachment", "create", upload)
    dialog = session.call("audit.evidence.add", "create", {"request_id": request, "file_ids": [[6, 0, [file]]]})
    session.call("audit.evidence.add", "action_add", [dialog])


def _message(stage, request: int) -> dict | None:
    found = stage.session("administrator").call(
        "audit.delivery", "search_read", [["subject", "=", f"{REQUEST}/{request}"]], ["message_id"]
    )
    wanted = {delivery["message_id"] for delivery in found}
    return next((message for message in stage.book()["messages"] if message["id"] in wanted), None)


STEPS = [("An auditor's request is provided, signed off and completed", request_is_provided_signed_and_completed)]
