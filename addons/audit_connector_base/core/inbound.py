"""Strict reading of what others send: headers first, then the bytes, and only then a parser.

Nothing is repaired. A message is one JSON object; a batch is a JSON array of them. The exact bytes of each member of a
batch are kept, as those of a message that came alone, because the log commits to what was sent.
"""

import hashlib
import json
import re
from typing import Any, NamedTuple

from . import canonical, cloudevents, json_path
from .problem import Refusal

MAX_MEMBERS = 10_000
MAX_DEPTH = 32
MAX_ID_LENGTH = 256
MAX_ERRORS = 20
BATCH = "application/cloudevents-batch+json"
CONTENT_TYPES = ("application/json", cloudevents.CONTENT_TYPE, BATCH)

_LENGTH = re.compile(r"[0-9]{1,15}")
_TYPE = re.compile(r"[!-~]{1,200}")
_CHARSET = re.compile(r"\s*charset\s*=\s*\"?([A-Za-z0-9_-]+)\"?\s*", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


class Unreadable(ValueError):
    """A message that cannot be understood as one; the text says why, without quoting it."""


class Message(NamedTuple):
    """One message, read but not judged.

    ``id``: as the sender gave it, or None; ``key``: what it is recognised by when it comes again; ``data``: the
    business content, for a CloudEvent its ``data``; ``trace``: 32 hex digits, or None.
    """

    id: str | None
    key: str
    type: str | None
    subject: str | None
    contract: str | None
    data: Any
    trace: str | None
    body: bytes
    sha256: str


class Paths(NamedTuple):
    """Where a plain JSON message says what it is; see ``core.json_path``. Empty: it does not say."""

    id: str = "$.id"
    type: str = "$.type"
    subject: str = "$.subject"


def check_headers(headers, max_size):
    """Return ``(content type, length)`` of a request that may be read; raises ``Refusal`` otherwise.

    ``headers``: a mapping with case-insensitive names; ``max_size``: bytes. The body was not touched yet.
    """
    length = check_length(headers, max_size)
    return check_content_type(headers.get("Content-Type"), headers.get("Content-Encoding")), length


def check_length(headers, max_size):
    """Return the length of a body that may be read; raises ``Refusal`` (400, 411, 413); see ``check_headers``."""
    length = headers.get("Content-Length")
    if length is None:
        raise Refusal(411, "length-required", "Say the length of the body in Content-Length; chunked is not accepted.")
    if not _LENGTH.fullmatch(length) or headers.get("Transfer-Encoding"):
        raise Refusal(400, "length-invalid", "Content-Length must be one number, without Transfer-Encoding.")
    if int(length) > max_size:
        raise Refusal(413, "too-large", "The body has %s bytes; %d are accepted at a time." % (length, max_size))
    return int(length)


def check_content_type(header, encoding=None):
    """Return the media type in lower case; raises ``Refusal`` (415) for all but JSON in UTF-8, not compressed."""
    accept = {"Accept-Post": ", ".join(CONTENT_TYPES)}
    media_type, *parameters = (header or "").split(";")
    media_type = media_type.strip().lower()
    if media_type not in CONTENT_TYPES:
        raise Refusal(415, "content-type", "Send JSON: one of %s." % ", ".join(CONTENT_TYPES), accept)
    for parameter in parameters:
        charset = _CHARSET.fullmatch(parameter)
        if charset and charset[1].lower() not in ("utf-8", "utf8"):
            raise Refusal(415, "charset", "Send UTF-8, which is the only encoding of JSON (RFC 8259).", accept)
    if (encoding or "identity").strip().lower() != "identity":
        raise Refusal(415, "content-encoding", "Send the body as it is; compressed bodies are not accepted.", accept)
    return media_type


def split(media_type, body):
    """Return ``(is a batch, [bytes of each member])``; raises ``Refusal`` for what is no JSON array or object.

    Only the outermost level is looked at here; ``read`` is strict about each member.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, "encoding", "The body is not UTF-8 (byte %d)." % error.start) from None
    start = _SPACE.match(text).end()
    if text[start : start + 1] != "[":
        if media_type == BATCH:
            raise Refusal(400, "batch", "A batch is a JSON array of events.")
        return False, [body]
    if media_type == cloudevents.CONTENT_TYPE:
        raise Refusal(400, "batch", "Several events go as %s." % BATCH)
    return True, _members(text, start + 1)


def _members(text, position):
    """The bytes of each member of the array whose first one begins at ``position``."""
    members = []
    try:
        position = _SPACE.match(text, position).end()
        closed = text[position : position + 1] == "]"
        while not closed:
            if len(members) == MAX_MEMBERS:
                raise Refusal(413, "too-many", "A batch has at most %d messages." % MAX_MEMBERS)
            start = _SPACE.match(text, position).end()
            _value, end = _scan(text, start)
            members.append(text[start:end].encode())
            position = _SPACE.match(text, end).end()
            follows = text[position : position + 1]
            if follows not in ("]", ",") or not follows:
                raise ValueError
            closed = follows == "]"
            position += not closed
    except RecursionError:
        raise Refusal(400, "depth", "The body is nested too deeply.") from None
    except ValueError:
        # A bad member, or no proper array; integers of very many digits are a ValueError, too.
        raise Refusal(400, "syntax", "The body is no proper JSON array near character %d." % position) from None
    if text[position + 1 :].strip(" \t\n\r"):
        raise Refusal(400, "syntax", "Something follows the JSON array.")
    return members


def read(body, message_id=None, media_type="application/json", paths=None, by_content=False, traceparent=None):
    """Return the ``Message`` in ``body``, the bytes of one JSON object; raises ``Unreadable``.

    ``message_id``: from a header that the signature covers, or None to take it from the body; ``paths``: ``Paths`` for
    plain JSON; ``by_content``: recognise it by its content whatever its id; ``traceparent``: header, if there was one.
    """
    paths = paths or Paths()
    document = _parsed(body)
    sha256 = hashlib.sha256(body).hexdigest()
    if media_type != "application/json" or "specversion" in document:
        said = _cloud_event(document)
        trace = said.extensions.get("traceparent", traceparent)
        own_id, kind, subject, contract, data = said.id, said.type, said.subject, said.dataschema, said.data
        content = [said.source, kind, subject, data]
    else:
        trace, contract, data = traceparent, None, document
        own_id, kind, subject = (
            json_path.text_at(document, path) if path else None for path in (paths.id, paths.type, paths.subject)
        )
        content = document
    message_id = message_id or own_id or None
    for name, value in (("id", message_id), ("type", kind), ("subject", subject)):
        if value is not None and (len(value) > MAX_ID_LENGTH or not value.isprintable()):
            raise Unreadable("the %s has more than %d characters, or some that do not show" % (name, MAX_ID_LENGTH))
    if kind is not None and not _TYPE.fullmatch(kind):
        raise Unreadable("the type is no single word of ASCII letters, digits and signs")
    # Without an id of its own a message is recognised by its bytes. The prefixes keep the three apart.
    key = "id:" + message_id if message_id else "bytes:" + sha256
    if by_content:
        key = "content:" + _fingerprint(content)
    return Message(message_id, key, kind, subject, contract, data, _trace_id(trace), body, sha256)


def _parsed(body):
    try:
        document = canonical.loads_strict(body, max_depth=MAX_DEPTH, floats="decimal")
    except canonical.CanonicalError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(document, dict):
        raise Unreadable("a message is a JSON object")
    return document


def _cloud_event(document):
    try:
        return cloudevents.from_members(dict(document))
    except cloudevents.CloudEventError as error:
        raise Unreadable("no proper CloudEvent: %s" % error) from None


def _fingerprint(content):
    """SHA-256 over ``content`` with the members of objects in order; a number never equals a text."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=lambda number: {"": str(number)})
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _trace_id(traceparent):
    try:
        return cloudevents.parse_traceparent(traceparent)[0]
    except ValueError:
        return None
