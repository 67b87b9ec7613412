"""The formats that contracts may use, checked by rules of our own, so that they mean the same wherever they run."""

import re
from datetime import date, datetime, timedelta

from jsonschema import FormatChecker

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?P<fraction>\.[0-9]{1,9})?"
    r"(Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))"
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


def in_utc(text):
    """Return an RFC 3339 ``date-time`` as the same moment in UTC, ending in ``Z``, as fine as it was given.

    :raises ValueError: for what is none, or lies before the year 1 or after the year 9999 in UTC
    """
    if not isinstance(text, str) or not is_date_time(text):
        raise ValueError("%r is no date and time" % (text,))
    match = _DATE_TIME.fullmatch(text)
    ahead = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    try:
        moment = datetime.fromisoformat(match["local"]) - (-ahead if match["sign"] == "-" else ahead)
    except OverflowError:
        raise ValueError("%s is outside of the calendar in UTC" % text) from None
    return moment.isoformat() + (match["fraction"] or "") + "Z"


FORMATS = FormatChecker(formats=())
FORMATS.checkers = {"date": (is_date, ()), "date-time": (is_date_time, ())}
