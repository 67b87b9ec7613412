"""Strict reading of what a client asks for: the query string of a list, the form of a token request, and headers.

Nothing is guessed. A parameter that is unknown, stands twice or is not what it should be is refused by its name, since
a filter that is silently ignored answers another question than was asked.
"""

import re
from datetime import datetime, timezone
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from .inbound import check_length
from .problem import Refusal

MAX_QUERY = 8192
MAX_FORM = 16_384
MAX_PARAMETERS = 50
MAX_VALUE = 2048
DEFAULT_LIMIT = 100
FORM = "application/x-www-form-urlencoded"

_LIMIT = re.compile(r"[1-9][0-9]{0,3}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_RECORD = re.compile(r"[1-9][0-9]{0,9}")
_MAX_RECORD = 2**31 - 1
_TIME = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<part>[0-9]{1,6})[0-9]{0,3})?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})"
)
_IDEMPOTENCY_KEY = re.compile(r"[!#-\[\]-~]{1,255}")
_ENTITY_TAG = re.compile(r'(?:W/)?"[!#-~]*"')


class Question(NamedTuple):
    """A list that was asked for.

    ``filters``: ``{name: text}``; ``members``: those to be answered, None for all; ``since``: a naive ``datetime`` in
    UTC or None; ``cursor``: text or None; ``version``: major version of the contract or None for the newest.
    """

    filters: dict[str, str]
    members: list[str] | None
    limit: int
    since: datetime | None
    cursor: str | None
    version: int | None


def bad(name, reason):
    """Return the ``Refusal`` (400) of the parameter ``name``; ``reason`` continues “The parameter x …”."""
    return Refusal(400, "parameter", "The parameter “%s” %s" % (name, reason), parameter=name)


def parameters(text):
    """Return the parameters in a query string as ``{name: value}``; raises ``Refusal`` (400, 414)."""
    if len(text) > MAX_QUERY:
        raise Refusal(414, "query-too-long", "The query has %d characters; %d may be." % (len(text), MAX_QUERY))
    return _pairs(text, "query")


def form(headers, read):
    """Return the members of a form as ``{name: value}``; raises ``Refusal``.

    ``headers``: a mapping with case-insensitive names; ``read``: function of a length that returns so many bytes.
    """
    media_type, _semicolon, _charset = (headers.get("Content-Type") or "").partition(";")
    if media_type.strip().lower() != FORM or headers.get("Content-Encoding"):
        raise Refusal(415, "content-type", "Send the request as a form (%s), not compressed." % FORM)
    length = check_length(headers, MAX_FORM)
    try:
        text = read(length).decode("ascii")
    except UnicodeDecodeError:
        raise Refusal(400, "form", "A form is ASCII; other characters are written as %XX.") from None
    return _pairs(text, "form")


def question(given, filters, members, most):
    """Return the ``Question`` in parameters; raises ``Refusal`` (400) naming the one that is wrong.

    ``given``: as ``parameters`` returns; ``filters``: names of the filters of the entity; ``members``: names of the
    members of its contract; ``most``: documents of the longest page.
    """
    own = {"fields", "limit", "changed_since", "cursor", "contract"}
    check_names(given, own | set(filters))
    return Question(
        filters={name: value for name, value in given.items() if name not in own},
        members=chosen_members(given, members),
        limit=_limit(given.get("limit"), most),
        since=_since(given.get("changed_since")),
        cursor=given.get("cursor"),
        version=version(given),
    )


def check_names(given, known):
    """Raise ``Refusal`` (400) for a parameter that is not among ``known``."""
    for name in given:
        if name not in known:
            shown = name[:64] if _NAME.fullmatch(name[:64]) else "?"
            raise Refusal(
                400,
                "parameter",
                "There is no parameter “%s” here. Known are: %s." % (shown, ", ".join(sorted(known))),
                parameter=shown,
            )


def chosen_members(given, members):
    """Return the members asked for by ``fields``, without repetition, None for all; raises ``Refusal`` (400)."""
    text = given.get("fields")
    if text is None:
        return None
    names = text.split(",")
    unknown = [name for name in names if name not in members]
    if unknown:
        shown = unknown[0] if _NAME.fullmatch(unknown[0]) else "?"
        raise bad("fields", "names “%s”. Known are: %s." % (shown, ", ".join(sorted(members))))
    return list(dict.fromkeys(names))


def version(given):
    """Return the major version asked for by ``contract``, None when none is; raises ``Refusal`` (400)."""
    text = given.get("contract")
    if text is None:
        return None
    if not _LIMIT.fullmatch(text):
        raise bad("contract", "is the number of a major version, such as 1.")
    return int(text)


def record_number(text):
    """Return the number of a record, None for what can be none."""
    return int(text) if _RECORD.fullmatch(text) and int(text) <= _MAX_RECORD else None


def time(text):
    """Return a naive ``datetime`` in UTC from RFC 3339 text; ``ValueError`` for anything else."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("not a time")
    zone = "+00:00" if found["zone"] == "Z" else found["zone"]
    moment = datetime.strptime(found["local"] + zone.replace(":", ""), "%Y-%m-%dT%H:%M:%S%z")
    try:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("not a time") from None
    return moment.replace(microsecond=int((found["part"] or "0").ljust(6, "0")))


def idempotency_key(header):
    """Return the key in a header, bare or in the quotes of a structured field; raises ``Refusal`` (400)."""
    text = (header or "").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not _IDEMPOTENCY_KEY.fullmatch(text):
        detail = "Send the header Idempotency-Key with 1 to 255 printable characters, another one for each thing to do."
        raise Refusal(400, "idempotency-key", detail, header="Idempotency-Key")
    return text


def is_unchanged(header, entity_tag):
    """Whether ``If-None-Match`` names what we would answer (RFC 9110, section 13.1.2: weak comparison)."""
    text = (header or "").strip()
    if text == "*":
        return True
    ours = entity_tag.removeprefix("W/")
    return ours in (tag.removeprefix("W/") for tag in _ENTITY_TAG.findall(text[:MAX_QUERY]))


def _pairs(text, what):
    if not text:
        return {}
    try:
        if not text.isascii():
            raise ValueError
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        detail = "The %s cannot be read: at most %d pairs name=value, other characters as %%XX in UTF-8."
        raise Refusal(400, what, detail % (what, MAX_PARAMETERS)) from None
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in given:
            shown = name[:64] if _NAME.fullmatch(name[:64]) else "?"
            raise Refusal(400, "parameter", "The parameter “%s” stands twice." % shown, parameter=shown)
        given[name] = value
        if what == "query" and (len(value) > MAX_VALUE or not value.isprintable()):
            shown = name[:64] if _NAME.fullmatch(name[:64]) else "?"
            raise bad(shown, "has more than %d characters, or some that do not show." % MAX_VALUE)
    return given


def _limit(text, most):
    if text is None:
        return min(DEFAULT_LIMIT, most)
    if not _LIMIT.fullmatch(text) or int(text) > most:
        raise bad("limit", "is a number from 1 to %d." % most)
    return int(text)


def _since(text):
    if text is None:
        return None
    try:
        return time(text)
    except ValueError:
        raise bad("changed_since", "is a time such as 2026-03-31T22:00:00Z (RFC 3339).") from None
