"""The sandbox bank as an aggregator gives it, in the shape of the interface of Enable Banking.

Requests are signed: a JWT (RS256) of at most a day whose ``kid`` is the application; its public key is a PEM file of
that name. Routes as in ``bank_psd2``.
"""

import base64
import json
import re
import time

from bank_books import BOOKED, PENDING, amount
from bank_desk import Refusal
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

AUDIENCE, ISSUER, LIFETIME = "api.enablebanking.com", "enablebanking.com", 86400
BANK = {"name": "Sandbox Bank", "country": "DE"}

_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_APPLICATION = re.compile(r"[0-9a-f-]{8,64}")


def check_signature(desk, request):
    """Return the application that signed; raises ``Refusal``."""
    match = _TOKEN.fullmatch(request.headers.get("authorization", ""))
    try:
        header, claims = (json.loads(_bytes(match[part])) for part in (1, 2))
        application = header["kid"]
        if header["alg"] != "RS256" or not _APPLICATION.fullmatch(application):
            raise ValueError("alg or kid")
        key = load_pem_public_key((desk.public_keys / (application + ".pem")).read_bytes())
        signed = ("%s.%s" % (match[1], match[2])).encode()
        key.verify(_bytes(match[3]), signed, padding.PKCS1v15(), SHA256())
        now = time.time()
        if (claims["iss"], claims["aud"]) != (ISSUER, AUDIENCE):
            raise ValueError("iss or aud")
        if not claims["iat"] - 60 <= now < claims["exp"] <= claims["iat"] + LIFETIME:
            raise ValueError("time")
    except (TypeError, KeyError, ValueError, OSError, InvalidSignature):
        raise Refusal(401, "UNAUTHORIZED_REQUEST", "the request is not signed as agreed") from None
    return application


def aspsps_get(desk, request):
    days = desk.books.setting("consent_days", 180)
    listed = {**BANK, "psu_types": ["business", "personal"], "maximum_consent_validity": days * 86400, "beta": False}
    return 200, {"aspsps": [listed] if request.query.get("country", "DE") == "DE" else []}, {}


def auth_post(desk, request):
    wanted = request.body or {}
    try:
        until, bank = wanted["access"]["valid_until"][:10], wanted["aspsp"]
        redirect, state = wanted["redirect_url"], wanted["state"]
    except (KeyError, TypeError):
        raise Refusal(422, "WRONG_REQUEST_PARAMETERS", "access, aspsp, redirect_url and state are needed") from None
    if bank != BANK:
        raise Refusal(422, "WRONG_ASPSP_PROVIDED", "this bank is not known")
    begun = desk.new_id()
    desk.state["sessions"][begun] = {
        "status": "PENDING_AUTHORIZATION",
        "until": until,
        "redirect": redirect,
        "refused": redirect,
        "state": state,
        "application": request.application,
    }
    desk.save()
    return 200, {"url": "%s/sca/%s" % (request.base, begun), "authorization_id": begun, "psu_id_hash": "sandbox"}, {}


def sessions_post(desk, request):
    code = (request.body or {}).get("code")
    for name, one in desk.state["sessions"].items():
        if code and one.get("code") == code and one["application"] == request.application:
            one.update(status="AUTHORIZED", code=None)
            desk.save()
            access = {"valid_until": one["until"] + "T23:59:59.000000+00:00"}
            accounts = [_account(account) for account in desk.books.accounts.values()]
            return 200, {"session_id": name, "accounts": accounts, "aspsp": BANK, "access": access}, {}
    raise Refusal(422, "WRONG_AUTHORIZATION_CODE", "this code is not known or was used")


def session_get(desk, request, session):
    grant = _session(desk, request, session)
    desk.is_good(grant)
    access = {"valid_until": grant["until"] + "T23:59:59.000000+00:00"}
    return 200, {"status": grant["status"], "accounts": list(desk.books.accounts), "access": access, "aspsp": BANK}, {}


def session_delete(desk, request, session):
    _session(desk, request, session)["status"] = "CLOSED"
    desk.save()
    return 200, {"message": "OK"}, {}


def details_get(desk, request, account):
    return 200, _account(_permitted(desk, request, account)), {}


def balances_get(desk, request, account):
    found = _permitted(desk, request, account)
    headers = desk.spend(account, "balances", "psu-ip-address" in request.headers)
    listed = [
        {
            "name": kind,
            "balance_amount": amount(value, found["currency"]),
            "balance_type": kind,
            "reference_date": date.isoformat(),
        }
        for kind, value, date in desk.books.balances(found, desk.today)
    ]
    return 200, {"balances": listed}, headers


def transactions_get(desk, request, account):
    found = _permitted(desk, request, account)
    query = request.query
    begin, end = query.get("date_from", "0001-01-01"), query.get("date_to", "9999-12-31")
    if end < begin:
        raise Refusal(422, "WRONG_TRANSACTIONS_PERIOD", "date_to lies before date_from")
    start = int(query.get("continuation_key", "0"))
    headers = {} if start else desk.spend(account, "transactions", "psu-ip-address" in request.headers)
    listed = [
        _transaction(desk.books, found, status, given, one)
        for status, given, one in desk.books.seen(found, desk.today)
        if status == PENDING or begin <= desk.books.day(one["booked"]).isoformat() <= end
    ]
    size = desk.books.setting("page_size", 100)
    more = str(start + size) if len(listed) > start + size else None
    return 200, {"transactions": listed[start : start + size], "continuation_key": more}, headers


ROUTES = [
    ("GET", re.compile(r"/aspsps"), aspsps_get),
    ("POST", re.compile(r"/auth"), auth_post),
    ("POST", re.compile(r"/sessions"), sessions_post),
    ("GET", re.compile(r"/sessions/([0-9a-f]+)"), session_get),
    ("DELETE", re.compile(r"/sessions/([0-9a-f]+)"), session_delete),
    ("GET", re.compile(r"/accounts/([^/]+)/details"), details_get),
    ("GET", re.compile(r"/accounts/([^/]+)/balances"), balances_get),
    ("GET", re.compile(r"/accounts/([^/]+)/transactions"), transactions_get),
]


def refused(refusal):
    """The answer to a request that is refused; a spent budget has a name of its own here."""
    code = "ASPSP_RATE_LIMIT_EXCEEDED" if refusal.code == "ACCESS_EXCEEDED" else refusal.code
    return refusal.status, {"code": refusal.status, "message": refusal.text, "error": code}, refusal.headers


def _bytes(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _session(desk, request, session):
    grant = desk.state["sessions"].get(session)
    if not grant or grant["application"] != request.application:
        raise Refusal(404, "SESSION_DOES_NOT_EXIST", "this session is not known")
    return grant


def _permitted(desk, request, account):
    mine = [one for one in desk.state["sessions"].values() if one["application"] == request.application]
    if not any(desk.is_good(one) for one in mine):
        raise Refusal(401, "EXPIRED_SESSION", "there is no session that is good")
    if account not in desk.books.accounts:
        raise Refusal(404, "ACCOUNT_DOES_NOT_EXIST", "this account is not known")
    return desk.books.accounts[account]


def _account(one):
    return {
        "uid": one["id"],
        "account_id": {"iban": one["iban"], "other": None},
        "account_servicer": {"bic_fi": "SANDDEFFXXX", "name": BANK["name"]},
        "name": one.get("owner"),
        "details": one.get("name"),
        "usage": "ORGA",
        "cash_account_type": "CACC",
        "currency": one["currency"],
        "identification_hash": "sandbox-" + one["id"],
    }


def _transaction(books, account, status, given, one):
    received = not one["amount"].startswith("-")
    text = one.get("text") or []
    code = (one.get("code") or "").partition("-")
    members = {
        "entry_reference": given,
        "transaction_amount": {
            "amount": one["amount"].lstrip("-"),
            "currency": one.get("currency", account["currency"]),
        },
        "credit_debit_indicator": "CRDT" if received else "DBIT",
        "status": "BOOK" if status == BOOKED else "PDNG",
        "booking_date": books.day(one["booked"]).isoformat() if status == BOOKED else None,
        "value_date": (books.day(one.get("value")) or books.day(one.get("booked") or one.get("pending"))).isoformat(),
        "remittance_information": text if isinstance(text, list) else [text],
        "reference_number": one.get("creditor_reference"),
        "reference_number_schema": "INTL" if "creditor_reference" in one else None,
        "bank_transaction_code": {"description": one.get("information"), "code": code[0], "sub_code": code[2]},
        "creditor": None,
        "debtor": None,
    }
    far = "debtor" if received else "creditor"
    members[far] = {"name": one["name"]} if "name" in one else None
    members[far + "_account"] = {"iban": one["iban"]} if "iban" in one else None
    members[far + "_agent"] = {"bic_fi": one["bic"]} if "bic" in one else None
    return {**members, **one.get("extra", {})}
