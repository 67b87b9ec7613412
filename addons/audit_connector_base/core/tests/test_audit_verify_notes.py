"""What an auditor brings along: keys, notes received earlier, witnesses, dates; and logs that go on under new names."""

import base64
import shlex
import subprocess

import pytest

from odoo.addons.audit_connector_base.core import export, proof_file
from odoo.addons.audit_connector_base.core.checkpoint import COSIGNATURE as WITNESS
from odoo.addons.audit_connector_base.core.checkpoint import Checkpoint, Signer, sign
from odoo.addons.audit_connector_base.core.tests.sample_log import (
    KEY,
    NEXT_KEY,
    ORIGIN,
    SIGNERS,
    VECTORS,
    WITNESS_KEY,
    SampleLog,
    exported,
    made_entry,
    made_log,
)
from odoo.addons.audit_connector_base.core.tests.time_authority import TimeAuthority
from odoo.addons.audit_connector_base.core.tests.verifying import rewritten, run, verify

LOG = made_log(600)
TIME = VECTORS["cosignature_time"]  # 2026-11-23T12:00:00Z
SECOND_WITNESS = Signer("second.example/witness", b"2" * 32, WITNESS)
BOTH = pytest.mark.parametrize("bare", [False, True], ids=["with cryptography", "standard library only"])


def signed(log, size, *witnesses, time=TIME, tokens=()):
    note = log.note(size)
    return export.SignedNote(note, tuple(one.sign(note.text, time) for one in witnesses), tokens)


# keys


@BOTH
def test_without_a_key_nothing_is_verified_also_when_the_export_brings_one(tmp_path, bare):
    said = verify(tmp_path, LOG.export(), bare=bare)
    assert (said.exit, said.damage) == (2, [])
    assert "--vkey" in said.problems[0]["detail"]


def test_a_key_of_another_log_is_as_good_as_none(tmp_path):
    other = Signer("other.example/log", bytes(32))
    assert verify(tmp_path, LOG.export(), "--vkey", str(other.key)).exit == 2


def test_without_a_key_damage_is_told_all_the_same(tmp_path):
    said = verify(tmp_path, LOG.export(entries=LOG.entries[1:]))
    assert (said.exit, said.kinds) == (1, [("missing", 0)])


def test_a_key_can_stand_in_a_file(tmp_path):
    assert verify(tmp_path, LOG.export(), "--vkey", ("# of the log\n%s\n" % KEY).encode()).exit == 0


@pytest.mark.parametrize("key", ["", "nonsense", KEY.replace("a6cf9d7b", "a6cf9d7c"), KEY[:-1], KEY + "A"])
def test_a_mistyped_key_is_refused(tmp_path, key):
    assert verify(tmp_path, LOG.export(), "--vkey", key).exit == 2


# notes that an outsider holds


@BOTH
@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 599, 600])
def test_a_log_that_continues_the_note_held_is_verified(tmp_path, size, bare):
    said = verify(tmp_path, LOG.export(), "--vkey", KEY, "--seen", str(LOG.note(size)).encode(), bare=bare)
    assert (said.exit, said.damage) == (0, [])
    assert any("continues the note that you hold" in fact for fact in said.logs[0]["facts"])


def test_a_note_can_be_given_in_the_base64_of_a_header(tmp_path):
    header = base64.b64encode(str(LOG.note(300)).encode())
    assert verify(tmp_path, LOG.export(), "--vkey", KEY, "--seen", header).exit == 0
    assert verify(tmp_path, LOG.export(), "--vkey", KEY, "--seen", b"\n".join([header[:60], header[60:]])).exit == 0


def test_a_part_of_a_log_is_compared_with_notes_that_the_export_was_made_for(tmp_path):
    held = ["--vkey", KEY, "--seen", str(LOG.note(50)).encode(), "--seen", str(LOG.note(590)).encode()]
    made_for_them = LOG.export(first=300, end=310, sizes=(50, 590))
    assert verify(tmp_path, made_for_them, *held).exit == 0
    said = verify(tmp_path, LOG.export(first=300, end=310), *held)
    assert (said.exit, said.damage) == (2, [])
    assert "consistency file" in said.problems[0]["detail"]
    other = made_log(600)
    other.hashes[7] = other.hashes[8]
    said = verify(tmp_path, made_for_them, "--vkey", KEY, "--seen", str(other.note(50)).encode())
    assert (said.exit, said.kinds) == (1, [("inconsistent with a seen note", 0)])


def test_a_note_that_is_not_authentic_accuses_nobody(tmp_path):
    forged = sign(Checkpoint(ORIGIN, 300, bytes(32)), [Signer(ORIGIN, b"f" * 32)])
    altered = str(LOG.note(300)).replace("\n300\n", "\n301\n")
    for note in (str(forged), altered):
        said = verify(tmp_path, LOG.export(), "--vkey", KEY, "--seen", note.encode())
        assert (said.exit, said.damage) == (2, [])


@pytest.mark.parametrize("note", [b"", b"nonsense", b"\xff\xfe", str(LOG.note()).replace("\n", "\r\n").encode()])
def test_a_note_that_is_none_is_not_passed_over(tmp_path, note):
    said = verify(tmp_path, LOG.export(), "--vkey", KEY, "--seen", note)
    assert (said.exit, said.damage) == (2, [])


def test_a_note_of_a_log_that_is_not_there_is_not_passed_over(tmp_path):
    other = made_log(3, origin="other.example/log", signers=[Signer("other.example/log", bytes(32))])
    keys = ["--vkey", KEY, "--vkey", str(other.signers[0].key)]
    assert verify(tmp_path, LOG.export(), *keys, "--seen", str(other.note()).encode()).exit == 2


# replaced keys


class Rotated:
    """A log whose key was replaced: entry 8 says so, the note of 9 entries carries both signatures."""

    def __init__(self, new=NEXT_KEY):
        entry, payload = made_entry(8, {"replaces": KEY, "vkey": new}, kind="key.rotated")
        made = [*zip(made_log(8).entries, made_log(8).payloads), (entry, payload)]
        made += [made_entry(index, {"number": str(index)}) for index in range(9, 20)]
        self.log = SampleLog([one for one, _payload in made], [one for _entry, one in made])
        self.handover = export.SignedNote(self.log.note(9, [SIGNERS["log"], SIGNERS["log_next"]]))
        self.tip = export.SignedNote(self.log.note(None, [SIGNERS["log_next"]]))

    def proof(self, note, disclosed=True):
        """Entry 8 under a note, as it comes along in an export that does not hold the entry itself."""
        proof = proof_file.prove_inclusion(self.log.entries[8], 8, note, self.log.read_tile)
        return ((proof, self.log.payloads[8] if disclosed else None),)

    def export(self, **changes):
        return self.log.export(**{"tip": self.tip, "notes": [self.handover], **changes})


@BOTH
def test_the_old_key_is_followed_to_the_new_one(tmp_path, bare):
    rotated = Rotated()
    part = {"first": 12, "end": 15}
    for changes in (
        {},
        {**part, "proofs": rotated.proof(rotated.tip.note)},
        {**part, "proofs": rotated.proof(rotated.handover.note)},
        {**part, "proofs": rotated.proof(rotated.handover.note), "notes": ()},
        {"payloads": (), "proofs": rotated.proof(rotated.tip.note)},
    ):
        said = verify(tmp_path, rotated.export(**changes), "--vkey", KEY, bare=bare)
        assert (said.exit, said.damage) == (0, [])
        assert any("handed over" in fact for fact in said.logs[0]["facts"])
    assert verify(tmp_path, rotated.export(), "--vkey", NEXT_KEY, bare=bare).exit == 0


def test_a_new_key_that_nothing_hands_over_to_is_not_believed(tmp_path):
    rotated = Rotated()
    other = Rotated(new=str(Signer(ORIGIN, b"o" * 32).key))
    for content, index in (
        (rotated.export(first=12, end=15), 9),
        (rotated.export(notes=()), 0),
        (rotated.export(notes=[export.SignedNote(rotated.log.note(9))]), 9),
        (rotated.export(notes=[export.SignedNote(rotated.log.note(8, [SIGNERS["log"], SIGNERS["log_next"]]))]), 8),
        (rotated.export(payloads=()), 9),
        (rotated.export(first=12, end=15, proofs=rotated.proof(rotated.tip.note, disclosed=False)), 9),
        (other.export(), 9),
    ):
        said = verify(tmp_path, content, "--vkey", KEY)
        assert (said.exit, said.kinds) == (1, [("forged checkpoint", index)])


def test_a_signature_that_a_stranger_adds_to_a_note_of_the_old_key_hands_nothing_over(tmp_path):
    """The stranger's own history hands over to his key; the note with both signatures is of the true one."""
    stranger = Signer(ORIGIN, b"s" * 32)
    forged, true = Rotated(new=str(stranger.key)), made_log(30)
    note = true.note(25)
    both = export.SignedNote(note.signed_also(stranger.sign(note.text)))
    tip = export.SignedNote(forged.log.note(None, [stranger]))
    for changes in ({}, {"first": 12, "end": 15, "proofs": forged.proof(tip.note)}):
        said = verify(tmp_path, forged.log.export(tip=tip, notes=[both], **changes), "--vkey", KEY)
        assert said.exit == 1 and "forged checkpoint" in [kind for kind, _index in said.kinds]
    # A note that is shorter than the tree, so that it could be a beginning of it, and is not.
    note = true.note(15)
    both = export.SignedNote(note.signed_also(stranger.sign(note.text)))
    said = verify(tmp_path, forged.log.export(tip=tip, notes=[both]), "--vkey", KEY)
    assert said.exit == 1 and "forged checkpoint" in [kind for kind, _index in said.kinds]
    assert not any("handed over" in fact for fact in said.logs[0]["facts"])


def test_a_key_that_was_replaced_signs_no_more(tmp_path):
    rotated = Rotated()
    said = verify(tmp_path, rotated.export(tip=export.SignedNote(rotated.log.note())), "--vkey", KEY)
    assert said.kinds == [("forged checkpoint", 9)]
    assert "replaced" in said.damage[0]["detail"]


# logs that continue one another


def continuing(old_size, root=None):
    origin = "example.com/odoo-audit/second"
    said = {"origin": ORIGIN, "size": str(old_size), "root": base64.b64encode(root or LOG.root(old_size)).decode()}
    entry, payload = made_entry(0, {"continues": said, "origin": origin, "vkey": KEY}, first=True)
    return SampleLog([entry], [payload], origin, [Signer(origin, b"n" * 32)])


def test_a_new_log_is_shown_to_continue_the_old_one(tmp_path):
    for size in (600, 590):
        new = continuing(size)
        keys = ["--vkey", KEY, "--vkey", str(new.signers[0].key)]
        said = verify(tmp_path, exported(LOG.range(), new.range()), *keys)
        assert (said.exit, said.damage) == (0, [])
        assert any("continues %s" % ORIGIN in fact for fact in said.logs[1]["facts"])
    assert any("not continued" in fact for fact in said.logs[1]["facts"])


def test_a_new_log_that_continues_another_history_is_damage(tmp_path):
    new = continuing(500, root=b"x" * 32)
    keys = ["--vkey", KEY, "--vkey", str(new.signers[0].key)]
    said = verify(tmp_path, exported(LOG.range(), new.range()), *keys)
    assert said.kinds == [("inconsistent with a seen note", 500)]


def test_what_a_new_log_says_of_a_longer_old_one_is_missing(tmp_path):
    new = continuing(700, root=b"x" * 32)
    keys = ["--vkey", KEY, "--vkey", str(new.signers[0].key)]
    said = verify(tmp_path, exported(LOG.range(), new.range()), *keys)
    assert said.kinds == [("truncated tail", 600)]


def test_a_new_log_that_leaves_out_what_an_outsider_saw_is_damage(tmp_path):
    new = continuing(500)
    keys = ["--vkey", KEY, "--vkey", str(new.signers[0].key)]
    said = verify(tmp_path, exported(new.range()), *keys, "--seen", str(LOG.note(501)).encode())
    assert said.kinds == [("inconsistent with a seen note", 500)]
    assert verify(tmp_path, exported(new.range()), *keys, "--seen", str(LOG.note(500)).encode()).exit == 0
    said = verify(tmp_path, exported(new.range()), *keys, "--seen", str(LOG.note(400)).encode())
    assert (said.exit, said.damage) == (2, [])


# witnesses


def test_what_a_witness_saw_is_told(tmp_path):
    content = LOG.export(notes=[signed(LOG, 590, SIGNERS["witness"])])
    said = verify(tmp_path, content, "--vkey", KEY, "--vkey", WITNESS_KEY)
    assert said.exit == 0
    assert any("590" in fact and "2026-11-23 12:00:00" in fact for fact in said.logs[0]["facts"])


@BOTH
def test_a_log_is_fresh_when_a_known_witness_signed_it_on_that_date_or_later(tmp_path, bare):
    content = LOG.export(notes=[signed(LOG, 590, SIGNERS["witness"])])
    for date, code in (("2026-11-23", 0), ("2026-11-23T12:00:00Z", 0), ("2026-11-23T12:00:01Z", 2), ("2026-11-24", 2)):
        arguments = ["--vkey", KEY, "--vkey", WITNESS_KEY, "--not-before", date]
        assert verify(tmp_path, content, *arguments, bare=bare).exit == code
    assert verify(tmp_path, content, "--vkey", KEY, "--not-before", "2026-11-23").exit == 2
    assert verify(tmp_path, content, "--vkey", KEY, "--not-before", "yesterday").exit == 2


def test_a_witness_of_another_history_makes_nothing_fresh(tmp_path):
    other = made_log(590)
    other.hashes[3] = other.hashes[4]
    content = LOG.export(notes=[signed(other, 590, SIGNERS["witness"])])
    said = verify(tmp_path, content, "--vkey", KEY, "--vkey", WITNESS_KEY, "--not-before", "2026-11-23")
    assert (said.exit, len(said.problems)) == (1, 1)


POLICY = """# who has to have seen it
log %s
witness one %s https://one.example
witness two\t%s
group both all one two
group either any one two
group two-of-two 2 one two
group nested all either
quorum %%s
""" % (KEY, WITNESS_KEY, SECOND_WITNESS.key)


@pytest.mark.parametrize(
    "quorum, witnesses, code",
    [("none", [], 0), ("one", [SIGNERS["witness"]], 0), ("one", [SECOND_WITNESS], 2), ("either", [SECOND_WITNESS], 0),
     ("nested", [SECOND_WITNESS], 0), ("nested", [], 2), ("both", [SECOND_WITNESS], 2),
     ("two-of-two", [SIGNERS["witness"]], 2), ("both", [SIGNERS["witness"], SECOND_WITNESS], 0)],
)  # fmt: skip
def test_a_policy_says_which_witnesses_are_enough(tmp_path, quorum, witnesses, code):
    tip = signed(LOG, 600, *witnesses)
    said = verify(tmp_path, LOG.export(tip=tip), "--policy", (POLICY % quorum).encode())
    assert (said.exit, said.damage) == (code, [])


def test_witnesses_must_have_signed_all_that_is_shown(tmp_path):
    notes = [signed(LOG, 590, SIGNERS["witness"])]
    policy = ["--policy", (POLICY % "one").encode()]
    said = verify(tmp_path, LOG.export(notes=notes), *policy)
    assert said.exit == 2 and "590" in said.problems[0]["detail"]
    assert verify(tmp_path, LOG.export(notes=notes, end=590), *policy).exit == 0


@pytest.mark.parametrize(
    "policy",
    ["", "quorum nobody", "quorum none\nquorum none", "group g any nobody\nquorum g",
     "log %s\nquorum none" % WITNESS_KEY, "nonsense\nquorum none", "witness w %s\nquorum none" % KEY,
     "witness none %s\nquorum none" % WITNESS_KEY, "witness w %s\nwitness v %s\nquorum w" % (WITNESS_KEY, WITNESS_KEY),
     "witness w %s\ngroup g 2 w\nquorum g" % WITNESS_KEY, "witness w %s\ngroup g 0 w\nquorum g" % WITNESS_KEY,
     "witness w %s\ngroup g any w w\nquorum g" % WITNESS_KEY],
)  # fmt: skip
def test_a_policy_that_is_not_understood_is_refused(tmp_path, policy):
    said = verify(tmp_path, LOG.export(), "--vkey", KEY, "--policy", policy.encode())
    assert (said.exit, said.damage) == (2, [])


# time stamps


@pytest.fixture(scope="module")
def stamping(tmp_path_factory):
    return TimeAuthority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("as_token", [False, True], ids=["answer", "token"])
def test_a_time_stamp_is_told_with_the_command_that_checks_its_signature(tmp_path, stamping, as_token):
    note = str(LOG.note()).encode()
    tip = signed(LOG, 600, tokens=[stamping.stamp(note, as_token=as_token)])
    said = verify(tmp_path, LOG.export(tip=tip), "--vkey", KEY)
    (stamp,) = said.logs[0]["time_stamps"]
    assert (said.exit, stamp["size"]) == (0, 600)
    assert any(stamp["verify"] in fact and "not checked" in fact for fact in said.logs[0]["facts"])
    for name, content in (("notes/600.note", note), ("notes/600.1.tst", tip.tokens[0])):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    command = shlex.split(stamp["verify"].replace("CERTIFICATE-OF-THE-AUTHORITY.pem", str(stamping.root_file)))
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in ended.stdout + ended.stderr


def test_a_time_stamp_alone_makes_nothing_fresh(tmp_path, stamping):
    tip = signed(LOG, 600, tokens=[stamping.stamp(str(LOG.note()).encode())])
    assert verify(tmp_path, LOG.export(tip=tip), "--vkey", KEY, "--not-before", "2020-01-01").exit == 2


def test_a_time_stamp_over_something_else_is_not_passed_over(tmp_path, stamping):
    note = str(LOG.note()).encode()
    good, other, longer = stamping.stamp(note), stamping.stamp(note + b"\n"), stamping.stamp(note, "sha512")
    for token in (other, longer, good[:-1], good[:40], b"", b"0\x80\0\0"):
        said = verify(tmp_path, LOG.export(tip=signed(LOG, 600, tokens=[token])), "--vkey", KEY)
        assert (said.exit, said.damage) == (2, [])


# for people


def test_the_help_names_the_exit_codes_and_shows_examples():
    said = run(["--help"]).stdout
    for words in ("exit codes", "examples", "--not-before", "truncated tail"):
        assert words in said


def test_what_people_read_names_the_damage_and_the_part(tmp_path):
    file = tmp_path / "export.zip"
    file.write_bytes(LOG.export(end=500, entries=LOG.entries[:10] + LOG.entries[11:500]))
    ended = run(["--vkey", KEY, file])
    assert ended.returncode == 1
    assert "DAMAGE  missing, first at index 10" in ended.stdout
    assert "A PART OF IT" in ended.stdout and "My Company" in ended.stdout
    assert ended.stderr == ""


def test_text_of_strangers_does_nothing_to_a_terminal(tmp_path):
    file = tmp_path / "export.zip"
    file.write_bytes(rewritten(LOG.export(title="\x1b[31mred\n\u202e"), {}))
    said = run(["--vkey", KEY, file]).stdout
    assert "\x1b" not in said and "\u202e" not in said
