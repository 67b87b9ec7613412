"""A client that proves itself with a signed statement instead of a secret (``private_key_jwt``).

RFC 7523, sections 2.2 and 3, with JSON Web Signatures in compact form (RFC 7515). Stricter than the standards:
the algorithm belongs to the key and is never chosen by the statement; a header that brings or points to a key
(``jku``, ``jwk``, ``x5u`` …) or asks for anything else is refused; the audience is one configured text; a statement
lives for at most five minutes and counts once, for which the caller keeps its ``jti``.
"""

import base64
import re
import time
from functools import cache
from secrets import randbits
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from . import canonical

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LENGTH = 8192
MAX_LIFETIME = 300
# How far the clocks of both sides may differ, in seconds.
SKEW = 30
MAX_JTI = 256
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
ALGORITHMS = {
    "ES256": "ES256: elliptic curve P-256",
    "EdDSA": "EdDSA: Ed25519",
    "PS256": "PS256: RSA with PSS padding",
    "RS256": "RS256: RSA with PKCS #1 v1.5 padding",
}

_PART = re.compile(r"[A-Za-z0-9_-]+")
_JTI = re.compile(r"[!-~]{8,%d}" % MAX_JTI)
_KEY_ID = re.compile(r"[!-~]{1,128}")
_HEADER_MEMBERS = {"alg", "typ", "kid"}
_TYPES = (None, "JWT", "client-authentication+jwt")


class AssertionRefused(Exception):
    """A statement that must not be believed. The text names the reason, for our own log and never for the sender."""


class Key(NamedTuple):
    """A public key that one client signs with: ``pem`` text, its only ``algorithm``, and its name if it has one."""

    algorithm: str
    pem: str
    key_id: str = ""


class Statement(NamedTuple):
    """What was believed: the number that may not come again until ``expires_at`` (Unix seconds)."""

    jti: str
    expires_at: int


def check_key(algorithm, pem):
    """Raise ``ValueError``, with the reason for whoever entered it, unless ``pem`` is a key for ``algorithm``."""
    _loaded(algorithm, pem)


def claimed_client(assertion):
    """Return the client that a statement says it is from, unproven; raises ``AssertionRefused``."""
    _header, claims, _signed, _signature = _parts(assertion)
    return claims["sub"]


def verify(assertion, keys, client_id, audience, now=None):
    """Return the ``Statement`` in ``assertion``; raises ``AssertionRefused``.

    ``keys``: the ``Key`` of the client that count today; ``audience``: the text that ``aud`` must be; ``now``: Unix
    seconds. That the ``jti`` was not used before is for the caller to see to.
    """
    header, claims, signed, signature = _parts(assertion)
    usable = [
        _loaded(key.algorithm, key.pem)
        for key in keys
        if key.algorithm == header["alg"] and _is_named(key, header.get("kid"))
    ]
    # Without a key some other one is tried, so that the time taken does not tell who is a client.
    tried = [_is_signed(header["alg"], key, signed, signature) for key in usable or [_nobodys_key(header["alg"])]]
    if not usable or not any(tried):
        raise AssertionRefused("no key of the client for %s has signed it" % header["alg"])
    # What it says is judged after the signature: only then is it the client's word.
    if claims["iss"] != client_id or claims["sub"] != client_id:
        raise AssertionRefused("iss and sub are not both the client")
    if claims["aud"] != audience:
        raise AssertionRefused("it is meant for another audience")
    _check_times(claims, time.time() if now is None else now)
    return Statement(claims["jti"], claims["exp"])


def _is_named(key, key_id):
    """Whether what says ``key_id`` may be signed by ``key``; a key without a name may be called anything."""
    return key_id is None or not key.key_id or key_id == key.key_id


def _parts(assertion):
    """Return ``(header, claims, signed bytes, signature)`` of a statement in compact form."""
    if not isinstance(assertion, str) or len(assertion) > MAX_LENGTH:
        raise AssertionRefused("it is longer than %d characters" % MAX_LENGTH)
    parts = assertion.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise AssertionRefused("it is not three parts in base64url")
    header, claims = _object(parts[0], "header"), _object(parts[1], "payload")
    signature = _decoded(parts[2], "signature")
    if set(header) - _HEADER_MEMBERS:
        raise AssertionRefused("its header has members other than alg, typ and kid")
    if header.get("alg") not in ALGORITHMS or header.get("typ") not in _TYPES:
        raise AssertionRefused("its alg or typ is not one of ours")
    if not isinstance(header.get("kid", "-"), str) or not _KEY_ID.fullmatch(header.get("kid", "-")):
        raise AssertionRefused("its kid is no short text")
    for name in ("iss", "sub", "aud", "jti"):
        if not isinstance(claims.get(name), str):
            raise AssertionRefused("its %s is missing or no text" % name)
    if not _JTI.fullmatch(claims["jti"]):
        raise AssertionRefused("its jti has not 8 to %d printable characters" % MAX_JTI)
    return header, claims, ("%s.%s" % (parts[0], parts[1])).encode(), signature


def _object(part, name):
    try:
        value = canonical.loads_strict(_decoded(part, name), max_depth=4, floats="decimal")
    except canonical.CanonicalError as error:
        raise AssertionRefused("its %s is no proper JSON (%s)" % (name, error.reason)) from None
    if not isinstance(value, dict):
        raise AssertionRefused("its %s is no JSON object" % name)
    return value


def _decoded(part, name):
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) if len(part) % 4 != 1 else b""
    # Several texts decode to the same bytes; only the one that encoding gives is the statement.
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise AssertionRefused("its %s is no base64url" % name)
    return decoded


def _check_times(claims, now):
    expires_at = _seconds(claims, "exp", required=True)
    if expires_at <= now - SKEW:
        raise AssertionRefused("it has expired")
    if expires_at > now + MAX_LIFETIME + SKEW:
        raise AssertionRefused("it lives for more than %d seconds" % MAX_LIFETIME)
    for name in ("iat", "nbf"):
        seconds = _seconds(claims, name)
        if seconds is not None and seconds > now + SKEW:
            raise AssertionRefused("its %s lies in the future" % name)
    issued_at = _seconds(claims, "iat")
    if issued_at is not None and expires_at - issued_at > MAX_LIFETIME:
        raise AssertionRefused("it lives for more than %d seconds" % MAX_LIFETIME)


def _seconds(claims, name, required=False):
    value = claims.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AssertionRefused("its %s is no number of whole seconds" % name)
    return value


@cache
def _nobodys_key(algorithm) -> Any:
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate().public_key()
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1()).public_key()
    # Any odd number of the length takes as long.
    return rsa.RSAPublicNumbers(65537, randbits(MIN_RSA_BITS) | 1 << MIN_RSA_BITS - 1 | 1).public_key()


def _is_signed(algorithm, public, signed, signature):
    try:
        if algorithm == "EdDSA":
            public.verify(signature, signed)
        elif algorithm == "ES256":
            # RFC 7518, section 3.4: the two numbers in 32 bytes each, not the ASN.1 form.
            if len(signature) != 64:
                return False
            numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            public.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(SHA256()))
        elif algorithm == "PS256":
            public.verify(signature, signed, padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size), SHA256())
        else:
            public.verify(signature, signed, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _loaded(algorithm, pem):
    if algorithm not in ALGORITHMS:
        raise ValueError("There is no algorithm %s." % algorithm)
    if "PRIVATE KEY" in pem:
        raise ValueError("This is the private key, which the client must never hand out. Make a new pair.")
    try:
        key = load_pem_public_key(pem.strip().encode("ascii"))
    except (ValueError, UnicodeEncodeError, TypeError):
        raise ValueError("This is no public key in PEM form (-----BEGIN PUBLIC KEY-----).") from None
    except Exception:
        # UnsupportedAlgorithm, which is no ValueError.
        raise ValueError("This kind of key is not supported.") from None
    if algorithm == "EdDSA":
        fits = isinstance(key, ed25519.Ed25519PublicKey)
    elif algorithm == "ES256":
        fits = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    else:
        fits = isinstance(key, rsa.RSAPublicKey)
        if fits and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise ValueError("An RSA key needs %d to %d bits, not %d." % (MIN_RSA_BITS, MAX_RSA_BITS, key.key_size))
    if not fits:
        raise ValueError("This key is not one for %s." % ALGORITHMS[algorithm])
    return key
