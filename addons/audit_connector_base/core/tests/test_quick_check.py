import copy
import random
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core.contracts import Contracts
from odoo.addons.audit_connector_base.core.quick_check import compile_check

CONTRACTS = Contracts(Path(__file__).resolve().parents[2] / "contracts")
ALL = sorted(CONTRACTS._schemas)
VALUES = [
    None, True, False, 0, 1, -1, 10**7, 1.5, "", "x", "x" * 11_000, "EUR", "1.00", "1.00\n", "-0.0", "2026-02-29",
    "2026-02-28", "2026-02-28T10:00:00Z", "account.move/1", "\u0661", [], [1], [None] * 1001, {}, {"a": 1},
]  # fmt: skip


def places(value, path=()):
    """Yield the path of every member and item below ``value``."""
    for step, below in value.items() if isinstance(value, dict) else enumerate(value):
        yield path + (step,)
        if isinstance(below, (dict, list)):
            yield from places(below, path + (step,))


def mutations(example, count, seed):
    """Yield ``count`` copies of ``example``, each with one place changed, removed, doubled or given a new member."""
    rng = random.Random(seed)
    every = list(places(example))
    for _number in range(count):
        changed = copy.deepcopy(example)
        *way, last = rng.choice(every)
        holder = changed
        for step in way:
            holder = holder[step]
        deed = rng.choice(("replace", "replace", "replace", "remove", "add"))
        if deed == "replace":
            holder[last] = copy.deepcopy(rng.choice(VALUES))
        elif deed == "remove":
            del holder[last]
        elif isinstance(holder, dict):
            holder["foreign"] = 1
        else:
            holder.append(copy.deepcopy(holder[last]))
        yield changed


def fully_valid(contract, payload):
    return next(CONTRACTS._validators[contract].iter_errors(payload), None) is None


@pytest.mark.parametrize("contract", ALL, ids="%s.v%d".__mod__)
def test_the_quick_check_says_yes_to_every_example(contract):
    for example in CONTRACTS.schema(*contract)["examples"]:
        assert CONTRACTS._quick[contract](example)


@pytest.mark.parametrize("contract", ALL, ids="%s.v%d".__mod__)
def test_both_checks_agree_on_hundreds_of_changed_examples(contract):
    kept = broken = 0
    for example in CONTRACTS.schema(*contract)["examples"]:
        for changed in mutations(example, 600, seed=str(contract)):
            valid = fully_valid(contract, changed)
            assert CONTRACTS._quick[contract](changed) is valid
            kept, broken = kept + valid, broken + (not valid)
    assert kept > 20 and broken > 200


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "uniqueItems": True},
        {"type": "string", "not": {"const": "x"}},
        {"type": "object", "patternProperties": {"^a": {}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"properties": {"a": {"enum": [1, 2]}}},
        {"properties": {"a": {"const": True}}},
        {"properties": {"a": {"$ref": "urn:odoo-audit:contract:other:1"}}},
        {"properties": {"a": {"items": False}}},
    ],
)
def test_what_the_quick_check_does_not_know_is_left_to_the_full_one(schema):
    assert compile_check(schema, None, {})({}) is False


def test_a_contract_may_refer_to_itself_and_depth_is_no_crash():
    schema = {"type": "object", "properties": {"below": {"$ref": "#/$defs/node"}}, "$defs": {}}
    schema["$defs"]["node"] = {"anyOf": [{"type": "null"}, {"type": "object", "properties": schema["properties"]}]}
    check = compile_check(schema, None, {})
    assert check({"below": {"below": {"below": None}}})
    assert not check({"below": {"below": {"below": 1}}})
    deep = None
    for _level in range(5000):
        deep = {"below": deep}
    assert check(deep) is False


def test_a_float_is_left_to_the_full_check():
    """JSON Schema takes 1.0 for an integer."""
    assert not compile_check({"type": "integer"}, None, {})(1.0)


def test_truth_is_no_number_and_a_number_no_truth():
    assert not compile_check({"type": "integer"}, None, {})(True)
    assert not compile_check({"enum": ["x", None]}, None, {})(False)
    assert not compile_check({"type": "boolean"}, None, {})(1)


def test_members_that_are_not_required_may_be_left_out_and_are_checked_when_present():
    schema = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 1}}, "additionalProperties": False}
    check = compile_check(schema, None, {})
    assert check({}) and check({"a": "x"})
    assert not check({"a": "xx"}) and not check({"b": "x"})
