"""Proof files: what somebody needs in order to prove one entry, or one earlier checkpoint, with a key and nothing else.

An inclusion proof is a file after C2SP tlog-proof, whose ``extra`` is the entry itself in base64. A consistency proof
has the form of the body that C2SP tlog-witness sends to witnesses: the old size, the hashes, an empty line, the note.
"""

import base64
import re
from typing import NamedTuple

from . import checkpoint, merkle, tiles
from .checkpoint import Malformed, Note, decode
from .merkle import HASH_LENGTH, MAX_SIZE, ProofError

FIRST_LINE = "c2sp.org/tlog-proof@v1"
EXTENSION = ".tlog-proof"
MAX_HASHES = 63
MAX_LENGTH = 262_144
"""Characters of a file: an entry, the hashes and a note at their longest come to less."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class InclusionProof(NamedTuple):
    """That ``entry`` (its bytes, or None when they are kept elsewhere) is number ``index`` of the log in ``note``."""

    entry: object
    index: int
    hashes: tuple
    note: Note

    def __str__(self):
        lines = [FIRST_LINE]
        if self.entry is not None:
            lines.append("extra %s" % base64.b64encode(self.entry).decode())
        return "%s\nindex %d\n%s" % ("\n".join(lines), self.index, _rest(self))

    def verify(self, keys, entry=None):
        """Return the ``checkpoint.Verified`` that proves the entry to somebody who trusts ``keys``.

        ``entry``: its bytes where they do not come from the file. Raises ``NoteError`` or ``ProofError``.
        """
        if entry is None:
            entry = self.entry
        if entry is None:
            raise ProofError("the file does not hold the entry that it proves")
        found = checkpoint.verify(self.note, keys)
        merkle.verify_inclusion(
            self.index, found.checkpoint.size, merkle.leaf_hash(entry), self.hashes, found.checkpoint.root
        )
        return found


class ConsistencyProof(NamedTuple):
    """That the log in ``note`` begins with the ``old_size`` entries that it had before."""

    old_size: int
    hashes: tuple
    note: Note

    def __str__(self):
        return "old %d\n%s" % (self.old_size, _rest(self))

    def verify(self, keys, old):
        """Return the ``checkpoint.Verified`` of the note, which continues ``old`` (a ``Checkpoint``).

        Raises ``NoteError`` or ``ProofError``.
        """
        found = checkpoint.verify(self.note, keys)
        if (found.checkpoint.origin, self.old_size) != (old.origin, old.size):
            raise ProofError("the proof begins at another checkpoint")
        merkle.verify_consistency(old.size, found.checkpoint.size, old.root, found.checkpoint.root, self.hashes)
        return found


def prove_inclusion(entry, index, note, read_tile):
    """Return the ``InclusionProof`` of an entry in the tree of ``note``.

    ``read_tile(level, index, width)`` returns the hashes of a tile (``core/tiles.py``). Raises ``ProofError`` when what
    comes out does not prove the entry: the tiles, the note or the entry are damaged then.
    """
    found = note.checkpoint
    hashes = merkle.inclusion_proof(index, found.size, tiles.HashReader(found.size, read_tile))
    merkle.verify_inclusion(index, found.size, merkle.leaf_hash(entry), hashes, found.root)
    return InclusionProof(bytes(entry), index, tuple(hashes), note)


def prove_consistency(old, note, read_tile):
    """Return the ``ConsistencyProof`` from the ``Checkpoint`` ``old`` to that of ``note``; raises ``ProofError``."""
    found = note.checkpoint
    hashes = merkle.consistency_proof(old.size, found.size, tiles.HashReader(found.size, read_tile))
    merkle.verify_consistency(old.size, found.size, old.root, found.root, hashes)
    return ConsistencyProof(old.size, tuple(hashes), note)


def parse(text):
    """Return the ``InclusionProof`` or ``ConsistencyProof`` in a file (``str`` or bytes); raises ``Malformed``."""
    if len(text) > MAX_LENGTH:
        raise Malformed("a proof file has at most %d characters" % MAX_LENGTH)
    if not isinstance(text, str):
        try:
            text = bytes(text).decode()
        except UnicodeDecodeError:
            raise Malformed("a proof file is UTF-8") from None
    head, separator, note = text.partition("\n\n")
    if not separator:
        raise Malformed("a proof file has an empty line before its checkpoint")
    lines = head.split("\n")
    if lines[0] != FIRST_LINE:
        return ConsistencyProof(_number(lines[0], "old "), _hashes(lines[1:]), checkpoint.parse(note))
    del lines[0]
    entry = None
    if lines and lines[0].startswith("extra "):
        entry = decode(lines.pop(0)[len("extra ") :])
    if not lines:
        raise Malformed("a proof file names the index of its entry")
    return InclusionProof(entry, _number(lines[0], "index "), _hashes(lines[1:]), checkpoint.parse(note))


def _rest(proof):
    hashes = "".join("%s\n" % base64.b64encode(one).decode() for one in proof.hashes)
    return "%s\n%s" % (hashes, proof.note)


def _number(line, name):
    digits = line[len(name) :]
    if not line.startswith(name) or not _DECIMAL.fullmatch(digits) or int(digits) > MAX_SIZE:
        raise Malformed("a proof file has a line %r with a number" % name.strip())
    return int(digits)


def _hashes(lines):
    hashes = tuple(decode(line) for line in lines)
    if len(hashes) > MAX_HASHES or any(len(one) != HASH_LENGTH for one in hashes):
        raise Malformed("a proof has at most %d hashes of %d bytes" % (MAX_HASHES, HASH_LENGTH))
    return hashes
