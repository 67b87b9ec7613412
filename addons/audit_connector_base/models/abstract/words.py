"""What a field holds, in the words in which the log keeps it."""

import hashlib

from odoo import fields
from odoo.tools import html2plaintext

LONGEST = 2000  # characters of a value that the log keeps; of a longer one it keeps the digest as well
HIDDEN = "set"


def in_words(record, field):
    """Return ``(what the field holds, the same in words)``: the first to compare, the second to record.

    Choices are told in the language of the sources, so that they do not depend on who made the change. What nobody may
    read is only said to be set.
    """
    value = record[field.name]
    if field.groups == fields.NO_ACCESS:
        return value, HIDDEN if value else ""
    if field.type in ("many2one", "many2many", "one2many"):
        return tuple(sorted(value.ids)), shortened(", ".join(sorted(_names(value))))
    return value, shortened(_scalar_in_words(record, field, value))


def shortened(text):
    """``text`` as the log keeps it: of a very long one the beginning, its length and its SHA-256."""
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return "%s… (%d characters, SHA-256 %s)" % (text[:LONGEST], len(text), digest)


def _names(records):
    names = [record.display_name or "" for record in records]
    # Two of one name are told apart by their number.
    return ["%s (%s)" % (name, record.id) if names.count(name) > 1 else name for name, record in zip(names, records)]


def _scalar_in_words(record, field, value):
    if field.type == "boolean":
        return "yes" if value else "no"
    if field.type in ("integer", "float", "monetary"):
        return "%.15g" % value if isinstance(value, float) else str(value)
    if value is False or value is None:
        return ""
    if field.type == "selection":
        choices = dict(field._description_selection(record.with_context(lang=None).env))
        return str(choices.get(value, value))
    if field.type == "html":
        return html2plaintext(value).strip()
    if field.type == "binary":
        content = value if isinstance(value, bytes) else str(value).encode()
        return "%d bytes, SHA-256 %s" % (len(content), hashlib.sha256(content).hexdigest())
    if field.type == "reference":
        return value.display_name or ""
    return str(value)
