"""Logs to try proofs on: the one of the vectors, and made-up ones of any size."""

import io
import json
from pathlib import Path

from odoo.addons.audit_connector_base.core import checkpoint, export, log_entry, merkle, tiles

VECTORS = json.loads((Path(__file__).parent / "vectors" / "log.json").read_text(encoding="utf-8"))
ORIGIN = VECTORS["origin"]
ENTRIES = [entry["entry_utf8"].encode() for entry in VECTORS["entries"]]
SIGNERS = {
    name: checkpoint.Signer(
        key.get("name", ORIGIN),
        bytes.fromhex(key["seed_hex"]),
        checkpoint.COSIGNATURE if name == "witness" else checkpoint.ED25519,
    )
    for name, key in VECTORS["keys"].items()
}
KEY, NEXT_KEY, WITNESS_KEY = (str(SIGNERS[name].key) for name in ("log", "log_next", "witness"))
ERASURE, ELSEWHERE = "0193577c-5c00-7000-8000-00000000ffff", "example.com/odoo-audit/later"


class SampleLog:
    """A log with its tree. ``payloads``: bytes of each entry, so that what is exported can be disclosed."""

    def __init__(self, entries, payloads=(), origin=ORIGIN, signers=(SIGNERS["log"],)):
        self.entries, self.payloads, self.origin, self.signers = list(entries), list(payloads), origin, signers
        self.hashes = [merkle.leaf_hash(entry) for entry in self.entries]
        self._tiles = {(tile.level, tile.index): data for tile, data in tiles.grow(0, self.hashes, None)}

    @property
    def size(self):
        return len(self.entries)

    def read_tile(self, level, index, width):
        return self._tiles[level, index][: merkle.HASH_LENGTH * width]

    def read_hash(self, level, index):
        return tiles.HashReader(self.size, self.read_tile)(level, index)

    def root(self, size=None):
        return merkle.root(self.hashes[:size])

    def note(self, size=None, signers=None):
        size = self.size if size is None else size
        return checkpoint.sign(checkpoint.Checkpoint(self.origin, size, self.root(size)), signers or self.signers)

    def range(self, first=0, end=None, **changes):
        """A ``LogRange`` of the entries with all that can come along; ``changes`` replaces parts of it."""
        end = self.size if end is None else end
        parts = {
            "tip": export.SignedNote(self.note()),
            "first": first,
            "end": end,
            "read_tile": self.read_tile,
            "entries": self.entries[first:end],
            "columns": [json.loads(entry) for entry in self.entries[first:end]],
            "payloads": self.payloads[first:end],
            "keys": [str(signer.key) for signer in self.signers],
            "title": "My Company",
        }
        return export.LogRange(**{**parts, **changes})

    def export(self, **changes):
        return exported(self.range(**changes))


def exported(*logs, **options):
    """The bytes of an export."""
    file = io.BytesIO()
    export.write_export(file, logs, **options)
    return file.getvalue()


def vector_log():
    """The log of the vectors: eight entries, the payload of the last one erased under an approval in a later log."""
    payloads = [
        export.Disclosed(entry["index"], bytes.fromhex(entry["salt_hex"]), bytes.fromhex(entry["payload_hex"]))
        for entry in VECTORS["entries"]
    ]
    return SampleLog(ENTRIES, [*payloads[:7], export.Erased(7, ERASURE, ELSEWHERE)])


def made_log(size, **options):
    """A log of ``size`` entries, each with a payload of its own; the first one is ``log.created``."""
    entries, payloads = [], []
    for index in range(size):
        created = {"company": "1", "database": "", "origin": options.get("origin", ORIGIN), "vkey": KEY}
        entry, payload = made_entry(index, created if not index else {"number": str(index)}, first=not index)
        entries.append(entry)
        payloads.append(payload)
    return SampleLog(entries, payloads, **options)


def made_entry(index, content, first=False, kind="event.written", **members):
    """``(entry, Disclosed)`` of entry ``index``; ``content``: what its payload says; ``members``: of the entry."""
    salt, payload = bytes([index % 256]) * 32, json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    said = {
        "id": "0193577c-5c00-7000-8000-%012x" % index,
        "time": "2026-11-23T12:00:00.%06dZ" % (index % 1_000_000),
        "kind": "log.created" if first else kind,
        "actor": "user/7",
        "company": 1,
        "subject": "" if first else "account.move/%d" % index,
        "direction": "none",
        "media_type": "application/json",
        "corr": "%032x" % index,
        "commit": log_entry.commitment(salt, payload),
    }
    entry = log_entry.entry(**{**said, **members})
    return entry, export.Disclosed(index, salt, payload)
