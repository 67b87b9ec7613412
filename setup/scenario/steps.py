"""The demonstration: what people would do, done through Odoo's remote interface, and each step checked.

A step takes the stage and returns one sentence for the table; it raises ``AssertionError`` when what it saw is wrong.
"""

from __future__ import annotations

import time

from provision.rpc import RemoteError

CONNECTOR = "Tax archive"
# of the tax archive only: whoever tried the demonstration out may have connected platforms that never answer
WAITING_AND_SENT = """
SELECT e.uuid, d.state
  FROM audit_delivery d
  JOIN audit_connector c ON c.id = d.connector_id
  JOIN audit_event e ON e.id = d.event_id
 WHERE c.name = 'Tax archive'
"""
PATIENCE = 90  # seconds that a delivery may take: longer than the sweep that finds what a crash left behind


def sign_in(stage) -> str:
    names = []
    for role in ("accountant", "auditor", "administrator"):
        stage.logins[role] = (role, role)
        session = stage.session(role)
        names.append(session.call("res.users", "read", [session.uid], ["name"])[0]["name"])
    return ", ".join(names)


def post_an_invoice(stage) -> str:
    stage.notes["first"] = _post_invoice(stage, customer="Hafenkontor Bremen GmbH", lines=3)
    return f"{stage.notes['first']['name']} over {stage.notes['first']['amount_total']:.2f}"


def delivered_and_verified(stage) -> str:
    """It books a message only when the signature and the contract are in order; what it refused is in its book too."""
    message = _wait_for_message(stage, stage.notes["first"])
    assert message["event"]["data"]["number"] == stage.notes["first"]["name"], message
    return f"message {message['id']}: signature and contract in order"


def shown_on_the_invoice(stage) -> str:
    accountant = stage.session("accountant")
    summaries = _trail(accountant, stage.notes["first"])
    assert "Invoice posted" in summaries, summaries
    assert f"Delivered to {CONNECTOR}" in summaries, summaries
    return "Audit Trail: " + ", ".join(reversed(summaries))


def not_to_be_changed(stage) -> str:
    administrator = stage.session("administrator")
    entry = administrator.call("audit.log.entry", "search", [["res_id", "=", stage.notes["first"]["id"]]], limit=1)
    for method, arguments in (("write", [entry, {"actor": "user/1"}]), ("unlink", [entry])):
        try:
            administrator.call("audit.log.entry", method, *arguments)
        except RemoteError:
            continue
        raise AssertionError(f"an administrator could {method} an entry of the log")
    for statement in ("UPDATE audit_log_entry SET actor = 'user/1'", "DELETE FROM audit_log_entry"):
        try:
            stage.sql(statement)
        except Exception as refusal:
            assert "append-only" in str(refusal), refusal
        else:
            raise AssertionError(f"the database let {statement} pass")
    return "changing and deleting refused, to an administrator and in SQL"


def waits_while_the_receiver_is_down(stage) -> str:
    stage.counterparties["receiver"].stop()
    invoice = stage.notes["second"] = _post_invoice(stage, customer="Northgate Clinics Ltd", lines=1)
    delivery = _wait_for(
        lambda: next((d for d in _deliveries(stage, invoice) if d["attempt_count"] and d["state"] == "pending"), None),
        "the first attempt to fail",
    )
    return f"{stage.notes['second']['name']}: {delivery['reason']}"


def arrives_once_when_it_is_back(stage) -> str:
    stage.counterparties["receiver"].start()
    message = _wait_for_message(stage, stage.notes["second"])
    delivery = _wait_for(
        lambda: next((d for d in _deliveries(stage, stage.notes["second"]) if d["state"] == "delivered"), None),
        "the delivery to be settled",
    )
    seen = [other["id"] for other in stage.book()["messages"]].count(message["id"])
    assert seen == 1, f"the receiver has message {message['id']} {seen} times"
    return f"{stage.notes['second']['name']} after {delivery['attempt_count']} attempts, once in the receiver's book"


def nothing_is_left_over(stage) -> str:
    _wait_for(
        lambda: all(state == "delivered" for _uuid, state in stage.sql(WAITING_AND_SENT)),
        "everything to be delivered",
    )
    events = {uuid for uuid, _state in stage.sql(WAITING_AND_SENT)}
    received = [message["id"] for message in stage.book()["messages"]]
    assert sorted(received) == sorted(events), f"{len(events)} events, {len(received)} messages received"
    return f"{len(events)} events, each once in the receiver's book"


STEPS = [
    ("Everybody can sign in", sign_in),
    ("The accountant posts an invoice", post_an_invoice),
    ("The tax archive receives and verifies it", delivered_and_verified),
    ("The invoice shows what happened", shown_on_the_invoice),
    ("What happened cannot be changed", not_to_be_changed),
    ("With the archive down, an invoice waits", waits_while_the_receiver_is_down),
    ("With the archive back, it arrives once", arrives_once_when_it_is_back),
    ("Nothing is lost and nothing came twice", nothing_is_left_over),
]


def _post_invoice(stage, customer: str, lines: int) -> dict:
    accountant = stage.session("accountant")
    partner = accountant.call("res.partner", "search", [["name", "=", customer]], limit=1)
    products = accountant.call("product.product", "search_read", [], ["name", "list_price"], limit=lines)
    invoice = accountant.call(
        "account.move",
        "create",
        {
            "move_type": "out_invoice",
            "partner_id": partner[0],
            "invoice_line_ids": [
                [0, 0, {"product_id": product["id"], "quantity": number, "price_unit": product["list_price"]}]
                for number, product in enumerate(products, start=1)
            ],
        },
    )
    accountant.call("account.move", "action_post", [invoice])
    return accountant.call("account.move", "read", [invoice], ["name", "amount_total"])[0]


def _trail(session, invoice: dict) -> list[str]:
    """What the smart button of the invoice leads to, the newest first."""
    action = session.call("account.move", "action_open_audit_trail", [invoice["id"]])
    entries = session.call("audit.log.entry", "search_read", action["params"]["domain"], ["summary"])
    return [entry["summary"] for entry in entries]


def _deliveries(stage, invoice: dict) -> list[dict]:
    return stage.session("administrator").call(
        "audit.delivery",
        "search_read",
        [["subject", "=", f"account.move/{invoice['id']}"], ["connector_id.name", "=", CONNECTOR]],
        ["state", "attempt_count", "reason", "message_id"],
    )


def _wait_for_message(stage, invoice: dict) -> dict:
    wanted = {delivery["message_id"] for delivery in _deliveries(stage, invoice)}
    assert wanted, f"no delivery was made for {invoice['name']}"
    return _wait_for(
        lambda: next((m for m in stage.book()["messages"] if m["id"] in wanted), None),
        f"{invoice['name']} to reach the receiver",
    )


def _wait_for(look, what: str):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")
