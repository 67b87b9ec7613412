"""Where the next page of a list begins, as a text that only we can make and that fits only the list it came from.

The position is no secret, and a forged one could show nobody more than their rights do; it is signed so that nobody
builds upon its inside, and bound to the question so that a page is never continued with another one.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re

_DOMAIN = b"odoo-audit/cursor/v1\n"
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,400}")
_MAC_LENGTH = 16


def derive_key(secret):
    """Return the key for cursors that belongs to ``secret`` (text), which may serve other ends too."""
    return hmac.new(secret.encode(), _DOMAIN, hashlib.sha256).digest()


def encode(key, question, position):
    """Return the cursor after ``position``, a list of integers.

    ``question``: text that tells one list from any other: who asks, for what, with which filters.
    """
    inside = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(key, question, inside) + inside).rstrip(b"=").decode()


def decode(key, question, text, length):
    """Return the position in ``text``, ``length`` integers; ``ValueError`` when it is not ours for ``question``."""
    if not _TEXT.fullmatch(text):
        raise ValueError("not a cursor")
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not a cursor") from None
    mac, inside = decoded[:_MAC_LENGTH], decoded[_MAC_LENGTH:]
    if not hmac.compare_digest(mac, _mac(key, question, inside)):
        raise ValueError("not a cursor of this list")
    position = json.loads(inside)
    if len(position) != length:
        raise ValueError("not a cursor of this list")
    return position


def _mac(key, question, inside):
    said = _DOMAIN + hashlib.sha256(question.encode()).digest() + inside
    return hmac.new(key, said, hashlib.sha256).digest()[:_MAC_LENGTH]
