"""A statement whose balances do not tie: nothing is repaired, and a person gets it, with what may explain it."""

from __future__ import annotations

import base64
import datetime
import secrets

from provision.rpc import Session

from .banking import _balance, _entry

IBAN = "DE75512108001245126199"


def lands_in_the_work_list(stage) -> str:
    """The bank's closing balance lacks 50.00 that no entry tells of."""
    _give_it_a_journal(stage)
    accountant, run = stage.session("accountant"), secrets.token_hex(4)
    opening = _last_closing(accountant)
    statement = _statement(run, opening, "-250.00", closing=opening - 300)
    values = {"name": f"reserve {run}.xml", "content": base64.b64encode(statement).decode()}
    dialog = accountant.call("audit.bank.import", "create", values)
    file = accountant.call("audit.bank.import", "action_import", [dialog])["res_id"]
    wanted = ["agreement", "difference", "opening_balance", "closing_balance"]
    (window,) = accountant.call("audit.bank.window", "search_read", [["file_id", "=", file]], wanted)
    assert (window["agreement"], window["difference"]) == ("differs", -50.0), window
    about = [["res_model", "=", "audit.bank.window"], ["res_id", "=", window["id"]], ["state", "=", "open"]]
    wanted = ["title", "kind", "explanation", "user_id", "age"]
    (waiting,) = accountant.call("audit.exception", "search_read", about, wanted)
    assert waiting["kind"] == "bank_balance" and "Difference: -50.00" in waiting["explanation"], waiting
    assert waiting["user_id"] and waiting["age"] == 0, waiting
    return f"difference of {window['difference']:.2f}: waits for {waiting['user_id'][1]}, {waiting['age']} days open"


def _give_it_a_journal(stage) -> None:
    admin = Session(stage.url, stage.db, "admin", "admin")
    if not admin.call("account.journal", "search", [["bank_acc_number", "=", IBAN]]):
        values = {"name": "Reserve account", "code": "RSV", "type": "bank", "sequence": 90, "bank_acc_number": IBAN}
        admin.call("account.journal", "create", values)


def _last_closing(accountant) -> float:
    mine = [["account_id.number", "=", IBAN], ["has_balances", "=", True]]
    last = accountant.call("audit.bank.window", "search_read", mine, ["closing_balance"], limit=1, order="id desc")
    return last[0]["closing_balance"] if last else 50000.0


def _statement(run: str, opening: float, amount: str, closing: float) -> bytes:
    day = datetime.date.today()
    balances = _balance("OPBD", opening, day) + _balance("CLBD", closing, day)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
        f"<BkToCstmrStmt><GrpHdr><MsgId>{run}</MsgId></GrpHdr><Stmt><Id>{run}</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>USD</Ccy></Acct>{balances}{_entry(amount, run, 'BOOK', day)}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


STEPS = [("A statement that does not add up waits for a person", lands_in_the_work_list)]
