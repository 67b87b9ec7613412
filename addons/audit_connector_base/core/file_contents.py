"""What a file that was picked up says: one JSON document, or JSON lines with a message in each.

All or nothing: of a file with one line that cannot be read nothing is taken, so that its sender can correct it and
drop it again without asking which of its lines have been taken already.
"""

import hashlib
from typing import NamedTuple

from . import canonical, cloudevents

MAX_LINES = 10_000
MAX_REASONS = 20
MAX_ID = 255


class Unreadable(ValueError):
    """Nothing of the file can be taken; the text says why, one reason a line."""


class Content(NamedTuple):
    """One message of a file: ``line`` counts from 1, ``body`` are its exact bytes."""

    id: str
    content_type: str
    body: bytes
    line: int


def read(name, data):
    """Return the ``Content`` of each message in the bytes ``data`` of the file ``name``.

    A name ending with ``.jsonl`` or ``.ndjson`` announces JSON lines. The id is that of the CloudEvent; a message that
    is none has ``<SHA-256 of the file>:<line>``, which is the same when the same file comes again.

    Raises ``Unreadable``.
    """
    if not data.strip():
        raise Unreadable("The file is empty.")
    lines = _lines(data) if name.lower().endswith((".jsonl", ".ndjson")) else [(1, data.strip())]
    if len(lines) > MAX_LINES:
        raise Unreadable("The file has %d lines. Send at most %d in one file." % (len(lines), MAX_LINES))
    digest = hashlib.sha256(data).hexdigest()
    contents, reasons = [], []
    for number, body in lines:
        try:
            contents.append(_content(number, body, digest))
        except canonical.CanonicalError as error:
            reasons.append("Line %d: %s." % (number, error))
    if reasons:
        more = ["… and %d more." % (len(reasons) - MAX_REASONS)] if len(reasons) > MAX_REASONS else []
        raise Unreadable("\n".join(reasons[:MAX_REASONS] + more))
    return contents


def _lines(data):
    """``[(number, bytes)]`` of the lines that are not blank."""
    numbered = ((number, line.strip()) for number, line in enumerate(data.split(b"\n"), start=1))
    return [(number, line) for number, line in numbered if line]


def _content(number, body, digest):
    document = canonical.loads_strict(body, floats="decimal")
    if not isinstance(document, dict):
        raise canonical.CanonicalError("type", "a message is a JSON object; write a list as JSON lines (.jsonl)")
    if "specversion" not in document:
        return Content("%s:%d" % (digest, number), "application/json", body, number)
    event_id = document.get("id")
    if not isinstance(event_id, str) or not 1 <= len(event_id) <= MAX_ID:
        raise canonical.CanonicalError("type", "the CloudEvent has no id of 1 to %d characters" % MAX_ID)
    return Content(event_id, cloudevents.CONTENT_TYPE, body, number)
