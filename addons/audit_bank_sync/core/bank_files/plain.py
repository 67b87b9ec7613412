"""The values of a bank file as values of JSON, or as its text: for a column of a staging table, or an event.

Amounts and rates become decimal strings, dates ISO dates; what the bank did not say is left out.
"""

import datetime
import functools
import json
import operator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from json.encoder import encode_basestring

_LEFT_OUT = frozenset({"page", "raw"})
"""Of an entry: its page has a record of its own, and its text in the file a column."""


def as_plain(value):
    """Return ``value`` (an ``Entry``, a ``Page``, a ``TransactionStatus`` …) in dicts, lists, texts and numbers.

    None, False and what is empty are left out; a zero is not. Raises ``TypeError`` for anything else, as a float.
    """
    return json.loads(as_json(value))


def as_json(value, **further):
    """Return the JSON of ``as_plain(value)`` in one step; ``further``: texts that an object holds beside."""
    written = _written(value)
    for name, text in further.items():
        written = "%s,%s:%s}" % (written[:-1], encode_basestring(name), _written(text))
    return written


def _written(value):
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind in _CONSTANTS:
        return _CONSTANTS[kind][value]
    if kind is int:
        return str(value)
    if kind is tuple or kind is list:
        return "[%s]" % ",".join(map(_written, value))
    if kind is Decimal:
        return '"%s"' % decimal_text(value)
    if isinstance(value, datetime.date):
        return '"%s"' % value.isoformat()
    if kind is dict:
        return "{%s}" % ",".join(["%s:%s" % (encode_basestring(name), _written(one)) for name, one in value.items()])
    return _written_parts(value)


def _written_parts(value):
    labels, values_of = _parts(type(value))
    found = []
    # Runs for each of some hundred thousand values of a file: what most of them are is asked first.
    for label, one in zip(labels, values_of(value), strict=True):
        if one is None or one is False:
            continue
        kind = type(one)
        if kind is str:
            found.append(label + encode_basestring(one))
        elif kind is int:
            found.append(label + str(one))
        elif kind is Decimal:
            found.append('%s"%s"' % (label, decimal_text(one)))
        elif kind is datetime.date:
            found.append('%s"%s"' % (label, one.isoformat()))
        elif one:
            written = _written(one)
            if written != "{}":
                found.append(label + written)
    return "{%s}" % ",".join(found)


def decimal_text(value):
    """Return a ``Decimal`` without exponent: what ``format(value, "f")`` returns, in less time."""
    text = str(value)
    return format(value, "f") if "E" in text else text


_CONSTANTS = {type(None): {None: "null"}, bool: {True: "true", False: "false"}}


@functools.cache
def _parts(kind):
    """Return the names of a dataclass's fields as JSON writes them, and a function that returns their values."""
    if not is_dataclass(kind):
        raise TypeError("%s is no value of a bank file" % kind.__name__)
    names = tuple(one.name for one in fields(kind) if one.name not in _LEFT_OUT)
    labels = tuple('"%s":' % name for name in names)
    if len(names) == 1:
        return labels, lambda value: (getattr(value, names[0]),)
    return labels, operator.attrgetter(*names)
