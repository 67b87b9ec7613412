import json
from decimal import Decimal
from pathlib import Path

import pytest

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
