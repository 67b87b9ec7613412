"""What the bank said of a line beyond what Odoo keeps of it, where the line came through ``audit.bank.transaction``."""

from datetime import date
from decimal import Decimal

from ...core.matching.currencies import InexactAmount, to_minor
from ...core.matching.values import Detail

TOLD = """
SELECT line.id, currency.name, told.amount, told.remittance, told.structured_reference, told.end_to_end_id,
       told.mandate_id, told.bank_reference, told.code, told.reversal OR told.return_code IS NOT NULL,
       told.counterparty, told.counterparty_account, told.details, told.value_date
  FROM audit_bank_transaction told
  JOIN account_bank_statement_line line ON line.id = told.statement_line_id
  JOIN res_currency currency ON currency.id = told.currency_id
 WHERE line.id = ANY(%s)
 ORDER BY told.id
"""


def details_of(env, line_ids):
    """Return ``{statement line id: further values of BankLine}``; nothing for lines that somebody else imported."""
    env.cr.execute(TOLD, [line_ids])
    return {row[0]: _values(*row[1:]) for row in env.cr.fetchall()}


def _values(
    currency,
    amount,
    text,
    reference,
    end_to_end,
    mandate,
    bank_reference,
    code,
    came_back,
    name,
    account,
    told,
    value_date,
):
    entry = told or {}
    payments = entry.get("details") or []
    values = {
        "text": text,
        "references": (reference,) if reference else None,
        "end_to_end_id": end_to_end,
        "mandate_id": mandate,
        "bank_reference": bank_reference,
        "bank_code": code,
        "is_return": bool(came_back),
        "counterparty_name": name,
        "counterparty_iban": account,
        "batch_reference": next(filter(None, (one.get("payment_information_id") for one in _batches(entry))), None),
        "charges": _charges(entry, currency),
        # A single payment in a line says nothing that the line does not.
        "details": _details(payments, currency, amount) if len(payments) > 1 else None,
        "sequence": _collection(payments),
        "paid_on": _accepted_on(payments) or value_date,
        **_instructed(entry, payments, currency, amount),
    }
    return {key: value for key, value in values.items() if value}


def _collection(payments):
    """What names a single collection under its mandate: the instruction, as its collector gave it to the bank."""
    return (payments[0].get("references") or {}).get("instruction_id") if len(payments) == 1 else None


def _accepted_on(payments):
    """The day on which the payer's bank accepted a single payment, None where the bank did not say."""
    told = payments[0].get("accepted_at") if len(payments) == 1 else None
    try:
        return date.fromisoformat((told or "")[:10])
    except ValueError:
        return None


def _instructed(entry, payments, currency, amount):
    """What the payer instructed, where that was in another currency than the account's; its sign is the line's."""
    told = [*(entry.get("amounts") or ()), *(payments[0].get("amounts", ()) if len(payments) == 1 else ())]
    for one in told:
        other = one.get("currency")
        if one.get("kind") == "instructed" and other and other != currency:
            given = _minor(one.get("amount"), other)
            if given:
                return {"original_amount": abs(given) if amount > 0 else -abs(given), "original_currency": other}
    return {}


def _batches(entry):
    """What names a batch: the bank's own words, else the references that all payments of a line share."""
    shared = {(one.get("references") or {}).get("payment_information_id") for one in entry.get("details") or ()}
    return [*(entry.get("batches") or ()), *({"payment_information_id": one} for one in shared if len(shared) == 1)]


def _charges(entry, currency):
    given = [
        *(entry.get("charges") or ()),
        *(one for part in entry.get("details") or () for one in part.get("charges", ())),
    ]
    amounts = [
        _minor(one.get("amount"), currency)
        for one in given
        if one.get("currency") == currency and one.get("included") and not one.get("total")
    ]
    return sum(amount or 0 for amount in amounts)


def _details(payments, currency, amount):
    found = []
    for one in payments:
        part = _minor(one.get("amount"), currency) if one.get("currency") in (None, currency) else None
        if part is None:
            continue
        references = one.get("references") or {}
        party = one.get("debtor" if amount > 0 else "creditor") or {}
        given = [structured.get("reference") for structured in one.get("structured") or ()]
        found.append(
            Detail(
                part,
                references.get("end_to_end_id") or "",
                tuple(filter(None, given)),
                " ".join(one.get("remittance") or ()),
                party.get("name") or "",
                party.get("account") or "",
            )
        )
    return tuple(found)


def _minor(text, currency):
    """A decimal text as smallest units; None where it is none, or finer than the currency."""
    try:
        return to_minor(Decimal(text), currency) if text else None
    except (ArithmeticError, InexactAmount):
        return None
