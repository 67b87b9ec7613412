"""The values of a bank file as values of JSON: for a column of a staging table, or an event.

Amounts and rates become decimal strings, dates ISO dates; what the bank did not say is left out.
"""

import datetime
import functools
import operator
from dataclasses import fields, is_dataclass
from decimal import Decimal

_LEFT_OUT = frozenset({"page", "raw"})
"""Of an entry: its page has a record of its own, and its text in the file a column."""


def as_plain(value):
    """Return ``value`` (an ``Entry``, a ``Page``, a ``TransactionStatus`` …) in dicts, lists, texts and numbers.

    None, False and what is empty are left out; a zero is not. Raises ``TypeError`` for anything else, as a float.
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is tuple or kind is list:
        return [as_plain(one) for one in value]
    if kind is Decimal:
        return decimal_text(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if kind is dict:
        return {name: as_plain(one) for name, one in value.items()}
    names, values_of = _parts(kind)
    found = {}
    # Runs for each of some hundred thousand values of a file: what most of them are is asked first.
    for name, one in zip(names, values_of(value), strict=True):
        if one is None or one is False or one == ():
            continue
        kind = type(one)
        if kind is str or kind is int:
            found[name] = one
        elif kind is Decimal:
            found[name] = decimal_text(one)
        elif one:
            plain = as_plain(one)
            if plain != {}:
                found[name] = plain
    return found


def decimal_text(value):
    """Return a ``Decimal`` as it is written without exponent: what ``format(value, "f")`` returns, in less time."""
    text = str(value)
    return format(value, "f") if "E" in text else text


_AS_THEY_ARE = frozenset({type(None), str, int, bool})


@functools.cache
def _parts(kind):
    """Return the names of the fields of a dataclass, and a function that returns their values; many are asked for."""
    if not is_dataclass(kind):
        raise TypeError("%s is no value of a bank file" % kind.__name__)
    names = tuple(one.name for one in fields(kind) if one.name not in _LEFT_OUT)
    if len(names) == 1:
        return names, lambda value: (getattr(value, names[0]),)
    return names, operator.attrgetter(*names)
