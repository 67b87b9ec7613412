"""Rows in the text format of PostgreSQL's COPY, the cheapest way into a table for many long ones.

Text and not CSV: there, a line of a value that holds nothing but ``\\.`` would end the data.
"""

import io

_NULL = "\\N"


def as_copied(rows, constants=()):
    """Return a file of ``rows`` (tuples) for ``COPY … FROM STDIN``; ``constants``: what follows in each of them."""
    end = "".join("\t" + _field(value) for value in constants) + "\n"
    return io.StringIO("".join("\t".join(map(_field, row)) + end for row in rows))


def _field(value):
    if value is None:
        return _NULL
    if type(value) is not str:
        return str(value)
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    # Most values are one line without tabs.
    if not value.isprintable():
        value = value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return value
