"""The envelope with random content: what it must never do, whatever is stored and whatever is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import canonical, envelope
from odoo.addons.audit_connector_base.core.envelope import Damaged, EnvelopeError, Malformed

keys = st.binary(min_size=32, max_size=32)
ids = st.text("abcXYZ019-_", min_size=1, max_size=64)
texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=40)
bindings = st.fixed_dictionaries(
    {
        **{name: texts for name in envelope.AAD_MEMBERS - {"v", "gen"}},
        "v": st.just(1),
        "gen": st.integers(1, 2**53 - 2),
    }
)


@given(st.binary(max_size=300), bindings, ids, keys)
def test_what_was_sealed_opens_again(plaintext, aad, kek_id, kek):
    stored = envelope.seal(plaintext, aad, kek_id, kek)
    assert stored.isascii() and stored.count(".") == 5
    assert envelope.kek_id_of(stored) == kek_id
    assert envelope.open_(stored, aad, {kek_id: kek}) == plaintext


@given(st.binary(min_size=1, max_size=50), bindings, bindings, keys)
def test_it_opens_for_no_other_binding(plaintext, aad, other, kek):
    stored = envelope.seal(plaintext, aad, "k", kek)
    if canonical.dumps(aad) != canonical.dumps(other):
        with pytest.raises(Damaged):
            envelope.open_(stored, other, {"k": kek})


@given(st.binary(max_size=50), bindings, keys, keys)
def test_it_opens_under_no_other_key(plaintext, aad, kek, other):
    stored = envelope.seal(plaintext, aad, "k", kek)
    if kek != other:
        with pytest.raises(Damaged):
            envelope.open_(stored, aad, {"k": other})


@given(st.binary(min_size=1, max_size=50), bindings, keys, st.data())
def test_a_change_of_any_character_is_noticed(plaintext, aad, kek, data):
    stored = envelope.seal(plaintext, aad, "k1", kek)
    place = data.draw(st.integers(0, len(stored) - 1))
    changed = stored[:place] + data.draw(st.characters(min_codepoint=1, max_codepoint=255)) + stored[place + 1 :]
    if changed != stored:
        with pytest.raises(EnvelopeError):
            envelope.open_(changed, aad, {"k1": kek})


@given(st.text(max_size=200))
def test_any_text_is_refused_in_one_way(text):
    with pytest.raises(Malformed):
        envelope.open_(text, dict.fromkeys(envelope.AAD_MEMBERS, ""), {})


@given(st.binary(max_size=50), bindings, keys, keys)
def test_wrapped_anew_it_holds_the_same(plaintext, aad, kek, new):
    stored = envelope.seal(plaintext, aad, "old", kek)
    again = envelope.rewrap(stored, aad, {"old": kek, "new": new}, "new")
    assert envelope.open_(again, aad, {"new": new}) == plaintext
    assert again.split(".")[4:] == stored.split(".")[4:]


@given(st.binary(min_size=8, max_size=64), bindings, keys)
def test_no_error_holds_anything_of_the_secret(plaintext, aad, kek):
    stored = envelope.seal(plaintext, aad, "k", kek)
    for keks, binding in (({}, aad), ({"k": bytes(32)}, aad), ({"k": kek}, {**aad, "gen": aad["gen"] + 1})):
        try:
            envelope.open_(stored, binding, keks)
        except EnvelopeError as error:
            assert repr(plaintext)[2:-1] not in "%s %r %r" % (error, error.args, error.__cause__)
