"""Contents that were erased, judged by an outsider: two people who decide, and everything that only looks like it."""

import json

import pytest

from odoo.addons.audit_connector_base.core import erasures, export, proof_file
from odoo.addons.audit_connector_base.core.tests import verifying
from odoo.addons.audit_connector_base.core.tests.sample_log import KEY, ORIGIN, SampleLog, made_entry, made_log
from odoo.addons.audit_connector_base.core.tests.verifying import files_of, rewritten, run, verify

PROGRAM = verifying.loaded()
SIZE = 300
ID = "0193577c-5c00-7000-8000-%012x"
ASKING, APPROVING = "user/7", "user/8"
RUN = "audit.retention.run/5"
BOTH = pytest.mark.parametrize("bare", [False, True], ids=["with cryptography", "standard library only"])


def scope(listed=range(10, 20), entry=ID % SIZE, **changes):
    """What a line lets go: entries 10 to 19, unless it is said otherwise."""
    ids = [ID % index for index in listed]
    parts = {
        "log": ORIGIN, "first": ids[0], "last": ids[-1], "to_erase": len(ids), "sha256": erasures.digest(ids),
        "listed": entry,
    }  # fmt: skip
    line = {"kind": changes.pop("what", "log"), "before": changes.pop("before", "2026-11-24 00:00:00")}
    return {"lines": [{**line, "logs": [{**parts, **changes}]}]}


def a_list(listed=range(10, 20)):
    """The entry that names what may go, the first after the events."""
    return "retention.listed", ASKING, {"ids": [ID % index for index in listed]}


def steps(said=None):
    """What two people write who decide on an erasure: ``(kind, actor, content)``."""
    said = said or scope()
    return [
        ("retention.asked", ASKING, said),
        ("identity.confirmed", APPROVING, {"action": "erase"}),
        ("retention.approved", APPROVING, said),
    ]


def decided(told, gone=range(10, 20), by=None, kinds=None, listed=None):
    """A log of which contents are gone by the last approval that ``told`` ends with, after a list of them.

    ``kinds``: ``{index: kind}`` of entries that are no events; ``by``: what the erased ones name instead.
    """
    log, kinds = made_log(SIZE), kinds or {}
    entries, payloads = list(log.entries), list(log.payloads)
    for index, kind in kinds.items():
        entries[index], payloads[index] = made_entry(index, {}, kind=kind)
    for index, (kind, actor, content) in enumerate([listed or a_list(), *told], SIZE):
        subject = content.get("run", RUN)
        entry, payload = made_entry(index, content, kind=kind, actor=actor, subject=subject)
        entries.append(entry)
        payloads.append(payload)
        if kind == "retention.approved":
            last = ID % index
    by = last if by is None else by
    payloads = [export.Erased(index, by) if index in gone else one for index, one in enumerate(payloads)]
    return SampleLog(entries, payloads)


GOOD = decided(steps())


@BOTH
def test_contents_that_two_people_let_go_may_be_gone(tmp_path, bare):
    said = verify(tmp_path, GOOD.export(), "--vkey", KEY, bare=bare)
    assert (said.exit, said.damage, said.problems) == (0, [], [])
    (log,) = said.logs
    assert (log["erased"], log["erased_unjudged"], log["reservations"]) == (10, 0, [])
    assert "of the erased, 10 as two people had decided before" in log["facts"]


ASKED, CONFIRMED, APPROVED = steps()
NOT_APPROVED = {
    "one person alone": ([APPROVED], "nobody had asked"),
    "the same person": ([("retention.asked", APPROVING, scope()), CONFIRMED, APPROVED], "by the person who had asked"),
    "asked for by Odoo": ([("retention.asked", "user/1", scope()), CONFIRMED, APPROVED], "nobody had asked"),
    "asked for by a program": ([("retention.asked", "system/x", scope()), CONFIRMED, APPROVED], "nobody had asked"),
    "asked for afterwards": ([CONFIRMED, APPROVED, ASKED], "nobody had asked"),
    "asked for in another run": (
        [("retention.asked", ASKING, {**scope(), "run": "audit.retention.run/4"}), CONFIRMED, APPROVED],
        "nobody had asked",
    ),
    "withdrawn": ([ASKED, ("retention.cancelled", ASKING, {}), CONFIRMED, APPROVED], "nobody had asked"),
    "counted anew": ([ASKED, ("retention.counted", ASKING, {}), CONFIRMED, APPROVED], "nobody had asked"),
    "without the password": ([ASKED, APPROVED], "with the password"),
    "the password before": ([CONFIRMED, ASKED, APPROVED], "with the password"),
    "the password of another": ([ASKED, ("identity.confirmed", ASKING, CONFIRMED[2]), APPROVED], "with the password"),
    "the password for something else": (
        [ASKED, ("identity.confirmed", APPROVING, {"action": "release"}), APPROVED], "with the password"
    ),
    "other contents": (
        [ASKED, CONFIRMED, ("retention.approved", APPROVING, scope(to_erase=11))], "not what had been asked for"
    ),
    "a second time": ([*steps(), *steps()], "a second approval"),
    "older contents": (steps(scope(before="2026-11-23 12:00:00")), "not among those"),
    "contents of another kind": (steps(scope(what="event")), "not among those"),
    "another log": (steps(scope(log="example.com/odoo-audit/other")), "not among those"),
    "later entries": (steps(scope(first=ID % 11)), "not among those"),
    "a list of others": (steps(scope(sha256=erasures.digest([ID % 10]))), "not among those"),
    "a list that is not there": (steps(scope(entry=ID % 999)), "not among those"),
    "no scope at all": (steps({"lines": "all"}), "not what had been asked for"),
}  # fmt: skip


@pytest.mark.parametrize("told, words", NOT_APPROVED.values(), ids=NOT_APPROVED)
def test_contents_that_nobody_let_go_are_damage(tmp_path, told, words):
    said = verify(tmp_path, decided(told).export(), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("content erased without approval", 10)])
    assert words in said.damage[0]["detail"]


@pytest.mark.parametrize("by, words", [("", "nothing says why"), (ID % 999, "no approval"), (ID % SIZE, "no approval")])
def test_contents_that_name_no_approval_are_damage(tmp_path, by, words):
    said = verify(tmp_path, decided(steps(), by=by).export(), "--vkey", KEY)
    assert (said.exit, said.kinds, said.damage[0]["count"]) == (1, [("content erased without approval", 10)], 10)
    assert words in said.damage[0]["detail"]


def test_contents_beside_those_that_were_let_go_are_damage(tmp_path):
    """Also one that lies among them: nobody puts one content in the place of another."""
    listed = (10, 11, 13, 14, 19)
    log = decided(steps(scope(listed, to_erase=99)), gone=(9, 10, 12, 19, 20), listed=a_list(listed))
    said = verify(tmp_path, log.export(), "--vkey", KEY)
    assert (said.exit, said.kinds, said.damage[0]["count"]) == (1, [("content erased without approval", 9)], 3)
    swapped = decided(steps(scope(listed)), gone=(10, 11, 12), listed=a_list(listed))
    assert verify(tmp_path, swapped.export(), "--vkey", KEY).kinds == [("content erased without approval", 12)]


def test_a_list_that_was_changed_lets_nothing_go(tmp_path):
    for listed in (a_list(range(10, 21)), a_list(range(9, 19)), a_list([*range(11, 20), 10])):
        said = verify(tmp_path, decided(steps(), listed=listed).export(), "--vkey", KEY)
        assert (said.exit, said.kinds) == (1, [("content erased without approval", 10)])


def test_more_contents_than_were_let_go_are_damage(tmp_path):
    said = verify(tmp_path, decided(steps(scope(to_erase=4))).export(), "--vkey", KEY)
    assert (said.exit, said.kinds, said.damage[0]["count"]) == (1, [("more contents erased than approved", 14)], 6)


def test_contents_that_are_always_kept_are_damage_whatever_was_approved(tmp_path):
    kinds = {12: "configuration.changed", 15: "secret.rotated"}
    said = verify(tmp_path, decided(steps(), kinds=kinds).export(), "--vkey", KEY)
    assert (said.exit, said.kinds, said.damage[0]["count"]) == (1, [("content erased that is always kept", 12)], 2)
    gone = decided(steps(), gone=[*range(10, 20), SIZE + 3])
    said = verify(tmp_path, gone.export(), "--vkey", KEY)
    assert ("content erased that is always kept", SIZE + 3) in said.kinds


def test_the_same_kinds_are_kept_as_inside_odoo():
    assert set(erasures.NEVER_ERASED) == PROGRAM.ALWAYS_KEPT


def with_proofs(log, first, end, indexes):
    """An export of a part of a log, with proofs of entries outside of it."""
    proofs = tuple(
        (proof_file.prove_inclusion(log.entries[index], index, log.note(), log.read_tile), log.payloads[index])
        for index in indexes
    )
    return log.export(first=first, end=end, proofs=proofs)


def test_a_part_of_a_log_is_judged_by_the_approvals_that_come_along(tmp_path):
    content = with_proofs(GOOD, 5, 100, range(SIZE, SIZE + 4))
    said = verify(tmp_path, content, "--vkey", KEY)
    assert (said.exit, said.logs[0]["erased_unjudged"], said.logs[0]["reservations"]) == (0, 0, [])
    exceeded = with_proofs(decided(steps(scope(to_erase=4))), 5, 100, range(SIZE, SIZE + 4))
    assert verify(tmp_path, exceeded, "--vkey", KEY).kinds == [("more contents erased than approved", 14)]


@pytest.mark.parametrize(
    "indexes", [(), (SIZE + 3,), (SIZE, SIZE + 2, SIZE + 3), (SIZE, SIZE + 1, SIZE + 3), (SIZE + 1, SIZE + 2, SIZE + 3)]
)
def test_what_a_part_of_a_log_does_not_show_is_a_reservation(tmp_path, indexes):
    said = verify(tmp_path, with_proofs(GOOD, 5, 100, indexes), "--vkey", KEY)
    assert (said.exit, said.damage, said.problems) == (0, [], [])
    (log,) = said.logs
    assert log["erased_unjudged"] == 10
    assert "of 10 contents was approved cannot be judged (first: entry 10)" in log["reservations"][0]
    told = run(["--vkey", KEY, tmp_path / "given.zip"]).stdout
    assert "RESERVATION: whether" in told and "two people" not in told


def test_a_part_that_begins_after_the_request_leaves_it_open_whether_there_was_one(tmp_path):
    asked, payload = made_entry(5, scope(), kind="retention.asked", actor=ASKING, subject=RUN)
    later = decided([CONFIRMED, APPROVED])
    entries, payloads = list(later.entries), list(later.payloads)
    entries[5], payloads[5] = asked, payload
    log = SampleLog(entries, payloads)
    for first, unjudged in ((0, 0), (6, 10)):
        said = verify(tmp_path, log.export(first=first), "--vkey", KEY)
        assert (said.exit, said.logs[0]["erased_unjudged"]) == (0, unjudged)
    said = verify(tmp_path, later.export(), "--vkey", KEY)
    assert (said.exit, said.kinds) == (1, [("content erased without approval", 10)])


def test_an_approval_whose_content_was_not_handed_over_is_a_reservation(tmp_path):
    for index in range(SIZE, SIZE + 4):
        payloads = [one for one in GOOD.payloads if one.index != index]
        said = verify(tmp_path, GOOD.export(payloads=payloads), "--vkey", KEY)
        assert (said.exit, said.logs[0]["erased_unjudged"]) == (0, 10)


def test_who_was_asked_is_not_taken_from_an_entry_that_is_not_proven(tmp_path):
    """The proof of a request that was never sealed."""
    log = decided([CONFIRMED, APPROVED])
    forged = made_entry(7, scope(), kind="retention.asked", actor=ASKING, subject=RUN)
    proof = proof_file.prove_inclusion(log.entries[SIZE], SIZE, log.note(), log.read_tile)
    content = log.export(first=5, end=100, proofs=((proof._replace(entry=forged[0]), forged[1]),))
    said = verify(tmp_path, content, "--vkey", KEY)
    assert said.exit == 1 and said.kinds[0][0] == "changed"


def test_erasures_of_a_log_that_is_damaged_are_a_reservation(tmp_path):
    changed = {"log-1/entries.jsonl": lambda content: content.replace(b"user/7", b"user/9", 1)}
    damaged = rewritten(GOOD.export(), changed)
    said = verify(tmp_path, damaged, "--vkey", KEY)
    assert said.exit == 1 and "not judged" in said.logs[0]["reservations"][0]


def test_lines_that_are_none_end_the_judging_and_are_told(tmp_path):
    lines = files_of(GOOD.export())["log-1/payloads.jsonl"].split(b"\n")
    lines[12] = b'{"erased":'
    said = verify(tmp_path, rewritten(GOOD.export(), {"log-1/payloads.jsonl": b"\n".join(lines)}), "--vkey", KEY)
    assert said.exit == 2 and "the program failed" not in json.dumps(said.problems)


def test_the_help_names_every_kind_of_damage():
    text = " ".join(run(["--help"]).stdout.split())
    for kind in (PROGRAM.UNAPPROVED, PROGRAM.NEVER_ERASED, PROGRAM.EXCEEDED, PROGRAM.PAYLOAD, PROGRAM.COLUMN):
        assert kind in text
    assert "reservation" in text
