"""Entries of the integration log: the sealed leaf bytes (entry version 1), the commitment to a payload, and the MAC.

Names, addresses and everything else that identifies a person stay in the payload, to which the entry only commits
with a salt; so a payload can be erased and the proof survives.
"""

import hashlib
import hmac
import re
from datetime import datetime, timezone
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import canonical

VERSION = 1
SALT_LENGTH = 32
MAX_LENGTH = 65_535
MIN_MAC_KEY_LENGTH = 32

_PAYLOAD_DOMAIN = b"odoo-audit/payload/v1\n"
_MAC_DOMAIN = b"odoo-audit/entry-mac/v1"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_FORMS = {
    "actor": re.compile(r"user/[1-9][0-9]*|client/%s|system/[a-z][a-z0-9_.-]*" % _UUID),
    "commit": re.compile(r"[0-9a-f]{64}"),
    "company": re.compile(r"0|[1-9][0-9]*"),
    "corr": re.compile(r"[0-9a-f]{32}"),
    "dir": re.compile(r"in|out|none"),
    "id": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "kind": re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+"),
    "subject": re.compile(r"([a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*/[1-9][0-9]*)?"),
    "time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"),
    "type": re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*(; ?[a-z0-9-]+=[A-Za-z0-9_.-]+)*"),
}
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")


class EntryError(ValueError):
    """An entry that must not be sealed; the text names the member."""


def entry(*, id, time, kind, actor, company, subject, direction, media_type, corr, commit):
    """Return the leaf bytes of an entry: JCS, printable ASCII, at most 65,535 bytes.

    ``id``: UUIDv7; ``time``: an aware ``datetime`` or text as sealed; ``company``: id, 0 for the system; ``subject``:
    ``model/id`` or empty; ``direction``: ``in``, ``out`` or ``none``; ``media_type``: of the payload; ``corr``: 32 hex
    digits; ``commit``: 64 hex digits as ``commitment`` returns. Raises ``EntryError``.
    """
    time = _sealed_time(time) if isinstance(time, datetime) else _checked_time(time)
    if isinstance(company, int) and not isinstance(company, bool):
        company = str(company)
    return _encode(
        {
            "actor": actor,
            "commit": commit,
            "company": company,
            "corr": corr,
            "dir": direction,
            "id": id,
            "kind": kind,
            "subject": subject,
            "time": time,
            "type": media_type,
            "v": VERSION,
        }
    )


def parse(data):
    """Return the members of sealed entry bytes as a dict; raises ``EntryError`` unless they are exactly canonical."""
    try:
        members = canonical.loads_strict(data, max_depth=1)
    except canonical.CanonicalError as error:
        raise EntryError("not an entry: %s" % error) from None
    if not isinstance(members, dict) or set(members) != {*_FORMS, "v"}:
        raise EntryError("not an entry: it does not have exactly the members of version 1")
    if members["v"] is True or members["v"] != VERSION:
        raise EntryError("v: only version 1 is known")
    _checked_time(members["time"])
    if _encode(members) != data:
        raise EntryError("not an entry: the bytes are not canonical")
    return members


def commitment(salt, payload):
    """Return the salted commitment to the bytes of a payload as 64 hex digits. ``salt``: 32 random bytes."""
    if len(salt) != SALT_LENGTH:
        raise EntryError("salt: must have %d bytes" % SALT_LENGTH)
    return hashlib.sha256(_PAYLOAD_DOMAIN + salt + payload).hexdigest()


def entry_mac(key, origin, entry):
    """Return the MAC (32 bytes) stored beside an entry.

    ``key``: at least 32 bytes from outside the database; ``origin``: name of the log; ``entry``: the leaf bytes.
    """
    if not _ORIGIN.fullmatch(origin):
        raise EntryError("origin: must be printable ASCII without spaces and plus signs")
    return hmac.digest(mac_key(key), _MAC_DOMAIN + b"\n" + origin.encode() + b"\n" + entry, "sha256")


def verify_mac(key, origin, entry, mac):
    """Whether ``mac`` is the MAC of ``entry``, decided in constant time."""
    return hmac.compare_digest(entry_mac(key, origin, entry), bytes(mac))


@lru_cache(maxsize=16)
def mac_key(key):
    """Return the key for entries that HKDF-SHA256 derives from ``key``, so that ``key`` may serve other ends too.

    Kept in memory as ``key`` itself is: posting waits for every entry.
    """
    if len(key) < MIN_MAC_KEY_LENGTH:
        raise EntryError("key: must have at least %d bytes" % MIN_MAC_KEY_LENGTH)
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_MAC_DOMAIN).derive(key)


def _sealed_time(time):
    if time.tzinfo is None:
        raise EntryError("time: must carry a time zone")
    return time.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _checked_time(text):
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except (ValueError, TypeError):
        raise EntryError("time: no such time") from None
    return text


def _encode(members):
    for name, form in _FORMS.items():
        value = members[name]
        if not isinstance(value, str) or not form.fullmatch(value):
            raise EntryError("%s: not as entry version 1 prescribes" % name)
    data = canonical.dumps(members)
    if len(data) > MAX_LENGTH:
        raise EntryError("the entry has more than %d bytes" % MAX_LENGTH)
    return data
