import json
import random
import time
import tracemalloc
from decimal import Decimal
from enum import IntEnum
from pathlib import Path

import pytest
import rfc8785

from odoo.addons.audit_connector_base.core import canonical
from odoo.addons.audit_connector_base.core.canonical import CanonicalError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "log.json").read_text(encoding="utf-8"))
# The last vectors are refused by the pattern of amounts in a contract, not by the parser: they are valid strings.
DOCUMENTS_TO_REFUSE = {
    "duplicate member": "duplicate",
    "NaN": "constant",
    "Infinity": "float",
    "integer beyond 2^53-1": "integer",
    "lone surrogate": "surrogate",
    "U+0000": "nul",
    "depth 10001": "depth",
    "int of 5000 digits": "integer",
    "BOM": "bom",
    "trailing data": "syntax",
    "amount as number": "float",
}


def document_to_refuse(name):
    text = dict(VECTORS["json_to_reject_before_hashing"])[name]
    if name == "depth 10001":
        text = "[" * 10001 + "]" * 10001
    if name == "int of 5000 digits":
        text = "9" * 5000
    return text.encode("utf-8")


@pytest.mark.parametrize("name, reason", DOCUMENTS_TO_REFUSE.items())
def test_the_documents_of_the_vectors_are_refused_with_their_reason(name, reason):
    with pytest.raises(CanonicalError) as caught:
        canonical.loads_strict(document_to_refuse(name))
    assert caught.value.reason == reason


@pytest.mark.parametrize("entry", [e for e in VECTORS["entries"] if e["payload_utf8"]], ids=lambda e: e["index"])
def test_the_payloads_of_the_vectors_come_out_byte_for_byte(entry):
    payload = bytes.fromhex(entry["payload_hex"])
    assert canonical.dumps(canonical.loads_strict(payload)) == payload


def test_members_are_sorted_by_utf16_and_not_by_code_point():
    # U+1F600 is D83D DE00 in UTF-16 and so stands before U+FB33, although its code point is larger.
    assert canonical.dumps({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_nfc_and_nfd_stay_different():
    assert canonical.dumps("Caf\u00e9") != canonical.dumps("Cafe\u0301")


@pytest.mark.parametrize(
    "value, reason, path",
    [
        ({"a": [1, 0.1]}, "float", "$.a[1]"),
        (float("nan"), "float", "$"),
        ("a\0b", "nul", "$"),
        ({"a\0": 1}, "nul", "$"),
        ("\ud800", "surrogate", "$"),
        ({"\udfff": 1}, "surrogate", "$"),
        (2**53, "integer", "$"),
        (-(2**53), "integer", "$"),
        ({1: "a"}, "key", "$"),
        ({"a": Decimal("1")}, "type", "$.a"),
        ({"a": b"x"}, "type", "$.a"),
    ],
)
def test_a_value_without_a_single_meaning_is_refused_before_hashing(value, reason, path):
    with pytest.raises(CanonicalError) as caught:
        canonical.dumps(value)
    assert (caught.value.reason, caught.value.path) == (reason, path)


def test_the_largest_exact_integers_pass():
    assert canonical.dumps([2**53 - 1, -(2**53) + 1]) == b"[9007199254740991,-9007199254740991]"
    assert canonical.loads_strict(b"[9007199254740991,-9007199254740991]") == [2**53 - 1, -(2**53) + 1]


def test_the_depth_limit_counts_containers():
    def nested(depth):
        return b"[" * depth + b"]" * depth

    assert canonical.loads_strict(nested(3), max_depth=3) == [[[]]]
    with pytest.raises(CanonicalError, match="deeper than 3"):
        canonical.loads_strict(nested(4), max_depth=3)
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(CanonicalError, match="deeper"):
        canonical.dumps(value)


@pytest.mark.parametrize(
    "data, reason",
    [
        (b'{"a":1', "syntax"),
        (b"", "syntax"),
        (b"{'a':1}", "syntax"),
        (b'"a\nb"', "syntax"),
        (b"\xff", "encoding"),
        ('{"a":1}'.encode("utf-16"), "encoding"),
        (b'{"a":{"b":1,"\\u0062":2}}', "duplicate"),
        (b"-Infinity", "constant"),
    ],
)
def test_malformed_documents_are_refused(data, reason):
    with pytest.raises(CanonicalError) as caught:
        canonical.loads_strict(data)
    assert caught.value.reason == reason


def test_decimals_keep_every_digit_on_request():
    assert canonical.loads_strict(b'{"a":100.10}', floats="decimal") == {"a": Decimal("100.10")}
    assert str(canonical.loads_strict(b"0.1000000000000000055", floats="decimal")) == "0.1000000000000000055"


@pytest.mark.parametrize("number", [b"1e400", b"1e-400", b"0." + b"1" * 100])
def test_decimals_outside_a_double_or_too_long_are_refused(number):
    with pytest.raises(CanonicalError) as caught:
        canonical.loads_strict(number, floats="decimal")
    assert caught.value.reason == "float"


# What the two encoders might treat differently: escapes, controls, the ends of UTF-16's ranges, separators of lines.
CHARACTERS = [*map(chr, range(1, 0x30)), *"\\\x7f\x80\xa0\xe9\u2028\u2029\ud7ff\ue000\ufb33\uffff\U00010000\U0010ffff"]


def random_text(source, ascii_only=False):
    return "".join(
        character
        for character in source.choices([*CHARACTERS, "a", "Z", "\\u0000", "\\ud800"], k=source.randrange(8))
        if not ascii_only or character.isascii()
    )


def random_value(source, depth=0):
    kind = source.randrange(9 if depth < 5 else 6)
    if kind < 2:
        return random_text(source)
    if kind < 4:
        limit = source.choice([1, 1000, canonical.MAX_INTEGER])
        return source.randint(-limit, limit)
    if kind < 6:
        return source.choice([None, True, False, "", 0])
    values = [random_value(source, depth + 1) for _number in range(source.randrange(6))]
    if kind == 6:
        return values
    if kind == 7:
        return tuple(values)
    ascii_only = source.random() < 0.7
    return {random_text(source, ascii_only): value for value in values}


@pytest.mark.parametrize("seed", range(20))
def test_the_short_way_writes_the_bytes_of_the_reference(seed):
    source = random.Random(seed)
    for _number in range(300):
        value = random_value(source)
        assert canonical.dumps(value) == rfc8785.dumps(value)


def test_the_short_way_is_taken_for_a_payload():
    payload = {"description": "Caf\u00e9 \U0001f600", "lines": [{"amount": "12.50", "tags": (), "n": -3, "x": None}]}
    assert canonical._is_simple(payload, canonical.MAX_DEPTH)


class Level(IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    "value",
    [1.5, {"a": [2.0]}, {"caf\u00e9": 1}, {1: "a"}, Decimal(1), Level.HIGH, canonical.MAX_INTEGER + 1, object()],
    ids=repr,
)
def test_the_short_way_leaves_what_it_does_not_know_to_the_long_one(value):
    assert not canonical._is_simple(value, canonical.MAX_DEPTH)


@pytest.mark.parametrize("text, reason", [("a\0b", "nul"), ("\ud800", "surrogate")])
def test_texts_that_must_not_be_hashed_are_refused_with_their_place(text, reason):
    for value, path in [({"a": [text]}, "$.a[0]"), ({text: 1}, "$")]:
        with pytest.raises(CanonicalError) as caught:
            canonical.dumps(value)
        assert (caught.value.reason, caught.value.path) == (reason, path)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_short_way_allows_no_more_depth_than_the_long_one(depth):
    value = "leaf"
    for _level in range(depth):
        value = [value]
    assert canonical.dumps(value, max_depth=depth) == rfc8785.dumps(value)
    with pytest.raises(CanonicalError, match="deeper"):
        canonical.dumps([value], max_depth=depth)


def test_an_object_is_joined_from_canonical_parts_as_if_made_at_once():
    parts = {"type": "invoice.posted", "data": {"b": 1, "a": ["\u00e9"]}, "_": None, "Z": 2}
    joined = canonical.join({name: canonical.dumps(value) for name, value in parts.items()})
    assert joined == canonical.dumps(parts)
    assert canonical.join({}) == b"{}"


def test_a_long_name_above_many_values_costs_no_memory():
    """The path of every value as text would be 20 GB here."""
    document = b'{"%s": [%s], "x": "\\u0000"}' % (b"n" * 200_000, b",".join([b"0"] * 100_000))
    tracemalloc.start()
    try:
        with pytest.raises(CanonicalError) as caught:
            canonical.loads_strict(document)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (caught.value.reason, caught.value.path) == ("nul", "$.x")
    assert most < 100 * len(document)


def test_the_path_of_an_error_is_short_and_shows():
    with pytest.raises(CanonicalError) as caught:
        canonical.loads_strict(b'{"a\\n\\u202e\\u001b[31m%s": {"b": "\\u0000"}}' % (b"n" * 10_000))
    assert caught.value.path.startswith("$.a???[31mnn")
    assert caught.value.path.endswith("….b")
    assert len(caught.value.path) < 100


def test_a_name_that_stands_twice_among_very_many_is_found_at_once():
    """A search for each name would compare 20,000,000,000 times."""
    names = [b'"%d":0' % number for number in range(200_000)]
    began = time.process_time()
    with pytest.raises(CanonicalError) as caught:
        canonical.loads_strict(b"{" + b",".join([*names, names[-1]]) + b"}")
    assert (caught.value.reason, str(caught.value)) == ("duplicate", "member '199999' stands twice")
    assert time.process_time() - began < 10
