"""What a bank says about payments: one rejected with the reason in words, and a hold that a second person releases."""

from __future__ import annotations

import base64
import datetime

from provision.rpc import RemoteError

from .confirming import confirmed

SUPPLIER = "Baltic Freight OÜ"
REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>BANK-{reference}</MsgId><CreDtTm>{now}</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>PAY-{reference}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
<GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>BATCH-{reference}</OrgnlPmtInfId><TxInfAndSts>
<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>
"""


def rejected(stage) -> str:
    """The bank's report is imported as a file, finds the payment by its reference, and puts it before a person."""
    accountant = stage.session("accountant")
    payment = stage.notes["payment"] = _pay(accountant)
    accountant.call("account.payment", "mark_as_sent", [payment["id"]])
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    report = REPORT.format(reference=payment["audit_end_to_end_id"], now=now)
    dialog = accountant.call(
        "audit.bank.import",
        "create",
        {"name": "payment-status.xml", "content": base64.b64encode(report.encode()).decode()},
    )
    accountant.call("audit.bank.import", "action_import", [dialog])
    state = accountant.call("account.payment", "read", [payment["id"]], ["audit_bank_state", "audit_bank_booked"])[0]
    assert (state["audit_bank_state"], state["audit_bank_booked"]) == ("rejected", False), state
    about = [["res_model", "=", "account.payment"], ["res_id", "=", payment["id"]], ["state", "=", "open"]]
    (exception,) = accountant.call("audit.exception", "search_read", about, ["title", "explanation"])
    assert "Account closed (AC04)" in exception["explanation"], exception
    return f"{exception['title']}: account closed (AC04), for us to correct"


def held_and_released(stage) -> str:
    """On hold it cannot be posted; the accountant who set the hold does not release it, the approver does."""
    accountant, approver = stage.session("accountant"), stage.session("approver")
    payment = _pay(accountant, post=False)
    hold = accountant.call(
        "audit.payment.hold", "create", {"payment_id": payment["id"], "reason": "The account is new to us"}
    )
    for session, model, button, record in (
        (accountant, "account.payment", "action_post", payment["id"]),
        (accountant, "audit.payment.hold", "action_release", hold),
    ):
        try:
            session.call(model, button, [record])
        except RemoteError:
            continue
        raise AssertionError(f"{button} was not refused while the payment is on hold")
    approver.call("audit.payment.hold", "write", [hold], {"release_note": "Called under the number of the contract"})
    confirmed(stage, "approver", "audit.payment.hold", "action_release", hold)
    accountant.call("account.payment", "action_post", [payment["id"]])
    name = accountant.call("account.payment", "read", [payment["id"]], ["name"])[0]["name"]
    return f"{name}: posting refused, released by the approver with the password, posted"


def _pay(accountant, post: bool = True) -> dict:
    """Make a payment to the supplier as the accountant; returns its `id` and `audit_end_to_end_id`."""
    (partner,) = accountant.call("res.partner", "search", [["name", "=", SUPPLIER]], limit=1)
    (journal,) = accountant.call("account.journal", "search", [["type", "=", "bank"]], limit=1)
    values = {"payment_type": "outbound", "partner_type": "supplier", "partner_id": partner, "journal_id": journal}
    payment = accountant.call("account.payment", "create", {**values, "amount": 1280.40})
    if post:
        accountant.call("account.payment", "action_post", [payment])
    return accountant.call("account.payment", "read", [payment], ["audit_end_to_end_id"])[0]


STEPS = [
    ("A bank rejects a payment", rejected),
    ("A payment on hold waits for a second person", held_and_released),
]
