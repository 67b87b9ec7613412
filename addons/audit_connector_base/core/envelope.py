"""Secrets at rest: AES-256-GCM with a data key per secret, itself wrapped under a key kept outside the database.

The additional data (AAD) binds the ciphertext to its place (database, model, record, field), its environment and its
destination: copied elsewhere, or with the address changed, it no longer opens.
"""

import base64
import binascii
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import canonical

VERSION = "v1"
KEY_LENGTH = 32
NONCE_LENGTH = 12
AAD_MEMBERS = frozenset(("v", "db", "model", "uuid", "field", "kind", "env", "dest", "gen"))

_KEK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class EnvelopeError(Exception):
    """A stored secret that cannot be opened. No text of these errors holds anything of the secret."""


class UnknownKey(EnvelopeError):
    """The wrapping key with which the secret was stored is not configured; ``kek_id`` names it."""

    def __init__(self, kek_id):
        super().__init__("The wrapping key %s is not configured." % kek_id)
        self.kek_id = kek_id


class Malformed(EnvelopeError):
    """The stored text has not the form of an envelope."""


class Damaged(EnvelopeError):
    """Text, key or binding differ from those with which the secret was stored."""


def new_kek():
    """Return a new wrapping key as text for the configuration (base64url of 32 random bytes)."""
    return _encode(secrets.token_bytes(KEY_LENGTH))


def read_kek(text):
    """Return the 32 bytes of a wrapping key as configured; raises ``ValueError`` with the reason."""
    try:
        key = _decode(text.strip().rstrip("="))
    except Malformed:
        raise ValueError("The wrapping key is not base64url text; make one with new_kek().") from None
    if len(key) != KEY_LENGTH:
        raise ValueError("The wrapping key has %d bytes; 32 are needed." % len(key))
    return key


def seal(plaintext, aad, kek_id, kek, *, dek=None, wrap_nonce=None, data_nonce=None):
    """Return the stored form of ``plaintext`` (bytes), bound to ``aad`` and wrapped under ``kek`` (32 bytes).

    ``aad``: dict with exactly the members ``v, db, model, uuid, field, kind, env, dest, gen``. The data key and the
    nonces are random; they can be given to reproduce test vectors only.
    """
    if not _KEK_ID.fullmatch(kek_id):
        raise ValueError("The id of a wrapping key has letters, digits, - and _ only.")
    _check_key(kek)
    dek = dek or AESGCM.generate_key(bit_length=8 * KEY_LENGTH)
    wrap_nonce = wrap_nonce or secrets.token_bytes(NONCE_LENGTH)
    data_nonce = data_nonce or secrets.token_bytes(NONCE_LENGTH)
    wrap_aad, data_aad = _bindings(aad, kek_id)
    wrapped = AESGCM(kek).encrypt(wrap_nonce, dek, wrap_aad)
    ciphertext = AESGCM(dek).encrypt(data_nonce, plaintext, data_aad)
    return ".".join((VERSION, kek_id, *map(_encode, (wrap_nonce, wrapped, data_nonce, ciphertext))))


def open_(stored, aad, keks):
    """Return the plaintext bytes of a stored secret. ``keks``: wrapping keys (32 bytes) by id.

    Raises ``UnknownKey``, ``Malformed`` or ``Damaged``.
    """
    kek_id, wrap_nonce, wrapped, data_nonce, ciphertext = _split(stored)
    if kek_id not in keks:
        raise UnknownKey(kek_id)
    _check_key(keks[kek_id])
    wrap_aad, data_aad = _bindings(aad, kek_id)
    try:
        dek = AESGCM(keks[kek_id]).decrypt(wrap_nonce, wrapped, wrap_aad)
        return AESGCM(dek).decrypt(data_nonce, ciphertext, data_aad)
    except InvalidTag:
        raise Damaged("The secret was stored for another place, address or key, or was changed.") from None


def rewrap(stored, aad, keks, kek_id, *, wrap_nonce=None):
    """Return ``stored`` with its data key wrapped under ``kek_id``, one of ``keks``; the ciphertext stays as it is.

    The secret must open, so that what is damaged is noticed now and not when the former key is gone. Raises as
    ``open_`` does, ``UnknownKey`` also for ``kek_id``.
    """
    open_(stored, aad, keks)
    if kek_id not in keks:
        raise UnknownKey(kek_id)
    former, former_nonce, wrapped, data_nonce, ciphertext = _split(stored)
    dek = AESGCM(keks[former]).decrypt(former_nonce, wrapped, _bindings(aad, former)[0])
    wrap_nonce = wrap_nonce or secrets.token_bytes(NONCE_LENGTH)
    wrapped = AESGCM(keks[kek_id]).encrypt(wrap_nonce, dek, _bindings(aad, kek_id)[0])
    return ".".join((VERSION, kek_id, *map(_encode, (wrap_nonce, wrapped, data_nonce, ciphertext))))


def kek_id_of(stored):
    """Return the id of the wrapping key of a stored secret, to find what still has to be wrapped anew."""
    return _split(stored)[0]


def _split(stored):
    parts = stored.split(".")
    if len(parts) != 6 or parts[0] != VERSION or not _KEK_ID.fullmatch(parts[1]):
        raise Malformed("The stored text is no envelope of version 1.")
    wrap_nonce, wrapped, data_nonce, ciphertext = map(_decode, parts[2:])
    if len(wrap_nonce) != NONCE_LENGTH or len(data_nonce) != NONCE_LENGTH or len(wrapped) != KEY_LENGTH + 16:
        raise Malformed("The parts of the envelope have not their lengths.")
    return parts[1], wrap_nonce, wrapped, data_nonce, ciphertext


def _bindings(aad, kek_id):
    """Return the additional data for wrapping the data key and for the data."""
    if set(aad) != AAD_MEMBERS:
        raise ValueError("The additional data must have exactly the members %s." % ", ".join(sorted(AAD_MEMBERS)))
    binding = canonical.dumps(aad)
    return b"odoo-audit/wrap/v1\n%s\n%s" % (kek_id.encode(), binding), b"odoo-audit/data/v1\n" + binding


def _check_key(key):
    # AESGCM would also take 16 or 24 bytes, silently with less strength.
    if len(key) != KEY_LENGTH:
        raise ValueError("The wrapping key must have 32 bytes.")


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    """Decode base64url without padding; only the one spelling that ``_encode`` writes is accepted."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise Malformed("A part of the envelope is not base64url.") from None
    if _encode(data) != text:
        raise Malformed("A part of the envelope is not base64url.")
    return data
