"""How a sender proves that a request is its own: four schemes, one answer to every failure.

Whatever fails, the sender learns only that the request was not accepted. What failed stands in ``Refusal.note``, for
our own log. Every secret is tried against every signature, so that the time taken tells nothing.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets as randomness
import time
from functools import lru_cache
from typing import NamedTuple

from . import signatures
from .problem import Refusal

ALGORITHMS = ("sha256", "sha512")
ENCODINGS = ("hex", "base64")
# What is signed, around the body. Literal forms only: a template would be a language, and a way to sign too little.
FORMS = {
    "body": (b"", False),
    "timestamp_body": (b"%s", True),
    "timestamp_dot_body": (b"%s.", True),
    "v0_timestamp_body": (b"v0:%s:", True),
}
# Compared with when there is nothing to compare with, so that an unknown connector takes as long as a known one.
_NOBODYS_SECRET = signatures.new_secret()


class Scheme(NamedTuple):
    """How one connector verifies. Which members count depends on ``name``.

    ``name``: ``standard_webhooks``, ``hmac``, ``bearer`` or ``mutual_tls``; ``header``: of the signature (HMAC) or of
    the certificate's fingerprint or subject, as the proxy writes it; ``prefix``: literal text before the signature;
    ``form``: a key of ``FORMS``; ``tolerance``: seconds either way; ``certificates``: the values that are accepted.
    """

    name: str
    header: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    form: str = "body"
    timestamp_header: str = ""
    tolerance: int = signatures.TOLERANCE
    certificates: tuple = ()


NOBODY = Scheme("standard_webhooks")


def verify(scheme, secrets, headers, body, through_proxy=False, now=None):
    """Return the message id that the proof covers, None when it covers the body alone; raises ``Refusal`` (401).

    ``secrets``: texts, the newest first; none refuses everything. ``headers``: a mapping with case-insensitive names;
    ``through_proxy``: whether the socket's peer is a proxy that we trust; ``now``: Unix seconds.
    """
    now = time.time() if now is None else now
    check = {
        "standard_webhooks": _standard_webhooks,
        "hmac": _hmac_header,
        "bearer": _bearer,
        "mutual_tls": _mutual_tls,
    }[scheme.name]
    return check(scheme, list(secrets), headers, body, through_proxy, now)


def verify_as_nobody(headers, body):
    """Refuse, after about the work of a real verification."""
    verify(NOBODY, [_NOBODYS_SECRET], headers, body)
    raise as_nobody()


def as_nobody():
    """The ``Refusal`` for an address where nobody receives, like that of a wrong signature."""
    return _refused("unknown connector")


def check_secret(scheme_name, text):
    """Raise ``ValueError`` with the reason when ``text`` is no secret that ``scheme_name`` can verify with."""
    if scheme_name == "standard_webhooks":
        if signatures.check_secret(text).kind == "whsk":
            raise ValueError("A receiver needs the public key (whpk_) or the shared secret (whsec_).")
    elif len(text) < 16 or not text.isascii() or not text.isprintable():
        raise ValueError("It needs at least 16 printable ASCII characters.")


def networks(text):
    """Return the proxies named in ``text``, addresses or networks separated by commas, as a tuple; ``ValueError``."""
    return tuple(ipaddress.ip_network(part.strip()) for part in (text or "").split(",") if part.strip())


def sender_address(peer, forwarded_for, proxies):
    """Return ``(address of the sender, whether a trusted proxy is the peer)``.

    ``peer``: address at the other end of the socket; ``forwarded_for``: header ``X-Forwarded-For``, believed only from
    the right and only as far as proxies of ours wrote it.
    """
    trusted = _listed(peer, proxies)
    address = peer
    if trusted:
        for hop in reversed([part.strip() for part in (forwarded_for or "").split(",") if part.strip()]):
            try:
                ipaddress.ip_address(hop)
            except ValueError:
                break
            address = hop
            if not _listed(hop, proxies):
                break
    return address, trusted


@lru_cache(maxsize=1000)
def source_of(address):
    """Return what senders are counted by: the address, for IPv6 its /64, which one sender holds as a whole."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 6 and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _standard_webhooks(scheme, secrets, headers, body, _through_proxy, now):
    message_id, timestamp = headers.get("webhook-id"), headers.get("webhook-timestamp")
    signature = headers.get("webhook-signature")
    try:
        # The time is judged apart, because its answer is another one.
        signatures.verify(secrets or [_NOBODYS_SECRET], message_id, timestamp, body, signature, 1e12, now)
    except (signatures.SignatureError, ValueError) as error:
        raise _refused(str(error)) from None
    if not secrets:
        raise _refused("no secret")
    _check_time(timestamp, scheme.tolerance, now)
    return message_id


def _hmac_header(scheme, secrets, headers, body, _through_proxy, now):
    before, timed = FORMS[scheme.form]
    timestamp = headers.get(scheme.timestamp_header) or "" if timed else ""
    if timed:
        if not signatures.TIMESTAMP.fullmatch(timestamp):
            raise _refused("no timestamp of ten digits")
        before = before % timestamp.encode()
    received = headers.get(scheme.header) or ""
    valid = False
    for secret in secrets or [_NOBODYS_SECRET]:
        digest = hmac.new(secret.encode(), before + body, getattr(hashlib, scheme.algorithm)).digest()
        text = digest.hex() if scheme.encoding == "hex" else base64.b64encode(digest).decode()
        # Hexadecimal digits are the same signature in either case.
        given = received if scheme.encoding == "base64" else _lower_after(scheme.prefix, received)
        valid |= hmac.compare_digest((scheme.prefix + text).encode(), given.encode("utf-8", "replace"))
    if not valid or not secrets:
        raise _refused("the signature in %s does not match" % scheme.header)
    if timed:
        _check_time(timestamp, scheme.tolerance, now)


def _bearer(_scheme, secrets, headers, _body, _through_proxy, _now):
    kind, _space, token = (headers.get("Authorization") or "").partition(" ")
    valid = False
    for secret in secrets or [randomness.token_hex(32)]:
        valid |= hmac.compare_digest(secret.encode(), token.strip().encode("utf-8", "replace"))
    if not valid or not secrets or kind.lower() != "bearer":
        raise _refused("the bearer token is not ours")


def _mutual_tls(scheme, _secrets, headers, _body, through_proxy, _now):
    given = _certificate(headers.get(scheme.header) or "")
    valid = False
    for expected in scheme.certificates:
        valid |= hmac.compare_digest(_certificate(expected).encode(), given.encode("utf-8", "replace"))
    if not through_proxy:
        raise _refused("the peer is no proxy listed under [audit] proxies, so its certificate header does not count")
    if not valid or not given:
        raise _refused("the client certificate is not one of those expected")


def _certificate(text):
    """A fingerprint with or without colons, in either case; a subject as it stands."""
    text = text.strip()
    bare = text.replace(":", "").lower()
    return bare if bare and all(sign in "0123456789abcdef" for sign in bare) else text


def _check_time(timestamp, tolerance, now):
    age = now - int(timestamp)
    if abs(age) > tolerance:
        raise Refusal(
            401,
            "timestamp",
            "The signature is right, but its timestamp lies more than %d seconds away from our clock." % tolerance,
            note="%d s %s" % (abs(age), "old" if age > 0 else "in the future"),
        )


def _lower_after(prefix, text):
    return text[: len(prefix)] + text[len(prefix) :].lower()


def _listed(address, proxies):
    if not proxies:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in proxies)


def _refused(note):
    return Refusal(
        401,
        "signature",
        "The sender could not be verified. Check the address, the secret, and that the body is signed as sent.",
        {"WWW-Authenticate": 'Signature realm="audit"'},
        note=note,
    )
