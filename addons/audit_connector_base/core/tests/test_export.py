import io
import json
import tracemalloc
import zipfile
from datetime import datetime, timezone

from odoo.addons.audit_connector_base.core import export, merkle, tiles
from odoo.addons.audit_connector_base.core.tests.sample_log import (
    ENTRIES,
    KEY,
    SIGNERS,
    VECTORS,
    exported,
    made_log,
    vector_log,
)
from odoo.addons.audit_connector_base.core.tests.verifying import files_of, run

LOG = vector_log()
MADE = datetime(2026, 11, 23, 13, 0, tzinfo=timezone.utc)


def test_each_line_of_the_entries_is_the_bytes_of_one():
    files = files_of(LOG.export(first=2, end=5))
    assert files["log-1/entries.jsonl"] == b"".join(entry + b"\n" for entry in ENTRIES[2:5])


def test_payloads_come_with_their_salts_and_erased_ones_with_the_entry_that_says_so():
    lines = [json.loads(line) for line in files_of(LOG.export())["log-1/payloads.jsonl"].splitlines()]
    assert [line["index"] for line in lines] == list(range(8))
    assert lines[2]["salt"] == VECTORS["entries"][2]["salt_hex"]
    assert lines[7] == {"index": 7, "erased": LOG.payloads[7].by, "log": LOG.payloads[7].log}


def test_a_payload_that_is_longer_than_a_verifier_reads_is_left_out():
    long = LOG.payloads[3]._replace(payload=bytes(export.MAX_PAYLOAD + 1))
    lines = files_of(LOG.export(payloads=[*LOG.payloads[:3], long, LOG.payloads[4]]))["log-1/payloads.jsonl"]
    assert [json.loads(line)["index"] for line in lines.splitlines()] == [0, 1, 2, 4]


def test_tiles_lie_where_tlog_tiles_puts_them():
    log = made_log(700)
    files = files_of(log.export(first=300, end=310))
    found = {name[len("log-1/") :]: content for name, content in files.items() if "/tile/" in name}
    assert set(found) == {"tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"}
    for path, content in found.items():
        assert content == log.read_tile(*tiles.parse_path(path))


def test_notes_are_those_first_signed_and_what_outsiders_added_lies_beside_them():
    note = LOG.note(7)
    cosigned = export.SignedNote(note, (SIGNERS["witness"].sign(note.text, VECTORS["cosignature_time"]),), (b"token",))
    again = export.SignedNote(LOG.note(7, [SIGNERS["log_next"]]))
    files = files_of(LOG.export(notes=[export.SignedNote(LOG.note(3)), cosigned, again]))
    assert files["log-1/notes/7.note"].decode() == VECTORS["checkpoints"]["7"]
    both = files["log-1/notes/7.note"] + files["log-1/notes/7.cosignatures"]
    assert both.decode() == VECTORS["checkpoint_7_cosigned"]
    assert files["log-1/notes/7.1.tst"] == b"token"
    assert files["log-1/notes/7-2.note"] != files["log-1/notes/7.note"]
    assert files["log-1/keys.txt"].decode() == KEY + "\n"


def test_several_logs_lie_in_folders_of_their_own():
    files = files_of(exported(LOG.range(), made_log(3).range(title="System")))
    said = json.loads(files["export.json"])["logs"]
    assert [(log["folder"], log["title"]) for log in said] == [("log-1", "My Company"), ("log-2", "System")]
    assert [log["size"] for log in said] == [8, 3]


def test_the_same_log_gives_the_same_bytes():
    first, second = (exported(LOG.range(), made=MADE, program=b"program") for _again in range(2))
    assert first == second
    archive = zipfile.ZipFile(io.BytesIO(first))
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert files_of(first)["audit_verify.py"] == b"program"


def test_an_export_can_be_written_where_nobody_can_go_back(tmp_path):
    class Line(io.RawIOBase):
        """What a web server writes to: it has no position."""

        def __init__(self):
            self.written = []

        def writable(self):
            return True

        def write(self, data):
            self.written.append(bytes(data))
            return len(data)

    line = Line()
    export.write_export(line, [LOG.range()])
    file = tmp_path / "export.zip"
    file.write_bytes(b"".join(line.written))
    assert run(["--vkey", KEY, file]).returncode == 0


class Discarded(io.RawIOBase):
    def writable(self):
        return True

    def write(self, data):
        return len(data)


def test_memory_does_not_grow_with_the_number_of_entries():
    hashes = [merkle.leaf_hash(b"")] * 256
    tile = b"".join(hashes)

    def peak(count):
        note = LOG.note()._replace(text=LOG.note().checkpoint._replace(size=count).text)
        log = LOG.range(
            0, count, tip=export.SignedNote(note), read_tile=lambda level, index, width: tile[: 32 * width],
            entries=(b"x" * 300 for _number in range(count)),
            columns=({"actor": "user/7"} for _number in range(count)),
            payloads=(export.Disclosed(number, bytes(32), b"x" * 300) for number in range(count)),
        )  # fmt: skip
        tracemalloc.start()
        export.write_export(Discarded(), [log])
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)
    # An archive keeps some words about each of its members, and 256 entries are one.
    assert peak(60_000) < 1.1 * peak(20_000)
