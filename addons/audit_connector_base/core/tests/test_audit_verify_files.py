"""Files that are not as they must be, by accident or by intent, and everything beside exports that can be verified."""

import base64
import io
import json
import stat
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import bag, export, proof_file
from odoo.addons.audit_connector_base.core.tests import verifying
from odoo.addons.audit_connector_base.core.tests.sample_log import (
    ELSEWHERE,
    KEY,
    SIGNERS,
    VECTORS,
    WITNESS_KEY,
    SampleLog,
    made_entry,
    made_log,
    vector_log,
)
from odoo.addons.audit_connector_base.core.tests.verifying import TOP, files_of, rewritten, run, verify

LOG = vector_log()
EXPORT = LOG.export(notes=[export.SignedNote(LOG.note(size)) for size in (1, 3)])
BOTH = pytest.mark.parametrize("bare", [False, True], ids=["with cryptography", "standard library only"])
INCLUSION, CONSISTENCY = VECTORS["tlog_proof_file_index3_size7"], VECTORS["consistency_file_3_to_7"]
NOTES = {size: note.encode() for size, note in VECTORS["checkpoints"].items()}


# the vectors


@BOTH
def test_the_log_of_the_vectors_is_verified_with_its_erased_payload(tmp_path, bare):
    said = verify(tmp_path, EXPORT, "--vkey", KEY, bare=bare)
    assert (said.exit, said.damage, said.problems) == (0, [], [])
    (log,) = said.logs
    assert (log["size"], log["root"]) == (8, VECTORS["roots"]["8"]["hex"])
    assert (log["disclosed"], log["erased"], log["withheld"], log["erased_elsewhere"]) == (7, 1, 0, 1)
    assert log["erased_unjudged"] == 1 and ELSEWHERE in log["reservations"][0]
    assert said.ed25519 == ("built in" if bare else "cryptography")


@BOTH
@pytest.mark.parametrize("size", NOTES)
def test_a_note_on_its_own_is_verified(tmp_path, size, bare):
    assert verify(tmp_path, NOTES[size], "--vkey", KEY, bare=bare).exit == 0
    assert verify(tmp_path, NOTES[size], bare=bare).exit == 2
    said = verify(tmp_path, NOTES[size].replace(b"ps+de", b"ps+df"), "--vkey", KEY, bare=bare)
    assert said.kinds == [("forged checkpoint", 0)]


@BOTH
def test_the_proof_file_of_the_vectors_is_verified(tmp_path, bare):
    keys = ["--vkey", KEY, "--vkey", WITNESS_KEY]
    said = verify(tmp_path, INCLUSION.encode(), *keys, "--not-before", "2026-11-23", bare=bare)
    assert said.exit == 0
    assert any("user/2" in fact for fact in said.logs[0]["facts"])
    assert verify(tmp_path, INCLUSION.encode(), *keys, "--not-before", "2026-11-24", bare=bare).exit == 2
    assert verify(tmp_path, INCLUSION.encode(), bare=bare).exit == 2


@pytest.mark.parametrize(
    "change, kind",
    [(("index 3", "index 2"), "changed"), (("extra eyJ", "extra eyK"), "changed"), (("index 3", "index 7"), "changed"),
     (("oSxe99CLb08qEnnjugu6tdxoa0b3Bwj2VAWKF4kI38I=\n", ""), "changed"), (("ps+de2", "ps+de3"), "forged checkpoint")],
)  # fmt: skip
def test_a_proof_file_that_was_altered_is_damage(tmp_path, change, kind):
    said = verify(tmp_path, INCLUSION.replace(*change).encode(), "--vkey", KEY)
    assert (said.exit, [one for one, _index in said.kinds]) == (1, [kind])


def test_a_proof_file_alone_says_nothing_about_another_note(tmp_path):
    assert verify(tmp_path, INCLUSION.encode(), "--vkey", KEY, "--seen", NOTES["7"]).exit == 0
    for size in ("3", "8"):
        assert verify(tmp_path, INCLUSION.encode(), "--vkey", KEY, "--seen", NOTES[size]).exit == 2


@BOTH
def test_the_consistency_file_of_the_vectors_is_verified_together_with_the_note_held(tmp_path, bare):
    given = CONSISTENCY.encode()
    assert verify(tmp_path, given, "--vkey", KEY, "--seen", NOTES["3"], bare=bare).exit == 0
    assert verify(tmp_path, given, "--vkey", KEY, bare=bare).exit == 2
    assert verify(tmp_path, given, "--vkey", KEY, "--seen", NOTES["2"], bare=bare).exit == 2
    said = verify(tmp_path, given, "--vkey", KEY, "--seen", str(made_log(3).note()).encode(), bare=bare)
    assert said.kinds == [("inconsistent with a seen note", 3)]
    said = verify(tmp_path, given.replace(b"avdU", b"avdV"), "--vkey", KEY, "--seen", NOTES["3"], bare=bare)
    assert said.kinds == [("inconsistent with a seen note", 3)]
    empty = b"old 3\n\n" + given.split(b"\n\n", 1)[1]
    assert verify(tmp_path, empty, "--vkey", KEY, "--seen", NOTES["3"], bare=bare).exit == 1


@pytest.mark.parametrize("size, old", [(8, 0), (8, 1), (8, 4), (8, 7), (8, 8), (600, 256), (600, 257), (600, 511)])
def test_consistency_files_from_any_size_are_verified(tmp_path, size, old):
    log = made_log(size)
    given = str(proof_file.prove_consistency(log.note(old).checkpoint, log.note(), log.read_tile)).encode()
    assert verify(tmp_path, given, "--vkey", KEY, "--seen", str(log.note(old)).encode()).exit == 0


# malformed


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"old 3\n", b"c2sp.org/tlog-proof@v1\n", EXPORT[:-30],
     EXPORT[: len(EXPORT) // 2], INCLUSION.replace("\n", "\r\n").encode(),
     CONSISTENCY.replace("old 3", "old 03").encode(), NOTES["7"].replace(b"\n7\n", b"\n07\n"),
     NOTES["7"].replace(b"\n7\n", b"\n7 \n"), NOTES["7"] + b"x" * 2_000_000],
)  # fmt: skip
def test_what_is_no_such_file_is_not_verifiable(tmp_path, content):
    said = verify(tmp_path, content, "--vkey", KEY)
    assert (said.exit, said.damage) == (2, [])


def test_a_file_that_is_not_there_is_not_verifiable(tmp_path):
    assert run(["--vkey", KEY, tmp_path / "none.zip"]).returncode == 2
    assert run(["--vkey", KEY, tmp_path]).returncode == 2
    assert run([]).returncode == 2


def manifest(**changes):
    def change(content):
        said = json.loads(content)
        said["logs"][0].update(changes)
        return json.dumps(said).encode()

    return change


MALFORMED = {
    "no manifest": {"export.json": None},
    "another format": {"export.json": b'{"format":"other","version":1,"logs":[]}'},
    "a later version": {"export.json": b'{"format":"odoo-audit-export","version":2,"logs":[{}]}'},
    "no logs": {"export.json": b'{"format":"odoo-audit-export","version":1,"logs":[]}'},
    "no JSON": {"export.json": b"{"},
    "a member twice": {"export.json": lambda content: content.replace(b'"first"', b'"end": 8, "first"')},
    "a number without end": {"export.json": lambda content: content.replace(b'"end": 8', b'"end": ' + b"9" * 500_000)},
    "nested without end": {"export.json": b'{"a":' + b"[" * 200_000},
    "a manifest without end": {"export.json": b" " * 2_000_000},
    "a folder above": {"export.json": manifest(folder="../log-1")},
    "a range backwards": {"export.json": manifest(first=5, end=3)},
    "a range beyond the tree": {"export.json": manifest(first=9, end=20)},
    "a range below zero": {"export.json": manifest(first=-1)},
    "a range that is no number": {"export.json": manifest(first=True)},
    "another log": {"export.json": manifest(origin="other")},
    "no notes": {"log-1/notes/%d.note" % size: None for size in (1, 3, 8)},
    "no entries": {"log-1/entries.jsonl": None},
    "a note with a zero in front": {"log-1/notes/8.note": lambda note: note.replace(b"\n8\n", b"\n08\n")},
    "a note with carriage returns": {"log-1/notes/8.note": lambda note: note.replace(b"\n", b"\r\n")},
    "cosignatures that are none": {"log-1/notes/8.cosignatures": b"nonsense\n"},
    "payloads out of order": {
        "log-1/payloads.jsonl": lambda content: b"\n".join(reversed(content.split(b"\n")[:-1])) + b"\n"
    },
    "payloads of other entries": {"log-1/payloads.jsonl": lambda content: content + b'{"erased":"x","index":8}\n'},
    "payloads that are no JSON": {"log-1/payloads.jsonl": b"{}\n"},
    "a column line too many": {"log-1/columns.jsonl": lambda content: content + b"{}\n"},
    "a column line too few": {"log-1/columns.jsonl": lambda content: content[: content.index(b"\n") + 1]},
    "a tile that was altered": {"log-1/tile/0/000.p/8": lambda tile: tile[:40] + b"\0" + tile[41:]},
    "a tile that was cut off": {"log-1/tile/0/000.p/8": lambda tile: tile[:-1]},
    "a tile that is missing": {"log-1/tile/0/000.p/8": None},
    "a proof that proves nothing": {"log-1/proofs/3.tlog-proof": b"nonsense"},
    "a consistency file for a proof": {"log-1/proofs/3.tlog-proof": CONSISTENCY.encode()},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED)
def test_an_export_that_is_not_as_it_must_be_is_not_verifiable(tmp_path, changes):
    said = verify(tmp_path, rewritten(EXPORT, changes), "--vkey", KEY)
    assert (said.exit, said.damage) == (2, [])
    assert "the program failed" not in said.problems[0]["detail"]


def test_upper_tiles_that_were_altered_are_not_passed_over(tmp_path):
    log = made_log(70_000)
    content = log.export(first=300, end=400)
    assert verify(tmp_path, content, "--vkey", KEY).exit == 0
    names = [name for name in files_of(content) if name.startswith("log-1/tile/")]
    assert len(names) > 4
    for name in names:
        for change in (lambda tile: tile[:32] + b"\0" * 32 + tile[64:] if len(tile) > 32 else b"\0" * 32, None):
            assert verify(tmp_path, rewritten(content, {name: change}), "--vkey", KEY).exit in (1, 2)


# archives that attack


def archive(*members, mode="w", compression=zipfile.ZIP_STORED):
    file = io.BytesIO(EXPORT if mode == "a" else b"")
    with zipfile.ZipFile(file, mode, compression) as target:
        for info, content in members:
            target.writestr(info, content)
    return file.getvalue()


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "member",
    [("../outside", b""), ("/absolute", b""), (TOP + "a/../../b", b""), (TOP + "a\\..\\b", b""), ("c:/a", b""),
     (TOP + "log-1/entries.jsonl", b"second"), (link(TOP + "link"), b"/etc/passwd"), (TOP + "./a", b""),
     (TOP + "a//b", b"")],
    ids=lambda member: str(getattr(member[0], "filename", member[0])),
)  # fmt: skip
def test_an_archive_with_a_member_that_none_should_have_is_refused(tmp_path, member):
    said = verify(tmp_path, archive(member, mode="a"), "--vkey", KEY)
    assert (said.exit, said.damage) == (2, [])


def test_a_compressed_archive_is_refused_with_advice(tmp_path):
    bomb = archive((TOP + "export.json", b" " * 50_000_000), compression=zipfile.ZIP_DEFLATED)
    packed_anew = archive(*((TOP + name, content) for name, content in files_of(EXPORT).items()), compression=8)
    for content in (bomb, packed_anew):
        said = verify(tmp_path, content, "--vkey", KEY)
        assert said.exit == 2 and "unpack" in said.problems[0]["detail"]


def test_members_that_overlap_are_refused(tmp_path):
    content = bytearray(archive((TOP + "a", b"a" * 1000), (TOP + "b", b"b" * 1000)))
    first, second = (content.index(b"PK\x01\x02"), content.rindex(b"PK\x01\x02"))
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    for at in (first, second):
        content[at + 20 : at + 28] = (5000).to_bytes(4, "little") * 2
    assert verify(tmp_path, bytes(content), "--vkey", KEY).exit == 2


def test_a_size_that_the_archive_claims_is_not_believed(tmp_path):
    content = bytearray(EXPORT)
    at = content.rindex(b"PK\x01\x02")
    content[at + 20 : at + 28] = (2**31).to_bytes(4, "little") * 2
    assert verify(tmp_path, bytes(content), "--vkey", KEY).exit == 2


def test_an_export_that_was_unpacked_is_verified_as_a_folder(tmp_path):
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(io.BytesIO(EXPORT)).extractall(folder)
    assert run(["--vkey", KEY, folder]).returncode == 0
    assert run(["--vkey", KEY, folder / TOP]).returncode == 0
    (folder / TOP / "link").symlink_to("/etc/passwd")
    assert run(["--vkey", KEY, folder]).returncode == 2


PROGRAM = verifying.loaded()


def outcome(folder, content):
    """The exit code, as a part of this process."""
    file = folder / "given.zip"
    file.write_bytes(content)
    report = PROGRAM.Report(str(file))
    try:
        PROGRAM.verify(PROGRAM.parser().parse_args(["--vkey", KEY, str(file)]), report)
    except PROGRAM.NotVerifiable as reason:
        report.problem(str(reason))
    return report


INFORMATION = ("export.json", "README.txt", "log-1/keys.txt")


@given(st.data())
@settings(deadline=None, max_examples=250)
def test_no_byte_that_proves_something_can_be_changed(tmp_path_factory, data):
    """Whatever is altered, cut off or put in: the result is damage or not verifiable, never success, never a crash."""
    files = files_of(EXPORT)
    name = data.draw(st.sampled_from(sorted(set(files) - set(INFORMATION))))
    content = files[name]
    at = data.draw(st.integers(0, len(content) - 1))
    change = data.draw(st.sampled_from(["flip", "cut", "put in"]))
    if change == "flip":
        altered = content[:at] + bytes([content[at] ^ 1 << data.draw(st.integers(0, 7))]) + content[at + 1 :]
    elif change == "cut":
        altered = content[:at] + content[at + data.draw(st.integers(1, 64)) :]
    else:
        altered = content[:at] + data.draw(st.binary(min_size=1, max_size=8)) + content[at:]
    damaged = rewritten(EXPORT, {name: altered})
    if outcome(tmp_path_factory.getbasetemp(), damaged).code == 0:
        assert altered == content or (name.endswith(".jsonl") and shown_by(altered) <= shown_by(content))


def shown_by(content):
    """What columns or payloads show: less of it, or the same written otherwise, is no damage."""
    found = set()
    for number, line in enumerate(line for line in content.split(b"\n") if line):
        said = json.loads(line)
        if "payload" in said:
            found.add((said["index"], bytes.fromhex(said["salt"]), base64.b64decode(said["payload"])))
        elif "erased" not in said:
            found.update((number, *member) for member in said.items())
    return found


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_no_change_to_the_archive_crashes_the_program(tmp_path_factory, data):
    content = bytearray(EXPORT)
    for _change in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    outcome(tmp_path_factory.getbasetemp(), bytes(content))


# packages of evidence


FILES = {name: text.encode() for name, text in VECTORS["bag"]["files_utf8"].items()}
MANIFEST = VECTORS["bag"]["manifest_sha256_txt"].encode()


def package(files=FILES, manifest=MANIFEST, sealed=VECTORS["bag"]["content_hash_hex"], extra=(), disclosed=True):
    """A package whose identity was logged as entry 5; its proof lies in ``audit/``."""
    entry, payload = made_entry(5, {"manifest_sha256": sealed}, kind="package.sealed")
    log = SampleLog([*made_log(5).entries, entry])
    proof = proof_file.prove_inclusion(entry, 5, log.note(), log.read_tile)
    audit = dict(export.members([log.range(0, 0, proofs=((proof, payload if disclosed else None),))]))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("package/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        target.writestr("package/manifest-sha256.txt", manifest)
        for name, content in [*files.items(), *extra]:
            target.writestr("package/" + name, content)
        for name, content in audit.items():
            target.writestr("package/audit/" + name, content if isinstance(content, bytes) else b"".join(content))
    return file.getvalue()


@BOTH
def test_a_package_whose_manifest_was_sealed_is_verified(tmp_path, bare):
    said = verify(tmp_path, package(), "--vkey", KEY, bare=bare)
    assert (said.exit, said.damage, said.problems) == (0, [], [])
    assert verify(tmp_path, package(), bare=bare).exit == 2


def test_what_was_done_to_files_of_a_package_is_named(tmp_path):
    name = "data/evidence/0001/invoice%1.pdf"
    for content, kind in (
        (package({**FILES, name: b"other"}), "changed"),
        (package({one: data for one, data in FILES.items() if one != name}), "missing"),
        (package(extra=[("data/more.txt", b"")]), "inserted"),
    ):
        said = verify(tmp_path, content, "--vkey", KEY)
        assert (said.exit, said.damage[0]["kind"]) == (1, kind)
        assert said.damage[0]["path"] in (name, "data/more.txt")


def test_a_package_with_a_manifest_of_its_own_is_damage(tmp_path):
    files = {**FILES, "data/index.html": b"other"}
    digests = {name: PROGRAM.hashlib.sha256(content).hexdigest() for name, content in files.items()}
    said = verify(tmp_path, package(files, bag.manifest(digests)), "--vkey", KEY)
    assert said.kinds == [("changed", 5)] and said.damage[0]["path"] == "manifest-sha256.txt"


def test_a_package_that_no_entry_names_is_not_verifiable(tmp_path):
    said = verify(tmp_path, package(disclosed=False), "--vkey", KEY)
    assert (said.exit, said.damage) == (2, [])


@pytest.mark.parametrize(
    "manifest", [MANIFEST + b"x", MANIFEST[:-1], MANIFEST + MANIFEST, MANIFEST.replace(b"data/index", b"data/../index")]
)
def test_a_manifest_that_is_not_as_it_must_be_is_not_verifiable(tmp_path, manifest):
    identity = bag.identity(manifest)
    assert verify(tmp_path, package(manifest=manifest, sealed=identity), "--vkey", KEY).exit == 2


def test_a_forged_note_in_a_package_is_damage(tmp_path):
    content = rewritten(package(), {})
    note = SIGNERS["log_next"].sign("x").line.encode()
    forged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(forged, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.split(b"\n\n")[0] + b"\n\n" + note if name.endswith(".note") else data)
    assert verify(tmp_path, forged.getvalue(), "--vkey", KEY).kinds == [("forged checkpoint", 6)]
