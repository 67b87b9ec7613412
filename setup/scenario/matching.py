"""Bank lines and the open items that they pay: proposed with reasons, accepted by a person, one of them undone."""

from __future__ import annotations

from provision.rpc import Session

from .acting import post_invoice, trail

PROPOSAL = "audit.match.proposal"


def lines_find_their_invoices(stage) -> str:
    """Three receipts: one names its invoice, one is short of a bank fee, one says nothing that helps."""
    accountant = stage.session("accountant")
    exact = stage.notes["matched"] = post_invoice(stage, customer="Lumière & Fils SARL", lines=2)
    short = stage.notes["short"] = post_invoice(stage, customer="Rossi Ceramiche S.p.A.", lines=1)
    journal = accountant.call("account.journal", "search", [["type", "=", "bank"]], limit=1)[0]
    texts = [
        ("Lumiere et Fils", f"Facture {exact['name']} merci", exact["amount_total"]),
        ("Rossi Ceramiche", short["name"], round(short["amount_total"] * 0.996, 2)),
        ("K. Lindqvist", "Deposit", 480.0),
    ]
    lines = [
        accountant.call(
            "account.bank.statement.line",
            "create",
            {"journal_id": journal, "partner_name": name, "payment_ref": text, "amount": amount},
        )
        for name, text, amount in texts
    ]
    stage.notes["bank_lines"] = lines
    accountant.call(PROPOSAL, "bench_match")
    _say_where_differences_are_booked(stage)
    found = [accountant.call(PROPOSAL, "bench_candidates", line) for line in lines]
    assert found[0] and found[0][0]["parts"][0]["title"] == exact["name"], found[0]
    assert [part["use"] for part in found[1][0]["parts"]] == ["item", "fee"], found[1]
    # In a later run of the demonstration it repeats the line of the one before.
    assert all(candidate["kind"] == "duplicate" for candidate in found[2]), found[2]
    stage.notes["matches"] = [candidates[0]["id"] for candidates in found[:2]]
    return f"{exact['name']} at {found[0][0]['score']} %: {found[0][0]['reasons'][0]['text']}"


def accepted_by_a_person(stage) -> str:
    accountant = stage.session("accountant")
    accountant.call(PROPOSAL, "action_accept", [stage.notes["matches"][0]])
    invoice = stage.notes["matched"]
    paid = accountant.call("account.move", "read", [invoice["id"]], ["amount_residual", "payment_state"])[0]
    assert not paid["amount_residual"], paid
    told = next(text for text in trail(accountant, invoice) if text.startswith("Bank line of"))
    return told


def undone_again(stage) -> str:
    """The accountant takes it back, which opens the invoice again, and accepts it once more."""
    accountant = stage.session("accountant")
    accountant.call(PROPOSAL, "action_undo", [stage.notes["matches"][0]])
    invoice = stage.notes["matched"]
    left = accountant.call("account.move", "read", [invoice["id"]], ["amount_residual"])[0]["amount_residual"]
    assert left == invoice["amount_total"], left
    accountant.call(PROPOSAL, "bench_match")
    again = accountant.call(PROPOSAL, "bench_candidates", stage.notes["bank_lines"][0])[0]
    accountant.call(PROPOSAL, "action_accept", [again["id"]])
    return f"{invoice['name']} was open again with {left:.2f}, and is matched once more"


def _say_where_differences_are_booked(stage) -> None:
    """Choose the accounts without which nobody can accept a match that leaves a fee, or write anything off."""
    admin = Session(stage.url, stage.db, "admin", "admin")
    missing = ["|", ["fee_account_id", "=", False], ["write_off_account_id", "=", False]]
    for settings in admin.call("audit.match.settings", "search", missing):
        chosen = {
            field: admin.call("account.account", "search", [["name", "=", name]], limit=1)[0]
            for field, name in (("fee_account_id", "Bank Fees"), ("write_off_account_id", "Expenses"))
        }
        admin.call("audit.match.settings", "write", [settings], chosen)


STEPS = [
    ("Bank lines come in and find their invoices", lines_find_their_invoices),
    ("The accountant accepts a match", accepted_by_a_person),
    ("A match can be undone", undone_again),
]
