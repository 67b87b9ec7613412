"""Rows in the text format of PostgreSQL's COPY, the cheapest way into a table for many long ones.

Text and not CSV: there, a line of a value that holds nothing but ``\\.`` would end the data.
"""

import io

_NULL = "\\N"
_SHORT = 100
"""Characters of a text that are gone through in less time than it takes to look for each that has to be escaped."""
_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}  # the backslash first


def as_copied(rows, constants=()):
    """Return a file of ``rows`` (tuples) for ``COPY … FROM STDIN``; ``constants``: what follows in each of them."""
    end = "".join("\t" + _field(value) for value in constants) + "\n"
    return io.StringIO("".join([_line(row) + end for row in rows]))


def _line(row):
    """Return the fields of ``row``; what most of them are, short texts on one line, is seen here."""
    return "\t".join(
        [
            _NULL if value is None
            else value if type(value) is str and len(value) < _SHORT and value.isprintable() and "\\" not in value
            else _field(value)
            for value in row
        ]
    )  # fmt: skip


def _field(value):
    if value is None:
        return _NULL
    if type(value) is not str:
        return str(value)
    for letter, escaped in _ESCAPED.items():
        if letter in value:
            value = value.replace(letter, escaped)
    return value
