"""Values out of a bank's JSON; each raises ``Invalid`` with the path for what it cannot be. Nothing is guessed.

Amounts come as texts with a point; a JSON number is taken too, since it was parsed without a float.
"""

import datetime
import json
import re
from decimal import Decimal

from ..bank_files import values
from ..bank_files.problems import Invalid, shown
from ..bank_files.statement import Account, BankCode, Party

_AMOUNT = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,5})?")
_ISO_CODE = re.compile(r"([A-Z]{4})-([A-Z]{4})-([A-Z]{4})")
MAX_TEXT = 4096


def text(members, name):
    """Return a text without blanks at its ends, None when it is missing, null or empty."""
    value = members.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise Invalid("text-invalid", "it is no text of at most %d characters" % MAX_TEXT, name)
    return value.strip() or None


def texts(members, name):
    """Return a tuple of texts from a list of them, or from a single one."""
    value = members.get(name)
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and len(one) <= MAX_TEXT for one in listed):
        raise Invalid("text-invalid", "it is no list of texts", name)
    return tuple(one.strip() for one in listed if one.strip())


def below(members, name):
    """Return the object ``name``, empty when it is missing or null."""
    value = members.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("member-invalid", "it is no object", name)
    return value


def number(value, path):
    """Return a ``Decimal`` with the sign as written; a plus, grouping and exponents are refused."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Invalid("amount-invalid", "it is no amount", path)
    written = value.strip() if isinstance(value, str) else format(Decimal(value), "f")
    if not _AMOUNT.fullmatch(written):
        raise Invalid("amount-invalid", "%s is not an amount (1234.56)" % shown(written), path)
    return Decimal(written)


def money(members, name):
    """Return ``(amount, currency)`` of an object with both; raises ``Invalid`` when either is missing."""
    found = below(members, name)
    amount = number(found.get("amount"), name + ".amount")
    try:
        return amount, values.currency(found.get("currency"))
    except (Invalid, TypeError):
        raise Invalid("currency-invalid", "it is no currency (three capital letters)", name + ".currency") from None


def date(members, name):
    """Return the day as written, also of a date with a time; None when it is missing."""
    written = text(members, name)
    if written is None:
        return None
    try:
        return values.iso_date(written)
    except Invalid as error:
        raise Invalid(error.code, str(error), name) from None


def day(written):
    """Return the day of a date or date-time that is no entry's, None for what is none."""
    try:
        return values.iso_date(written)
    except (Invalid, TypeError):
        return None


def account(number_of_it, currency=None, name=None, owner=None, bank=None):
    """Return an ``Account``; ``number_of_it``: IBAN or the bank's number."""
    iban = values.is_iban(number_of_it)
    return Account(values.account_key(number_of_it) if iban else number_of_it, currency, name, owner, bank, iban)


def party(name, number_of_account, bank=None, bank_name=None, identification=None):
    """Return a ``Party``, None when nothing of it is known."""
    if not (name or number_of_account or bank or identification):
        return None
    key = number_of_account and values.account_key(number_of_account)
    return Party(name=name, account=key, bank=bank, bank_name=bank_name, identification=identification)


def bank_code(written, own=None):
    """Return the ``BankCode`` of a text as PMNT-RCDT-ESCT, or of what else a bank calls a kind of transaction."""
    match = _ISO_CODE.fullmatch(written or "")
    if match:
        return BankCode(*match.groups(), proprietary=own)
    own = own or written
    return BankCode(proprietary=own) if own else None


def raw(members):
    """Return ``members`` as text, with all that is not read; a number with a fraction becomes a text."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value):
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError("%s is no value of JSON" % type(value).__name__)


def framing(balances, begin, end):
    """Return those of ``balances`` that frame the period ``begin`` to ``end``, as a statement's page holds them.

    An opening balance frames only the day on which the period begins. The closing balance is the last one of the days
    of the period, under its own date: a period that goes on to today has that of yesterday (``Page.after_closing``).
    The closing balance of the day before the period is its PRCD, the one that was closed before. Others tell of other
    days: put beside the movements of this period they would make a difference that there is not.
    """
    before = begin - datetime.timedelta(days=1)
    closed = max((one.date for one in balances if one.kind == "CLBD" and one.date and one.date <= end), default=None)
    closed = closed if closed and closed >= begin else None
    fitting = {("OPBD", begin), ("PRCD", before), ("CLBD", closed)}
    found = []
    for one in balances:
        if one.kind not in ("OPBD", "PRCD", "CLBD") or (one.date and (one.kind, one.date) in fitting):
            found.append(one)
        elif (one.kind, one.date) == ("CLBD", before):
            found.append(type(one)("PRCD", one.amount, one.currency, one.date))
    return found
