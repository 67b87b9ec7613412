"""A bank is connected by its interface: its owner consents, statements come, a fetch fails and is made again, and what
was announced is booked."""

from __future__ import annotations

import http.cookiejar
import json
import time
import urllib.error
import urllib.request
from datetime import date
from urllib.parse import urlsplit

from provision.rpc import Session

from .acting import wait_for
from .confirming import approve_destination

BANK, IBAN = "Harbour Bank", "GB33BUKB20201555555555"
_NO_PROXY = urllib.request.ProxyHandler({})


def consented(stage) -> str:
    """The administrator asks, agrees at the bank as the owner of the accounts, and comes back."""
    administrator = stage.session("administrator")
    _order(stage, today=date.today().isoformat())
    _give_it_a_journal(stage)
    connection = stage.notes["interface"] = _connection(stage)
    asked = administrator.call("audit.bank.connection", "action_begin_consent", [connection])
    back = _agree(asked["url"])
    # sent there by the address that people use, played on this one
    parts = urlsplit(back)
    _browse(stage, "administrator", f"{parts.path}?{parts.query}")
    shown = ["consent_days_left", "account_count", "health", "trouble"]
    (said,) = administrator.call("audit.bank.connection", "read", [connection], shown)
    assert said["consent_days_left"] > 100 and said["account_count"] == 1, said
    return f"{BANK} lets us read {said['account_count']} account for {said['consent_days_left']} days"


def fetched(stage) -> str:
    """Later runs ask again for the last days, and find what is there."""
    window = _fetched_window(stage)
    mine = [["account_id.connection_id", "=", stage.notes["interface"]]]
    assert stage.session("accountant").call("audit.bank.transaction", "search_count", mine) >= 7, window
    return (
        f"{window['entry_count']} transactions of {window['date_from']} to {window['date_to']}, "
        f"{window['new_count']} of them new"
    )


def failed_and_made_again(stage) -> str:
    """The bank breaks off in the middle of its pages: nothing of them is taken, and the window stays open."""
    _order(stage, fault={"on": "transactions", "mode": "503", "page": 2})
    before = _newest(stage)
    _press_fetch(stage)
    broken = wait_for(lambda: _newest(stage, ["state", "=", "failed"], after=before), "the fetch to fail")
    assert not broken["new_count"], broken
    stage.session("accountant").call("audit.bank.window", "action_fetch", [broken["id"]])
    again = wait_for(lambda: _of(stage, broken["id"], "fetched"), "the window to be fetched again")
    return f"“{broken['error']}”; the same window again, attempt {again['attempt_count']}: {again['entry_count']} read"


def announced_and_booked(stage) -> str:
    """Announced under one number and booked under another one: it is one transaction."""
    accountant, key = stage.session("accountant"), f"N{int(time.time())}"
    amount = f"{100 + int(time.time()) % 900}.45"
    told = {"amount": amount, "name": "Rossi Ceramiche S.p.A.", "text": f"Order {key}", "pending_id": f"P-{key}"}
    told["end_to_end_id"] = f"E-{key}"
    _order(stage, tell=["current", key, {**told, "pending": date.today().isoformat()}])
    _fetched_window(stage)
    mine = [["remittance", "=", told["text"]]]
    (announced,) = accountant.call("audit.bank.transaction", "search_read", mine, ["state", "bank_reference"])
    assert (announced["state"], announced["bank_reference"]) == ("pending", told["pending_id"]), announced
    _order(stage, tell=["current", key, {"booked": date.today().isoformat(), "id": f"B-{key}"}])
    _fetched_window(stage)
    (booked,) = accountant.call("audit.bank.transaction", "search_read", mine, ["state", "bank_reference"])
    assert (booked["id"], booked["state"]) == (announced["id"], "booked"), booked
    return f"{amount} announced as {told['pending_id']}, booked as {booked['bank_reference']}: one transaction"


STEPS = [
    ("A bank is connected, its owner consents", consented),
    ("Its statements are fetched", fetched),
    ("A fetch that broke off is made again", failed_and_made_again),
    ("What was announced is booked", announced_and_booked),
]


def _give_it_a_journal(stage) -> None:
    """A bank journal with the number of the account, by which what the bank tells of is linked to it."""
    admin = Session(stage.url, stage.db, "admin", "admin")
    if not admin.call("account.journal", "search", [["bank_acc_number", "=", IBAN]]):
        values = {"name": BANK, "code": "HRB", "type": "bank", "sequence": 80, "bank_acc_number": IBAN}
        admin.call("account.journal", "create", values)


def _connection(stage) -> int:
    """The bank connection, led to where the bank listens now."""
    administrator, bank = stage.session("administrator"), stage.counterparties["bank"]
    settings = {"url": bank.url, "allowed_destinations": f"127.0.0.1:{bank.port}"}
    found = administrator.call("audit.connector", "search_read", [["name", "=", BANK]], ["url"])
    if not found:
        values = {"name": BANK, "adapter": "rest", **settings}
        connector = administrator.call("audit.connector", "create", values)
    else:
        connector = found[0]["id"]
        if found[0]["url"] != bank.url:
            administrator.call("audit.connector", "write", [connector], settings)
    approve_destination(stage, connector)
    known = administrator.call("audit.bank.connection", "search", [["name", "=", BANK]])
    if known:
        return known[0]
    values = {"name": BANK, "provider": "bank_psd2", "connector_id": connector, "bank_psd2_calls": 96, "mode": "manual"}
    # so far back that there are always several pages, of which one can be missing
    days = {"history_days": 60, "overlap_days": 60}
    return administrator.call("audit.bank.connection", "create", {**values, **days})


def _fetched_window(stage) -> dict:
    before = _newest(stage)
    _press_fetch(stage)
    return wait_for(lambda: _newest(stage, ["state", "=", "fetched"], after=before), "the statements")


def _press_fetch(stage) -> None:
    stage.session("accountant").call("audit.bank.connection", "action_fetch", [stage.notes["interface"]])


def _newest(stage, *further, after=None) -> dict | None:
    domain = [["connection_id", "=", stage.notes["interface"]], ["kind", "=", "fetch"], *further]
    if after:
        domain.append(["id", ">", after["id"]])
    fields = ["state", "entry_count", "new_count", "date_from", "date_to", "error", "attempt_count"]
    found = stage.session("accountant").call(
        "audit.bank.window", "search_read", domain, fields, order="id desc", limit=1
    )
    return found[0] if found else None


def _of(stage, window: int, state: str) -> dict | None:
    return _newest(stage, ["id", "=", window], ["state", "=", state])


def _order(stage, **wanted) -> None:
    request = urllib.request.Request(
        f"{stage.counterparties['bank'].url}/control", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.build_opener(_NO_PROXY).open(request, timeout=20).close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        """Where a browser would go is what matters here."""


def _agree(link: str) -> str:
    """What the owner does on the bank's page; returns where the bank sends the browser."""
    try:
        urllib.request.build_opener(_NO_PROXY, _Stay()).open(link, b"answer=agree", timeout=20).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.headers["Location"]
    raise AssertionError("the bank sent the browser nowhere")


def _browse(stage, role: str, path: str) -> None:
    """Open an address of Odoo in the browser of a person who is logged in."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    login, password = stage.logins[role]
    question = {"jsonrpc": "2.0", "params": {"db": stage.db, "login": login, "password": password}}
    request = urllib.request.Request(
        f"{stage.url}/web/session/authenticate", json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(_NO_PROXY, jar).open(request, timeout=60) as answer:
        assert json.load(answer)["result"]["uid"], "the administrator was not let in"
    with urllib.request.build_opener(_NO_PROXY, jar).open(f"{stage.url}{path}", timeout=60) as answer:
        assert answer.status == 200, answer.status
