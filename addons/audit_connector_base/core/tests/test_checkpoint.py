import base64

import nacl.signing
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import checkpoint
from odoo.addons.audit_connector_base.core.checkpoint import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    InvalidSignature,
    Malformed,
    NoteError,
    Signer,
    UnknownSigner,
)
from odoo.addons.audit_connector_base.core.tests.sample_log import ORIGIN, SIGNERS, VECTORS

NOTES = {int(size): note for size, note in VECTORS["checkpoints"].items()}
COSIGNED, TWO_KEYS = VECTORS["checkpoint_7_cosigned"], VECTORS["checkpoint_8_two_keys"]
TIME = VECTORS["cosignature_time"]
KEYS = {name: signer.key for name, signer in SIGNERS.items()}


def checkpoint_of(size):
    return Checkpoint(ORIGIN, size, bytes.fromhex(VECTORS["roots"][str(size)]["hex"]))


@pytest.mark.parametrize("name", SIGNERS)
def test_keys_and_their_ids_are_those_of_the_vectors(name):
    wanted = VECTORS["keys"][name]
    assert (KEYS[name].public.hex(), KEYS[name].id.hex(), str(KEYS[name])) == (
        wanted["public_hex"], wanted["key_id_hex"], wanted["vkey"]
    )  # fmt: skip
    assert checkpoint.parse_key(wanted["vkey"]) == KEYS[name]


@pytest.mark.parametrize("size", NOTES)
def test_notes_are_those_of_the_vectors(size):
    note = checkpoint.sign(checkpoint_of(size), [SIGNERS["log"]])
    assert str(note) == NOTES[size]
    assert checkpoint.parse(NOTES[size]) == checkpoint.parse(NOTES[size].encode()) == note
    assert checkpoint.imprint(note).hex() == VECTORS["tsa_imprint_sha256_hex"][str(size)]
    assert checkpoint.verify(NOTES[size], [KEYS["log"]]) == (checkpoint_of(size), (KEYS["log"],), ())


def test_a_cosigned_note_is_that_of_the_vectors():
    note = checkpoint.parse(NOTES[7])
    cosigned = note.signed_also(SIGNERS["witness"].sign(note.text, TIME))
    assert str(cosigned) == COSIGNED
    assert cosigned.signed_also(*cosigned.signatures) == cosigned
    found = checkpoint.verify(COSIGNED, [KEYS["log"], KEYS["witness"]])
    assert found.cosigned == ((KEYS["witness"], TIME),)


def test_a_note_of_two_keys_is_that_of_the_vectors_and_good_for_both():
    assert str(checkpoint.sign(checkpoint_of(8), [SIGNERS["log"], SIGNERS["log_next"]])) == TWO_KEYS
    for names in (["log"], ["log_next"], ["log", "log_next"]):
        assert len(checkpoint.verify(TWO_KEYS, [KEYS[name] for name in names]).signed_by) == len(names)


def test_a_changed_root_is_refused():
    lines = NOTES[7].split("\n")
    root = bytearray(base64.b64decode(lines[2]))
    root[0] ^= 1
    lines[2] = base64.b64encode(root).decode()
    with pytest.raises(InvalidSignature):
        checkpoint.verify("\n".join(lines), [KEYS["log"]])


def test_the_signature_of_another_note_is_refused():
    with pytest.raises(InvalidSignature):
        checkpoint.verify(NOTES[7].split("\n\n")[0] + "\n\n" + NOTES[8].split("\n\n")[1], [KEYS["log"]])


def test_a_wrong_signature_of_a_known_key_condemns_the_note_although_another_is_right():
    text, right = NOTES[8].split("\n\n")
    wrong = TWO_KEYS.split("\n")[-2].replace("iDCcY3hY", "iDCcY3hZ")
    note = "%s\n\n%s%s\n" % (text, right, wrong)
    assert checkpoint.verify(note, [KEYS["log"]]).signed_by == (KEYS["log"],)
    with pytest.raises(InvalidSignature):
        checkpoint.verify(note, [KEYS["log"], KEYS["log_next"]])


def test_a_cosignature_is_not_taken_for_a_signature():
    as_log_key = checkpoint.VerifierKey(KEYS["witness"].name, ED25519, KEYS["witness"].public)
    found = checkpoint.verify(COSIGNED, [KEYS["log"], as_log_key])
    assert (found.signed_by, found.cosigned) == ((KEYS["log"],), ())


def test_a_note_without_a_known_key_of_its_log_is_refused():
    stranger = Signer("other.example/log", bytes(32))
    note = checkpoint.parse(NOTES[7])
    foreign = note.signed_also(stranger.sign(note.text))
    for keys in ([], [KEYS["log_next"]], [KEYS["witness"]], [stranger.key]):
        with pytest.raises(UnknownSigner):
            checkpoint.verify(foreign, keys)


def test_the_key_of_another_log_does_not_sign_for_this_one():
    stranger = Signer("other.example/log", bytes(32))
    note = checkpoint.sign(checkpoint_of(7), [stranger])
    with pytest.raises(UnknownSigner):
        checkpoint.verify(note, [stranger.key])


@pytest.mark.parametrize(
    "change",
    {
        "leading zero": lambda note: note.replace("\n7\n", "\n07\n"),
        "space after the size": lambda note: note.replace("\n7\n", "\n7 \n"),
        "sign": lambda note: note.replace("\n7\n", "\n+7\n"),
        "other digits": lambda note: note.replace("\n7\n", "\n\u0667\n"),
        "size beyond 2^63": lambda note: note.replace("\n7\n", "\n9223372036854775808\n"),
        "carriage returns": lambda note: note.replace("\n", "\r\n"),
        "tab": lambda note: note.replace("\n7\n", "\n7\t\n"),
        "further line": lambda note: note.replace("\n\n", "\nfurther\n\n"),
        "empty line in the text": lambda note: note.replace("\n7\n", "\n\n7\n"),
        "no empty line": lambda note: note.replace("\n\n", "\n"),
        "no signature": lambda note: note.split("\n\n")[0] + "\n\n",
        "line not ended": lambda note: note[:-1],
        "empty line after the signatures": lambda note: note + "\n",
        "hyphen for the dash": lambda note: note.replace("\u2014", "-"),
        "root too short": lambda note: note.replace("0bUqvYSbG0X35STApjx1gxjAtJFA211NGKu+AaS8Gf0=", "0bUq"),
        "root with loose bits": lambda note: note.replace("8Gf0=", "8Gf1="),
        "root without padding": lambda note: note.replace("8Gf0=", "8Gf0"),
        "root in the alphabet of addresses": lambda note: note.replace("GKu+AaS8", "GKu-AaS8"),
        "origin with a space": lambda note: note.replace("example.com/odoo", "example.com/ odoo"),
        "origin missing": lambda note: note[note.index("\n") :],
        "signature that is no base64": lambda note: note.replace("ps+de2CRakc", "ps+de2CRak*"),
        "signature without key id": lambda note: note.split("\n\n")[0] + "\n\n\u2014 x AAA=\n",
    }.items(),
    ids=lambda change: change[0],
)
def test_a_note_that_is_written_otherwise_is_refused(change):
    assert change[1](NOTES[7]) != NOTES[7]
    with pytest.raises(Malformed):
        checkpoint.verify(change[1](NOTES[7]), [KEYS["log"]])


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Malformed):
        checkpoint.parse(NOTES[7].encode() + b"\xff\n")


def test_more_signatures_than_anybody_needs_are_refused():
    line = NOTES[7].split("\n\n")[1]
    assert len(checkpoint.parse(NOTES[7] + line * 63).signatures) == 64
    for note in (NOTES[7] + line * 64, NOTES[7] + "\u2014 x %s\n" % ("AAAA" * 20_000)):
        with pytest.raises(Malformed):
            checkpoint.parse(note)


@pytest.mark.parametrize(
    "text",
    ["", "x", "x+00000000", "x+00000000+AQ==", VECTORS["keys"]["log"]["vkey"].replace("a6cf9d7b", "a6cf9d7c"),
     VECTORS["keys"]["log"]["vkey"].replace("a6cf9d7b", "A6CF9D7B"), "a b" + VECTORS["keys"]["log"]["vkey"],
     VECTORS["keys"]["log"]["vkey"].replace("+AQOh", "+AwOh"), VECTORS["keys"]["log"]["vkey"][:-4]],
)  # fmt: skip
def test_a_verifier_key_that_was_mistyped_is_refused(text):
    with pytest.raises(Malformed):
        checkpoint.parse_key(text)


def test_two_keys_that_cannot_be_told_apart_are_refused():
    other = checkpoint.VerifierKey(KEYS["log"].name, ED25519, bytes(32))
    twin = type("Twin", (checkpoint.VerifierKey,), {"id": KEYS["log"].id})(*other)
    with pytest.raises(ValueError):
        checkpoint.verify(NOTES[7], [KEYS["log"], twin])
    assert checkpoint.verify(NOTES[7], [KEYS["log"], KEYS["log"]])


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "caf\u00e9", "x" * 256])
def test_an_origin_that_others_could_misread_is_never_signed(origin):
    with pytest.raises(Malformed):
        checkpoint.sign(Checkpoint(origin, 1, bytes(32)), [SIGNERS["log"]])


def test_a_witness_signs_with_the_time_and_a_log_without():
    for signer, time in ((SIGNERS["log"], TIME), (SIGNERS["witness"], None)):
        with pytest.raises(ValueError):
            signer.sign("text\n", time)


def test_another_time_than_the_one_signed_is_refused():
    note = checkpoint.parse(COSIGNED)
    line = note.signatures[1]
    later = line._replace(data=(TIME + 1).to_bytes(8, "big") + line.data[8:])
    with pytest.raises(InvalidSignature):
        checkpoint.verify(note._replace(signatures=(note.signatures[0], later)), [KEYS["log"], KEYS["witness"]])


@given(st.binary(min_size=32, max_size=32), st.text(max_size=100), st.sampled_from([ED25519, COSIGNATURE]))
def test_signatures_are_those_of_libsodium(seed, text, kind):
    signer = Signer("name", seed, kind)
    theirs = nacl.signing.SigningKey(seed)
    assert signer.key.public == bytes(theirs.verify_key)
    if kind == ED25519:
        assert signer.sign(text).data == theirs.sign(text.encode()).signature
    else:
        data = signer.sign(text, TIME).data
        theirs.verify_key.verify(b"cosignature/v1\ntime %d\n%s" % (TIME, text.encode()), data[8:])


@given(st.text(max_size=200))
def test_whatever_is_no_note_is_refused_and_never_crashes(text):
    for read in (checkpoint.parse, checkpoint.parse_key, checkpoint.parse_text, checkpoint.parse_signatures):
        try:
            read(text)
        except NoteError:
            continue
