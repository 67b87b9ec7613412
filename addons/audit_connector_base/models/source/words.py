"""The words that all messages share: how a date, an amount, a person or an account is written.

Each function takes what Odoo has and returns what the contracts in ``contracts/`` ask for, None for nothing. Names
stand in the language of the records' context, which ``audit.source`` has set to that of the company.
"""

from decimal import Context, Decimal

from odoo.tools import float_repr

# The longest texts of the contracts, in characters.
NAME, REFERENCE, NUMBER, TEXT = 1024, 2048, 512, 65536
MAX_EXTERNAL_IDS = 256
CUT = "…"
_DECIMALS = Decimal("1e-12")
_UNBOUNDED = Context(prec=400)


def reference(record):
    """``model/number`` of a record, None of none."""
    return "%s/%d" % (record._name, record.id) if record else None


def text(value, limit=NAME):
    """``value``, cut to ``limit`` characters of which the last one then is ``…``; None when there is nothing."""
    if not value:
        return None
    return value if len(value) <= limit else value[: limit - len(CUT)] + CUT


def name(record, value):
    """A name that must be there: where somebody has emptied it, the number of the record takes its place."""
    return text(value) or reference(record)


def date(value):
    """ISO 8601 date."""
    return value.isoformat() if value else None


def time(value):
    """RFC 3339 time of one of Odoo's, which are in UTC."""
    return value.isoformat() + "Z" if value else None


def amount(value, currency):
    """Decimal text with the decimals of the currency; zero has no sign."""
    rounded = currency.round(value)
    written = float_repr(rounded, currency.decimal_places)
    return written if rounded else written.removeprefix("-")


def decimal(value):
    """Decimal text as a person would type it, of at most 12 decimals, without trailing zeros; zero has no sign."""
    written = repr(value)
    # The usual case: nothing to be rounded.
    whole, point, fraction = written.partition(".")
    if point and len(fraction) <= 12 and "e" not in fraction:
        fraction = fraction.rstrip("0")
        return whole + point + fraction if fraction else "0" if whole == "-0" else whole
    written = format(Decimal(repr(value)).quantize(_DECIMALS, context=_UNBOUNDED), "f").rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def company(record):
    return {
        "id": reference(record),
        "name": name(record, record.name),
        "vat": text(record.vat, NUMBER),
        "country": record.country_id.code or None,
    }


def person(user):
    """Sudo: the message says who did it, to whoever may read the message."""
    user = user.sudo() if user else user
    return {"id": reference(user), "name": name(user, user.name)} if user else None


def partner(record, known):
    """``known``: what ``audit.external.id`` knows of it, among others."""
    if not record:
        return None
    return {
        "id": reference(record),
        "name": name(record, record.display_name),
        "vat": text(record.vat, NUMBER),
        "country": record.country_id.code or None,
        "external_ids": external_ids(record, known),
    }


def named(record):
    return {"id": reference(record), "name": name(record, record.display_name)} if record else None


def external_ids(record, known):
    return [
        {"system": name(record, one["system"]), "id": text(one["id"], REFERENCE)}
        for one in known.get((record._name, record.id), ())[:MAX_EXTERNAL_IDS]
    ]


def journal(record):
    return {"code": text(record.code, NUMBER) or "-", "name": name(record, record.name), "type": record.type}


def account(record):
    return {"code": text(record.code, NUMBER), "name": name(record, record.name)} if record else None


def document(record, number):
    return {"id": reference(record), "number": text(number, REFERENCE)} if record else None


def move(record):
    """An invoice or entry, by its number."""
    return document(record, number(record)) if record else None


def tax(record):
    percentage = record.amount_type in ("percent", "division")
    return {
        "id": reference(record),
        "name": name(record, record.name),
        "rate": decimal(record.amount) if percentage else None,
    }


def number(move):
    """Number of a journal entry, None while it has none."""
    return text(move.name, NUMBER) if move.name != "/" else None


def bank_account(record):
    """A partner's bank account, in full: see the contract of the supplier for the reason."""
    if not record:
        return None
    return {
        "id": reference(record),
        "number": text(record.sanitized_acc_number or record.acc_number, NUMBER) or "-",
        "type": "iban" if record.acc_type == "iban" else "other",
        "holder": text(record.acc_holder_name),
        "bank": text(record.bank_name),
        "bic": text(record.bank_bic, NUMBER),
        "currency": record.currency_id.name or None,
        "trusted": bool(record.allow_out_payment),
    }
