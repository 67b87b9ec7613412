"""Makes the export of a log of so many entries, and proves some of them: a process of its own, in an engine's Python.

    python sealed_log.py --entries 1000000 --length 300 --proofs 50 export.zip

Prints ``{"key", "proofs": [seconds of each]}``. Each proof reads its tiles anew, from a dict that stands for the table.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "addons" / "audit_connector_base"))

from core import checkpoint, export, merkle, proof_file, tiles

ORIGIN = "bench.example/odoo-audit/log"


def entry(number, length):
    """An entry of the given length that no other is like."""
    return (b'{"id":"%032x","rest":"' % number).ljust(length - 2, b"x") + b'"}'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--proofs", type=int, default=0)
    parser.add_argument("file")
    asked = parser.parse_args()
    kept, frontier = {}, merkle.Frontier()
    hashes = [merkle.leaf_hash(entry(number, asked.length)) for number in range(asked.entries)]
    frontier.extend(hashes)
    for tile, content in tiles.grow(0, hashes, None):
        kept[tile.level, tile.index] = content
    signer = checkpoint.Signer(ORIGIN, bytes(32))
    note = checkpoint.sign(checkpoint.Checkpoint(ORIGIN, asked.entries, frontier.root()), [signer])

    def read_tile(level, index, width):
        return kept[level, index][: merkle.HASH_LENGTH * width]

    with open(asked.file, "wb") as file:
        entries = (entry(number, asked.length) for number in range(asked.entries))
        export.write_export(
            file, [export.LogRange(export.SignedNote(note), 0, asked.entries, read_tile, entries=entries)]
        )
    proofs = []
    for number in random.sample(range(asked.entries), asked.proofs):
        began = time.perf_counter()
        proof_file.prove_inclusion(entry(number, asked.length), number, note, read_tile)
        proofs.append(time.perf_counter() - began)
    print(json.dumps({"key": str(signer.key), "proofs": proofs}))


if __name__ == "__main__":
    main()
