"""What people type into the pages of the portal, made fit to keep: no control characters, nothing that turns the
reading direction of what follows."""

import re
import unicodedata

# Of Unicode's bidirectional algorithm (UAX #9): embeddings, overrides and isolates.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text):
    """Return a text with single spaces between its words.

    >>> one_line(" Supplier\\x00\\r\\n  statements ")
    'Supplier statements'
    """
    return " ".join(_readable(re.sub(r"\s", " ", _typed(text))).split())


def paragraphs(text):
    """Return a text with its line breaks as ``\\n``, without blanks around it.

    >>> paragraphs("First\\r\\nsecond\\x07 ")
    'First\\nsecond'
    """
    lines = re.split(r"\r\n|[\n\r\u2028\u2029]", _typed(text))
    return "\n".join(_readable(line.replace("\t", " ")).rstrip() for line in lines).strip()


def _typed(value):
    """Nothing where a form sends a file in the place of a text."""
    return value if isinstance(value, str) else ""


def _readable(text):
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs") and char not in _TURNS)
