"""The values of a bank file as values of JSON: for a column of a staging table, or an event.

Amounts and rates become decimal strings, dates ISO dates; what the bank did not say is left out.
"""

import datetime
import functools
from dataclasses import fields, is_dataclass
from decimal import Decimal

_LEFT_OUT = frozenset({"page", "raw"})
"""Of an entry: its page has a record of its own, and its text in the file a column."""


def as_plain(value):
    """Return ``value`` (an ``Entry``, a ``Page``, a ``TransactionStatus`` …) in dicts, lists, texts and numbers.

    None, False and what is empty are left out; a zero is not. Raises ``TypeError`` for anything else, as a float.
    """
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: as_plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(one) for one in value]
    if not is_dataclass(value):
        raise TypeError("%s is no value of a bank file" % type(value).__name__)
    found = {}
    for name in _names(type(value)):
        one = getattr(value, name)
        if one is None or one is False or one == () or one == [] or one == {}:
            continue
        plain = as_plain(one)
        if plain != {}:
            found[name] = plain
    return found


@functools.cache
def _names(kind):
    return tuple(one.name for one in fields(kind) if one.name not in _LEFT_OUT)
