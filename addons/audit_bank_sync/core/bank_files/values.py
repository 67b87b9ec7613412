"""Amounts, dates and account numbers from the texts of bank files; each raises ``Invalid`` for what is none.

Amounts are ``Decimal``, never float. A date that comes with a time is the day that the bank wrote: it is not moved to
another time zone, or entries around midnight would change their day.
"""

import datetime
import functools
import re
from decimal import Decimal

from .problems import Invalid, shown

_AMOUNT = re.compile(r"\+?(?=\.?[0-9])[0-9]{0,18}(?:\.[0-9]{0,5})?")
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])[0-9]{0,30}(?:\.[0-9]{0,30})?")
_SWIFT_AMOUNT = re.compile(r"[0-9]{1,18}(?:,[0-9]{0,5})?")
_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# letters of an IBAN by country, from the registry of ISO 13616; of a country that is not listed any length will do
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK",
        21: "CH CR HR LI LV", 22: "BG BH DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "PT ST LY", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB PL", 29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_NOT_PROVIDED = frozenset({"NOTPROVIDED", "NONREF", "NOT PROVIDED", "NOTAVAILABLE"})
PIVOT = 80
"""Two digits of a year from here on belong to the 1900s, as in SWIFT's user handbook."""


@functools.lru_cache(maxsize=4096)
def iso_amount(text):
    """Return the amount of an ISO 20022 element (at most 18 digits, no sign but plus); it says its sign elsewhere."""
    if not text or not _AMOUNT.fullmatch(text):
        raise Invalid("amount-invalid", "%s is not an amount" % shown(text or ""))
    return Decimal(text)


def iso_decimal(text):
    """Return a decimal of an ISO 20022 element that is no amount: a sum of entries, a rate; it may have a sign."""
    if not _DECIMAL.fullmatch(text):
        raise Invalid("number-invalid", "%s is not a decimal number" % shown(text))
    return Decimal(text)


def swift_amount(text):
    """Return the amount of an MT field: digits, a comma, digits (format 15d)."""
    if not _SWIFT_AMOUNT.fullmatch(text):
        raise Invalid("amount-invalid", "%s is not an amount as SWIFT writes it (1234,56)" % shown(text))
    return Decimal(text.replace(",", "."))


@functools.lru_cache(maxsize=4096)
def iso_date(text):
    """Return the day of an ISO date, or of a date with time, as it is written."""
    match = _DATE.fullmatch(text)
    if match:
        try:
            return datetime.date.fromisoformat(match[1])
        except ValueError:
            pass
    raise Invalid("date-invalid", "%s is not a date (YYYY-MM-DD)" % shown(text))


def swift_date(text):
    """Return ``(date, exact)`` of six digits YYMMDD.

    German banks count interest with months of 30 days and so may value on 30 February; such a day becomes the last of
    its month and ``exact`` is False.
    """
    year = int(text[:2]) + (1900 if int(text[:2]) >= PIVOT else 2000)
    month, day = int(text[2:4]), int(text[4:6])
    try:
        return datetime.date(year, month, day), True
    except ValueError:
        if month == 2 and day in (29, 30):
            return datetime.date(year, 3, 1) - datetime.timedelta(days=1), False
    raise Invalid("date-invalid", "%s is not a date (YYMMDD)" % shown(text))


def date_near(month_and_day, near):
    """Return the date with ``month_and_day`` (MMDD, without a year) that lies closest to the date ``near``.

    An entry of 31 December with the value date 2 January so belongs to the year before. None when there is no such
    day in the years around.
    """
    month, day = int(month_and_day[:2]), int(month_and_day[2:])
    candidates = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            candidates.append(datetime.date(year, month, day))
        except ValueError:
            continue
    return min(candidates, key=lambda date: abs((date - near).days), default=None)


@functools.lru_cache(maxsize=4096)
def currency(text):
    """Return an ISO 4217 code, by its shape."""
    if not text or not _CURRENCY.fullmatch(text):
        raise Invalid("currency-invalid", "%s is not a currency (three capital letters)" % shown(text or ""))
    return text


@functools.lru_cache(maxsize=4096)
def account_key(text):
    """Return an account number as numbers are compared: capitals and digits only."""
    return "".join(filter(str.isalnum, text)).upper()


@functools.lru_cache(maxsize=4096)
def is_iban(text):
    """Return whether ``text`` is an IBAN whose check digits are right (ISO 13616, ISO 7064 MOD 97-10)."""
    key = account_key(text)
    if not _IBAN.fullmatch(key) or _IBAN_LENGTHS.get(key[:2], len(key)) != len(key):
        return False
    return int("".join(str(int(letter, 36)) for letter in key[4:] + key[:4])) % 97 == 1


def reference(text):
    """Return a reference, or None for the words with which banks say that there is none, as a mere point."""
    text = text.strip() if text else ""
    if text.upper() in _NOT_PROVIDED:
        return None
    return text if text[:1].isalnum() or any(map(str.isalnum, text)) else None
