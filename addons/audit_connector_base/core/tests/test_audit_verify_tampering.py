"""Each kind of damage, played on an export by somebody who may change the whole file but cannot sign."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import export, tiles
from odoo.addons.audit_connector_base.core.checkpoint import Checkpoint, Signer, sign
from odoo.addons.audit_connector_base.core.tests import verifying
from odoo.addons.audit_connector_base.core.tests.sample_log import (
    KEY,
    ORIGIN,
    VECTORS,
    SampleLog,
    exported,
    made_entry,
    made_log,
    vector_log,
)
from odoo.addons.audit_connector_base.core.tests.verifying import rewritten, verify

LOG = made_log(600)
EXPORT = LOG.export(notes=[export.SignedNote(LOG.note(size)) for size in (100, 300, 500)])
FORGER = Signer(ORIGIN, b"forger" * 5 + b"xx")
OTHER = made_entry(9999, {"number": "forged"})[0]


def with_entries(change):
    """The export in which ``change`` was done to the list of entries; whoever does so leaves the columns in step."""

    def lines(content):
        entries = content.split(b"\n")[:-1]
        change(entries)
        return b"".join(one + b"\n" for one in entries)

    return rewritten(EXPORT, {"log-1/entries.jsonl": lines, "log-1/columns.jsonl": lines})


def replace(index):
    return lambda entries: entries.__setitem__(index, OTHER)


def remove(first, end):
    return lambda entries: entries.__delitem__(slice(first, end))


def insert(index, entry):
    return lambda entries: entries.insert(index, entry)


def move(index, to):
    return lambda entries: entries.insert(to, entries.pop(index))


def swap(one, other):
    def change(entries):
        entries[one], entries[other] = entries[other], entries[one]

    return change


TAMPERING = {
    "an entry is changed": (replace(321), [("changed", 321)]),
    "the first entry is changed": (replace(0), [("changed", 0)]),
    "the last entry is changed": (replace(599), [("changed", 599)]),
    "a letter of an entry is changed": (
        lambda entries: entries.__setitem__(5, entries[5].replace(b"user/7", b"user/8")), [("changed", 5)]
    ),
    "an entry is removed": (remove(10, 11), [("missing", 10)]),
    "the first entry is removed": (remove(0, 1), [("missing", 0)]),
    "many entries are removed": (remove(200, 460), [("missing", 200)]),
    "an entry is put in": (insert(257, OTHER), [("inserted", 257)]),
    "an entry is put in at the front": (insert(0, OTHER), [("inserted", 0)]),
    "an entry is put in at the end": (insert(600, OTHER), [("inserted", 600)]),
    "an entry is there twice": (lambda entries: entries.insert(300, entries[299]), [("inserted", 300)]),
    "neighbours change places": (swap(30, 31), [("reordered", 30)]),
    "distant entries change places": (swap(3, 590), [("reordered", 3)]),
    "an entry is moved back": (move(500, 20), [("reordered", 20)]),
    "an entry is moved on": (move(20, 500), [("reordered", 20)]),
    "the last entry is cut off": (remove(599, 600), [("truncated tail", 599)]),
    "the second half is cut off": (remove(300, 600), [("truncated tail", 300)]),
    "all entries are cut off": (remove(0, 600), [("truncated tail", 0)]),
}  # fmt: skip


@pytest.mark.parametrize("bare", [False, True], ids=["with cryptography", "standard library only"])
@pytest.mark.parametrize("change, kinds", TAMPERING.values(), ids=TAMPERING)
def test_what_was_done_to_entries_is_named_with_its_first_index(tmp_path, change, kinds, bare):
    said = verify(tmp_path, with_entries(change), "--vkey", KEY, bare=bare)
    assert (said.exit, said.kinds) == (1, kinds)
    assert said.ed25519 == ("built in" if bare else "cryptography")


def test_several_kinds_at_once_are_all_named(tmp_path):
    def change(entries):
        entries[400] = OTHER
        del entries[50:52]
        entries.pop()

    said = verify(tmp_path, with_entries(change), "--vkey", KEY)
    assert said.kinds == [("missing", 50), ("changed", 400), ("truncated tail", 599)]


def test_an_export_as_it_was_written_is_not_damaged(tmp_path):
    said = verify(tmp_path, EXPORT, "--vkey", KEY)
    assert (said.exit, said.damage, said.problems) == (0, [], [])


class Rewritten(SampleLog):
    """The log with other entries, and tiles that go with them; the notes are those of the log as it was."""

    def note(self, size=None, signers=None):
        return LOG.note(size, signers)


def rewritten_with_tiles(entries, **changes):
    end = min(len(entries), 600)
    notes = [export.SignedNote(LOG.note(size)) for size in (100, 300, 500)]
    return Rewritten(entries, LOG.payloads).export(end=end, notes=notes, **changes)


def test_tiles_that_were_rewritten_too_do_not_hide_a_change(tmp_path):
    entries = list(LOG.entries)
    entries[321] = OTHER
    said = verify(tmp_path, rewritten_with_tiles(entries, payloads=()), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("changed", 300)])
    assert "500" in said.damage[0]["detail"]


def test_a_tile_of_leaves_that_was_rewritten_too_leads_to_its_block(tmp_path):
    entries = list(LOG.entries)
    entries[321] = OTHER
    content = Rewritten(entries).read_tile(0, 1, 256)
    damaged = rewritten(with_entries(replace(321)), {"log-1/" + tiles.Tile(0, 1).path: content})
    said = verify(tmp_path, damaged, "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("changed", 300), ("payload does not match its commitment", 321)])
    damaged = rewritten(damaged, {"log-1/notes/%d.note" % size: None for size in (100, 300, 500)})
    said = verify(tmp_path, rewritten(damaged, {"log-1/payloads.jsonl": b""}), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("changed", 256)])


def test_a_tree_that_was_cut_off_with_its_notes_is_found_by_the_note_that_an_outsider_holds(tmp_path):
    older = SampleLog(LOG.entries[:500], LOG.payloads[:500])
    assert verify(tmp_path, older.export(), "--vkey", KEY).exit == 0
    said = verify(tmp_path, older.export(), "--vkey", KEY, "--seen", str(LOG.note(600)).encode())
    assert (said.exit, said.kinds) == (1, [("truncated tail", 500)])


def test_a_history_that_the_log_itself_signed_anew_is_found_by_the_note_that_an_outsider_holds(tmp_path):
    entries = [*LOG.entries[:250], OTHER, *LOG.entries[251:]]
    rewriting = SampleLog(entries, LOG.payloads)
    second = rewriting.export(payloads=(), notes=[export.SignedNote(rewriting.note(200))])
    assert verify(tmp_path, second, "--vkey", KEY).exit == 0
    held = ["--vkey", KEY, "--seen", str(LOG.note(300)).encode()]
    for bare in (False, True):
        said = verify(tmp_path, second, *held, bare=bare)
        assert (said.exit, said.kinds) == (1, [("inconsistent with a seen note", 0)])
    said = verify(tmp_path, second, *held, "--seen", str(LOG.note(100)).encode())
    assert (said.exit, said.kinds) == (1, [("inconsistent with a seen note", 100)])


def test_notes_of_two_histories_in_one_export_contradict_each_other(tmp_path):
    other = made_log(300, origin=ORIGIN, signers=LOG.signers)
    other.hashes[200] = other.hashes[0]
    said = verify(tmp_path, LOG.export(notes=[export.SignedNote(other.note(300))]), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("inconsistent with a seen note", 0)])


@pytest.mark.parametrize("bare", [False, True], ids=["with cryptography", "standard library only"])
def test_a_note_that_somebody_else_signed_is_forged(tmp_path, bare):
    forged = sign(LOG.note().checkpoint, [FORGER])
    said = verify(tmp_path, LOG.export(tip=export.SignedNote(forged)), "--vkey", KEY, bare=bare)
    assert (said.exit, said.kinds) == (1, [("forged checkpoint", 0)])


@pytest.mark.parametrize("bare", [False, True], ids=["with cryptography", "standard library only"])
def test_a_signature_under_another_text_is_forged(tmp_path, bare):
    entries = [*LOG.entries, OTHER]
    note = LOG.note()
    longer = SampleLog(entries, LOG.payloads)
    forged = note._replace(text=Checkpoint(ORIGIN, 601, longer.root()).text)
    notes = [export.SignedNote(LOG.note(300))]
    damaged = longer.export(tip=export.SignedNote(forged), notes=notes)
    said = verify(tmp_path, damaged, "--vkey", KEY, bare=bare)
    assert (said.exit, said.kinds) == (1, [("forged checkpoint", 300)])


def test_a_cosignature_under_another_text_is_forged(tmp_path):
    witness_key = VECTORS["keys"]["witness"]["vkey"]
    lines = VECTORS["checkpoint_7_cosigned"].split("\n\n")[1].split("\n")[1] + "\n"
    damaged = rewritten(vector_log().export(), {"log-1/notes/8.cosignatures": lines.encode()})
    assert verify(tmp_path, damaged, "--vkey", KEY).exit == 0
    said = verify(tmp_path, damaged, "--vkey", KEY, "--vkey", witness_key)
    assert (said.exit, said.kinds) == (1, [("forged checkpoint", 0)])


def test_a_column_that_shows_something_else_is_found(tmp_path):
    columns = [json.loads(entry) for entry in LOG.entries]
    columns[345]["actor"] = "user/8"
    del columns[1]["commit"]
    said = verify(tmp_path, LOG.export(columns=columns), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("column differs from sealed bytes", 345)])
    assert "actor" in said.damage[0]["detail"]


def test_columns_that_show_only_some_members_are_compared_all_the_same(tmp_path):
    columns = [json.loads(entry) for entry in LOG.entries]
    for one in columns:
        del one["type"], one["v"]
    assert verify(tmp_path, LOG.export(columns=columns), "--vkey", KEY).exit == 0
    columns[345]["time"] = columns[344]["time"]
    said = verify(tmp_path, LOG.export(columns=columns), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("column differs from sealed bytes", 345)])


def test_payloads_that_changed_places_do_not_match(tmp_path):
    log = vector_log()
    payloads = list(log.payloads)
    payloads[2], payloads[3] = payloads[3]._replace(index=2), payloads[2]._replace(index=3)
    for bare in (False, True):
        said = verify(tmp_path, log.export(payloads=payloads), "--vkey", KEY, bare=bare)
        assert (said.exit, said.kinds) == (1, [("payload does not match its commitment", 2)])
        assert said.damage[0]["count"] == 2


def test_a_salt_of_another_length_does_not_match(tmp_path):
    payloads = [LOG.payloads[0]._replace(salt=LOG.payloads[0].salt[:-1], payload=b"\0" + LOG.payloads[0].payload)]
    said = verify(tmp_path, LOG.export(payloads=payloads), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("payload does not match its commitment", 0)])


def test_what_is_wrong_with_an_entry_is_told_once(tmp_path):
    """The columns and the payload of an entry that was changed are those of the entry that was sealed."""
    damaged = rewritten(with_entries(replace(7)), {"log-1/columns.jsonl": b"".join(e + b"\n" for e in LOG.entries)})
    said = verify(tmp_path, damaged, "--vkey", KEY)
    assert said.kinds == [("changed", 7)]


def test_a_part_that_is_declared_as_such_is_not_damage_unless_all_was_asked_for(tmp_path):
    part = LOG.export(first=100, end=200)
    said = verify(tmp_path, part, "--vkey", KEY)
    assert (said.exit, said.logs[0]["all"]) == (0, False)
    said = verify(tmp_path, part, "--vkey", KEY, "--complete")
    assert (said.exit, said.kinds) == (1, [("missing", 0), ("truncated tail", 200)])
    assert verify(tmp_path, EXPORT, "--vkey", KEY, "--complete").exit == 0


@pytest.mark.parametrize("change, kinds", [
    (lambda lines: lines[:50] + [OTHER] + lines[51:], [("changed", 150)]),
    (lambda lines: lines[:50] + lines[51:], [("missing", 150)]),
    (lambda lines: lines[:-1], [("truncated tail", 299)]),
])  # fmt: skip
def test_damage_in_a_part_of_a_log_has_the_index_that_it_has_in_the_log(tmp_path, change, kinds):
    entries = change(LOG.entries[100:300])
    said = verify(tmp_path, LOG.export(first=100, end=300, entries=entries, columns=None), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, kinds)


def test_damage_of_one_log_does_not_hide_the_other(tmp_path):
    name = "example.com/odoo-audit/system"
    system = made_log(20, origin=name, signers=[Signer(name, b"s" * 32)])
    keys = ["--vkey", KEY, "--vkey", str(system.signers[0].key)]
    assert verify(tmp_path, exported(LOG.range(), system.range()), *keys).exit == 0
    damaged = exported(LOG.range(), system.range(entries=system.entries[1:]))
    said = verify(tmp_path, damaged, *keys)
    assert [(one["log"], one["kind"]) for one in said.damage] == [(system.origin, "missing")]
    assert [log["proven"] for log in said.logs] == [True, False]


PROGRAM = verifying.loaded()


def compared(given, wanted):
    """What the program makes of two lists, fed in blocks as it feeds them."""
    comparison = PROGRAM.Comparison(0)
    for start in range(0, max(len(given), len(wanted)), 256):
        comparison.feed(given[start : start + 256], wanted[start : start + 256])
    return [(kind, first, count) for kind, first, count, _places in comparison.finish()]


@given(st.integers(1, 3000), st.data())
@settings(deadline=None, max_examples=60)
def test_a_single_change_anywhere_is_sorted_into_its_kind(size, data):
    wanted = [b"%d" % number for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    count = data.draw(st.integers(1, size - index))
    assert compared(wanted, wanted) == []
    assert compared([*wanted[:index], b"x", *wanted[index + 1 :]], wanted) == [("changed", index, 1)]
    assert compared([*wanted[:index], b"x", *wanted[index:]], wanted) == [("inserted", index, 1)]
    removed = "truncated tail" if index + count == size else "missing"
    assert compared(wanted[:index] + wanted[index + count :], wanted) == [(removed, index, count)]
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        moved = list(wanted)
        moved[index], moved[other] = moved[other], moved[index]
        ((kind, first, count),) = compared(moved, wanted)
        assert (kind, first) == ("reordered", min(index, other)) and count >= 2


def test_a_large_piece_that_is_missing_or_put_in_is_told_as_such():
    numbers = [b"%d" % number for number in range(100_000)]
    piece = numbers[:20_000] + numbers[60_000:]
    assert compared(piece, numbers) == [("missing", 20_000, 40_000)]
    assert compared(numbers, piece) == [("inserted", 20_000, 40_000)]
    assert compared(numbers[:30_000], numbers) == [("truncated tail", 30_000, 70_000)]
    assert compared([b"x" + one for one in numbers], numbers) == [("changed", 0, 100_000)]


def test_damage_without_end_does_not_fill_the_memory():
    comparison = PROGRAM.Comparison(0)
    comparison.FURTHEST, comparison.KEPT = 1 << 14, 1000
    tracemalloc.start()
    for start in range(0, 200_000, 1000):
        numbers = range(start, start + 1000)
        comparison.feed([b"x%d" % number for number in numbers], [b"y%d" % number for number in numbers])
    (found,) = comparison.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[:3] == ("changed", 0, 200_000)
    assert peak < 12 * 2**20
