"""Checkpoints: the size and root of a log in a signed note (C2SP tlog-checkpoint, signed-note, tlog-cosignature).

The text is ``origin\\nsize\\nbase64(root)\\n``, then an empty line and one line a signature. A log signs with Ed25519
(type 0x01) under a key whose name is its origin; a witness adds a cosignature with a time (type 0x04). Signatures of
keys that nobody asked for are ignored, one of a known key that does not verify condemns the note. Everything is ``str``
except keys and hashes; a reader is strict, because two readings of one note would be two truths.
"""

import base64
import binascii
import hashlib
import re
import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature as _InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .merkle import HASH_LENGTH, MAX_SIZE

ED25519 = 0x01
"""The kind of key with which a log signs."""
COSIGNATURE = 0x04
"""The kind of key with which a witness signs, together with the time."""
MAX_LENGTH = 65_536
MAX_SIGNATURES = 64

_KINDS = {ED25519: 64, COSIGNATURE: 72}
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_DASH = "\u2014 "


class NoteError(ValueError):
    """A note that proves nothing; the text says why."""


class Malformed(NoteError):
    """Not a checkpoint, or not written in the one way in which it may be written."""


class InvalidSignature(NoteError):
    """A signature line of a known key does not fit the text."""


class UnknownSigner(NoteError):
    """No line of a known key of the log."""


class Checkpoint(NamedTuple):
    """What a note says of a log; ``root`` are 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self):
        """The text that is signed, with its last newline."""
        return "%s\n%d\n%s\n" % (check_origin(self.origin), self.size, base64.b64encode(self.root).decode())


class Signature(NamedTuple):
    """A signature line. ``data`` is what follows the key id: 64 bytes, for a cosignature after 8 bytes of time."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self):
        return "%s%s %s\n" % (_DASH, self.name, base64.b64encode(self.key_id + self.data).decode())


class Note(NamedTuple):
    """A text and its signature lines, nothing of it verified."""

    text: str
    signatures: tuple

    def __str__(self):
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)

    @property
    def checkpoint(self):
        """The ``Checkpoint`` in the text; raises ``Malformed``."""
        return parse_text(self.text)

    def signed_also(self, *signatures):
        """Return the note with further signature lines, each only once."""
        return self._replace(signatures=tuple(dict.fromkeys((*self.signatures, *signatures))))


class VerifierKey(NamedTuple):
    """A public key by name; as ``str`` the verifier key that people exchange: ``name+key id+base64(kind ‖ key)``."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self):
        """The four bytes that a signature line begins with."""
        return key_id(self.name, self.kind, self.public)

    def __str__(self):
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return "%s+%s+%s" % (self.name, self.id.hex(), encoded)

    def verify(self, text, signature):
        """Check a ``Signature`` of this key; returns the time of a cosignature (Unix seconds), else None.

        Raises ``InvalidSignature``.
        """
        if len(signature.data) != _KINDS[self.kind]:
            raise InvalidSignature("the signature of %s has the wrong length" % self.name)
        time, message = None, text.encode()
        if self.kind == COSIGNATURE:
            (time,) = struct.unpack(">Q", signature.data[:8])
            message = _cosigned(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature.data[-64:], message)
        except (_InvalidSignature, ValueError):
            raise InvalidSignature("the signature of %s does not fit the checkpoint" % self.name) from None
        return time


class Signer:
    """A private key by name. ``seed``: 32 bytes; ``kind``: ``ED25519`` for a log, ``COSIGNATURE`` for a witness."""

    def __init__(self, name, seed, kind=ED25519):
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = VerifierKey(_check_name(name), _check_kind(kind), public)

    def sign(self, text, time=None):
        """Return the ``Signature`` of a text; a witness also gives the ``time`` in Unix seconds."""
        if (time is None) == (self.key.kind == COSIGNATURE):
            raise ValueError("a witness signs with the time, a log without")
        if time is None:
            data = self._private.sign(text.encode())
        else:
            data = struct.pack(">Q", time) + self._private.sign(_cosigned(text, time))
        return Signature(self.key.name, self.key.id, data)


class Verified(NamedTuple):
    """What a note proves to somebody who trusts the keys it was opened with."""

    checkpoint: Checkpoint
    signed_by: tuple
    """Keys of the log (``VerifierKey``) whose signature is valid, at least one."""
    cosigned: tuple
    """``(VerifierKey, Unix seconds)`` of each witness among the keys."""


def check_origin(origin):
    """Return ``origin``; raises ``Malformed`` unless it is printable ASCII without spaces and plus signs."""
    if not _ORIGIN.fullmatch(origin):
        raise Malformed("the origin must be 1 to 255 printable ASCII characters without spaces and plus signs")
    return origin


def key_id(name, kind, public):
    """Return the four bytes by which signature lines name a key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def imprint(note):
    """Return what a time-stamping authority is asked to stamp (RFC 3161): SHA-256 of the ``Note`` as first signed."""
    return hashlib.sha256(str(note).encode()).digest()


def sign(checkpoint, signers):
    """Return the ``Note`` of a ``Checkpoint`` signed by each of ``signers``: two while a key is being replaced."""
    return Note(checkpoint.text, tuple(signer.sign(checkpoint.text) for signer in signers))


def parse_key(text):
    """Return the ``VerifierKey`` in its text form; raises ``NoteError`` also when the key id belongs to another key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise Malformed("a verifier key reads name+key id+key")
    data = decode(parts[2])
    if len(data) != 33:
        raise Malformed("an Ed25519 key has 32 bytes after the byte of its kind")
    key = VerifierKey(_check_name(parts[0]), _check_kind(data[0]), data[1:])
    if key.id.hex() != parts[1]:
        raise Malformed("the key id does not belong to this name and key")
    return key


def parse(note):
    """Return the ``Note`` in ``str`` or UTF-8 bytes; raises ``Malformed``. Nothing is verified."""
    note = _as_text(note)
    text, separator, lines = note.rpartition("\n\n")
    if not separator:
        raise Malformed("a note has an empty line before its signatures")
    return Note(text + "\n", parse_signatures(lines))


def parse_signatures(lines):
    """Return the signature lines of a text, such as a witness answers, as a tuple; raises ``Malformed``."""
    lines = _as_text(lines)
    if not lines.endswith("\n"):
        raise Malformed("the last line does not end")
    found = tuple(_parse_signature(line) for line in lines[:-1].split("\n"))
    if len(found) > MAX_SIGNATURES:
        raise Malformed("more than %d signatures" % MAX_SIGNATURES)
    return found


def parse_text(text):
    """Return the ``Checkpoint`` in the text of a note; raises ``Malformed``. Further lines are refused."""
    lines = _as_text(text).split("\n")
    if len(lines) != 4 or lines[3]:
        raise Malformed("a checkpoint has exactly three lines: origin, size and root")
    check_origin(lines[0])
    if not _DECIMAL.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise Malformed("the size must be a decimal number without leading zeros")
    root = decode(lines[2])
    if len(root) != HASH_LENGTH:
        raise Malformed("the root must have %d bytes" % HASH_LENGTH)
    return Checkpoint(lines[0], int(lines[1]), root)


def verify(note, keys):
    """Return what a note (``Note``, ``str`` or bytes) proves to somebody who trusts ``keys`` (``VerifierKey``).

    Raises ``Malformed``, ``InvalidSignature`` when a line of one of the keys is wrong, and ``UnknownSigner`` unless a
    key of kind ``ED25519`` that has the name of the origin has signed.
    """
    if not isinstance(note, Note):
        note = parse(note)
    checkpoint = note.checkpoint
    known = {(key.name, key.id): key for key in keys}
    if len(known) != len(set(keys)):
        raise ValueError("two of the keys have the same name and id")
    signed, cosigned = [], []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if not key:
            continue
        time = key.verify(note.text, signature)
        if key.kind == COSIGNATURE:
            cosigned.append((key, time))
        elif key.name == checkpoint.origin:
            signed.append(key)
    if not signed:
        raise UnknownSigner("not signed by a known key of %s" % checkpoint.origin)
    return Verified(checkpoint, tuple(dict.fromkeys(signed)), tuple(dict.fromkeys(cosigned)))


def decode(text):
    """Return the bytes in base64; raises ``Malformed`` unless it is the one way in which they are written."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise Malformed("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed("not base64 as it must be written")
    return data


def _cosigned(text, time):
    """What a witness signs."""
    return ("cosignature/v1\ntime %d\n%s" % (time, text)).encode()


def _as_text(note):
    if len(note) > MAX_LENGTH:
        raise Malformed("a note has at most %d bytes" % MAX_LENGTH)
    if not isinstance(note, str):
        try:
            note = bytes(note).decode()
        except UnicodeDecodeError:
            raise Malformed("a note is UTF-8") from None
    if any(sign < " " and sign != "\n" for sign in note):
        raise Malformed("a note has no control characters, carriage returns among them")
    return note


def _parse_signature(line):
    name, _, encoded = line[len(_DASH) :].partition(" ")
    if not line.startswith(_DASH):
        raise Malformed("a signature line begins with a dash and a space")
    data = decode(encoded)
    if len(data) < 5:
        raise Malformed("a signature begins with the four bytes of its key id")
    return Signature(_check_name(name), data[:4], data[4:])


def _check_name(name):
    if not name or "+" in name or any(sign.isspace() or sign < " " for sign in name):
        raise Malformed("the name of a key has no spaces and no plus signs")
    return name


def _check_kind(kind):
    if kind not in _KINDS:
        raise Malformed("only keys of the kinds 0x01 (Ed25519) and 0x04 (cosignature) are known")
    return kind
