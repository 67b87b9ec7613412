"""JSON of Enable Banking into the values of `bank_files`.

Amounts carry no sign: ``credit_debit_indicator`` tells it, and one that is missing or contradicts a minus is refused.
What is not read stays in the entry's ``raw``.
"""

from ..bank_api.members import account, bank_code, below, date, day, money, number, party, raw, text, texts
from ..bank_files import values
from ..bank_files.problems import Invalid, shown
from ..bank_files.statement import (
    BOOKED,
    FUTURE,
    INFORMATION,
    PENDING,
    Balance,
    Detail,
    References,
    RelatedAmount,
    StructuredReference,
)  # fmt: skip

STATUSES = {
    "BOOK": BOOKED, "PDNG": PENDING, "HOLD": PENDING, "SCHD": FUTURE, "CNCL": INFORMATION, "RJCT": INFORMATION,
    "OTHR": INFORMATION,
}  # fmt: skip
"""A cancelled or rejected one is told and never booked."""

_WAYS = {"CRDT": 1, "DBIT": -1}


def read_entry(status, members):
    """Return the fields of an ``Entry`` for a transaction, as a dict; raises ``Invalid``."""
    amount, currency = money(members, "transaction_amount")
    way = _WAYS.get(text(members, "credit_debit_indicator"))
    if way is None:
        raise Invalid("direction-invalid", "it is neither CRDT nor DBIT", "credit_debit_indicator")
    if amount.is_signed():
        raise Invalid("amount-invalid", "it carries a sign beside its indicator", "transaction_amount.amount")
    if not isinstance(status, str) or status not in STATUSES:
        raise Invalid("status-unknown", "%s is not known" % shown(str(status)), "status")
    amount *= way
    kind = below(members, "bank_transaction_code")
    code = "-".join(filter(None, (text(kind, "code"), text(kind, "sub_code"))))
    detail = Detail(
        references=References(),
        amount=amount,
        currency=currency,
        debtor=_party(members, "debtor"),
        creditor=_party(members, "creditor"),
        remittance=texts(members, "remittance_information"),
        structured=_structured(members),
        amounts=_exchange(members, amount, currency),
    )
    return dict(
        status=STATUSES[status],
        amount=amount,
        currency=currency,
        booking_date=date(members, "booking_date"),
        value_date=date(members, "value_date") or date(members, "transaction_date"),
        raw=raw(members),
        entry_reference=text(members, "entry_reference"),
        bank_reference=text(members, "entry_reference"),
        code=bank_code(code),
        details=(detail,),
        information=text(kind, "description") or text(members, "note"),
    )


def read_balance(members):
    """Return the ``Balance`` of an object; the codes are ISO's already."""
    amount, currency = money(members, "balance_amount")
    kind = text(members, "balance_type")
    if not kind:
        raise Invalid("balance-invalid", "it is missing", "balance_type")
    when = date(members, "reference_date") or day(members.get("last_change_date_time"))
    return Balance(kind, amount, currency, when)


def read_account(members):
    """Return the ``Account`` of an account's object; raises ``Invalid``."""
    identity = below(members, "account_id")
    number_of_it = text(identity, "iban") or text(below(identity, "other"), "identification")
    if not number_of_it:
        raise Invalid("no-account", "the account has no number", "account_id")
    currency = text(members, "currency")
    return account(
        number_of_it,
        values.currency(currency) if currency and currency != "XXX" else None,
        text(members, "details"),
        text(members, "name"),
        text(below(members, "account_servicer"), "bic_fi"),
    )


def _party(members, who):
    number_of_it = below(members, who + "_account")
    agent = below(members, who + "_agent")
    return party(
        text(below(members, who), "name"),
        text(number_of_it, "iban") or text(below(number_of_it, "other"), "identification"),
        text(agent, "bic_fi"),
        text(agent, "name"),
    )


def _structured(members):
    reference = text(members, "reference_number")
    return (StructuredReference(reference, text(members, "reference_number_schema")),) if reference else ()


def _exchange(members, amount, currency):
    found = below(members, "exchange_rate")
    if not found:
        return ()
    rate = found.get("exchange_rate")
    rate = None if rate is None else number(rate, "exchange_rate.exchange_rate")
    contract = text(found, "contract_identification")
    if below(found, "instructed_amount"):
        amount, currency = money(found, "instructed_amount")
        kind = "instructed"
    else:
        kind = "transaction"
    unit = text(found, "unit_currency")
    return (RelatedAmount(kind, amount, currency, unit_currency=unit, rate=rate, contract=contract),)
