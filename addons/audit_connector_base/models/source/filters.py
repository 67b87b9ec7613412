"""By what a list of documents may be narrowed: each filter of a builder is one of these, and nothing else is asked.

A filter turns text from outside into a domain over one field that is written here, so that no name of a field and no
operator ever comes from a request.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_LARGEST = 2**31 - 1
TEXT_LENGTH = 512


class Filter(NamedTuple):
    """``description`` and ``schema`` (JSON Schema of the text) tell clients; ``domain`` makes a domain of a text.

    ``domain`` raises ``ValueError`` with what the value has to be, as in “must be a day such as 2026-03-31”.
    """

    description: str
    schema: dict[str, Any]
    domain: Callable[[str], list]


def choice(field, words, description):
    """One of some words. ``words``: ``{what Odoo stores: what our messages say}``; several may mean the same."""
    stored = {}
    for value, said in words.items():
        stored.setdefault(said, []).append(value)

    def domain(text):
        if text not in stored:
            raise ValueError("must be one of %s" % ", ".join(sorted(stored)))
        return [(field, "in", stored[text])]

    return Filter(description, {"type": "string", "enum": sorted(stored)}, domain)


def flag(field, description):
    """``true`` or ``false``."""

    def domain(text):
        if text not in ("true", "false"):
            raise ValueError("must be true or false")
        return [(field, "=", text == "true")]

    return Filter(description, {"type": "boolean"}, domain)


def day(field, operator, description):
    """A day, compared with a date by ``>=`` or ``<=``."""

    def domain(text):
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            chosen = date.fromisoformat(text)
        except ValueError:
            raise ValueError("must be a day such as 2026-03-31") from None
        return [(field, operator, str(chosen))]

    return Filter(description, {"type": "string", "format": "date"}, domain)


def between(field, name, what):
    """Two filters, ``<name>_from`` and ``<name>_to``, both inclusive."""
    return {
        "%s_from" % name: day(field, ">=", "%s on this day or later." % what),
        "%s_to" % name: day(field, "<=", "%s on this day or earlier." % what),
    }


def exact(field, description):
    """A text, the same letter for letter."""

    def domain(text):
        if not 0 < len(text) <= TEXT_LENGTH:
            raise ValueError("must have 1 to %d characters" % TEXT_LENGTH)
        return [(field, "=", text)]

    return Filter(description, {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH}, domain)


def record(field, model, description):
    """A record by its number, or as our messages write it: ``res.partner/11``."""
    prefix = "%s/" % model

    def domain(text):
        number = text.removeprefix(prefix)
        if not _NUMBER.fullmatch(number) or int(number) > _LARGEST:
            raise ValueError("must be a number, or written like %s11" % prefix)
        return [(field, "=", int(number))]

    pattern = "^(%s)?[1-9][0-9]{0,9}$" % re.escape(prefix)
    return Filter(description, {"type": "string", "maxLength": 80, "pattern": pattern}, domain)


def place(model_field, record_field, models, description):
    """A record of one of several ``models``, as our messages write it: ``account.move/42``."""

    def domain(text):
        model, _slash, number = text.partition("/")
        if model not in models or not _NUMBER.fullmatch(number) or int(number) > _LARGEST:
            raise ValueError("must be written like %s/42, with one of %s" % (models[0], ", ".join(models)))
        return [(model_field, "=", model), (record_field, "=", int(number))]

    pattern = "^(%s)/[1-9][0-9]{0,9}$" % "|".join(re.escape(model) for model in models)
    return Filter(description, {"type": "string", "maxLength": 80, "pattern": pattern}, domain)
