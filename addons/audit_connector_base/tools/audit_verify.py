#!/usr/bin/env python3
"""Verify an export of an audit log, a package of evidence, a proof file or a note, offline.

One file, standard library only, Python 3.9 or later, so that an auditor can read it, keep it and compare its SHA-256
with the published one. It shares no code with the addon that writes the logs: what both get right was understood twice.

What a success proves: since the first note that an outsider holds, no recorded entry was changed, removed, reordered or
inserted before the end. Not that an entry is true, nor that nothing happened that nobody recorded. Time is proven by
witnesses and time-stamping authorities only.
"""

import argparse
import base64
import binascii
import bisect
import calendar
import hashlib
import itertools
import json
import os
import re
import stat
import sys
import time
import zipfile
import zlib
from collections import OrderedDict, namedtuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except Exception:  # whatever is wrong with it: the verification below does without
    Ed25519PublicKey = None

VERIFIED, DAMAGED, NOT_VERIFIABLE = 0, 1, 2

CHANGED = "changed"
MISSING = "missing"
INSERTED = "inserted"
REORDERED = "reordered"
TRUNCATED = "truncated tail"
FORGED = "forged checkpoint"
INCONSISTENT = "inconsistent with a seen note"
COLUMN = "column differs from sealed bytes"
PAYLOAD = "payload does not match its commitment"
UNAPPROVED = "content erased without approval"
NEVER_ERASED = "content erased that is always kept"
EXCEEDED = "more contents erased than approved"

HELP = """
exit codes:
  0  verified: everything shown is proven by the keys you gave
  1  damage found: its kind and the first index are named. Kinds: changed, missing, inserted, reordered,
     truncated tail, forged checkpoint, inconsistent with a seen note, column differs from sealed bytes,
     payload does not match its commitment, content erased without approval, content erased that is always
     kept, more contents erased than approved
  2  not verifiable: malformed, incomplete, or no key that you gave belongs to it. A key that came with
     the data is never enough

examples:
  audit_verify.py --vkey 'example.com/odoo-audit/0193…+a6cf9d7b+AQOh…' export.zip
  audit_verify.py --vkey log.vkey --seen note-of-last-year.txt export.zip
  audit_verify.py --policy firm.policy --not-before 2026-12-31 --json export.zip
  audit_verify.py --vkey log.vkey entry-3.tlog-proof
  audit_verify.py --vkey log.vkey --seen old.note consistency.txt

A content may be missing because it was not handed over, which is counted, or because it was erased. That is
accepted when the log itself tells, in this order: one person asked for it (retention.asked), another one gave
the password for it (identity.confirmed) and approved it (retention.approved), and the entry is one of those
that were approved: the approval holds the SHA-256 of the list of them (retention.listed). What the export
does not show enough of to judge is told as a reservation and is no damage. Whoever runs code as Odoo can write
those entries; they then stand in the log in the names of two people, who can be asked.

A verifier key is given as text or as a file that holds it. A policy is a text file after C2SP tlog-policy:
lines "log KEY", "witness NAME KEY", "group NAME all|any|NUMBER MEMBER…", "quorum NAME|none".

--not-before DATE asks for freshness: a witness whose key you gave (--vkey, --policy) must have signed, on that
date or later, a note that the log shown continues. By its signature a witness says that this was the largest
state of the log it had seen, so an older state put in its place does not pass. A time stamp alone proves only
that a note existed by then, not that nothing came after it: it is reported, and never enough here.
"""

MAX_MEMBERS = 400_000
MAX_NOTES = 10_000
MAX_SMALL = 1 << 20
MAX_LINE = 1 << 26
MAX_SIZE = 2**63 - 1
MAX_TOLD = 20
WIDTH = 256


class NotVerifiable(Exception):
    """What was given is not as it must be, so nothing can be said about it."""


class BadSignature(Exception):
    """A signature of a known key that does not fit."""


# Ed25519 after RFC 8032, section 5.1: verification only, so nothing here is secret and time may be told.

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_MINUS_1 = pow(2, (_P - 1) // 4, _P)


def ed25519_is_valid(public, message, signature):
    """Whether ``signature`` (64 bytes) over ``message`` is one of the key ``public`` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    if Ed25519PublicKey is not None:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True
    point = _decode_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or scalar >= _ORDER:
        return False
    challenge = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(challenge, "little") % _ORDER
    negative = (_P - point[0], point[1], point[2], _P - point[3])
    return _encode_point(_two_multiples(scalar, _BASE, challenge, negative)) == signature[:32]


def _recover_x(y, odd):
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * _SQRT_MINUS_1 % _P
    if x * x % _P != square or (not x and odd):
        return None
    return _P - x if x & 1 != odd else x


def _decode_point(data):
    y = int.from_bytes(data, "little")
    odd, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, odd) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _encode_point(point):
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _add_points(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _two_multiples(one, point, other, second):
    """``one * point + other * second``, both in one pass over the bits."""
    both = _add_points(point, second)
    found = (0, 1, 1, 0)
    for bit in range(max(one.bit_length(), other.bit_length()) - 1, -1, -1):
        found = _add_points(found, found)
        which = (one >> bit & 1) | (other >> bit & 1) << 1
        if which:
            found = _add_points(found, (None, point, second, both)[which])
    return found


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE = (_recover_x(_BASE_Y, 0), _BASE_Y, 1, _recover_x(_BASE_Y, 0) * _BASE_Y % _P)


# Keys, signed notes, checkpoints: C2SP signed-note, tlog-checkpoint, tlog-cosignature.

LOG_KEY, WITNESS_KEY = 0x01, 0x04
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")
_DASH = "\u2014 "

Signature = namedtuple("Signature", "name key_id data")


class Key(namedtuple("Key", "name kind public")):
    """A public key by name."""

    __slots__ = ()

    @property
    def id(self):
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def check(self, text, signature):
        """The time that a witness signed (Unix seconds), None for a log; raises ``BadSignature``."""
        data, message, when = signature.data, text.encode(), None
        if self.kind == WITNESS_KEY:
            when, data = int.from_bytes(data[:8], "big"), data[8:]
            message = b"cosignature/v1\ntime %d\n" % when + message
        if not ed25519_is_valid(self.public, message, data):
            raise BadSignature("the signature of %s does not fit the note" % shown(self.name))
        return when


class Note:
    """A checkpoint with its signature lines, nothing of it verified."""

    def __init__(self, data):
        text = as_text(data, "a note")
        body, separator, lines = text.rpartition("\n\n")
        if not separator:
            raise NotVerifiable("a note has an empty line before its signatures")
        self.bytes = data
        self.text = body + "\n"
        self.signatures = read_signatures(lines)
        parts = body.split("\n")
        if len(parts) != 3 or not _ORIGIN.fullmatch(parts[0]):
            raise NotVerifiable("a checkpoint has exactly three lines: origin, size and root")
        self.origin = parts[0]
        self.size = read_number(parts[1], "the size of a checkpoint")
        self.root = from_base64(parts[2])
        if len(self.root) != 32:
            raise NotVerifiable("the root of a checkpoint has 32 bytes")

    def signed_by(self, keys, further=()):
        """``[(key, time or None)]`` of those ``keys`` that signed, the lines ``further`` included.

        Lines of unknown keys are ignored; raises ``BadSignature`` for one of a known key that does not fit.
        """
        known = {(key.name, key.id): key for key in keys}
        found = []
        for signature in (*self.signatures, *further):
            key = known.get((signature.name, signature.key_id))
            if key and (key.kind == WITNESS_KEY or key.name == self.origin):
                found.append((key, key.check(self.text, signature)))
        return found


def read_signatures(text):
    if not text.endswith("\n"):
        raise NotVerifiable("the last signature line does not end")
    lines = text[:-1].split("\n")
    if len(lines) > 64:
        raise NotVerifiable("a note has more than 64 signatures")
    found = []
    for line in lines:
        name, _space, encoded = line[len(_DASH) :].partition(" ")
        if not line.startswith(_DASH) or not is_key_name(name):
            raise NotVerifiable("not a signature line: %s" % shown(line, 60))
        data = from_base64(encoded)
        if len(data) < 5:
            raise NotVerifiable("a signature line is too short")
        found.append(Signature(name, data[:4], data[4:]))
    return found


def read_key(text):
    """The ``Key`` in a verifier key ``name+key id+base64(kind and key)``."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        raise NotVerifiable("not a verifier key (name+key id+key): %s" % shown(text, 60))
    data = from_base64(parts[2])
    if len(data) != 33 or data[0] not in (LOG_KEY, WITNESS_KEY):
        raise NotVerifiable("not a key of a log or of a witness: %s" % shown(text, 60))
    key = Key(parts[0], data[0], data[1:])
    if key.id.hex() != parts[1]:
        raise NotVerifiable("the verifier key was mistyped, its parts do not fit: %s" % shown(text, 60))
    return key


def is_key_name(name):
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def from_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise NotVerifiable("not base64: %s" % shown(text, 40)) from None
    if base64.b64encode(data).decode() != text:
        raise NotVerifiable("not base64 as it must be written: %s" % shown(text, 40))
    return data


def read_number(text, what):
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        raise NotVerifiable("%s is not a decimal number: %s" % (what, shown(text, 40)))
    return int(text)


def as_text(data, what):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotVerifiable("%s is not UTF-8" % what) from None
    if any(sign < " " and sign != "\n" for sign in text):
        raise NotVerifiable("%s holds control characters, such as carriage returns" % what)
    return text


def shown(text, limit=200):
    """Text of strangers, so that it does nothing to a terminal."""
    text = str(text)
    return "".join(sign if sign.isprintable() else "?" for sign in text[:limit]) + "…" * (len(text) > limit)


# The tree: RFC 6962, RFC 9162 section 2.1, C2SP tlog-tiles.


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtree_root(hashes):
    """The root over a list of hashes whose number is a power of two."""
    sha256 = hashlib.sha256
    while len(hashes) > 1:
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2])]
    return hashes[0]


class Frontier:
    """A growing tree, remembered in the roots of its complete subtrees."""

    def __init__(self, size=0, hashes=()):
        self.size, self.hashes = size, list(hashes)

    def copy(self):
        return Frontier(self.size, self.hashes)

    def add(self, found, level):
        """Add a complete subtree of ``2**level`` leaves."""
        rest = self.size >> level
        while rest & 1:
            found = node_hash(self.hashes.pop(), found)
            rest >>= 1
        self.hashes.append(found)
        self.size += 1 << level

    def extend(self, leaves):
        done, first, end = 0, self.size, self.size + len(leaves)
        for level, _index in subtrees(first, end):
            self.add(subtree_root(leaves[done : done + (1 << level)]), level)
            done += 1 << level

    def root(self):
        if not self.hashes:
            return hashlib.sha256(b"").digest()
        found = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            found = node_hash(left, found)
        return found


def subtrees(first, end):
    """``(level, index)`` of the largest complete subtrees that make up the leaves from ``first`` to ``end``."""
    while first < end:
        level = (end - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        yield level, first >> level
        first += 1 << level


def inclusion_root(index, size, leaf, hashes):
    """The root that a proof of inclusion leads to; None when it has the wrong length (RFC 9162, 2.1.3.2)."""
    inner = (index ^ (size - 1)).bit_length()
    if len(hashes) != inner + bin(index >> inner).count("1"):
        return None
    found = leaf
    for level, step in enumerate(hashes):
        left = level >= inner or index >> level & 1
        found = node_hash(step, found) if left else node_hash(found, step)
    return found


def consistency_roots(old_size, size, old_root, hashes):
    """The two roots that a proof of consistency leads to; None when it has the wrong length (RFC 9162, 2.1.4.2)."""
    steps = list(hashes)
    if not old_size & (old_size - 1):
        steps.insert(0, old_root)
    if not steps:
        return None
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if not last:
            return None
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    return None if last else (old, new)


def tile_path(level, index, width=WIDTH):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.append("x%03d" % (index % 1000))
    return "tile/%d/%s%s" % (level, "/".join(reversed(groups)), "" if width == WIDTH else ".p/%d" % width)


# What the auditor brings along.


class Policy:
    """Which logs and witnesses are trusted, and which witnesses together are enough: C2SP tlog-policy."""

    def __init__(self, data):
        self.logs, self.witnesses, self._groups, self._quorum = [], {}, {}, None
        for number, line in enumerate(as_text(data.replace(b"\t", b" "), "the policy").split("\n"), 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                self._read(words)
            except (NotVerifiable, ValueError, IndexError, KeyError) as reason:
                raise NotVerifiable("line %d of the policy: %s" % (number, reason)) from None
        if self._quorum is None:
            raise NotVerifiable("the policy has no line quorum")

    def is_met(self, keys):
        """Whether the witnesses who hold these ``keys`` are enough."""
        return self._quorum == "none" or self._has_signed(self._quorum, {key.public for key in keys})

    def _read(self, words):
        if words[0] == "log" and len(words) in (2, 3):
            self.logs.append(_key_of_kind(words[1], LOG_KEY))
        elif words[0] == "witness" and len(words) in (3, 4):
            key = _key_of_kind(words[2], WITNESS_KEY)
            if key.public in {one.public for one in self.witnesses.values()}:
                raise ValueError("the same witness a second time")
            self.witnesses[self._new(words[1])] = key
        elif words[0] == "group" and len(words) > 3:
            members = words[3:]
            known = {*self.witnesses, *self._groups}
            if not known.issuperset(members) or len(set(members)) != len(members):
                raise ValueError("a group lists what stands above it, each member once")
            enough = {"any": 1, "all": len(members)}.get(words[2]) or read_number(words[2], "the number")
            if not 1 <= enough <= len(members):
                raise ValueError("a group of %d cannot need %d" % (len(members), enough))
            self._groups[self._new(words[1])] = enough, members
        elif words[0] == "quorum" and len(words) == 2 and self._quorum is None:
            if words[1] not in {"none", *self.witnesses, *self._groups}:
                raise ValueError("the quorum names nothing that stands above it")
            self._quorum = words[1]
        else:
            raise ValueError("not a line of a policy")

    def _new(self, name):
        if name == "none" or name in self.witnesses or name in self._groups:
            raise ValueError("the name %s is taken" % shown(name, 40))
        return name

    def _has_signed(self, name, public):
        if name in self.witnesses:
            return self.witnesses[name].public in public
        enough, members = self._groups[name]
        return sum(self._has_signed(member, public) for member in members) >= enough


def _key_of_kind(text, kind):
    key = read_key(text)
    if key.kind != kind:
        raise NotVerifiable("the key of a %s is needed here" % ("log" if kind == LOG_KEY else "witness"))
    return key


class Trust:
    """Keys, policy and notes that the auditor has from elsewhere."""

    def __init__(self, asked):
        self.policy = Policy(read_file(asked.policy)) if asked.policy else None
        keys = [key for text in asked.vkey for key in _keys_in(text)]
        if self.policy:
            keys += [*self.policy.logs, *self.policy.witnesses.values()]
        self.log_keys = [key for key in dict.fromkeys(keys) if key.kind == LOG_KEY]
        self.witness_keys = [key for key in dict.fromkeys(keys) if key.kind == WITNESS_KEY]
        self.seen = [(name, _seen_note(name)) for name in asked.seen]
        self.not_before = _moment(asked.not_before) if asked.not_before else None
        self.complete = asked.complete

    def keys_of(self, origin):
        return [key for key in self.log_keys if key.name == origin]

    def seen_of(self, origin):
        return [(name, note) for name, note in self.seen if note.origin == origin]


def _keys_in(text):
    if os.path.isfile(text):
        lines = as_text(read_file(text), text).split("\n")
        return [read_key(line) for line in lines if line.strip() and not line.startswith("#")]
    return [read_key(text)]


def _seen_note(name):
    """A note in a file, or in base64 as headers carry it."""
    data = read_file(name)
    try:
        if b"\n\n" not in data:
            data = from_base64("".join(as_text(data, name).split()))
        return Note(data)
    except NotVerifiable as reason:
        raise NotVerifiable("%s: %s" % (shown(name), reason)) from None


def _moment(text):
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return calendar.timegm(time.strptime(text, form))
        except ValueError:
            continue
    raise NotVerifiable("a date is written 2026-12-31 or 2026-12-31T18:00:00Z (UTC), not %s" % shown(text, 40))


def told(moment):
    """Unix seconds for people; a witness may have signed a time beyond any calendar."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
    except (OverflowError, ValueError, OSError):
        return "the second %d" % moment


# Where the files come from. Nothing is ever unpacked, and no size that a file claims is believed.


class Archive:
    """A ZIP whose members are stored, one after another."""

    def __init__(self, path):
        try:
            self._zip = zipfile.ZipFile(path)
            members = self._zip.infolist()
        except Exception as error:  # zipfile raises about anything for a file that is none
            raise NotVerifiable("the ZIP cannot be read: %s" % shown(error)) from None
        if len(members) > MAX_MEMBERS:
            raise NotVerifiable("the ZIP has more than %d members" % MAX_MEMBERS)
        self._members = {}
        for member in members:
            self._take(member)
        if sum(one.compress_size for one in members) > os.path.getsize(path):
            raise NotVerifiable("members of the ZIP overlap")
        self.names = self._members.keys()

    def open(self, name):
        return self._zip.open(self._members[name])

    def _take(self, member):
        name, mode = member.filename, member.external_attr >> 16
        if name != member.orig_filename or not is_safe(name):
            raise NotVerifiable("the ZIP has a member with an unsafe name: %s" % shown(member.orig_filename, 80))
        if name in self._members:
            raise NotVerifiable("the ZIP has %s twice" % shown(name, 80))
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise NotVerifiable("%s is a link or a device" % shown(name, 80))
        if member.flag_bits & 1:
            raise NotVerifiable("%s is encrypted" % shown(name, 80))
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise NotVerifiable(
                "%s is compressed, so the ZIP was packed anew: unpack it and give the folder" % shown(name, 80)
            )
        if not name.endswith("/"):
            self._members[name] = member


class Folder:
    """An export or package that somebody has unpacked."""

    def __init__(self, path):
        self._files = {}
        for folder, _folders, files in os.walk(path):
            for file in files:
                full = os.path.join(folder, file)
                name = os.path.relpath(full, path).replace(os.sep, "/")
                if not stat.S_ISREG(os.lstat(full).st_mode):
                    raise NotVerifiable("%s is a link or a device" % shown(name, 80))
                self._files[name] = full
            if len(self._files) > MAX_MEMBERS:
                raise NotVerifiable("the folder has more than %d files" % MAX_MEMBERS)
        self.names = self._files.keys()

    def open(self, name):
        return open(self._files[name], "rb")


def is_safe(name):
    parts = name[:-1].split("/") if name.endswith("/") else name.split("/")
    return not any(part in ("", ".", "..") for part in parts) and not any(sign in name for sign in "\\:\0")


def _top(names):
    """The one folder in which everything lies, with its slash; else nothing."""
    tops = {name.split("/", 1)[0] for name in names}
    top = "%s/" % tops.pop() if len(tops) == 1 else ""
    return top if top and all(name.startswith(top) for name in names) else ""


class Reader:
    """Files of an archive or folder below ``prefix``, by default below the one folder in which everything lies.

    There is one for every 256 entries, so their names are not copied.
    """

    def __init__(self, source, prefix=None):
        self._source, self._prefix = source, _top(source.names) if prefix is None else prefix

    def below(self, folder):
        return Reader(self._source, self._prefix + folder)

    def __contains__(self, name):
        return self._prefix + name in self._source.names

    def matching(self, pattern):
        """``(name, match)`` of each file whose whole name matches, in no order."""
        matches = map(re.compile(re.escape(self._prefix) + pattern).fullmatch, self._source.names)
        return ((match[0][len(self._prefix) :], match) for match in matches if match)

    def blocks(self, name):
        """The content in blocks; raises ``NotVerifiable`` when the archive is damaged."""
        if name not in self:
            raise NotVerifiable("%s%s is missing" % (shown(self._prefix), shown(name)))
        try:
            with self._source.open(self._prefix + name) as stream:
                while True:
                    block = stream.read(MAX_SMALL)
                    if not block:
                        return
                    yield block
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
            raise NotVerifiable("%s%s cannot be read: %s" % (shown(self._prefix), shown(name), shown(error))) from None

    def read(self, name, limit=MAX_SMALL):
        kept = []
        for block in self.blocks(name):
            kept.append(block)
            limit -= len(block)
            if limit < 0:
                raise NotVerifiable("%s%s is too long" % (shown(self._prefix), shown(name)))
        return b"".join(kept)

    def json(self, name, limit=MAX_SMALL):
        return parse_json(self.read(name, limit), self._prefix + name)


class Lines:
    """The lines of a file, a few at a time; they end with 0x0A and nothing else."""

    def __init__(self, reader, name):
        self._name = name
        self._blocks = reader.blocks(name)
        self._lines, self._at, self._rest = [], 0, b""

    def take(self, count):
        """The next ``count`` lines, or what is left."""
        while len(self._lines) - self._at < count and self._blocks is not None:
            self._fill()
        found = self._lines[self._at : self._at + count]
        self._at += len(found)
        return found

    def __iter__(self):
        while True:
            found = self.take(WIDTH)
            if not found:
                return
            yield from found

    def _fill(self):
        block = next(self._blocks, None)
        if block is None:
            self._blocks = None
            lines = [self._rest] if self._rest else []
        else:
            lines = (self._rest + block).split(b"\n")
            self._rest = lines.pop()
            if len(self._rest) > MAX_LINE:
                raise NotVerifiable("%s has a line of more than %d bytes" % (shown(self._name), MAX_LINE))
        self._lines = self._lines[self._at :] + lines
        self._at = 0


def parse_json(data, name):
    """The JSON object in ``data``; members must not stand twice, numbers not be longer than a size can be."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_members, parse_int=_integer, parse_float=_no, parse_constant=_no
        )
    except (ValueError, RecursionError):
        raise NotVerifiable("%s is not JSON as it must be" % shown(name)) from None
    if not isinstance(value, dict):
        raise NotVerifiable("%s is not a JSON object" % shown(name))
    return value


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _integer(digits):
    if len(digits) > 19:
        raise ValueError("a long number")
    return int(digits)


def _no(text):
    raise ValueError("not a number that belongs here: %s" % text[:20])


def read_file(path, limit=MAX_SMALL):
    try:
        with open(path, "rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise NotVerifiable("%s cannot be read: %s" % (shown(path), error.strerror)) from None
    if len(data) > limit:
        raise NotVerifiable("%s is too long" % shown(path))
    return data


# What came out.


class Report:
    """Damage, what could not be verified, and what is worth telling beside it."""

    def __init__(self, name):
        self.name = name
        self.damage, self.problems, self.logs = [], [], []

    def found(self, kind, index, detail, log=None, count=1, path=None):
        """Damage of one kind in one log; ``index``: the first entry that is concerned, from 0."""
        item = {"kind": kind, "index": index, "count": count, "log": log, "detail": detail}
        self.damage.append(dict(item, path=path) if path else item)

    def problem(self, text, log=None):
        self.problems.append({"log": log, "detail": text})

    @property
    def code(self):
        return DAMAGED if self.damage else NOT_VERIFIABLE if self.problems else VERIFIED

    @property
    def result(self):
        return {VERIFIED: "verified", DAMAGED: "damage found", NOT_VERIFIABLE: "not verifiable"}[self.code]

    def as_json(self):
        told = {"result": self.result, "exit": self.code, "file": self.name, "damage": self.damage}
        told["problems"], told["logs"] = self.problems, self.logs
        told["ed25519"] = "cryptography" if Ed25519PublicKey is not None else "built in"
        return json.dumps(told, indent=1, ensure_ascii=True)

    def as_text(self):
        lines = []
        for log in self.logs:
            lines.append("Log %s%s" % (log["origin"], " (%s)" % shown(log["title"], 80) if log.get("title") else ""))
            lines += ["  %s" % fact for fact in log["facts"]]
            lines += ["  RESERVATION: %s" % text for text in log.get("reservations", ())]
            lines.append("")
        for item in self.damage:
            where = "" if item["index"] is None else ", first at index %d" % item["index"]
            many = " (%d)" % item["count"] if item["count"] > 1 else ""
            lines.append("DAMAGE  %s%s%s: %s" % (item["kind"], where, many, item["detail"]))
        lines += ["NOT VERIFIABLE  %s" % item["detail"] for item in self.problems]
        if self.damage or self.problems:
            lines.append("")
        lines.append("%s: %s" % (shown(self.name), self.result.upper()))
        return "\n".join(lines) + "\n"


class Progress:
    """Lines on standard error for whoever waits."""

    def __init__(self, wanted):
        self._stream = sys.stderr if wanted or (wanted is None and sys.stderr.isatty()) else None
        self._in_place = bool(self._stream) and self._stream.isatty()
        self._next = time.monotonic() + 1

    def tell(self, what, done, total):
        if self._stream and time.monotonic() >= self._next:
            self._next = time.monotonic() + (0.5 if self._in_place else 5)
            text = "%s: %d of %d (%d %%)" % (what, done, total, 100 * done // max(total, 1))
            self._stream.write("\r\x1b[K%s" % text if self._in_place else text + "\n")
            self._stream.flush()

    def end(self):
        if self._in_place:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


# What happened to entries that are not those of the tree.


class Gap:
    """A stretch in which two sequences have nothing in common; ``at`` and ``count`` of each, and the first hashes."""

    def __init__(self, given_at, wanted_at):
        self.given_at, self.wanted_at = given_at, wanted_at
        self.given, self.wanted = [], []
        self.given_count = self.wanted_count = 0

    def unmoved(self, moved):
        """``(indexes, how many)`` of what was given and of what was wanted, without what is in ``moved``."""
        for at, hashes, count in (
            (self.given_at, self.given, self.given_count),
            (self.wanted_at, self.wanted, self.wanted_count),
        ):
            known = [index for index, one in enumerate(hashes, at) if one not in moved]
            # What was not kept one by one follows in a row.
            yield itertools.chain(known, range(at + len(hashes), at + count)), len(known) + count - len(hashes)


class Comparison:
    """Sorts out how a sequence of leaf hashes differs from the one it should be.

    Both come block by block. Where they part, the nearest place at which they meet again is looked for, first among the
    next some thousand, then further on; what lies between was changed, is missing or was inserted. What is missing in
    one place and inserted in another was moved.
    """

    AHEAD, FURTHEST, KEPT = 4096, 1 << 18, 20_000

    def __init__(self, first):
        self._given, self._wanted = [], []
        self._given_at = self._wanted_at = first
        self._gaps, self._room, self._ahead = [], self.KEPT, self.AHEAD

    @property
    def differs(self):
        return bool(self._gaps or self._given or self._wanted)

    def skip(self, count):
        """Both were alike for so many, and nothing is pending."""
        self._given_at += count
        self._wanted_at += count

    def feed(self, given, wanted):
        self._given += given
        self._wanted += wanted
        if self._given == self._wanted:
            self._drop(len(self._given), len(self._wanted))
        elif min(len(self._given), len(self._wanted)) >= self._ahead:
            self._match(final=False)
        elif max(len(self._given), len(self._wanted)) >= self.FURTHEST:
            self._match(final=True)  # one of the two has come to its end

    def finish(self):
        """The damage as ``[(kind, first index, count, some of the indexes)]``, in the order of the first index."""
        self._match(final=True)
        moved = {one for gap in self._gaps for one in gap.given} & {one for gap in self._gaps for one in gap.wanted}
        found = {}
        # Of two that changed places, the first is where the order breaks.
        places = [
            index
            for gap in self._gaps
            for at, hashes in ((gap.given_at, gap.given), (gap.wanted_at, gap.wanted))
            for index, one in enumerate(hashes, at)
            if one in moved
        ]
        found[REORDERED] = set(places), len(set(places))
        for gap in self._gaps:
            (given, given_count), (wanted, wanted_count) = gap.unmoved(moved)
            both = min(given_count, wanted_count)
            at_end = not gap.given_count and gap.wanted_at + gap.wanted_count == self._wanted_at
            self._count(found, CHANGED, itertools.islice(wanted, both), both)
            self._count(found, TRUNCATED if at_end else MISSING, wanted, wanted_count - both)
            self._count(found, INSERTED, itertools.islice(given, both, None), given_count - both)
        told = [(kind, min(places), count, places) for kind, (places, count) in found.items() if count]
        return sorted(told, key=lambda item: (item[1], item[0]))

    def _count(self, found, kind, places, count):
        before, counted = found.setdefault(kind, (set(), 0))
        before.update(itertools.islice(places, min(count, max(0, self.KEPT - len(before)))))
        found[kind] = before, counted + count

    def _match(self, final):
        while self._given or self._wanted:
            same = 0
            for one, other in zip(self._given, self._wanted):
                if one != other:
                    break
                same += 1
            self._drop(same, same)
            if not final and min(len(self._given), len(self._wanted)) < self.AHEAD:
                return
            given, wanted = self._meeting()
            if not final and (given, wanted) == (len(self._given), len(self._wanted)) and given < self.FURTHEST:
                self._ahead = 2 * given
                return
            self._keep(given, wanted)
            self._drop(given, wanted)
            self._ahead = self.AHEAD

    def _meeting(self):
        """How many of each to pass over until both are alike again; all of both when they never are."""
        places = {one: place for place, one in reversed(list(enumerate(self._wanted)))}
        best = len(self._given), len(self._wanted)
        for place, one in enumerate(self._given):
            if place > sum(best):
                break
            other = places.get(one)
            # Of two that are as near, the one that leaves the same number on both sides: what it leaves was changed.
            if other is not None and (place + other, abs(place - other)) < (sum(best), abs(best[0] - best[1])):
                best = place, other
        return best

    def _keep(self, given, wanted):
        if not given and not wanted:
            return
        gap = self._gaps[-1] if self._gaps else None
        ends = gap and (gap.given_at + gap.given_count, gap.wanted_at + gap.wanted_count)
        if ends != (self._given_at, self._wanted_at):
            gap = Gap(self._given_at, self._wanted_at)
            self._gaps.append(gap)
        if len(gap.given) == gap.given_count and len(gap.wanted) == gap.wanted_count:
            gap.given += self._given[: min(given, self._room)]
            gap.wanted += self._wanted[: min(wanted, self._room)]
            self._room = max(0, self._room - max(given, wanted))
        gap.given_count += given
        gap.wanted_count += wanted

    def _drop(self, given, wanted):
        del self._given[:given]
        del self._wanted[:wanted]
        self._given_at += given
        self._wanted_at += wanted


class Track:
    """A growing tree that keeps its root at certain sizes."""

    def __init__(self, sizes, frontier=None, roots=None):
        self._sizes = sorted(sizes)
        self.frontier = frontier or Frontier()
        self.roots = roots if roots is not None else {0: self.frontier.root()}

    def copy(self):
        return Track(self._sizes, self.frontier.copy(), dict(self.roots))

    @property
    def size(self):
        return self.frontier.size

    def node(self, found, level):
        self.frontier.add(found, level)
        self._keep()

    def leaves(self, hashes):
        """Add leaf hashes; returns the root of their subtree when they are the whole of a tile."""
        end = self.size + len(hashes)
        stops = self._sizes[bisect.bisect_right(self._sizes, self.size) : bisect.bisect_left(self._sizes, end)]
        if len(hashes) == WIDTH and not self.size % WIDTH and not stops:
            whole = subtree_root(hashes)
            self.node(whole, 8)
            return whole
        start = self.size
        for stop in (*stops, end):
            self.frontier.extend(hashes[self.size - start : stop - start])
            self._keep()
        return None

    def _keep(self):
        place = bisect.bisect_left(self._sizes, self.size)
        if place < len(self._sizes) and self._sizes[place] == self.size:
            self.roots[self.size] = self.frontier.root()


# Proof files: C2SP tlog-proof, and the body of C2SP tlog-witness.

PROOF_LINE = b"c2sp.org/tlog-proof@v1\n"

Inclusion = namedtuple("Inclusion", "entry index hashes note")
Consistency = namedtuple("Consistency", "old_size hashes note")


def read_proof(data):
    text = as_text(data, "a proof file")
    head, separator, note = text.partition("\n\n")
    if not separator:
        raise NotVerifiable("a proof file has an empty line before its note")
    lines, note = head.split("\n"), Note(note.encode())
    if not data.startswith(PROOF_LINE):
        return Consistency(_labelled(lines[0], "old"), _hashes(lines[1:]), note)
    entry = from_base64(lines.pop(1)[len("extra ") :]) if lines[1].startswith("extra ") else None
    if len(lines) < 2:
        raise NotVerifiable("a proof file names the index of its entry")
    return Inclusion(entry, _labelled(lines[1], "index"), _hashes(lines[2:]), note)


def _labelled(line, name):
    if not line.startswith(name + " "):
        raise NotVerifiable("a proof file has a line %r here, not %s" % (name, shown(line, 40)))
    return read_number(line[len(name) + 1 :], name)


def _hashes(lines):
    hashes = [from_base64(line) for line in lines]
    if len(hashes) > 63 or any(len(one) != 32 for one in hashes):
        raise NotVerifiable("a proof has at most 63 hashes of 32 bytes")
    return hashes


def proves(proof):
    """Whether the entry of an ``Inclusion`` is in the tree of its note."""
    if proof.entry is None:
        raise NotVerifiable("the proof file does not hold the entry that it proves")
    if proof.index >= proof.note.size:
        return False
    return inclusion_root(proof.index, proof.note.size, leaf_hash(proof.entry), proof.hashes) == proof.note.root


# RFC 3161 tokens, as far as the standard library can judge them.


def read_token(data):
    """``(hashed, seconds, is_response)``: SHA-256 that a token is over, the time it claims, and how it is wrapped.

    The signature of the authority is not checked: that takes ``openssl ts -verify`` and its certificate.
    """
    try:
        outer = _der(data, 0x30)
        parts = _der_parts(outer)
        is_response = parts[0][0] == 0x30
        if is_response:
            if _der_parts(parts[0][1])[0] not in ((0x02, b"\x00"), (0x02, b"\x01")):
                raise ValueError("it was refused")
            parts = _der_parts(parts[1][1])
        signed = _der_parts(_der(parts[1][1], 0x30))
        content = _der_parts(signed[2][1])
        if parts[0][1].hex() != "2a864886f70d010702" or content[0][1].hex() != "2a864886f70d0109100104":
            raise ValueError("it is no time stamp")
        stamp = _der_parts(_der(_der(content[1][1], 0x04), 0x30))
        imprint = _der_parts(stamp[2][1])
        if _der_parts(imprint[0][1])[0][1].hex() != "608648016503040201":
            raise ValueError("its hash is not SHA-256")
        when = re.fullmatch(rb"([0-9]{14})(\.[0-9]+)?Z", stamp[4][1])
        if stamp[4][0] != 0x18 or not when:
            raise ValueError("its time is not one")
        return imprint[1][1], calendar.timegm(time.strptime(when[1].decode(), "%Y%m%d%H%M%S")), is_response
    except (IndexError, ValueError) as reason:
        raise NotVerifiable("not a time-stamp token: %s" % reason) from None


def _der(data, tag):
    """The content of the one element that ``data`` is."""
    parts = _der_parts(data)
    if len(parts) != 1 or parts[0][0] != tag:
        raise ValueError("not DER")
    return parts[0][1]


def _der_parts(data):
    """The elements of a sequence as ``[(tag, content)]``."""
    parts, at = [], 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4 or at + octets > len(data):
                raise ValueError("not DER")
            length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
        if at + length > len(data):
            raise ValueError("not DER")
        parts.append((tag, data[at : at + length]))
        at += length
    return parts


# The contents of a range: what the screens show, and the payloads.


def open_payload(said, entry):
    """The payload that a line discloses of an entry, which is a dict; None when it is not what was sealed."""
    try:
        salt, payload = bytes.fromhex(said["salt"]), base64.b64decode(said["payload"], validate=True)
    except (KeyError, TypeError, ValueError):
        return None
    commitment = hashlib.sha256(b"odoo-audit/payload/v1\n" + salt + payload).hexdigest()
    return payload if len(salt) == 32 and entry.get("commit") == commitment else None


def entry_of(line):
    """The members of an entry; none when the line was changed so that it is no entry any more."""
    try:
        return parse_json(line, "an entry")
    except NotVerifiable:
        return {}


class Contents:
    """Compares columns and payloads with the entries that they belong to, block by block."""

    def __init__(self, reader):
        self._flaws = {}
        self._columns = Lines(reader, "columns.jsonl") if "columns.jsonl" in reader else None
        self._payloads = self._read(Lines(reader, "payloads.jsonl")) if "payloads.jsonl" in reader else iter(())
        self._next = next(self._payloads, None)
        self._has_payloads = self._next is not None
        self.has_columns = self._columns is not None
        self.columns_differ, self.payloads_differ = {}, set()
        """Index of an entry: the names of what differs; and indexes."""
        self.disclosed = self.erased = 0
        self.known = []
        """``(index, entry, payload)`` of the entries that mean something to a verifier."""
        self.told = {}
        """``{index: (entry, payload or None)}`` of the entries that tell of erasures."""

    def check(self, lines, at):
        """``lines``: entries from index ``at`` on."""
        if self._columns:
            columns = self._columns.take(len(lines))
            if columns != lines:
                self._compare(lines, columns, at)
        if self._has_payloads:
            for index, line in enumerate(lines, at):
                if b'"kind":"retention.' in line or b'"kind":"identity.confirmed"' in line:
                    self.told[index] = entry_of(line), None
        while self._next and self._next["index"] < at + len(lines):
            if self._next["index"] < at:
                self._flaws["payloads"] = "payloads.jsonl speaks of entry %d, which is not here" % self._next["index"]
            else:
                self._take(self._next, entry_of(lines[self._next["index"] - at]))
            self._next = next(self._payloads, None)

    def flaws(self):
        """What is wrong with the files as such, once all entries were seen."""
        if self._next:
            self._flaws["payloads"] = "payloads.jsonl speaks of entry %d, which is not here" % self._next["index"]
        if self._columns and self._columns.take(1):
            self._flaws["columns"] = "columns.jsonl has more lines than there are entries"
        return list(self._flaws.values())

    def _compare(self, lines, columns, at):
        for index, (line, column) in enumerate(zip(lines, columns), at):
            # Most columns are the first members of the entry, written in the same way.
            if line == column or (column.endswith(b'"}') and line.startswith(column[:-1] + b",")):
                continue
            if len(self.columns_differ) < Comparison.KEPT:
                entry, said = entry_of(line), entry_of(column)
                differing = sorted(name for name in said if said[name] != entry.get(name))
                if differing or not said:
                    self.columns_differ[index] = differing
        if len(columns) < len(lines):
            self._flaws["columns"] = "columns.jsonl has fewer lines than there are entries"

    def _take(self, said, entry):
        if "erased" in said:
            self.erased += 1
            return
        payload = open_payload(said, entry)
        if payload is None:
            if len(self.payloads_differ) < Comparison.KEPT:
                self.payloads_differ.add(said["index"])
            return
        self.disclosed += 1
        if said["index"] in self.told:
            self.told[said["index"]] = entry, payload
        if entry.get("kind") in ("log.created", "key.rotated", "package.sealed"):
            self.known.append((said["index"], entry, payload))

    def _read(self, lines):
        """The lines of payloads; they end where one is not as it must be."""
        before = -1
        try:
            for line in lines:
                said = parse_json(line, "a line of payloads.jsonl")
                if not is_size(said.get("index")) or said["index"] <= before:
                    raise NotVerifiable("payloads.jsonl is not in the order of the entries")
                before = said["index"]
                yield said
        except NotVerifiable as reason:
            self._flaws["payloads"] = str(reason)


# Contents that were erased, and the people who decided on it.

# First words of the kinds of entries whose content nobody can approve the erasure of.
ALWAYS_KEPT = {
    "anchor", "api_client", "configuration", "contract", "destination", "entry", "holder", "identity", "key", "log",
    "package", "retention", "secret",
}  # fmt: skip
_PERSON = re.compile(r"user/(?!1$)[1-9][0-9]*")  # Odoo's own user is nobody
_BEFORE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")

Approval = namedtuple("Approval", "company shares")
Doubt = namedtuple("Doubt", "text is_certain")
Share = namedtuple("Share", "before first last to_erase sha256 listed")


def tells_of_erasures(entry):
    kind = str(entry.get("kind"))
    return kind.startswith("retention.") or kind == "identity.confirmed"


class Approvals:
    """The approvals of erasures in a log, judged by what stands before them about the same run.

    A run is asked for by one person, another one gives the password for it and approves the same. When it is counted
    anew or cancelled in between it has to be asked for anew, and it is approved once.
    """

    def __init__(self, told, begins):
        """``told``: ``{index: (entry, payload or None)}``; ``begins(index)``: whether all before an entry is shown."""
        self._begins, self._asked, self._confirmed, self._decided = begins, {}, {}, set()
        self.lists = {}
        """``{id of an entry that lists contents: its payload or None}``"""
        self._read = OrderedDict()
        self.found = {}
        """``{id: Approval, or Doubt}``"""
        for index, (entry, payload) in sorted(told.items()):
            self._take(index, entry, payload)

    def _take(self, index, entry, payload):
        kind, run, actor = (entry.get(name) for name in ("kind", "subject", "actor"))
        if kind == "identity.confirmed":
            if _content(payload).get("action") == "erase" or payload is None:
                confirmed = self._confirmed.setdefault(run, {})
                confirmed[actor] = confirmed.get(actor, False) or payload is not None
        elif kind == "retention.approved":
            verdict = self._judged(run, actor, payload, self._begins(index))
            if run in self._decided:
                verdict = Doubt("it names a second approval of a run that had been approved before", True)
            elif isinstance(verdict, Approval):
                verdict = verdict._replace(company=entry.get("company"))
                self._decided.add(run)
            self.found[entry.get("id")] = verdict
        elif kind == "retention.listed":
            self.lists[entry.get("id")] = payload
        elif kind in ("retention.asked", "retention.counted", "retention.cancelled"):
            self._asked[run] = (actor, payload) if kind == "retention.asked" else None
            self._confirmed[run] = {}

    def ids_of(self, share):
        """The ids that may go by a ``Share``; none where the list is another one, None where it is not shown."""
        if share.listed not in self._read:
            payload = self.lists.get(share.listed)
            self._read[share.listed] = payload and _listed_ids(payload)
            while len(self._read) > 4:  # a list is long, and entries come nearly in the order of their ids
                self._read.popitem(last=False)
        ids = self._read[share.listed]
        return ids and (ids[1] if ids[0] == share.sha256 else frozenset())

    def _judged(self, run, actor, payload, is_certain):
        asked, confirmed = self._asked.get(run), self._confirmed.get(run, {})
        if not asked or not _PERSON.fullmatch(str(asked[0])):
            return Doubt("nobody had asked for that erasure in this log when it was approved", is_certain)
        if asked[0] == actor:
            return Doubt("it was approved by the person who had asked for it", is_certain)
        if not _PERSON.fullmatch(str(actor)) or actor not in confirmed:
            return Doubt("whoever approved it did not confirm that with the password", is_certain)
        if payload is None or asked[1] is None or not confirmed[actor]:
            return Doubt("the contents of the entries that approve it were not handed over", False)
        shares = _shares(payload)
        if shares is None or shares != _shares(asked[1]):
            return Doubt("what was approved is not what had been asked for", is_certain)
        return Approval(None, shares)


def _content(payload):
    try:
        return parse_json(payload or b"{}", "the payload of an entry")
    except NotVerifiable:
        return {}


def _shares(payload):
    """``{origin: [Share]}`` of what a payload lets go; None when it does not say."""
    shares = {}
    try:
        for line in _content(payload)["lines"]:
            if line["kind"] != "log":
                continue
            if not _BEFORE.fullmatch(line["before"]):
                return None
            for part in line["logs"]:
                # Times in entries have more digits, which make the greater text.
                share = Share(line["before"].replace(" ", "T"), *(part[name] for name in Share._fields[1:]))
                texts = (share.first, share.last, share.sha256, share.listed)
                if not all(isinstance(one, str) for one in texts) or type(share.to_erase) is not int:
                    return None
                shares.setdefault(part["log"], []).append(share)
    except (KeyError, TypeError):
        return None
    return shares


def _listed_ids(payload):
    """``(SHA-256 of the ids that a list of contents names, the ids)``."""
    ids = _content(payload).get("ids")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        return "", frozenset()
    text = "".join(one + "\n" for one in ids)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), frozenset(ids)


class Erasures:
    """Judges the contents of one log that are said to be erased, one after another."""

    def __init__(self, origin, approvals, is_all):
        """``is_all``: whether every entry of the tree is shown."""
        self._origin, self._approvals, self._is_all = origin, approvals, is_all
        self._gone = {}
        self.found = {}
        """``{kind of damage: [why the first, its index, how many, some of the indexes]}``"""
        self.doubts, self.elsewhere = {}, set()
        """``{why it cannot be judged: [first index, how many]}``; and ids of approvals that are not shown"""

    @property
    def unjudged(self):
        return sum(count for _first, count in self.doubts.values())

    def judge(self, index, entry, said):
        """``said``: the line of payloads.jsonl."""
        by = said["erased"] if isinstance(said["erased"], str) else ""
        if str(entry.get("kind")).partition(".")[0] in ALWAYS_KEPT:
            self._damage(NEVER_ERASED, index, "it is of a kind that nobody can approve the erasure of")
            return
        verdict = self._approvals.found.get(by)
        if verdict is None:
            self._judge_unknown(index, by, said.get("log"))
        elif isinstance(verdict, Doubt):
            if verdict.is_certain:
                self._damage(UNAPPROVED, index, verdict.text)
            else:
                self._doubt(index, verdict.text)
        else:
            self._judge_approved(index, entry, by, verdict)

    def _judge_unknown(self, index, by, log):
        if len(self.elsewhere) < Comparison.KEPT:
            self.elsewhere.add(by)
        if by and isinstance(log, str) and log != self._origin:
            self._doubt(index, "it names an approval in another log, %s" % shown(log))
        elif by and not self._is_all:
            self._doubt(index, "the approval that it names is not in this export")
        else:
            text = "the log holds no approval that it names" if by else "nothing says why"
            self._damage(UNAPPROVED, index, text)

    def _judge_approved(self, index, entry, by, approval):
        shares = approval.shares.get(self._origin, ())
        number, when = str(entry.get("id")), str(entry.get("time"))
        near = [one for one in shares if one.first <= number <= one.last and when < one.before]
        lists = {one.listed: self._approvals.ids_of(one) for one in near if entry.get("company") == approval.company}
        if not any(number in ids for ids in lists.values() if ids):
            is_shown = self._approvals.lists if self._is_all else lists
            if any(ids is None and listed in is_shown for listed, ids in lists.items()):
                self._doubt(index, "the list of what was approved was not handed over")
            else:
                self._damage(UNAPPROVED, index, "the entry is not among those that were approved")
            return
        self._gone[by] = self._gone.get(by, 0) + 1
        allowed = sum(one.to_erase for one in shares)
        if self._gone[by] > allowed:
            self._damage(EXCEEDED, index, "%d contents were approved to go, and that many are gone before it" % allowed)

    def _damage(self, kind, index, why):
        found = self.found.setdefault(kind, [why, index, 0, []])
        found[2] += 1
        if len(found[3]) < Comparison.KEPT:
            found[3].append(index)

    def _doubt(self, index, why):
        self.doubts.setdefault(why, [index, 0])[1] += 1


# One log of an export: its files, its keys, its tree, its entries, and what follows from them.


class SignedNote:
    """A note of an export, and what came of checking it."""

    def __init__(self, name, note, lines=(), tokens=()):
        self.name, self.note, self.lines, self.tokens = name, note, lines, tokens
        self.size, self.root = note.size, note.root
        self.trusted, self.forged = False, None
        self.witnesses = []


class LogFiles:
    """The notes and proofs in the folder of a log, read and not yet verified."""

    def __init__(self, reader, said):
        self.reader = reader
        self.first, self.end = said.get("first"), said.get("end")
        self.title = said.get("title") if isinstance(said.get("title"), str) else ""
        self.proofs = self._load_proofs()
        self.notes = sorted(self._load_notes(), key=lambda one: (one.size, one.name))
        if not self.notes:
            raise NotVerifiable("a folder of a log without any note")
        if len(self.notes) > MAX_NOTES:
            raise NotVerifiable("a folder of a log with more than %d notes" % MAX_NOTES)
        self.tip = self.notes[-1]
        self.origin = self.tip.note.origin
        if said.get("origin") != self.origin or any(one.note.origin != self.origin for one in self.notes):
            raise NotVerifiable("the notes in the folder of %s are of another log" % shown(said.get("origin")))
        if not is_size(self.first) or not is_size(self.end) or self.first > min(self.end, self.tip.size):
            raise NotVerifiable("export.json names no range of entries")
        self.last = min(self.end, self.tip.size)
        """One more than the index of the last entry that can be there."""

    def continues(self):
        """The log that entry 0 claims to continue, before anything is verified: ``(origin, size, root)`` or None."""
        try:
            for proof, said, _name in self.proofs:
                if proof.index == 0 and said:
                    return continued(open_payload(said, entry_of(proof.entry)))
            if self.first == 0 and "entries.jsonl" in self.reader and "payloads.jsonl" in self.reader:
                entry = Lines(self.reader, "entries.jsonl").take(1)
                said = [parse_json(line, "payloads.jsonl") for line in Lines(self.reader, "payloads.jsonl").take(1)]
                if entry and said and said[0].get("index") == 0 and "payload" in said[0]:
                    return continued(open_payload(said[0], entry_of(entry[0])))
        except NotVerifiable:
            pass  # it is looked at once more, and told, when its turn comes
        return None

    def _load_notes(self):
        tokens = {}
        for name, match in self.reader.matching(r"(notes/[0-9]+(?:-[0-9]+)?)\.[0-9]+\.tst"):
            tokens.setdefault(match[1], []).append(name)
        for name, match in self.reader.matching(r"(notes/[0-9]+(?:-[0-9]+)?)\.note"):
            lines, further = (), name[: -len("note")] + "cosignatures"
            if further in self.reader:
                lines = read_signatures(as_text(self.reader.read(further), further))
            try:
                note = Note(self.reader.read(name))
            except NotVerifiable as reason:
                raise NotVerifiable("malformed checkpoint %s: %s" % (name, reason)) from None
            yield SignedNote(name, note, lines, sorted(tokens.get(match[1], ())))
        for proof, _said, name in self.proofs:
            yield SignedNote(name, proof.note)

    def _load_proofs(self):
        found = []
        for name, _match in sorted(self.reader.matching(r"proofs/[0-9]+\.tlog-proof")):
            proof = read_proof(self.reader.read(name))
            if not isinstance(proof, Inclusion) or proof.entry is None:
                raise NotVerifiable("%s does not prove an entry" % name)
            payload = name[: -len("tlog-proof")] + "json"
            said = self.reader.json(payload, MAX_LINE) if payload in self.reader else None
            found.append((proof, said, name))
        return found


def is_size(value):
    return type(value) is int and 0 <= value <= MAX_SIZE


def continued(payload):
    """The log that the payload of entry 0 says it continues: ``(origin, size, root)`` or None."""
    said = parse_json(payload or b"{}", "the payload of entry 0").get("continues")
    if not isinstance(said, dict):
        return None
    return str(said.get("origin")), read_number(str(said.get("size")), "a size"), from_base64(str(said.get("root")))


class KeyRing:
    """The keys of a log: those given, and those that a known key handed over to.

    A key is handed over by an entry ``key.rotated`` that names the new one, in a tree that both have signed. From then
    on the old key counts no more.
    """

    def __init__(self, files, trust, known, roots):
        """``known``: ``(index, entry, payload)`` of entries of the tree; ``roots``: of this tree, by size."""
        self._notes, self._roots, self._witness_keys = files.notes, roots, trust.witness_keys
        self.keys = trust.keys_of(files.origin)
        self.facts, self._retired = [], {}
        waiting = [(index, payload) for index, entry, payload in known if entry.get("kind") == "key.rotated"]
        learned = True
        while learned:
            learned = [one for one in waiting if self._learn(*one)]
            waiting = [one for one in waiting if one not in learned]

    def judge(self, one):
        """Say of a ``SignedNote`` whether it is signed by a known key, and by which witnesses."""
        try:
            signers = [key for key, _time in one.note.signed_by(self.keys)]
            one.witnesses = one.note.signed_by(self._witness_keys, one.lines)
        except BadSignature as reason:
            one.forged = str(reason)
            return
        one.trusted = any(self._retired.get(key, one.size) >= one.size for key in signers)
        if signers and not one.trusted:
            one.forged = "it is signed only with key %s, which had been replaced by then" % signers[0].id.hex()
        elif self.keys and not signers:
            theirs = [line.key_id.hex() for line in one.note.signatures if line.name == one.note.origin]
            text = "it is not signed with the key that you gave (%s) but with %s, and nothing shows that one replaced "
            given = ", ".join(key.id.hex() for key in self.keys)
            one.forged = (text + "the other") % (given, ", ".join(theirs) or "none")

    def _learn(self, index, payload):
        """Learn the key that an entry names, if a note of this very tree covers the entry and carries both signatures.

        That the note is of this tree matters: anybody can add a signature to a note of the old key.
        """
        try:
            key = read_key(str(parse_json(payload, "the payload of key.rotated").get("vkey")))
        except NotVerifiable:
            return False
        for one in self._notes:
            if key.kind != LOG_KEY or one.size <= index or self._roots.get(one.size) != one.root:
                continue
            try:
                signers = [signer for signer, _time in one.note.signed_by(self.keys) if signer != key]
                if not signers or not one.note.signed_by([key]):
                    continue
            except BadSignature:
                continue
            self._retired.update((signer, one.size) for signer in signers)
            if key not in self.keys:
                self.keys.append(key)
                text = "key %s was handed over to key %s by entry %d, under both signatures"
                self.facts.append(text % (signers[0].id.hex(), key.id.hex(), index))
            return True
        return False


class Tiles:
    """The tiles of a tree of ``size`` entries, as far as the export holds them."""

    def __init__(self, reader, size):
        self._reader, self._size, self._kept = reader, size, {}

    def tile(self, level, index):
        """The bytes of a tile; None when it is missing or has the wrong length."""
        width = min(WIDTH, (self._size >> 8 * level) - index * WIDTH)
        name = tile_path(level, index, width)
        if name not in self._kept:
            data = self._reader.read(name) if width > 0 and name in self._reader else b""
            if not level:
                # Of the leaves only the last tile is kept: all of them would be as large as the tree.
                self._kept = {one: kept for one, kept in self._kept.items() if not one.startswith("tile/0/")}
            self._kept[name] = data if data and len(data) == 32 * width else None
        return self._kept[name]

    def node(self, level, index):
        """The hash of a complete subtree of ``2**level`` leaves, or None."""
        first = index << level % 8
        tile = self.tile(level // 8, first // WIDTH)
        hashes = in_hashes(tile or b"")[first % WIDTH :][: 1 << level % 8]
        return subtree_root(hashes) if len(hashes) == 1 << level % 8 else None

    def has_nodes(self, first, end):
        return all(self.node(level, index) is not None for level, index in subtrees(first, end))

    def above(self, level, index):
        """The hash that a full tile should have, by the tile above it; None when that is missing."""
        tile = self.tile(level + 1, index // WIDTH)
        return tile[index % WIDTH * 32 :][:32] if tile else None

    def all_fit(self, root, first, last):
        """Whether all tiles belong to the tree; those of the leaves from ``first`` to ``last`` are known to."""
        frontier = Frontier()
        for level, index in subtrees(0, self._size):
            node = self.node(level, index)
            if node is None:
                return False
            frontier.add(node, level)
        if frontier.root() != root:
            return False
        for _name, match in self._reader.matching(r"tile/([0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})"):
            level, index = int(match[1]), int(match[2].replace("/", "").replace("x", ""))
            if level or not first <= index * WIDTH < (index + 1) * WIDTH <= last:
                hashes = in_hashes(self.tile(level, index) or b"")
                if len(hashes) != WIDTH or subtree_root(hashes) != self.above(level, index):
                    return False
        return True


def in_hashes(data):
    return [data[at : at + 32] for at in range(0, len(data), 32)]


class Entries:
    """The entries of a range beside the tree: what was given and what the tiles want, each with its roots.

    As long as both are alike there is one ``Track`` for both.
    """

    def __init__(self, files, sizes, progress):
        """``sizes``: at which the root is to be known, as far as the export tells."""
        self._files, self._progress = files, progress
        self.tiles = Tiles(files.reader, files.tip.size)
        self.comparison = Comparison(files.first)
        self.contents = Contents(files.reader)
        self.bad_tile = self.missing_tile = None
        """The first tile of leaves that does not fit the one above, and the first that is not there."""
        edges = self._edges(sizes)
        self.given = self.wanted = Track(edges)
        self.connected = self._add_nodes(self.wanted, [one for one in edges if one <= files.first])
        """Whether the tiles lead from the entries to the root."""
        self._read()
        self.whole = self.given.size == files.last
        if self.connected:
            outside = [one for one in edges if one >= files.last]
            self.connected = self._add_nodes(self.wanted, outside)
            if self.given is not self.wanted and self.whole:
                self._add_nodes(self.given, outside)

    def _edges(self, sizes):
        """The sizes at which the tree can be cut, in order: for those outside of the range it takes tiles."""
        files, tip = self._files, self._files.tip.size
        edges = sorted({0, files.first, files.last, tip})
        for size in sorted(one for one in sizes if one < tip):
            place = bisect.bisect_left(edges, size)
            if edges[place] == size:
                continue
            before, after = edges[place - 1], edges[place]
            inside = files.first <= before and after <= files.last
            if inside or (self.tiles.has_nodes(before, size) and self.tiles.has_nodes(size, after)):
                edges.insert(place, size)
        return edges

    def _add_nodes(self, track, edges):
        for first, end in zip(edges, edges[1:]):
            for level, index in subtrees(first, end):
                node = self.tiles.node(level, index)
                if node is None:
                    return False
                track.node(node, level)
        return True

    def _read(self):
        files = self._files
        lines = Lines(files.reader, "entries.jsonl")
        for index in range(files.first // WIDTH, -(-files.last // WIDTH)):
            first, end = max(files.first, index * WIDTH), min(files.last, (index + 1) * WIDTH)
            taken = lines.take(end - first)
            self._add(index, first, end, [leaf_hash(line) for line in taken])
            self.contents.check(taken, first)
            self._progress.tell(shown(files.title or files.origin, 60), end - files.first, files.last - files.first)
        while True:
            given = [leaf_hash(line) for line in lines.take(WIDTH)]
            if not given:
                break
            self._fork()
            self.given.leaves(given)
            self.comparison.feed(given, [])

    def _add(self, index, first, end, given):
        """Add the part of tile ``index`` from entry ``first`` on; ``given``: hashes of the entries that are there."""
        tile, wanted = self.tiles.tile(0, index), given
        if tile is None:
            self.missing_tile = index if self.missing_tile is None else self.missing_tile
        else:
            data = tile[32 * (first % WIDTH) :][: 32 * (end - first)]
            if data != b"".join(given):
                wanted = in_hashes(data)
                self._fork()
        if wanted is given and not self.comparison.differs:
            self.comparison.skip(len(given))
        else:
            self.comparison.feed(given, wanted)
        root = self.wanted.leaves(wanted)
        if self.given is not self.wanted:
            self.given.leaves(given)
        if root and self.bad_tile is None and self.tiles.above(0, index) not in (None, root):
            self.bad_tile = index

    def _fork(self):
        """From here on what is given differs from what the tiles want."""
        if self.given is self.wanted:
            self.given = self.wanted.copy()


class LogCheck:
    """Verifies one log: ``run`` takes the steps in their order."""

    def __init__(self, files, trust, report, progress):
        self.files, self._trust, self._report, self._progress = files, trust, report, progress
        self.origin, self.tip, self.notes = files.origin, files.tip, files.notes
        self.facts, self.tokens, self.told = [], [], {"facts": []}
        self.reservations, self.erasures = [], None
        self.created, self.sealed = None, []
        """The payload of entry 0, and ``(index, SHA-256)`` of the packages that entries name: where they are proven."""

    def run(self, sizes):
        """``sizes``: of this tree, that other logs of the export speak of."""
        seen = [note.size for _name, note in self._trust.seen_of(self.origin)]
        self._entries = Entries(self.files, {*sizes, *seen, *(one.size for one in self.notes)}, self._progress)
        self._compare()
        known = [*self._known_entries()]
        self._ring = KeyRing(self.files, self._trust, known, self._track.roots)
        for number, one in enumerate(self.notes):
            self._ring.judge(one)
            self._progress.tell("notes", number, len(self.notes))
        self._conclude()
        self._check_notes()
        self._check_known(known)
        self._check_erasures()
        self._check_seen()
        self._check_witnesses()
        self._check_completeness()
        self._tell()

    def root_at(self, size):
        """The root that the tree had with ``size`` entries; None when the export does not hold enough to tell."""
        return self._track.roots.get(size)

    def _found(self, kind, index, detail, count=1):
        self._report.found(kind, index, detail, self.origin, count)

    def _problem(self, text):
        self._report.problem("%s: %s" % (shown(self.files.title or self.origin, 80), text), self.origin)

    def _compare(self):
        """Find out whether the entries, or at least the tiles, lead to the root of the largest note."""
        entries, tip = self._entries, self.tip
        self._damage = entries.comparison.finish()
        given, self._fits = (track.roots.get(tip.size) == tip.root for track in (entries.given, entries.wanted))
        self._proven = entries.whole and given and not any(kind == INSERTED for kind, *_rest in self._damage)
        self._track = entries.given if self._proven else entries.wanted

    def _known_entries(self):
        """``(index, entry, payload)`` of the entries that mean something to a verifier and are in this tree."""
        if self._proven:
            yield from self._entries.contents.known
        for proof, said, _name in self.files.proofs:
            entry = entry_of(proof.entry)
            payload = open_payload(said, entry) if said else None
            if payload is not None and proves(proof) and self.root_at(proof.note.size) == proof.note.root:
                yield proof.index, entry, payload

    def _conclude(self):
        """Tell what is wrong with the entries."""
        entries, tip, damage = self._entries, self.tip, self._damage
        if not entries.connected:
            self._problem("tiles of the tree beside the range are missing")
        elif self._proven and (
            damage
            or entries.missing_tile is not None
            or entries.bad_tile is not None
            or not entries.tiles.all_fit(tip.root, self.files.first, self.files.last)
        ):
            self._problem("tiles of the export were altered or are missing; the entries are proven without them")
        if not self._proven:
            doubt = "" if self._fits else "; the tiles of the export do not fit the signed tree either"
            for kind, first, count, places in damage:
                self._found(kind, first, _TOLD[kind] % _listed(places, count) + doubt, count)
            if not damage and entries.connected:
                self._conclude_from_notes()
        self._check_contents({} if self._proven else {kind: places for kind, _first, _count, places in damage})

    def _conclude_from_notes(self):
        """Entries and tiles agree with each other and not with the root: the notes tell where that begins."""
        roots, bad, last = self._entries.given.roots, self._entries.bad_tile, self.files.last
        below = max([one.size for one in self.notes if one.size <= last and roots.get(one.size) == one.root], default=0)
        if below == last:
            text = "the entries fit the note of %d entries; that the note of %d continues it is not shown, because "
            self._problem((text + "tiles beyond the range were altered") % (below, self.tip.size))
            return
        above = min(one.size for one in self.notes if one.size > below and one.size in roots)
        first = max(below, self.files.first)
        if bad is not None and first <= bad * WIDTH < above:
            first = bad * WIDTH
        text = "entries, or hashes of the tree beside them, were altered together with the tiles: not before index %d, "
        self._found(CHANGED, first, (text + "and the note of %d entries does not fit any more") % (first, above))

    def _check_contents(self, damage):
        """Columns and payloads, except of entries whose place or bytes are wrong anyway: those are told as such."""
        contents = self._entries.contents
        shifts = [min(places) for kind, places in damage.items() if kind not in (CHANGED, TRUNCATED)]
        for text in contents.flaws() if not damage.keys() - {CHANGED} else ():
            self._problem(text)
        skipped, upto = damage.get(CHANGED, ()), min(shifts, default=MAX_SIZE)
        columns = sorted(one for one in contents.columns_differ if one < upto and one not in skipped)
        payloads = sorted(one for one in contents.payloads_differ if one < upto and one not in skipped)
        if columns:
            names = ", ".join(shown(name, 40) for name in contents.columns_differ[columns[0]][:5])
            text = "what the screens show (first: %s) differs from what was sealed: %s"
            self._found(COLUMN, columns[0], text % (names, _listed(columns)), len(columns))
        if payloads:
            text = "what is shown as its content is not what was sealed: %s"
            self._found(PAYLOAD, payloads[0], text % _listed(payloads), len(payloads))

    def _covered(self, size):
        """How many of the first ``size`` entries an authentic note covers."""
        return max([one.size for one in self.notes if one.size <= size and self._is_valid(one)], default=0)

    def _shared(self, size):
        """How many of the first ``size`` entries are those of a note that the auditor holds."""
        seen = [note for _name, note in self._trust.seen_of(self.origin)]
        return max([note.size for note in seen if note.size < size and self.root_at(note.size) == note.root], default=0)

    def _is_valid(self, one):
        """Whether a note is authentic and was shown to be a beginning of this tree, or the whole of it."""
        return one.trusted and not one.forged and self.root_at(one.size) == one.root

    def _check_notes(self):
        if not self._ring.keys:
            theirs = ", ".join(sorted({line.key_id.hex() for line in self.tip.note.signatures})[:5])
            text = "no key that you gave belongs to %s (its notes name key %s). Get its verifier key from elsewhere, "
            self._problem((text + "as from a letter, and give it with --vkey") % (self.origin, theirs))
        for reason in dict.fromkeys(one.forged for one in self.notes if one.forged):
            forged = [one for one in self.notes if one.forged == reason]
            text = "%s, of %d entries: %s%s"
            more = " (so are %d more notes)" % (len(forged) - 1) if forged[1:] else ""
            text %= (forged[0].name, forged[0].size, reason, more)
            self._found(FORGED, self._covered(forged[0].size), text, len(forged))
        for one in self.notes:
            root = self.root_at(one.size)
            if one.forged:
                continue
            if root is None and self._entries.connected:
                self._problem("the tiles needed to check %s are missing" % one.name)
            elif root != one.root and self._fits:
                text = "%s was signed over %d entries that are not the beginning of this tree"
                self._found(INCONSISTENT, 0, text % (one.name, one.size))
            for name in one.tokens:
                self._check_token(one, name)

    def _check_token(self, one, name):
        try:
            hashed, when, is_response = read_token(self.files.reader.read(name))
        except NotVerifiable as reason:
            self._problem("%s: %s" % (name, reason))
            return
        if hashed != hashlib.sha256(one.note.bytes).digest():
            self._problem("the time stamp %s is over something else than %s" % (name, one.name))
            return
        command = "openssl ts -verify -data %s -in %s%s -CAfile CERTIFICATE-OF-THE-AUTHORITY.pem"
        command %= one.name, name, "" if is_response else " -token_in"
        self.tokens.append({"size": one.size, "claims": told(when), "verify": command})

    def _check_known(self, known):
        for proof, said, name in self.files.proofs:
            if not proves(proof):
                self._found(CHANGED, proof.index, "%s does not lead to the root that was signed" % name)
            elif said and "payload" in said and open_payload(said, entry_of(proof.entry)) is None:
                self._found(PAYLOAD, proof.index, "what is shown beside %s is not what was sealed" % name)
        for index, entry, payload in known:
            if entry.get("kind") == "package.sealed":
                self.sealed.append((index, parse_json(payload, "a payload").get("manifest_sha256")))
            elif entry.get("kind") == "log.created" and index == 0:
                self.created = payload
                if parse_json(payload, "a payload").get("origin") != self.origin:
                    self._problem("entry 0 says that this is another log")

    def _check_erasures(self):
        """What is said to be erased, against the approvals that the log holds; reads the entries once more for it."""
        files, contents = self.files, self._entries.contents
        proven = {
            proof.index: (entry_of(proof.entry), said)
            for proof, said, _name in files.proofs
            if proves(proof) and self.root_at(proof.note.size) == proof.note.root
        }
        told = dict(contents.told) if self._proven else {}
        for index, (entry, said) in proven.items():
            if tells_of_erasures(entry) and index not in told:
                told[index] = entry, open_payload(said, entry) if said and "payload" in said else None
        begins = files.last if files.first == 0 and self._proven else 0
        is_all = self._proven and files.first == 0 and files.last == self.tip.size
        erasures = self.erasures = Erasures(self.origin, Approvals(told, lambda index: index < begins), is_all)
        for index, (entry, said) in sorted(proven.items()):
            if said and "erased" in said and not files.first <= index < files.last:
                erasures.judge(index, entry, said)
        if contents.erased and self._proven:
            for index, entry, said in self._erased():
                erasures.judge(index, entry, said)
                self._progress.tell("erased contents", index - files.first, files.last - files.first)
        elif contents.erased:
            text = "%d contents are said to be erased; that is not judged, as the entries are not proven"
            self.reservations.append(text % contents.erased)
        for kind, (why, first, count, places) in erasures.found.items():
            text = "the content is gone, and %s: %s" if kind == UNAPPROVED else "the content is gone: %s: %s"
            self._found(kind, first, text % (why, _listed(places, count)), count)
        for why, (first, count) in erasures.doubts.items():
            text = "whether the erasure of %d contents was approved cannot be judged (first: entry %d): %s"
            self.reservations.append(text % (count, first, why))

    def _erased(self):
        """``(index, entry, line of payloads.jsonl)`` of what is said to be erased in the range."""
        reader = self.files.reader
        entries = enumerate(Lines(reader, "entries.jsonl"), self.files.first)
        for line in Lines(reader, "payloads.jsonl"):
            if b'"erased"' not in line:
                continue
            try:
                said = parse_json(line, "a line of payloads.jsonl")
            except NotVerifiable:
                return  # told before, as is what is not in the order of the entries
            if "erased" in said:
                entry = next((entry for index, entry in entries if index == said.get("index")), None)
                if entry is None:
                    return
                yield said["index"], entry_of(entry), said

    def _check_seen(self):
        for name, note in self._trust.seen_of(self.origin):
            held = "the note that you hold (%s, %d entries)" % (shown(name), note.size)
            reason = not_authentic(note, self._ring.keys)
            if reason:
                self._problem("%s is not authentic: %s" % (held, reason))
            elif note.size > self.tip.size:
                text = "%s goes beyond the %d of this tree: the rest was removed, or the export is older than the note"
                self._found(TRUNCATED, self.tip.size, text % (held, self.tip.size), note.size - self.tip.size)
            elif self.root_at(note.size) is None:
                text = "the export does not hold what it takes to compare %s: ask for one from entry 0 on, or for a "
                self._problem((text + "consistency file from %d") % (held, note.size))
            elif self.root_at(note.size) != note.root:
                text = "the first %d entries are not those of %s" % (note.size, held)
                self._found(INCONSISTENT, self._shared(note.size), text)
            else:
                self.facts.append("continues %s" % held)

    def _check_witnesses(self):
        policy, after = self._trust.policy, self._trust.not_before
        signed = [(one, key, when) for one in self.notes if self._is_valid(one) for key, when in one.witnesses]
        for key in dict.fromkeys(key for _one, key, _when in signed):
            one, when = max(((one, when) for one, signer, when in signed if signer == key), key=lambda item: item[1])
            text = "%s had seen the first %d entries on %s, and no later state"
            self.facts.append(text % (shown(key.name, 80), one.size, told(when)))
        if policy:
            enough = [
                one.size
                for one in self.notes
                if self._is_valid(one) and policy.is_met([key for key, _when in one.witnesses])
            ]
            if not enough or max(enough) < self.files.last:
                text = "the witnesses that your policy asks for have not signed from entry %d on"
                self._problem(text % max(enough, default=0))
            else:
                self.facts.append("the witnesses of your policy have signed the first %d entries" % max(enough))
        if after is not None and not any(when >= after for _one, _key, when in signed):
            text = "no witness whose key you gave has signed this log on %s or later, so it may be an older state"
            self._problem(text % told(after))

    def _check_completeness(self):
        files = self.files
        self._is_all = files.first == 0 and files.last == self.tip.size
        if self._trust.complete and files.first:
            text = "you asked for all entries, and the export begins at %d"
            self._found(MISSING, 0, text % files.first, files.first)
        if self._trust.complete and files.last < self.tip.size:
            text = "you asked for all entries, and the export ends before entry %d of %d"
            self._found(TRUNCATED, files.last, text % (files.last, self.tip.size), self.tip.size - files.last)

    def _tell(self):
        files, contents = self.files, self._entries.contents
        signers = [key.id.hex() for key in self._ring.keys] if any(map(self._is_valid, self.notes)) else []
        proven = bool(self._proven and signers)
        facts = []
        if files.last > files.first:
            text = "entries %d to %d of a tree of %d%s"
            part = "" if self._is_all else ": A PART OF IT"
            facts.append(text % (files.first, files.last - 1, self.tip.size, part))
        if signers:
            facts.append("root %s, signed with key %s" % (self.tip.root.hex(), ", ".join(signers)))
        facts += self._ring.facts + self.facts
        others = files.last - files.first - contents.disclosed - contents.erased - len(contents.payloads_differ)
        if proven and files.last > files.first:
            text = "contents: %d as sealed, %d erased, %d not handed over"
            facts.append(text % (contents.disclosed, contents.erased, others))
            judged = contents.erased - self.erasures.unjudged
            if judged and not self.erasures.found:
                facts.append("of the erased, %d as two people had decided before" % judged)
            if contents.has_columns and not contents.columns_differ:
                facts.append("what the screens show is what was sealed")
        if self.tokens:
            text = "%d time stamps over notes; the newest claims that the first %d entries existed on %s. The "
            text += "signature of its authority is not checked here; in the unpacked folder of the log:\n      %s"
            newest = self.tokens[-1]
            facts.append(text % (len(self.tokens), newest["size"], newest["claims"], newest["verify"]))
        self.told = {
            "origin": self.origin, "title": files.title, "first": files.first, "end": files.last,
            "size": self.tip.size, "root": self.tip.root.hex(), "all": self._is_all, "keys": signers, "proven": proven,
            "disclosed": contents.disclosed, "erased": contents.erased, "withheld": max(0, others),
            "erased_elsewhere": len(self.erasures.elsewhere), "erased_unjudged": self.erasures.unjudged,
            "reservations": self.reservations, "time_stamps": self.tokens, "facts": facts,
        }  # fmt: skip
        self._report.logs.append(self.told)


def not_authentic(note, keys):
    """Why a note that somebody holds is none of the log; None when it is, or when there is no key to tell."""
    try:
        signers = note.signed_by(keys)
    except BadSignature as reason:
        return str(reason)
    return None if signers or not keys else "it is not signed with a key that you gave"


_TOLD = {
    CHANGED: "not what was sealed: %s",
    MISSING: "in the tree and not in the export: %s",
    INSERTED: "in the export and not in the tree: %s",
    REORDERED: "in another place than in the tree: %s",
    TRUNCATED: "the export ends before: %s",
}


def _listed(places, count=None):
    places = sorted(places)
    count = count or len(places)
    if count == 1:
        return "entry %d" % places[0]
    rest = count - MAX_TOLD
    return "entries %s%s" % (", ".join(map(str, places[:MAX_TOLD])), " and %d more" % rest if rest > 0 else "")


# Whole files.


class Export:
    """An export, or the folder ``audit/`` of a package: some logs, and what they say of one another."""

    def __init__(self, reader, trust, report, progress):
        self._reader, self._trust, self._report, self._progress = reader, trust, report, progress
        said = reader.json("export.json")
        if said.get("format") != "odoo-audit-export" or said.get("version") != 1:
            raise NotVerifiable("not an export of a version that this program knows: look for a newer one")
        self._said = said.get("logs")
        if not isinstance(self._said, list) or not self._said or not all(isinstance(one, dict) for one in self._said):
            raise NotVerifiable("export.json names no logs")
        self.sealed = []

    def verify(self):
        checks = [check for check in map(self._load, self._said) if check]
        if len({check.origin for check in checks}) != len(checks):
            raise NotVerifiable("the export holds the same log twice")
        claims = {check.origin: check.files.continues() for check in checks}
        for check in checks:
            sizes = {claim[1] for claim in claims.values() if claim and claim[0] == check.origin}
            self._run(check, sizes)
        by_origin = {check.origin: check for check in checks}
        for check in checks:
            self._check_continuation(check, by_origin)
            self.sealed += check.sealed
        for name, note in self._trust.seen:
            if note.origin not in by_origin and not any(claim and claim[0] == note.origin for claim in claims.values()):
                self._report.problem("the note that you hold (%s) is of a log that is not here" % shown(name))

    def _load(self, said):
        folder = said.get("folder")
        if not isinstance(folder, str) or not re.fullmatch(r"[a-z0-9-]{1,64}", folder):
            self._report.problem("export.json names a folder that none can be: %s" % shown(folder, 40))
            return None
        try:
            reader = self._reader.below(folder + "/")
            return LogCheck(LogFiles(reader, said), self._trust, self._report, self._progress)
        except NotVerifiable as reason:
            self._report.problem("%s: %s" % (folder, reason))
            return None

    def _run(self, check, sizes):
        try:
            check.run(sizes)
        except NotVerifiable as reason:
            self._report.problem("%s: %s" % (shown(check.files.title or check.origin, 80), reason), check.origin)

    def _check_continuation(self, check, by_origin):
        """Entry 0 of a new log names the old one, its size and root."""
        claim = continued(check.created)
        if not claim:
            return
        origin, size, root = claim
        old = by_origin.get(origin)
        if old:
            found = old.root_at(size)
            if size > old.tip.size:
                text = "%s says that this log had %d entries when it was continued, and there are %d"
                self._report.found(TRUNCATED, old.tip.size, text % (check.origin, size, old.tip.size), origin)
            elif found is None:
                text = "%s says that it continues %s at %d entries, which the export does not show"
                self._report.problem(text % (check.origin, shown(origin), size), check.origin)
            elif found != root:
                text = "%s says that it continues %s at %d entries with another root"
                self._report.found(INCONSISTENT, size, text % (check.origin, shown(origin), size), origin)
            else:
                check.told["facts"].append("continues %s, which had %d entries" % (shown(origin), size))
                if old.tip.size > size:
                    text = "the last %d entries of %s are not continued"
                    check.told["facts"].append(text % (old.tip.size - size, shown(origin)))
        for name, note in self._trust.seen_of(origin) if not old else ():
            if note.size > size or (note.size == size and note.root != root):
                text = "the note that you hold (%s, %d entries) is not among the %d that this log says it continues"
                self._report.found(INCONSISTENT, size, text % (shown(name), note.size, size), origin)
            elif note.size < size:
                text = "the note that you hold (%s) is of the log before; an export of that is needed"
                self._report.problem(text % shown(name), origin)


class Bag:
    """A package of evidence: BagIt (RFC 8493) whose manifest was sealed in a log."""

    def __init__(self, reader, report):
        self._reader, self._report = reader, report

    def verify(self, sealed):
        """``sealed``: ``[(index, SHA-256)]`` of the packages that proven entries name."""
        manifest = self._reader.read("manifest-sha256.txt", MAX_LINE)
        listed = self._listed(manifest)
        for index, (name, wanted) in enumerate(listed.items()):
            if name not in self._reader:
                self._report.found(MISSING, index, "file %s of the package is missing" % shown(name), path=name)
            elif self._hash(name) != wanted:
                self._report.found(CHANGED, index, "file %s of the package was changed" % shown(name), path=name)
        for name, _match in sorted(self._reader.matching("data/(?s:.+)")):
            if name not in listed:
                text = "file %s is not among those that were sealed"
                self._report.found(INSERTED, len(listed), text % shown(name), path=name)
        identity = hashlib.sha256(manifest).hexdigest()
        if identity not in [one for _index, one in sealed]:
            if sealed:
                text = "the list of files is not the one that was sealed in entry %d"
                self._report.found(CHANGED, sealed[0][0], text % sealed[0][0], path="manifest-sha256.txt")
            else:
                self._report.problem("no proven entry names this package: it was not sealed, or the proof is missing")
        if "tagmanifest-sha256.txt" in self._reader:
            for name, wanted in self._listed(self._reader.read("tagmanifest-sha256.txt", MAX_LINE), False).items():
                if name not in self._reader or self._hash(name) != wanted:
                    self._report.problem("file %s, which describes the package, was altered" % shown(name))

    def _hash(self, name):
        found = hashlib.sha256()
        for block in self._reader.blocks(name):
            found.update(block)
        return found.hexdigest()

    @staticmethod
    def _listed(data, is_payload=True):
        """``{path: hash}`` of a manifest, in its order."""
        found = {}
        try:
            lines = data.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise NotVerifiable("the manifest of the package is not UTF-8") from None
        if lines.pop():
            raise NotVerifiable("the manifest of the package is cut off")
        for line in lines:
            match = re.fullmatch(r"([0-9a-f]{64})  (.+)", line)
            name = re.sub("%(25|0[aAdD])", lambda one: chr(int(one[1], 16)), match[2]) if match else ""
            if not is_safe(name) or name in found or name.startswith("data/") != is_payload:
                raise NotVerifiable("the manifest of the package has a line that none can be: %s" % shown(line, 100))
            found[name] = match[1]
        return found


class Single:
    """A proof file, a consistency file, or a note on its own."""

    def __init__(self, data, trust, report):
        self._trust, self._report = trust, report
        self._proof = Note(data) if not data.startswith((PROOF_LINE, b"old ")) else read_proof(data)
        self._note = getattr(self._proof, "note", self._proof)

    def verify(self):
        note, origin = self._note, self._note.origin
        keys = self._trust.keys_of(origin)
        facts = ["note of %d entries, root %s" % (note.size, note.root.hex())]
        try:
            signers = note.signed_by(keys)
            witnesses = note.signed_by(self._trust.witness_keys)
        except BadSignature as reason:
            self._report.found(FORGED, 0, str(reason), origin)
            return
        if not keys:
            text = "no key that you gave belongs to %s: give its verifier key with --vkey"
            self._report.problem(text % origin, origin)
        elif not signers:
            self._report.found(FORGED, 0, "no key that you gave has signed the note of %d entries" % note.size, origin)
        facts += ["signed with key %s" % key.id.hex() for key, _time in signers]
        facts += ["%s had seen it on %s, and no later state" % (shown(key.name, 80), told(at)) for key, at in witnesses]
        if isinstance(self._proof, Inclusion):
            self._verify_entry(facts)
        self._verify_seen(facts)
        policy, after = self._trust.policy, self._trust.not_before
        if policy and not policy.is_met({key for key, _time in witnesses}):
            self._report.problem("the witnesses of your policy have not signed the note", origin)
        if after is not None and not any(at >= after for _key, at in witnesses):
            text = "no witness whose key you gave has signed the note on %s or later"
            self._report.problem(text % told(after), origin)
        self._report.logs.append({
            "origin": origin, "size": note.size, "root": note.root.hex(),
            "keys": [key.id.hex() for key, _time in signers], "facts": facts,
        })  # fmt: skip

    def _verify_entry(self, facts):
        proof, origin = self._proof, self._note.origin
        if not proves(proof):
            text = "the entry is not number %d of the log: the proof does not lead to the root that was signed"
            self._report.found(CHANGED, proof.index, text % proof.index, origin)
            return
        facts.append("entry %d is in the log:" % proof.index)
        facts += ["    %s: %s" % (shown(name, 40), shown(value)) for name, value in entry_of(proof.entry).items()]

    def _verify_seen(self, facts):
        """Notes that the auditor holds; beside one of the same size it takes a consistency file to compare them."""
        note, seen = self._note, self._trust.seen_of(self._note.origin)
        is_consistency = isinstance(self._proof, Consistency)
        for name, old in seen:
            reason = not_authentic(old, self._trust.keys_of(old.origin))
            if reason:
                self._report.problem("the note that you hold (%s) is not authentic: %s" % (shown(name), reason))
            elif old.size > note.size and not is_consistency:
                self._report.problem("%s, the note that you hold, is of more entries than this one" % shown(name))
            elif old.size == note.size or (is_consistency and old.size == self._proof.old_size):
                self._compare(name, old, facts)
            else:
                text = "to compare the note that you hold (%s) it takes a consistency file from %d entries on"
                self._report.problem(text % (shown(name), old.size))
        if is_consistency and not any(old.size == self._proof.old_size for _name, old in seen):
            text = "a consistency file is checked together with the note of %d entries: give it with --seen"
            self._report.problem(text % self._proof.old_size)
        if len(seen) < len(self._trust.seen):
            self._report.problem("a note that you hold is of another log")

    def _compare(self, name, old, facts):
        note = self._note
        if old.size == note.size:
            same = old.root == note.root
        elif not old.size:
            same = not self._proof.hashes
        elif old.size > note.size:
            same = False
        else:
            same = consistency_roots(old.size, note.size, old.root, self._proof.hashes) == (old.root, note.root)
        if same:
            facts.append("continues the note that you hold (%s, %d entries)" % (shown(name), old.size))
        else:
            text = "the note of %d entries is not shown to continue the one that you hold (%s, %d entries)"
            text %= (note.size, shown(name), old.size)
            self._report.found(INCONSISTENT, min(old.size, note.size), text, note.origin)


def verify(asked, report):
    """Verify what was asked for and put what came out into ``report``."""
    trust = Trust(asked)
    progress = Progress(asked.progress)
    try:
        if os.path.isdir(asked.file):
            _verify_files(Reader(Folder(asked.file)), trust, report, progress)
        elif zipfile.is_zipfile(asked.file):
            _verify_files(Reader(Archive(asked.file)), trust, report, progress)
        else:
            Single(read_file(asked.file), trust, report).verify()
    finally:
        progress.end()


def _verify_files(reader, trust, report, progress):
    is_bag = "bagit.txt" in reader
    export = Export(reader.below("audit/") if is_bag else reader, trust, report, progress)
    export.verify()
    if is_bag:
        Bag(reader, report).verify(export.sealed)


def parser():
    parser = argparse.ArgumentParser(
        prog="audit_verify.py",
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", help="export (ZIP or unpacked folder), package, proof file, consistency file or note")
    parser.add_argument(
        "--vkey", action="append", default=[], metavar="KEY",
        help="verifier key of a log or of a witness, as text or as a file, received from elsewhere (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--seen", action="append", default=[], metavar="NOTE",
        help="file with a note that you received earlier, or its base64: the log must continue it (repeatable)",
    )  # fmt: skip
    parser.add_argument("--not-before", metavar="DATE", help="a witness must have signed on that date or later (UTC)")
    parser.add_argument("--policy", metavar="FILE", help="which logs and witnesses are trusted (C2SP tlog-policy)")
    parser.add_argument("--complete", action="store_true", help="every entry of the tree must be in the export")
    parser.add_argument("--json", action="store_true", help="tell the outcome as one JSON object")
    parser.add_argument("--progress", action="store_true", default=None, help="tell progress also without a terminal")
    return parser


def main(arguments=None):
    asked = parser().parse_args(arguments)
    report = Report(asked.file)
    try:
        verify(asked, report)
    except NotVerifiable as reason:
        report.problem(str(reason))
    except KeyboardInterrupt:
        report.problem("interrupted")
    except Exception as error:  # a crash must not look like an answer: Python's own exit code would be that of damage
        report.problem("the program failed (%s: %s); nothing is verified" % (type(error).__name__, shown(error)))
    out = report.as_json() + "\n" if asked.json else report.as_text()
    sys.stdout.write(out.encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding or "ascii"))
    return report.code


if __name__ == "__main__":
    sys.exit(main())
