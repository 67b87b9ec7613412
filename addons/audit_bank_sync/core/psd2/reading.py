"""A bank's JSON of NextGenPSD2 1.3 into the values of `bank_files`; section 14 (Complex Data Types) names the members.

The amount carries its sign: negative is paid. What is not read stays in the entry's ``raw``.
"""

from ..bank_api.members import account, bank_code, below, date, day, money, number, party, raw, text, texts
from ..bank_files import values
from ..bank_files.problems import Invalid
from ..bank_files.statement import (
    BOOKED,
    INFORMATION,
    PENDING,
    Balance,
    Detail,
    References,
    RelatedAmount,
    StructuredReference,
)  # fmt: skip

STATUSES = {"booked": BOOKED, "pending": PENDING, "information": INFORMATION}
KINDS = {
    "closingBooked": "CLBD",
    "openingBooked": "OPBD",
    "previouslyClosedBooked": "PRCD",
    "interimBooked": "ITBD",
    "interimAvailable": "ITAV",
    "closingAvailable": "CLAV",
    "openingAvailable": "OPAV",
    "forwardAvailable": "FWAV",
    "expected": "XPCD",
}
"""Balance types in ISO's codes; a type that is not among them stays as the bank calls it."""


def read_entry(status, members):
    """Return the fields of an ``Entry`` for a transaction, as a dict; raises ``Invalid``."""
    amount, currency = money(members, "transactionAmount")
    given = text(members, "transactionId")
    lasting = text(members, "entryReference")
    detail = Detail(
        references=References(
            end_to_end_id=values.reference(text(members, "endToEndId")),
            mandate_id=values.reference(text(members, "mandateId")),
            cheque_number=text(members, "checkId"),
            bank_reference=lasting,
        ),
        amount=amount,
        currency=currency,
        debtor=_party(members, "debtor"),
        creditor=_party(members, "creditor"),
        ultimate_debtor=party(text(members, "ultimateDebtor"), None),
        ultimate_creditor=party(text(members, "ultimateCreditor"), None),
        remittance=texts(members, "remittanceInformationUnstructured")
        or texts(members, "remittanceInformationUnstructuredArray"),
        structured=_structured(members),
        purpose=text(members, "purposeCode"),
        amounts=_exchanges(members, amount, currency),
    )
    return dict(
        status=STATUSES[status],
        amount=amount,
        currency=currency,
        booking_date=date(members, "bookingDate"),
        value_date=date(members, "valueDate"),
        raw=raw(members),
        entry_reference=lasting,
        bank_reference=given,
        code=bank_code(text(members, "bankTransactionCode"), text(members, "proprietaryBankTransactionCode")),
        details=(detail,),
        information=text(members, "additionalInformation"),
    )


def read_balance(members):
    """Return the ``Balance`` of a bank's object; raises ``Invalid``."""
    amount, currency = money(members, "balanceAmount")
    kind = text(members, "balanceType")
    if not kind:
        raise Invalid("balance-invalid", "it is missing", "balanceType")
    return Balance(
        KINDS.get(kind, kind),
        amount,
        currency,
        date(members, "referenceDate") or day(members.get("lastChangeDateTime")),
        with_credit_line=members.get("creditLimitIncluded") is True,
    )


def read_account(members):
    """Return the ``Account`` of an account's details; raises ``Invalid``."""
    number_of_it = text(members, "iban") or text(members, "bban")
    if not number_of_it:
        raise Invalid("no-account", "the account has neither IBAN nor BBAN", "iban")
    currency = text(members, "currency")
    # XXX: an account of several currencies
    currency = values.currency(currency) if currency and currency != "XXX" else None
    return account(number_of_it, currency, text(members, "name"), text(members, "ownerName"), text(members, "bic"))


def _party(members, who):
    found = below(members, who + "Account")
    numbers = (text(found, name) for name in ("iban", "bban", "maskedPan", "msisdn"))
    identification = text(members, "creditorId") if who == "creditor" else None
    return party(
        text(members, who + "Name"),
        next(filter(None, numbers), None),
        text(members, who + "Agent"),
        identification=identification,
    )


def _structured(members):
    """``remittanceInformationStructured`` is a text in older versions and an object in newer ones."""
    listed = members.get("remittanceInformationStructuredArray") or members.get("remittanceInformationStructured")
    listed = listed if isinstance(listed, list) else [listed]
    found = []
    for one in listed:
        if isinstance(one, str):
            one = {"reference": one}
        if isinstance(one, dict) and text(one, "reference"):
            kind, issuer = text(one, "referenceType"), text(one, "referenceIssuer")
            found.append(StructuredReference(text(one, "reference"), kind, issuer))
    return tuple(found)


def _exchanges(members, amount, currency):
    """``currencyExchange`` is an object in older versions and a list in newer ones; its figures stay as they are."""
    listed = members.get("currencyExchange") or []
    found = []
    for one in listed if isinstance(listed, list) else [listed]:
        if not isinstance(one, dict):
            raise Invalid("member-invalid", "it is no object", "currencyExchange")
        rate = one.get("exchangeRate")
        found.append(
            RelatedAmount(
                "transaction",
                amount,
                currency,
                text(one, "sourceCurrency"),
                text(one, "targetCurrency"),
                text(one, "unitCurrency"),
                None if rate is None else number(rate, "currencyExchange.exchangeRate"),
                text(one, "contractIdentification"),
            )
        )
    return tuple(found)
