import hashlib

import pytest

from odoo.addons.audit_connector_base.core import log_check, log_entry, merkle
from odoo.addons.audit_connector_base.core.log_check import Damage, LogCheck, Note, Stored

COUNT = 40


def stored(number):
    salt, payload = hashlib.sha256(b"%d" % number).digest(), b'{"number":%d}' % number
    entry = log_entry.entry(
        id="0193577c-5c00-7000-8000-%012x" % number, time="2026-11-23T12:00:00.000000Z", kind="event.written",
        actor="user/7", company=1, subject="account.move/%d" % (number + 1), direction="none",
        media_type="application/json", corr="ab" * 16, commit=log_entry.commitment(salt, payload),
    )  # fmt: skip
    return Stored(number, entry, {"actor": "user/7", "kind": "event.written"}, salt, payload, None, True)


LOG = [stored(number) for number in range(COUNT)]
HASHES = [merkle.leaf_hash(one.entry) for one in LOG]
NOTES = [Note(size, merkle.root(HASHES[:size]), True) for size in (1, 10, 25, COUNT)]


class Erasures:
    """Says of every content that is gone what was ``found``, and remembers which were ``asked`` about."""

    def __init__(self, found):
        self.found, self.asked = found, []

    def damage(self, stored, members):
        self.asked.append((stored.index, stored.erased_by, members["kind"]))
        return self.found


def checked(log=LOG, wanted=HASHES, notes=NOTES, step=COUNT, erasures=None):
    """Feed a log in portions; returns ``(damage, check)``."""
    check = LogCheck(erasures=erasures)
    for first in range(0, len(wanted), step):
        end = min(first + step, len(wanted))
        portion = [one for one in log if first <= one.index < end]
        damage = check.feed(portion, wanted[first:end], [note for note in notes if first < note.size <= end])
        if damage:
            return damage, check
    return None, check


@pytest.mark.parametrize("step", [1, 7, 10, COUNT])
def test_a_good_log_is_found_good_in_portions_of_any_size(step):
    damage, check = checked(step=step)
    assert damage is None
    assert (check.size, check.good, check.frontier.root()) == (COUNT, COUNT, merkle.root(HASHES))


@pytest.mark.parametrize("step", [5, COUNT])
@pytest.mark.parametrize(
    ("change", "kind", "detail"),
    [
        ({"entry": LOG[3].entry.replace(b"user/7", b"user/8")}, log_check.CHANGED, ""),
        ({"entry": None}, log_check.MISSING, ""),
        ({"columns": {"actor": "user/8"}}, log_check.COLUMN, "actor"),
        ({"payload": b"{}"}, log_check.PAYLOAD, ""),
        ({"salt": b"short"}, log_check.PAYLOAD, ""),
        ({"payload": None}, log_check.UNAPPROVED, "gone"),
        ({"payload": None, "salt": None}, log_check.UNAPPROVED, "gone"),
        ({"payload": None, "salt": None, "erased_by": "1"}, log_check.UNAPPROVED, "gone"),
        ({"has_payload": False}, log_check.UNAPPROVED, "gone"),
    ],
)
def test_the_first_bad_entry_is_named(change, kind, detail, step):
    log = [*LOG[:17], LOG[17]._replace(**change), *LOG[18:]]
    assert checked(log, step=step)[0] == Damage(kind, 17, detail)


def test_an_erased_payload_is_damage_unless_it_was_approved():
    log = [*LOG[:17], LOG[17]._replace(payload=None, salt=None, erased_by="approval"), *LOG[18:]]
    approved = Erasures(None)
    assert checked(log, step=7, erasures=approved)[0] is None
    assert approved.asked == [(17, "approval", "event.written")], "once, so that it can count"
    exceeded = Erasures((log_check.EXCEEDED, "3"))
    assert checked(log, step=7, erasures=exceeded)[0] == Damage(log_check.EXCEEDED, 17, "3")


def test_a_leaf_that_is_not_there_is_missing():
    assert checked([*LOG[:17], *LOG[18:]])[0] == Damage(log_check.MISSING, 17)


def test_a_forged_note_is_told_before_damage_that_lies_behind_it():
    notes = [*NOTES[:2], NOTES[2]._replace(authentic=False), NOTES[3]]
    log = [*LOG[:30], LOG[30]._replace(entry=None), *LOG[31:]]
    assert checked(log, notes=notes)[0] == Damage(log_check.FORGED, 10, "25")


def test_damage_before_a_forged_note_is_told_first():
    notes = [*NOTES[:2], NOTES[2]._replace(authentic=False), NOTES[3]]
    log = [*LOG[:12], LOG[12]._replace(entry=None), *LOG[13:]]
    assert checked(log, notes=notes)[0] == Damage(log_check.MISSING, 12)


def test_a_tree_that_was_rewritten_as_a_whole_contradicts_the_first_note_behind_it():
    entry = LOG[12].entry.replace(b"user/7", b"user/8")
    log = [*LOG[:12], LOG[12]._replace(entry=entry, columns={}), *LOG[13:]]
    wanted = [*HASHES[:12], merkle.leaf_hash(entry), *HASHES[13:]]
    assert checked(log, wanted, step=8)[0] == Damage(log_check.CHANGED, 10, "25")


@pytest.mark.parametrize(
    ("given", "wanted", "kind"),
    [
        ("Xbc", "abc", log_check.CHANGED),
        ("bcd", "abc", log_check.MISSING),
        ("", "abc", log_check.MISSING),
        ("Xabc", "abc", log_check.INSERTED),
        ("bac", "abc", log_check.REORDERED),
        ("cab", "abc", log_check.REORDERED),
        ("XYc", "abc", log_check.CHANGED),
    ],
)
def test_what_happened_is_told_from_what_follows(given, wanted, kind):
    assert log_check.kind_of(list(given), list(wanted)) == kind
