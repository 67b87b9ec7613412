"""What the bank says: a statement from a file, what was announced and is booked later, and both in the books once."""

from __future__ import annotations

import base64
import datetime
import secrets

from provision.rpc import Session

IBAN = "DE89370400440532013000"
ANNOUNCED, BOOKED = ("052", "BkToCstmrAcctRpt", "Rpt", "PDNG"), ("053", "BkToCstmrStmt", "Stmt", "BOOK")


def a_statement_is_imported(stage) -> str:
    """Two entries of which the bank announced one before: first announced, then the statement with both."""
    _give_the_journal_its_number(stage)
    said = stage.notes["bank"] = {"run": secrets.token_hex(4), "opening": _last_closing(stage)}
    pending = _import(stage, "announced", _message(stage, ANNOUNCED, [("1450.00", "A")]))
    assert (pending["state"], pending["new_count"]) == ("imported", 1), pending
    statement = said["file"] = _import(stage, "statement", _message(stage, BOOKED, [("1450.00", "A"), ("-12.50", "B")]))
    assert statement["state"] == "imported", statement
    assert (statement["new_count"], statement["promoted_count"]) == (1, 1), statement
    window = _read_windows(stage, statement)[0]
    assert window["agreement"] == "agrees", window
    return (
        f"{statement['format']}: 2 entries, 1 of them announced before and booked now; "
        f"{window['opening_balance']:.2f} + {window['booked_sum']:.2f} = {window['closing_balance']:.2f}"
    )


def the_same_file_is_one_import(stage) -> str:
    again = _import(stage, "copy of statement", stage.notes["bank"]["content"])
    assert again["id"] == stage.notes["bank"]["file"]["id"], again
    assert again["other_names"], again
    return "the same content under another name: no second import"


def posted_once_with_the_balances_of_the_bank(stage) -> str:
    accountant, file = stage.session("accountant"), stage.notes["bank"]["file"]
    accountant.call("audit.bank.file", "action_confirm", [file["id"]])
    found = accountant.call(
        "audit.bank.transaction",
        "search_read",
        [["window_id.file_id", "=", file["id"]]],
        ["amount", "posting_state", "statement_line_id"],
    )
    assert len(found) == 2 and {one["posting_state"] for one in found} == {"posted"}, found
    assert len({one["statement_line_id"][0] for one in found}) == 2, found
    window = _read_windows(stage, file)[0]
    assert window["statement_id"], window
    return f"2 lines in the statement {window['statement_id'][1]}"


def _give_the_journal_its_number(stage) -> None:
    session = Session(stage.url, stage.db, "admin", "admin")
    if session.call("account.journal", "search", [["bank_acc_number", "=", IBAN]]):
        return
    journal = session.call("account.journal", "search", [["type", "=", "bank"]], limit=1)
    session.call("account.journal", "write", journal, {"bank_acc_number": IBAN})


def _last_closing(stage) -> float:
    last = stage.session("accountant").call(
        "audit.bank.window",
        "search_read",
        [["account_id.number", "=", IBAN], ["has_balances", "=", True]],
        ["closing_balance"],
        limit=1,
        order="id desc",
    )
    return last[0]["closing_balance"] if last else 10000.0


def _import(stage, name: str, content: bytes) -> dict:
    accountant = stage.session("accountant")
    values = {"name": f"{name} {stage.notes['bank']['run']}.xml", "content": base64.b64encode(content).decode()}
    wizard = accountant.call("audit.bank.import", "create", values)
    report = accountant.call("audit.bank.import", "action_import", [wizard])
    fields = ["state", "format", "new_count", "promoted_count", "known_count", "other_names"]
    stage.notes["bank"]["content"] = content
    return accountant.call("audit.bank.file", "read", [report["res_id"]], fields)[0]


def _read_windows(stage, file: dict) -> list[dict]:
    return stage.session("accountant").call(
        "audit.bank.window",
        "search_read",
        [["file_id", "=", file["id"]]],
        ["agreement", "opening_balance", "booked_sum", "closing_balance", "statement_id"],
    )


def _message(stage, kind, entries) -> bytes:
    """A camt message of today; ``entries``: pairs of a signed amount and a letter that makes its references."""
    number, message, part, status = kind
    said, day = stage.notes["bank"], datetime.date.today()
    closing = said["opening"] + sum(float(amount) for amount, _letter in entries)
    balances = ""
    if status == "BOOK":
        balances = _balance("OPBD", said["opening"], day) + _balance("CLBD", closing, day)
    listed = "".join(_entry(amount, f"{said['run']}{letter}", status, day) for amount, letter in entries)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.{number}.001.08'>"
        f"<{message}><GrpHdr><MsgId>{said['run']}{number}</MsgId></GrpHdr><{part}><Id>{said['run']}</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>USD</Ccy></Acct>{balances}{listed}</{part}></{message}></Document>"
    ).encode()


def _balance(kind, amount, day) -> str:
    way = "CRDT" if amount >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='USD'>{abs(amount):.2f}</Amt>"
        f"<CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(amount, reference, status, day) -> str:
    way = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Ntry><Amt Ccy='USD'>{amount.lstrip('-')}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f"<RmtInf><Ustrd>Payment {reference}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


STEPS = [
    ("A bank statement is imported", a_statement_is_imported),
    ("The same file again is no second import", the_same_file_is_one_import),
    ("What the bank booked is posted once", posted_once_with_the_balances_of_the_bank),
]
