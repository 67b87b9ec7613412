"""Keys that never stand in the database: read from the environment or from ``[audit]`` of odoo.conf.

``ODOO_AUDIT_KEK`` (or ``kek`` in the configuration file) is a comma separated list of ``id:key``, the key being 32
bytes in base64url. The first one wraps new secrets, the others still open what they once wrapped.
"""

import base64
import binascii
import os
import re
from functools import lru_cache

from . import compat

_ID = re.compile(r"^[A-Za-z0-9_-]{1,32}$")
_environment = None


class KeyMissing(Exception):
    """No key, or one that is not usable. The message says what to do; it never shows the key."""


def wrapping_keys():
    """Return the wrapping keys as ``(active id, {id: 32 bytes})``.

    :raises KeyMissing: when none is configured or one is malformed
    """
    active, keys = _read(_from_environment("ODOO_AUDIT_KEK") or compat.audit_options().get("kek", ""))
    return active, dict(keys)


@lru_cache(maxsize=2)
def _read(text):
    """The keys in ``text``. They stay in memory, as the text does: whoever posts waits for them."""
    keys = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key_id, _sep, encoded = part.partition(":")
        if not _ID.match(key_id):
            raise KeyMissing("A wrapping key needs an id of letters, digits, '-' or '_' before its colon.")
        if key_id in keys:
            raise KeyMissing("Two wrapping keys have the id '%s'; give each its own." % key_id)
        keys[key_id] = _decode(key_id, encoded)
    if not keys:
        raise KeyMissing(
            "No key to protect secrets with is configured. Run ./setup/key and put its line into the [audit] section "
            "of odoo.conf, or set ODOO_AUDIT_KEK, then restart Odoo."
        )
    return next(iter(keys)), keys


def _decode(key_id, encoded):
    try:
        key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise KeyMissing("The wrapping key '%s' is not 32 bytes in base64url." % key_id)
    return key


def _from_environment(name):
    """Read a key variable once and remove it, because child processes inherit the environment."""
    global _environment
    if _environment is None or name in os.environ:
        _environment = {**(_environment or {}), name: os.environ.pop(name, "")}
    return _environment.get(name, "")


# When the addon is loaded, before anything else of it could start a program that would inherit the variables.
for _name in ("ODOO_AUDIT_KEK", "ODOO_AUDIT_LOG_KEY"):
    _from_environment(_name)
