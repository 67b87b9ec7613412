"""Signatures of webhooks after Standard Webhooks (standardwebhooks.com, specification 1.0).

Signed is ``<id>.<timestamp>.<body>``. ``v1`` is HMAC-SHA256 with a shared secret (``whsec_`` and base64 of 24 to 64
bytes); ``v1a`` is Ed25519 with a private key (``whsk_``) that the receiver checks with the public one (``whpk_``).
A header may carry several signatures, so that a secret can be rotated without a gap.
"""

import base64
import binascii
import hmac
import re
import secrets as randomness
import time
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TOLERANCE = 300
MAX_SIGNATURES = 16
# A dot in the id would make "<id>.<timestamp>" ambiguous under one signature.
MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")
TIMESTAMP = re.compile(r"[0-9]{10}")


class SignatureError(Exception):
    """A message that must not be believed. The text names the reason, for the log and never for the sender."""


class Secret(NamedTuple):
    """A parsed secret: ``kind`` is ``whsec``, ``whsk`` or ``whpk``; ``key`` its bytes (the seed for ``whsk``)."""

    kind: str
    key: bytes


def new_secret():
    """Return a new shared secret of 256 bits as ``whsec_`` text."""
    return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()


def new_private_key():
    """Return a new Ed25519 private key as ``whsk_`` text; ``public_key`` gives what its receiver needs."""
    return "whsk_" + base64.b64encode(randomness.token_bytes(32)).decode()


def check_secret(text):
    """Return the ``Secret`` in ``text``; raises ``ValueError`` with a reason for the person who typed it."""
    kind, _, encoded = text.partition("_")
    if kind not in ("whsec", "whsk", "whpk"):
        raise ValueError("The secret must start with whsec_ (shared secret), whsk_ or whpk_ (Ed25519 keys).")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("What follows %s_ is not base64; copy the secret again, without spaces." % kind) from None
    if kind == "whsec":
        if not 24 <= len(key) <= 64:
            raise ValueError("The shared secret has %d bytes; 24 to 64 are needed." % len(key))
    elif kind == "whpk":
        if len(key) != 32:
            raise ValueError("The public key has %d bytes; an Ed25519 key has 32." % len(key))
    else:
        # Other libraries write the private key as seed followed by public key.
        if len(key) not in (32, 64):
            raise ValueError(
                "The private key has %d bytes; an Ed25519 key has 32, or 64 with its public key." % len(key)
            )
        if len(key) == 64 and _public(key[:32]) != key[32:]:
            raise ValueError("The two halves of the private key do not belong together.")
        key = key[:32]
    return Secret(kind, key)


def check_signing_secret(text):
    """Return the ``Secret`` in ``text`` if one can sign with it; raises ``ValueError`` as ``check_secret`` does."""
    secret = check_secret(text)
    if secret.kind == "whpk":
        raise ValueError("A public key (whpk_) cannot sign; enter the private key (whsk_) or a shared secret (whsec_).")
    return secret


def public_key(private):
    """Return the ``whpk_`` text that belongs to a ``whsk_`` private key, for the receiver."""
    secret = check_secret(private)
    if secret.kind != "whsk":
        raise ValueError("Only a private key (whsk_) has a public key.")
    return "whpk_" + base64.b64encode(_public(secret.key)).decode()


def sign(secrets, message_id, timestamp, body):
    """Return the value of the header ``webhook-signature``.

    ``secrets``: one ``whsec_`` or ``whsk_`` text or several (the new one first while rotating); ``timestamp``: Unix
    seconds; ``body``: the exact bytes sent. Raises ``ValueError`` for an id, time or secret that no receiver accepts.
    """
    secrets = [secrets] if isinstance(secrets, str) else list(secrets)
    if not 1 <= len(secrets) <= MAX_SIGNATURES:
        raise ValueError("1 to %d secrets are needed, not %d" % (MAX_SIGNATURES, len(secrets)))
    content = _signed_content(message_id, str(timestamp), body, ValueError)
    return " ".join(_signature(check_secret(secret), content) for secret in secrets)


def verify(secrets, message_id, timestamp, body, signatures, tolerance=TOLERANCE, now=None):
    """Check a received message; returns its timestamp as an integer, raises ``SignatureError`` otherwise.

    ``secrets``: one ``whsec_`` or ``whpk_`` text or several; ``message_id``, ``timestamp``, ``signatures``: the three
    headers as received (``None`` when absent); ``tolerance``: seconds either way; ``now``: Unix seconds.
    """
    secrets = [check_secret(s) for s in ([secrets] if isinstance(secrets, str) else secrets)]
    if any(secret.kind == "whsk" for secret in secrets):
        raise ValueError("A receiver verifies with whsec_ or whpk_, never with the sender's private key.")
    content = _signed_content(message_id or "", timestamp or "", body, SignatureError)
    received = (signatures or "").split(" ")
    if len(received) > MAX_SIGNATURES:
        raise SignatureError("more than %d signatures" % MAX_SIGNATURES)
    valid = False
    # Every pair is tried, so that the time taken does not tell which secret or signature came close.
    for secret in secrets:
        for signature in received:
            valid |= _matches(secret, content, signature)
    if not valid:
        raise SignatureError("no signature matches")
    # The time is judged after the signature: only then is it the sender's word.
    age = (time.time() if now is None else now) - int(timestamp)
    if abs(age) > tolerance:
        raise SignatureError("the timestamp is %d s %s" % (abs(age), "old" if age > 0 else "in the future"))
    return int(timestamp)


def _signed_content(message_id, timestamp, body, error):
    if not MESSAGE_ID.fullmatch(message_id):
        raise error("the message id must be 1 to 256 printable characters without dots and spaces")
    if not TIMESTAMP.fullmatch(timestamp):
        raise error("the timestamp must be Unix seconds in ten digits")
    return b"%s.%s.%s" % (message_id.encode(), timestamp.encode(), body)


def _signature(secret, content):
    if secret.kind == "whpk":
        raise ValueError("A public key (whpk_) cannot sign.")
    if secret.kind == "whsk":
        return "v1a," + base64.b64encode(Ed25519PrivateKey.from_private_bytes(secret.key).sign(content)).decode()
    return "v1," + base64.b64encode(hmac.digest(secret.key, content, "sha256")).decode()


def _matches(secret, content, signature):
    version, _, encoded = signature.partition(",")
    if secret.kind == "whsec":
        expected = _signature(secret, content)
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    if version != "v1a":
        return False
    try:
        Ed25519PublicKey.from_public_bytes(secret.key).verify(base64.b64decode(encoded, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
