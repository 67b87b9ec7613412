"""The demonstration: what people would do, done through Odoo's remote interface, and each step checked.

A step takes the stage and returns one sentence for the table; it raises ``AssertionError`` when what it saw is wrong.
"""

from __future__ import annotations

from provision.rpc import RemoteError

from .acting import CONNECTOR, deliveries, post_invoice, trail, wait_for, wait_for_message


def sign_in(stage) -> str:
    names = []
    for role in ("accountant", "approver", "administrator", "auditor"):
        stage.logins[role] = (role, role)
        session = stage.session(role)
        names.append(session.call("res.users", "read", [session.uid], ["name"])[0]["name"])
    return ", ".join(names)


def post_an_invoice(stage) -> str:
    stage.notes["first"] = post_invoice(stage, customer="Hafenkontor Bremen GmbH", lines=3)
    return f"{stage.notes['first']['name']} over {stage.notes['first']['amount_total']:.2f}"


def delivered_and_verified(stage) -> str:
    """It books a message only when the signature and the contract are in order; what it refused is in its book too."""
    message = wait_for_message(stage, stage.notes["first"])
    assert message["event"]["data"]["number"] == stage.notes["first"]["name"], message
    return f"message {message['id']}: signature and contract in order"


def shown_on_the_invoice(stage) -> str:
    accountant = stage.session("accountant")
    summaries = trail(accountant, stage.notes["first"])
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
    invoice = stage.notes["second"] = post_invoice(stage, customer="Northgate Clinics Ltd", lines=1)
    delivery = wait_for(
        lambda: next((d for d in deliveries(stage, invoice) if d["attempt_count"] and d["state"] == "pending"), None),
        "the first attempt to fail",
    )
    return f"{stage.notes['second']['name']}: {delivery['reason']}"


def arrives_once_when_it_is_back(stage) -> str:
    stage.counterparties["receiver"].start()
    message = wait_for_message(stage, stage.notes["second"])
    delivery = wait_for(
        lambda: next((d for d in deliveries(stage, stage.notes["second"]) if d["state"] == "delivered"), None),
        "the delivery to be settled",
    )
    seen = [other["id"] for other in stage.book()["messages"]].count(message["id"])
    assert seen == 1, f"the receiver has message {message['id']} {seen} times"
    return f"{stage.notes['second']['name']} after {delivery['attempt_count']} attempts, once in the receiver's book"


STEPS = [
    ("Everybody can sign in", sign_in),
    ("The accountant posts an invoice", post_an_invoice),
    ("The tax archive receives and verifies it", delivered_and_verified),
    ("The invoice shows what happened", shown_on_the_invoice),
    ("What happened cannot be changed", not_to_be_changed),
    ("With the archive down, an invoice waits", waits_while_the_receiver_is_down),
    ("With the archive back, it arrives once", arrives_once_when_it_is_back),
]
