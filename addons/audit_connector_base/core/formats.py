"""The formats that contracts may use, checked by rules of our own, so that they mean the same wherever they run."""

import re
from datetime import date, datetime

from jsonschema import FormatChecker

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?"
    r"(Z|[+-](?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))"
)


def is_date(text):
    """RFC 3339 ``full-date``. What is no text has no format."""
    if not isinstance(text, str):
        return True
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_date_time(text):
    """RFC 3339: a date, ``T``, a time to the second or finer, and ``Z`` or an offset."""
    if not isinstance(text, str):
        return True
    match = _DATE_TIME.fullmatch(text)
    if not match or int(match["hours"] or 0) > 23 or int(match["minutes"] or 0) > 59:
        return False
    try:
        datetime.fromisoformat(match["local"])
    except ValueError:
        return False
    return True


FORMATS = FormatChecker(formats=())
FORMATS.checkers = {"date": (is_date, ()), "date-time": (is_date_time, ())}
