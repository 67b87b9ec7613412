"""What several steps do: post an invoice, look at its trail and deliveries, wait."""

from __future__ import annotations

import time

CONNECTOR = "Tax archive"
PATIENCE = 90  # seconds that a delivery may take: longer than the sweep that finds what a crash left behind


def post_invoice(stage, customer: str, lines: int, **further) -> dict:
    """Make and post an invoice as the accountant; returns its `id`, `name` and `amount_total`."""
    accountant = stage.session("accountant")
    partner = accountant.call("res.partner", "search", [["name", "=", customer]], limit=1)
    products = accountant.call("product.product", "search_read", [], ["name", "list_price"], limit=lines)
    invoice = accountant.call(
        "account.move",
        "create",
        {
            "move_type": "out_invoice",
            "partner_id": partner[0],
            **further,
            "invoice_line_ids": [
                [0, 0, {"product_id": product["id"], "quantity": number, "price_unit": product["list_price"]}]
                for number, product in enumerate(products, start=1)
            ],
        },
    )
    accountant.call("account.move", "action_post", [invoice])
    return accountant.call("account.move", "read", [invoice], ["name", "amount_total"])[0]


def trail(session, invoice: dict) -> list[str]:
    """What the smart button of the invoice leads to, the newest first."""
    action = session.call("account.move", "action_open_audit_trail", [invoice["id"]])
    entries = session.call("audit.log.entry", "search_read", action["params"]["domain"], ["summary"])
    return [entry["summary"] for entry in entries]


def deliveries(stage, invoice: dict, connector: str = CONNECTOR) -> list[dict]:
    return stage.session("administrator").call(
        "audit.delivery",
        "search_read",
        [["subject", "=", f"account.move/{invoice['id']}"], ["connector_id.name", "=", connector]],
        ["state", "attempt_count", "reason", "message_id"],
    )


def wait_for_message(stage, invoice: dict) -> dict:
    wanted = {delivery["message_id"] for delivery in deliveries(stage, invoice)}
    assert wanted, f"no delivery was made for {invoice['name']}"
    return wait_for(
        lambda: next((m for m in stage.book()["messages"] if m["id"] in wanted), None),
        f"{invoice['name']} to reach the receiver",
    )


def wait_for(look, what: str):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")
