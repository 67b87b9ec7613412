"""Exports: a range of one or several logs in a ZIP, with all that a stranger needs in order to verify it offline.

``tools/audit_verify.py`` reads what this writes. The layout, version 1, below one top folder (a package of evidence has
the same files in its tag folder ``audit/``)::

    export.json                what the writer says of it: {"format": "odoo-audit-export", "version": 1, "made": time,
                               "logs": [{"folder", "origin", "title", "first", "end", "size"}, …]}; proves nothing
    README.txt                 how to verify it, for people
    audit_verify.py            the program, a convenience: the one to trust was received from elsewhere
    log-1/                     one folder a log (a company's, the system's, and those that they continue)
      entries.jsonl            entries ``first`` to ``end - 1``: each line is the bytes of one; lines end with 0x0A only
      columns.jsonl            the same entries as the screens show them: a JSON object a line with members of an entry
      payloads.jsonl           ascending, where there is something to say: {"index", "salt": hex, "payload": base64}, or
                               {"index", "erased": id of the ``retention.approved`` that its row names, or empty}, with
                               "log" (origin) where that is sealed in another log. An entry without a line is proven
                               like the others, its content was not handed over
      tile/<L>/<N>[.p/<W>]     the tiles of the tree of ``size`` entries from which range and notes can be proven
      notes/<size>.note        checkpoints as first signed; the largest is that of the tree
      notes/<size>.cosignatures      signature lines of witnesses for it
      notes/<size>.<k>.tst     RFC 3161 tokens (DER) over SHA-256 of the ``.note``
      proofs/<index>.tlog-proof      entries outside of the range, such as each ``key.rotated``, and those that tell of
                                     the erasures in it
      proofs/<index>.json      what payloads.jsonl would say of that entry
      keys.txt                 verifier keys, for information: a key that came with the data proves nothing

A second note of one size is called ``<size>-2``. Everything is stored uncompressed and dated 1980-01-01, so the same
log gives the same bytes. Some kinds of entries have payloads (JSON objects) that a verifier understands:

``log.created``     entry 0: ``origin``, ``vkey``, ``database``, ``company``; in a log that continues another one also
                    ``continues``: {"origin", "root": base64, "size": decimal text}
``key.rotated``     ``vkey``: the new verifier key, ``replaces``: the one before. A note with both signatures covers it
``package.sealed``  ``manifest_sha256``: identity of a package of evidence
``retention.…``, ``identity.confirmed``     who decided on erasures; see ``core.erasures``
"""

import base64
import json
import zipfile
from datetime import datetime, timezone
from typing import NamedTuple

from . import tiles

FORMAT = "odoo-audit-export"
VERSION = 1
TOP = "audit-export/"
MAX_PAYLOAD = 48 * 1024 * 1024
"""Bytes of a payload; what is longer is left out, as a verifier reads line by line."""

_DATE = (1980, 1, 1, 0, 0, 0)
_PIECE = 256 * 1024
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_README = """This is an export of the audit log of an Odoo database. To verify it you need Python 3.9 or later and

  * the program audit_verify.py, from somebody you trust; compare its SHA-256 with the one that was published,
  * the verifier key of the log, from somewhere else than this file: the letter, the statement or the
    contract that it was printed on.

    python3 audit_verify.py --vkey "THE KEY" THIS-FILE.zip

If you hold an earlier note of the log (from an e-mail, a webhook, an answer of the API), add --seen NOTE:
the program then also proves that nothing was changed or removed since you received it.
"""


class Disclosed(NamedTuple):
    """The payload of entry ``index`` with the salt of its commitment, both bytes."""

    index: int
    salt: bytes
    payload: bytes


class Erased(NamedTuple):
    """The payload of entry ``index`` is gone; ``by``: id of the entry that approved it, as its row says, or empty.
    ``log``: origin of the log in which that one is sealed, where it is another."""

    index: int
    by: str
    log: str = ""


class SignedNote(NamedTuple):
    """A checkpoint as first signed, and what outsiders added to it."""

    note: object
    """``checkpoint.Note``"""
    cosignatures: tuple = ()
    """``checkpoint.Signature`` of each witness"""
    tokens: tuple = ()
    """RFC 3161 time-stamp tokens or responses, DER"""


class LogRange(NamedTuple):
    """What is exported of one log; iterables are consumed once, in the order in which they stand here."""

    tip: SignedNote
    """The note of the tree that the range is proven against; its size is at least ``end``."""
    first: int
    end: int
    read_tile: object
    """``read_tile(level, index, width)`` returns the hashes of a tile of the tree of ``tip``."""
    notes: object = ()
    """Further ``SignedNote``, by ascending size, none larger than ``tip``."""
    entries: object = ()
    """The bytes of the entries in the order of the tree, as they are stored: also of a damaged log."""
    columns: object = None
    """For each entry a dict of its members as the screens show them, as text."""
    payloads: object = ()
    """``Disclosed`` and ``Erased`` by ascending index."""
    proofs: tuple = ()
    """``(proof_file.InclusionProof, Disclosed | Erased | None)`` of single entries outside of the range."""
    sizes: tuple = ()
    """Sizes of notes that outsiders hold and that are to be proven too, beside those of ``notes``."""
    keys: tuple = ()
    """Verifier keys as text."""
    title: str = ""
    """For people, as the name of the company."""


def write_export(file, logs, made=None, program=None):
    """Write the export of ``logs`` (an iterable of ``LogRange``) into a file object that need not be seekable.

    ``made``: an aware ``datetime``, default now; ``program``: the bytes of ``audit_verify.py`` to put in. Memory does
    not grow with the number of entries.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, pieces in members(logs, made, program):
            info = zipfile.ZipInfo(TOP + name, _DATE)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            if isinstance(pieces, bytes):
                archive.writestr(info, pieces)
                continue
            with archive.open(info, "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)


def members(logs, made=None, program=None):
    """Yield ``(path, content)`` of each file of an export; a content is bytes, or an iterable of them to use at once.

    For whoever puts them into an archive of another shape.
    """
    made = (made or datetime.now(timezone.utc)).astimezone(timezone.utc)
    said = []
    for number, log in enumerate(logs, 1):
        folder = "log-%d" % number
        found = log.tip.note.checkpoint
        said.append({
            "folder": folder, "origin": found.origin, "title": log.title,
            "first": log.first, "end": log.end, "size": found.size,
        })  # fmt: skip
        for name, content in _members_of_log(log):
            yield "%s/%s" % (folder, name), content
    manifest = {"format": FORMAT, "version": VERSION, "made": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "logs": said}
    yield "export.json", json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n"
    yield "README.txt", _README.encode()
    if program is not None:
        yield "audit_verify.py", program


def _members_of_log(log):
    found = log.tip.note.checkpoint
    sizes = {*log.sizes, *(proof.note.checkpoint.size for proof, _payload in log.proofs)}
    yield from _members_of_notes(log, sizes)
    sizes = {size for size in sizes if size <= found.size}
    for tile in tiles.needed(sizes, found.size, (log.first, log.end)):
        yield tile.path, bytes(log.read_tile(*tile))
    yield "entries.jsonl", _lines(log.entries)
    if log.columns is not None:
        yield "columns.jsonl", _lines(_json(columns) for columns in log.columns)
    yield "payloads.jsonl", _lines(_payload_lines(log.payloads))
    for proof, payload in log.proofs:
        yield "proofs/%d.tlog-proof" % proof.index, str(proof).encode()
        for line in _payload_lines([payload] if payload else ()):
            yield "proofs/%d.json" % proof.index, line + b"\n"
    yield "keys.txt", "".join("%s\n" % key for key in log.keys).encode()


def _members_of_notes(log, sizes):
    """The files of all notes; their sizes are added to ``sizes``."""
    before, same = None, 0
    for signed in _with_tip(log):
        size = signed.note.checkpoint.size
        sizes.add(size)
        same = same + 1 if size == before else 1
        before = size
        name = "notes/%d%s" % (size, "-%d" % same if same > 1 else "")
        yield name + ".note", str(signed.note).encode()
        if signed.cosignatures:
            yield name + ".cosignatures", "".join(one.line for one in signed.cosignatures).encode()
        for number, token in enumerate(signed.tokens, 1):
            yield "%s.%d.tst" % (name, number), bytes(token)


def _with_tip(log):
    for signed in log.notes:
        if signed.note != log.tip.note:
            yield signed
    yield log.tip


def _payload_lines(payloads):
    for one in payloads:
        if isinstance(one, Erased):
            yield _json({"index": one.index, "erased": one.by, **({"log": one.log} if one.log else {})})
        elif len(one.payload) <= MAX_PAYLOAD:
            payload = base64.b64encode(one.payload).decode()
            yield _json({"index": one.index, "salt": bytes(one.salt).hex(), "payload": payload})


def _json(value):
    return _ENCODER.encode(value).encode()


def _lines(lines):
    """Join lines into pieces that are worth a write."""
    kept, length = [], 0
    for line in lines:
        kept.append(line)
        length += len(line) + 1
        if length >= _PIECE:
            kept.append(b"")
            yield b"\n".join(kept)
            kept, length = [], 0
    if kept:
        kept.append(b"")
        yield b"\n".join(kept)
