"""CloudEvents 1.0 in JSON, structured mode, and the W3C trace context that travels with an event.

The payload is written once and hashed, stored and sent as the same bytes. So the envelope is built around these
bytes instead of around parsed data; being canonical themselves (RFC 8785), they leave the whole envelope canonical.
"""

import hashlib
import re
import secrets
from typing import Any, NamedTuple

from . import canonical

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/cloudevents+json"
DATA_CONTENT_TYPE = "application/json"
MAX_INTEGER = 2**31 - 1

_ATTRIBUTES = ("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time")
_NAME = re.compile(r"[a-z0-9]{1,20}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_URI_REFERENCE = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]{1,2048}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:" + _URI_REFERENCE.pattern)
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


class CloudEventError(ValueError):
    """An event that does not follow CloudEvents 1.0; the text names the attribute and what is wrong with it."""


class CloudEvent(NamedTuple):
    """A parsed event. ``extensions`` holds everything beyond the standard's attributes, ``traceparent`` included."""

    id: str
    source: str
    type: str
    subject: str | None
    time: str | None
    dataschema: str | None
    datacontenttype: str | None
    data: Any
    extensions: dict


def envelope(
    event_id, type, source, subject, time, data_bytes, dataschema=None, traceparent=None, extensions=None,
    data_sha256=None,
):  # fmt: skip
    """Return the canonical bytes of an event around ``data_bytes``, which stand in it unchanged.

    ``time``: RFC 3339 text; ``data_bytes``: what ``canonical.dumps`` returned; ``extensions``: further attributes, with
    lower-case names and text, integers or booleans as values; ``data_sha256``: hex digest taken when ``data_bytes`` was
    written, which spares reading them again to see that they are canonical. Raises ``CloudEventError``.
    """
    attributes = {
        "id": event_id,
        "source": source,
        "specversion": SPEC_VERSION,
        "type": type,
        "datacontenttype": DATA_CONTENT_TYPE,
        "subject": subject,
        "time": time,
        "dataschema": dataschema,
        "traceparent": traceparent,
    }
    for name, value in (extensions or {}).items():
        if name in attributes or name in ("data", "data_base64"):
            raise CloudEventError("the extension %s bears the name of an attribute" % name)
        attributes[name] = value
    attributes = {name: value for name, value in attributes.items() if value is not None}
    _check_attributes(attributes)
    try:
        if data_sha256 is None and canonical.dumps(canonical.loads_strict(data_bytes)) != data_bytes:
            raise CloudEventError("data: the bytes are not canonical JSON")
        members = {name: canonical.dumps(value) for name, value in attributes.items()}
    except canonical.CanonicalError as error:
        raise CloudEventError("data or attribute cannot be written canonically: %s" % error) from None
    if data_sha256 is not None:
        check_data(data_bytes, data_sha256)
    members["data"] = data_bytes
    return canonical.join(members)


def check_data(data_bytes, data_sha256):
    """Raise ``CloudEventError`` when ``data_bytes`` are not those of which ``data_sha256`` (hex) was taken."""
    if hashlib.sha256(data_bytes).hexdigest() != data_sha256:
        raise CloudEventError("data: the bytes are not those that were recorded")


def parse(body, floats="refuse"):
    """Return the ``CloudEvent`` in the bytes of a structured-mode message; raises ``CloudEventError``.

    ``floats``: as for ``canonical.loads_strict``. ``data_base64`` is refused: our contracts are JSON.
    """
    try:
        members = canonical.loads_strict(body, floats=floats)
    except canonical.CanonicalError as error:
        raise CloudEventError("not readable: %s" % error) from None
    return from_members(members)


def from_members(members):
    """Return the ``CloudEvent`` of a structured-mode message that was parsed already; raises ``CloudEventError``.

    ``members``: what ``canonical.loads_strict`` returned; a dict is used up.
    """
    if not isinstance(members, dict):
        raise CloudEventError("an event is a JSON object")
    if "data_base64" in members:
        raise CloudEventError("data_base64: binary data is not accepted")
    data = members.pop("data", None)
    # CloudEvents 1.0, section 3.1: an attribute that is null is absent.
    attributes = {name: value for name, value in members.items() if value is not None}
    _check_attributes(attributes)
    return CloudEvent(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        subject=attributes.get("subject"),
        time=attributes.get("time"),
        dataschema=attributes.get("dataschema"),
        datacontenttype=attributes.get("datacontenttype"),
        data=data,
        extensions={name: value for name, value in attributes.items() if name not in _ATTRIBUTES},
    )


def traceparent(trace_id=None):
    """Return a W3C ``traceparent`` (Trace Context, section 3.2) with a new span.

    ``trace_id``: 32 lower-case hex digits, so that all that follows from one business event shares a trace; a new one
    by default. Raises ``ValueError``.
    """
    header = "00-%s-%s-01" % (secrets.token_hex(16) if trace_id is None else trace_id, secrets.token_hex(8))
    parse_traceparent(header)
    return header


def parse_traceparent(header):
    """Return ``(trace id, span id)`` of a ``traceparent``; raises ``ValueError`` when it is not well-formed."""
    match = _TRACEPARENT.fullmatch(header or "")
    if not match:
        raise ValueError("not a W3C traceparent of version 00")
    return match[1], match[2]


def _check_attributes(attributes):
    for name in ("id", "source", "type", "specversion"):
        if name not in attributes:
            raise CloudEventError("%s: is missing" % name)
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            raise CloudEventError("%s: a name has 1 to 20 lower-case letters and digits" % name[:40])
        if name in _ATTRIBUTES:
            if not isinstance(value, str) or not value:
                raise CloudEventError("%s: must be text and not empty" % name)
        elif isinstance(value, int):
            if not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
                raise CloudEventError("%s: the integer has more than 32 bits" % name)
        elif not isinstance(value, str):
            raise CloudEventError("%s: must be text, an integer or a boolean" % name)
        if isinstance(value, str) and re.search("[\x00-\x1f\x7f-\x9f]", value):
            raise CloudEventError("%s: holds a control character" % name)
    if attributes["specversion"] != SPEC_VERSION:
        raise CloudEventError("specversion: only 1.0 is understood")
    _check_form(attributes, "source", _URI_REFERENCE, "URI reference")
    _check_form(attributes, "dataschema", _URI, "absolute URI")
    _check_form(attributes, "time", _TIME, "RFC 3339 time")
    _check_form(attributes, "traceparent", _TRACEPARENT, "W3C traceparent")


def _check_form(attributes, name, form, wording):
    value = attributes.get(name)
    if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
        raise CloudEventError("%s: is no %s" % (name, wording))
