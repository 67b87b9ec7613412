"""A bank confirms to the auditor what the company has there; the auditor hands its answer in themselves."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request
import uuid
from datetime import date, timedelta

from provision.rpc import Session

from .confirming import confirmed

CONFIRMATION = "audit.bank.confirmation"
BANK, IBAN = "Port Haven Bank", "GB33BUKB20201555555555"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def bank_confirms_to_the_auditor(stage) -> str:
    """Prepared by one person, the mandate signed by another, answered in the portal, compared with the books."""
    accountant = stage.session("accountant")
    bank, number = _bank_of_the_company(stage)
    auditor = _auditor(stage)
    confirmation = accountant.call(
        CONFIRMATION,
        "create",
        {
            "bank_id": bank,
            "date": str(date.today().replace(day=1) - timedelta(days=1)),
            "engagement": "Annual audit",
            "auditor_id": auditor,
            "access_until": str(date.today() + timedelta(days=30)),
            "reply_to": "Keller Audit, 3 Pier Road, Port Haven",
        },
    )
    accountant.call(CONFIRMATION, "action_fill", [confirmation])
    confirmed(stage, "approver", CONFIRMATION, "action_approve", confirmation)
    accountant.call(CONFIRMATION, "action_send", [confirmation])
    accounts = [["confirmation_id", "=", confirmation], ["section", "in", ["account", "closed"]]]
    wanted = ["name", "number", "stated_amount", "currency_id"]
    lines = accountant.call(f"{CONFIRMATION}.line", "search_read", accounts, wanted)
    (line,) = (line for line in lines if line["number"] == number)
    amounts = {f"amount_{line['id']}": "%.2f" % line["stated_amount"] for line in lines}
    letter = "".join(f"{line['name']}: {line['stated_amount']:.2f} {line['currency_id'][1]}\n" for line in lines)
    page = _hand_in(stage, confirmation, f"{BANK} confirms:\n{letter}".encode(), amounts)
    assert "received by the auditor directly" in page, page[:2000]
    accountant.call(CONFIRMATION, "action_compare", [confirmation])
    fields = ["name", "state", "assurance", "differing_count"]
    (said,) = accountant.call(CONFIRMATION, "read", [confirmation], fields)
    assert (said["state"], said["assurance"], said["differing_count"]) == ("compared", "A", 0), said
    amount = f"{line['stated_amount']:.2f} {line['currency_id'][1]}"
    return f"{said['name']}: mandate signed, answer of class A, accounts that agree: {len(lines)}, of {number} {amount}"


def _auditor(stage) -> int:
    """The auditor, with the role that opens the portal's pages of audits to them."""
    admin, auditor = Session(stage.url, stage.db, "admin", "admin"), stage.session("auditor").uid
    named = [["module", "=", "audit_connector_base"], ["name", "=", "group_audit_auditor"]]
    (role,) = admin.call("ir.model.data", "search_read", named, ["res_id"])
    groups = "groups_id" if stage.engine.series == "17.0" else "group_ids"
    admin.call("res.users", "write", [auditor], {groups: [[4, role["res_id"], 0]]})
    return auditor


def _bank_of_the_company(stage) -> tuple[int, str]:
    """The bank at which the company's bank journal is kept, set up once, and the number of the account."""
    admin = Session(stage.url, stage.db, "admin", "admin")
    found = admin.call("res.bank", "search", [["name", "=", BANK]], limit=1)
    bank = found[0] if found else admin.call("res.bank", "create", {"name": BANK, "city": "Port Haven"})
    wanted = ["bank_account_id", "company_id"]
    (journal,) = admin.call("account.journal", "search_read", [["type", "=", "bank"]], wanted, limit=1, order="id")
    if not journal["bank_account_id"]:
        (company,) = admin.call("res.company", "read", [journal["company_id"][0]], ["partner_id"])
        values = {"acc_number": IBAN, "bank_id": bank, "partner_id": company["partner_id"][0]}
        account = admin.call("res.partner.bank", "create", values)
        admin.call("account.journal", "write", [journal["id"]], {"bank_account_id": account})
        return bank, IBAN
    (account,) = admin.call("res.partner.bank", "read", [journal["bank_account_id"][0]], ["acc_number", "bank_id"])
    if not account["bank_id"]:
        admin.call("res.partner.bank", "write", [account["id"]], {"bank_id": bank})
    return account["bank_id"][0] if account["bank_id"] else bank, account["acc_number"]


def _hand_in(stage, confirmation: int, letter: bytes, amounts: dict[str, str]) -> str:
    """Sign in as the auditor and upload the bank's letter, as a browser does; returns the page that follows."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
    login, password = stage.logins["auditor"]
    token = TOKEN.search(_text(browser.open(f"{stage.url}/web/login", timeout=60)))[1]
    form = urllib.parse.urlencode({"csrf_token": token, "login": login, "password": password}).encode()
    _text(browser.open(f"{stage.url}/web/login", form, timeout=60))
    address = f"{stage.url}/my/audits/bank-confirmations/{confirmation}"
    token = TOKEN.search(_text(browser.open(address, timeout=60)))[1]
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {"csrf_token": token, **amounts}.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="answer"; filename="confirmation.txt"\r\n'
    tail = f"\r\n--{boundary}--\r\n"
    body = b"".join([*parts, head.encode(), b"Content-Type: text/plain\r\n\r\n", letter, tail.encode()])
    content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return _text(browser.open(urllib.request.Request(f"{address}/answer", body, content_type), timeout=60))


def _text(answer) -> str:
    with answer:
        return answer.read().decode()


STEPS = [("A bank confirms to the auditor", bank_confirms_to_the_auditor)]
