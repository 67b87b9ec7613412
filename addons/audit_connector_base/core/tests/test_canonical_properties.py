"""Canonical JSON with random content: the bytes of the reference, which read back as what was written."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import canonical

texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=20)
plain = st.none() | st.booleans() | st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER) | texts
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)


@given(values)
def test_the_bytes_are_those_of_the_reference(value):
    assert canonical.dumps(value) == rfc8785.dumps(value)


@given(values)
def test_what_was_written_reads_back_and_is_written_alike(value):
    data = canonical.dumps(value)
    assert canonical.loads_strict(data) == value
    assert canonical.dumps(canonical.loads_strict(data)) == data


@given(st.dictionaries(texts, values, min_size=2, max_size=6))
def test_the_order_of_members_does_not_matter(members):
    turned = dict(reversed(list(members.items())))
    assert canonical.dumps(turned) == canonical.dumps(members)


@given(values, st.floats())
def test_a_number_with_a_fraction_is_refused_wherever_it_stands(value, number):
    with pytest.raises(canonical.CanonicalError):
        canonical.dumps({"a": [value, {"b": number}]})
