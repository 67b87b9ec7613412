import json
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core import envelope
from odoo.addons.audit_connector_base.core.envelope import Damaged, EnvelopeError, Malformed, UnknownKey

VECTOR = json.loads((Path(__file__).parent / "vectors" / "log.json").read_text(encoding="utf-8"))["envelope"]
AAD = json.loads(VECTOR["aad_utf8"])
KEK = bytes.fromhex(VECTOR["kek_hex"])
KEKS = {"k1": KEK}
PLAINTEXT = VECTOR["plaintext_utf8"].encode()


def test_the_vector_comes_out_byte_for_byte():
    stored = envelope.seal(
        PLAINTEXT,
        AAD,
        VECTOR["kek_id"],
        KEK,
        dek=bytes.fromhex(VECTOR["dek_hex"]),
        wrap_nonce=bytes.fromhex(VECTOR["wrap_nonce_hex"]),
        data_nonce=bytes.fromhex(VECTOR["data_nonce_hex"]),
    )
    assert stored == VECTOR["stored"]
    assert envelope.open_(VECTOR["stored"], AAD, KEKS) == PLAINTEXT


def test_the_order_of_the_additional_data_does_not_matter():
    assert envelope.open_(VECTOR["stored"], dict(reversed(list(AAD.items()))), KEKS) == PLAINTEXT


def test_sealing_twice_never_gives_the_same_text():
    made = [envelope.seal(PLAINTEXT, AAD, "k1", KEK).split(".") for _ in range(20)]
    for part in range(2, 6):
        assert len({parts[part] for parts in made}) == 20
    assert all(PLAINTEXT not in ".".join(parts).encode() for parts in made)


@pytest.mark.parametrize("member", sorted(AAD))
def test_a_secret_opens_only_in_its_own_place(member):
    moved = {**AAD, member: 2 if isinstance(AAD[member], int) else AAD[member] + "x"}
    with pytest.raises(Damaged):
        envelope.open_(VECTOR["stored"], moved, KEKS)


@pytest.mark.parametrize("part", range(2, 6))
def test_a_change_of_any_part_is_noticed(part):
    parts = VECTOR["stored"].split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    with pytest.raises(Damaged):
        envelope.open_(".".join(parts), AAD, KEKS)


def test_the_id_of_the_wrapping_key_is_bound_too():
    renamed = VECTOR["stored"].replace("v1.k1.", "v1.k2.")
    with pytest.raises(Damaged):
        envelope.open_(renamed, AAD, {"k2": KEK})


def test_another_wrapping_key_under_the_same_id_does_not_open():
    with pytest.raises(Damaged):
        envelope.open_(VECTOR["stored"], AAD, {"k1": bytes(32)})


def test_a_missing_wrapping_key_is_named():
    with pytest.raises(UnknownKey) as caught:
        envelope.open_(VECTOR["stored"], AAD, {"k2": KEK})
    assert caught.value.kek_id == "k1"


PARTS = VECTOR["stored"].split(".")


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "v1",
        "v2" + VECTOR["stored"][2:],
        VECTOR["stored"] + ".x",
        VECTOR["stored"] + "=",
        VECTOR["stored"] + "\n",
        VECTOR["stored"].replace("-", "+"),
        VECTOR["stored"].replace(PARTS[2], PARTS[2][:-4]),
        VECTOR["stored"].replace(PARTS[3], ""),
        VECTOR["stored"].replace(".k1.", "..", 1),
        VECTOR["stored"][:-1] + "é",
        VECTOR["stored"][:-1] + chr(ord(VECTOR["stored"][-1]) + 1),
    ],
)
def test_text_that_is_no_envelope_is_refused_as_such(stored):
    with pytest.raises(Malformed):
        envelope.open_(stored, AAD, KEKS)


@pytest.mark.parametrize("aad", [{}, {**AAD, "extra": 1}, {k: v for k, v in AAD.items() if k != "dest"}])
def test_additional_data_must_be_complete(aad):
    with pytest.raises(ValueError, match="exactly the members"):
        envelope.seal(b"x", aad, "k1", KEK)
    with pytest.raises(ValueError, match="exactly the members"):
        envelope.open_(VECTOR["stored"], aad, KEKS)


@pytest.mark.parametrize("kek_id", ["", "a.b", "a\nb", "é", "x" * 65])
def test_a_key_id_that_would_break_the_form_is_refused(kek_id):
    with pytest.raises(ValueError, match="id of a wrapping key"):
        envelope.seal(b"x", AAD, kek_id, KEK)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_weaker_key_is_refused(length):
    with pytest.raises(ValueError, match="32"):
        envelope.seal(b"x", AAD, "k1", bytes(length))
    with pytest.raises(ValueError, match="32"):
        envelope.open_(VECTOR["stored"], AAD, {"k1": bytes(length)})


def test_a_new_wrapping_key_can_be_configured_and_used():
    text = envelope.new_kek()
    assert text != envelope.new_kek()
    key = envelope.read_kek(text + "\n")
    assert envelope.open_(envelope.seal(b"secret", AAD, "new", key), AAD, {"new": key}) == b"secret"


@pytest.mark.parametrize("text, reason", [("", "0 bytes"), ("AAAA", "3 bytes"), ("not base64!", "not base64url")])
def test_a_bad_wrapping_key_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        envelope.read_kek(text)


def test_the_wrapping_key_of_a_stored_secret_can_be_told():
    assert envelope.kek_id_of(VECTOR["stored"]) == "k1"


NEW_KEK = bytes(range(64, 96))
BOTH = {"k1": KEK, "k2": NEW_KEK}


def test_a_secret_wrapped_anew_opens_under_the_new_key_alone():
    again = envelope.rewrap(VECTOR["stored"], AAD, BOTH, "k2")
    assert envelope.kek_id_of(again) == "k2"
    assert envelope.open_(again, AAD, {"k2": NEW_KEK}) == PLAINTEXT
    with pytest.raises(UnknownKey):
        envelope.open_(again, AAD, KEKS)


def test_wrapping_anew_leaves_the_ciphertext_and_its_binding_alone():
    again = envelope.rewrap(VECTOR["stored"], AAD, BOTH, "k2")
    assert again.split(".")[4:] == PARTS[4:]
    assert again.split(".")[3] != PARTS[3]
    with pytest.raises(Damaged):
        envelope.open_(again, {**AAD, "dest": "https://elsewhere.example:443"}, BOTH)


def test_what_is_damaged_is_not_wrapped_anew():
    damaged = ".".join([*PARTS[:5], ("B" if PARTS[5][0] == "A" else "A") + PARTS[5][1:]])
    with pytest.raises(Damaged):
        envelope.rewrap(damaged, AAD, BOTH, "k2")


@pytest.mark.parametrize("keks, missing", [({"k2": NEW_KEK}, "k1"), (KEKS, "k2")])
def test_wrapping_anew_needs_both_keys(keks, missing):
    with pytest.raises(UnknownKey) as caught:
        envelope.rewrap(VECTOR["stored"], AAD, keks, "k2")
    assert caught.value.kek_id == missing


def test_errors_hold_nothing_of_the_secret():
    for error in (Damaged, Malformed, UnknownKey):
        assert issubclass(error, EnvelopeError)
    with pytest.raises(Damaged) as caught:
        envelope.open_(VECTOR["stored"], {**AAD, "gen": 2}, KEKS)
    assert PLAINTEXT.decode() not in str(caught.value)
    assert caught.value.__cause__ is None
