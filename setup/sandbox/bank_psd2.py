"""The sandbox bank's own interface, in the shape of NextGenPSD2 1.3 (XS2A) of the Berlin Group.

Each route takes the ``Desk`` and a request (``path``, ``query``: dict, ``headers``: lower case, ``body``: JSON) and
returns ``(status, members, headers)``.
"""

import base64
import datetime
import re

from bank_books import BOOKED, PENDING, amount
from bank_desk import Refusal

KINDS = {"CLBD": "closingBooked", "OPBD": "openingBooked", "ITBD": "interimBooked", "ITAV": "interimAvailable"}


def consents_post(desk, request):
    wanted, headers = request.body or {}, request.headers
    if not isinstance(wanted.get("access"), dict) or "validUntil" not in wanted:
        raise Refusal(400, "FORMAT_ERROR", "access and validUntil are mandatory")
    if not headers.get("x-request-id"):
        raise Refusal(400, "FORMAT_ERROR", "X-Request-ID is mandatory")
    if not headers.get("tpp-redirect-uri"):
        raise Refusal(400, "FORMAT_ERROR", "TPP-Redirect-URI is mandatory")
    longest = desk.today + datetime.timedelta(days=desk.books.setting("consent_days", 180))
    until = min(datetime.date.fromisoformat(wanted["validUntil"]), longest)
    consent = desk.new_id()
    desk.state["consents"][consent] = {
        "status": "received",
        "until": until.isoformat(),
        "frequency": wanted.get("frequencyPerDay", 1),
        "redirect": headers["tpp-redirect-uri"],
        "refused": headers.get("tpp-nok-redirect-uri") or headers["tpp-redirect-uri"],
        "notify": headers.get("tpp-notification-uri"),
    }
    desk.save()
    links = {
        "scaRedirect": {"href": "%s/sca/%s" % (request.base, consent)},
        "self": {"href": "/v1/consents/%s" % consent},
        "status": {"href": "/v1/consents/%s/status" % consent},
    }
    body = {"consentStatus": "received", "consentId": consent, "_links": links}
    return 201, body, {"ASPSP-SCA-Approach": "REDIRECT", "Location": links["self"]["href"]}


def consent_get(desk, request, consent):
    grant = _consent(desk, consent)
    desk.is_good(grant)
    return (
        200,
        {
            "access": {"allPsd2": "allAccounts"},
            "recurringIndicator": True,
            "validUntil": grant["until"],
            "frequencyPerDay": grant["frequency"],
            "lastActionDate": desk.state["today"],
            "consentStatus": grant["status"],
        },
        {},
    )


def consent_status(desk, request, consent):
    grant = _consent(desk, consent)
    desk.is_good(grant)
    return 200, {"consentStatus": grant["status"]}, {}


def consent_delete(desk, request, consent):
    _consent(desk, consent)["status"] = "terminatedByTpp"
    desk.save()
    return 204, None, {}


def accounts_get(desk, request):
    _permitted(desk, request)
    return 200, {"accounts": [_account(one) for one in desk.books.accounts.values()]}, {}


def balances_get(desk, request, account):
    _permitted(desk, request)
    found = _find(desk, account)
    headers = desk.spend(account, "balances", "psu-ip-address" in request.headers)
    listed = [_balance(found, *one) for one in desk.books.balances(found, desk.today)]
    return 200, {"account": {"iban": found["iban"]}, "balances": listed}, headers


def transactions_get(desk, request, account):
    _permitted(desk, request)
    found, query = _find(desk, account), request.query
    wanted = query.get("bookingStatus")
    if wanted not in ("booked", "pending", "both"):
        raise Refusal(400, "FORMAT_ERROR", "bookingStatus is mandatory: booked, pending or both")
    begin, end = _period(desk, query)
    start = _place(query["page"]) if "page" in query else 0
    # a page that follows belongs to the call before
    headers = {} if start else desk.spend(account, "transactions", "psu-ip-address" in request.headers)
    listed = [
        (status, _transaction(desk.books, found, status, given, one))
        for status, given, one in desk.books.seen(found, desk.today)
        if (status == BOOKED and wanted != PENDING and begin <= desk.books.day(one["booked"]) <= end)
        or (status == PENDING and wanted != BOOKED)
    ]
    size = desk.books.setting("page_size", 100)
    links = {"account": {"href": "/v1/accounts/%s" % account}}
    if len(listed) > start + size:
        again = "&".join("%s=%s" % pair for pair in query.items() if pair[0] != "page")
        place = base64.urlsafe_b64encode(b"%d" % (start + size)).decode().rstrip("=")
        links["next"] = {"href": "/v1/accounts/%s/transactions?%s&page=%s" % (account, again, place)}
    shown = {BOOKED: [], PENDING: [], "_links": links}
    for status, one in listed[start : start + size]:
        shown[status].append(one)
    body = {"account": {"iban": found["iban"]}, "transactions": shown}
    along = query.get("withBalance") == "true" and not desk.books.setting("balances_apart")
    if along and "next" not in links:
        body["balances"] = [_balance(found, *one) for one in desk.books.balances(found, desk.today, (begin, end))]
    return 200, body, headers


ROUTES = [
    ("POST", re.compile(r"/v1/consents"), consents_post),
    ("GET", re.compile(r"/v1/consents/([0-9a-f]+)"), consent_get),
    ("GET", re.compile(r"/v1/consents/([0-9a-f]+)/status"), consent_status),
    ("DELETE", re.compile(r"/v1/consents/([0-9a-f]+)"), consent_delete),
    ("GET", re.compile(r"/v1/accounts"), accounts_get),
    ("GET", re.compile(r"/v1/accounts/([^/]+)/balances"), balances_get),
    ("GET", re.compile(r"/v1/accounts/([^/]+)/transactions"), transactions_get),
]


def refused(refusal):
    """The answer to a request that is refused."""
    message = {"category": "ERROR", "code": refusal.code, "text": refusal.text}
    return refusal.status, {"tppMessages": [message]}, refusal.headers


def _consent(desk, consent):
    try:
        return desk.state["consents"][consent]
    except KeyError:
        raise Refusal(403, "CONSENT_UNKNOWN", "this consent is not known") from None


def _permitted(desk, request):
    if not request.headers.get("x-request-id"):
        raise Refusal(400, "FORMAT_ERROR", "X-Request-ID is mandatory")
    grant = _consent(desk, request.headers.get("consent-id", ""))
    if not desk.is_good(grant):
        code = "CONSENT_EXPIRED" if grant["status"] == "expired" else "CONSENT_INVALID"
        raise Refusal(401, code, "the consent is %s" % grant["status"])


def _find(desk, account):
    try:
        return desk.books.accounts[account]
    except KeyError:
        raise Refusal(404, "RESOURCE_UNKNOWN", "this account is not known") from None


def _period(desk, query):
    try:
        begin = datetime.date.fromisoformat(query["dateFrom"])
        end = datetime.date.fromisoformat(query["dateTo"]) if "dateTo" in query else desk.today
    except (KeyError, ValueError):
        raise Refusal(400, "FORMAT_ERROR", "dateFrom is mandatory; dates are YYYY-MM-DD") from None
    oldest = desk.today - datetime.timedelta(days=desk.books.setting("history_days", 730))
    if end < begin or begin < oldest:
        raise Refusal(400, "PERIOD_INVALID", "the period must lie after %s" % oldest)
    return begin, end


def _place(token):
    try:
        return int(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        raise Refusal(400, "FORMAT_ERROR", "this page does not exist") from None


def _account(one):
    return {
        "resourceId": one["id"],
        "iban": one["iban"],
        "currency": one["currency"],
        "name": one.get("name"),
        "ownerName": one.get("owner"),
        "cashAccountType": "CACC",
        "status": "enabled",
        "_links": {
            "balances": {"href": "/v1/accounts/%s/balances" % one["id"]},
            "transactions": {"href": "/v1/accounts/%s/transactions" % one["id"]},
        },
    }


def _balance(account, kind, value, date):
    return {
        "balanceAmount": amount(value, account["currency"]),
        "balanceType": KINDS[kind],
        "referenceDate": date.isoformat(),
    }


def _transaction(books, account, status, given, one):
    text = one.get("text")
    members = {
        "transactionId": given,
        "entryReference": one.get("reference"),
        "endToEndId": one.get("end_to_end_id"),
        "mandateId": one.get("mandate_id"),
        "transactionAmount": {"amount": one["amount"], "currency": one.get("currency", account["currency"])},
        "bankTransactionCode": one.get("code"),
        "additionalInformation": one.get("information"),
        "remittanceInformationUnstructured" + ("Array" if isinstance(text, list) else ""): text,
    }
    if "creditor_reference" in one:
        members["remittanceInformationStructured"] = {"reference": one["creditor_reference"], "referenceType": "SCOR"}
    far = "debtor" if not one["amount"].startswith("-") else "creditor"
    members[far + "Name"] = one.get("name")
    members[far + "Account"] = {"iban": one["iban"]} if "iban" in one else None
    members[far + "Agent"] = one.get("bic")
    if status == BOOKED:
        members["bookingDate"] = books.day(one["booked"]).isoformat()
        members["valueDate"] = (books.day(one.get("value")) or books.day(one["booked"])).isoformat()
    else:
        members["valueDate"] = books.day(one["pending"]).isoformat()
    return {name: value for name, value in {**members, **one.get("extra", {})}.items() if value is not None}
