"""An entry of a bank as the row of a table, and a row as what entries are recognised by."""

import json
from decimal import Decimal
from types import SimpleNamespace

from ..bank_files import identity
from ..bank_files.plain import as_json
from ..bank_files.statement import BOOKED, BOOKING, EXPLANATION, INTRADAY, PENDING, BankCode

STATES = {BOOKING: "booked", INTRADAY: "intraday", PENDING: "pending", EXPLANATION: "explanation"}
"""Role of an entry → state of its row; what has no other role is for information."""

COLUMNS = {
    "state": "varchar",
    "posting_state": "varchar",
    "date": "date",
    "booking_date": "date",
    "value_date": "date",
    "amount": "numeric",
    "counterparty": "varchar",
    "counterparty_account": "varchar",
    "counterparty_bank": "varchar",
    "remittance": "text",
    "structured_reference": "varchar",
    "end_to_end_id": "varchar",
    "mandate_id": "varchar",
    "bank_reference": "varchar",
    "entry_reference": "varchar",
    "code": "varchar",
    "return_code": "varchar",
    "reversal": "boolean",
    "detail_count": "integer",
    "occurrence": "integer",
    "line": "integer",
    "details": "jsonb",
    "raw": "text",
    "keys": "jsonb",
}
"""Column → PostgreSQL type of what an entry says by itself, in the order of ``row``."""

# One for all rows, as making it takes as long as writing a short one.
_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def row(entry, keys):
    """Return the values of ``COLUMNS`` for an ``Entry`` with its ``identity.Keys``.

    What may not stand in a text of PostgreSQL (U+0000, half of a pair of surrogates) is replaced.
    """
    state = STATES.get(entry.role, "information")
    detail = entry.details[0] if len(entry.details) == 1 else None
    other = identity.counterparty(entry)
    references = detail.references if detail else None
    values = (
        state,
        "waiting" if state == "booked" else "none",
        entry.date,
        entry.booking_date,
        entry.value_date,
        entry.amount,
        other and other.name,
        other and other.account,
        other and other.bank,
        _remittance(entry),
        next((one.reference for one in detail.structured if one.reference), None) if detail else None,
        references and references.end_to_end_id,
        references and references.mandate_id,
        entry.bank_reference or (references and (references.bank_reference or references.transaction_id)),
        entry.entry_reference,
        code_text(entry.code or (detail and detail.code)),
        detail.returned.code if detail and detail.returned else None,
        entry.reversal,
        len(entry.details),
        entry.occurrence,
        entry.line,
        as_json(entry, message_id=entry.page.message_id) if state == "explanation" else as_json(entry),
        entry.raw,
        _as_json(keys_as_plain(keys)),
    )
    if not _is_storable(entry.raw):
        values = tuple(_storable(value) if isinstance(value, str) else value for value in values)
    return values


def keys_as_plain(keys):
    """Return what of ``Keys`` has no column of its own, as values of JSON."""
    return {
        "bank": sorted(keys.bank_references),
        "own": sorted(keys.references),
        "who": keys.counterparty,
        "text": keys.text,
    }


def keys_of_row(found):
    """Return the ``Keys`` of a row: a dict with the columns state, amount, dates, occurrence and ``keys``."""
    said = found["keys"] or {}
    return identity.Keys(
        amount=Decimal(str(found["amount"])),
        currency="",
        booked=found["state"] in ("booked", "intraday"),
        date=found["date"],
        value_date=found["value_date"],
        bank_references=frozenset(said.get("bank", ())),
        references=frozenset(said.get("own", ())),
        counterparty=said.get("who"),
        text=said.get("text") or "",
        occurrence=found["occurrence"] or 1,
    )


def entry_of_row(found, account_key):
    """Return a row (with ``details``) as far as ``explaining.find_explained`` asks about an entry."""
    details = found["details"] or {}
    batches = [SimpleNamespace(
        payment_information_id=one.get("payment_information_id"), message_id=one.get("message_id")
    ) for one in details.get("batches", ())]  # fmt: skip
    listed = [SimpleNamespace(
        references=SimpleNamespace(payment_information_id=one.get("references", {}).get("payment_information_id"))
    ) for one in details.get("details", ())]  # fmt: skip
    return SimpleNamespace(
        id=found["id"],
        role=EXPLANATION if found["state"] == "explanation" else BOOKING,
        page=SimpleNamespace(account=SimpleNamespace(key=account_key), message_id=details.get("message_id")),
        amount=Decimal(str(found["amount"])),
        currency="",
        date=found["date"],
        bank_reference=details.get("bank_reference"),
        entry_reference=details.get("entry_reference"),
        announced_in=details.get("announced_in"),
        batches=batches,
        details=listed,
    )


def balance_entry_of_row(found):
    """Return a row as far as ``balances.explain`` asks about an entry."""
    charges = [SimpleNamespace(
        amount=Decimal(one["amount"]), currency="", direction=one.get("direction"), total=one.get("total", False),
        included=one.get("included", False) if "included" in one else None,
    ) for one in (found["details"] or {}).get("charges", ())]  # fmt: skip
    return SimpleNamespace(
        number=(found["details"] or {}).get("number"),
        booking_date=found["booking_date"],
        amount=Decimal(str(found["amount"])),
        currency="",
        status=BOOKED if found["state"] == "booked" else found["state"],
        charges=charges,
    )


def code_text(code):
    """Write a ``BankCode`` as one text, ``PMNT/RCDT/ESCT`` or the bank's own code; None for none."""
    if code is None:
        return None
    parts = [part for part in (code.domain, code.family, code.subfamily) if part]
    return "/".join(parts) if parts else code.proprietary


def bank_code(text):
    """Read what ``code_text`` wrote; None for an empty text."""
    if not text:
        return None
    parts = text.split("/")
    iso = all(len(part) == 4 and part.isalnum() and part.isupper() for part in parts[:3]) and len(parts) <= 3
    return BankCode(*parts) if iso and len(parts) > 1 else BankCode(proprietary=text)


def _remittance(entry):
    lines = [line for detail in entry.details for line in detail.remittance]
    if not lines:
        return entry.information
    return "\n".join(lines)


def _is_storable(raw):
    """Whether PostgreSQL takes all that was read from ``raw``; JSON may write what it does not take as escapes."""
    if "\0" in raw or "\\u" in raw:
        return False
    if raw.isascii():
        return True
    try:
        raw.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(text):
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\\u0000", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode("utf-8")
