import copy
import json
import random
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core import quick_check
from odoo.addons.audit_connector_base.core.contracts import DIALECT, Contracts

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


def fully_valid(contract, payload, contracts=CONTRACTS):
    return next(contracts._validators[contract].iter_errors(payload), None) is None


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


def contracts_of(tmp_path, **schemas):
    """Contracts made of ``{entity: schema}``."""
    for entity, schema in schemas.items():
        identity = {"$schema": DIALECT, "$id": "urn:odoo-audit:contract:%s:1" % entity}
        (tmp_path / ("%s.v1.json" % entity)).write_text(json.dumps({**identity, **schema}))
    return Contracts(tmp_path)


def agreed(contracts, value, entity="thing"):
    """What both checks say of a value."""
    quick, full = contracts._quick[entity, 1](value), fully_valid((entity, 1), value, contracts)
    assert quick is full
    return quick


def test_a_contract_may_refer_to_another(tmp_path):
    other = {"type": "object", "properties": {"a": {"$ref": "urn:odoo-audit:contract:part:1"}}}
    contracts = contracts_of(tmp_path, thing=other, part={"type": "string", "maxLength": 2})
    assert agreed(contracts, {"a": "xx"})
    assert not agreed(contracts, {"a": "xxx"})


def test_a_contract_may_refer_to_itself_and_depth_is_no_crash(tmp_path):
    below = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}
    node = {"type": "object", "properties": {"below": below}, "additionalProperties": False}
    contracts = contracts_of(tmp_path, thing={"$ref": "#/$defs/node", "$defs": {"node": node}})
    assert agreed(contracts, {"below": {"below": {"below": None}}})
    assert not agreed(contracts, {"below": {"below": {"below": 1}}})
    deep = None
    for _level in range(5000):
        deep = {"below": deep}
    assert contracts._quick["thing", 1](deep) in (True, False)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, 1.0, 1.5),
        ({"type": "integer"}, 10**30, True),
        ({"enum": ["x", None]}, None, False),
        ({"type": "boolean"}, True, 1),
        ({"const": 1}, 1, True),
        ({"type": "array", "uniqueItems": True}, [1, True], [1, 1]),
        ({"pattern": "^[0-9]+$"}, "12", "12\n"),
        ({"pattern": "^[0-9]+$"}, "1" * 10_000, "1" * 10_001),
        ({"pattern": "^\\d$"}, "1", "\u0661"),
        ({"pattern": "^\\w$"}, "a", "\u00e9"),
        ({"pattern": "^(?!-0$)-?[0-9]$"}, "-1", "-0"),
        ({"pattern": "^.$"}, "x", "\n"),
        ({"maxLength": 1}, "\U0001f600", "ab"),
        ({"format": "date"}, "2028-02-29", "2026-02-29"),
        ({"format": "date-time"}, "2026-02-28T10:00:00.5+01:00", "2026-02-28T10:00:00"),
    ],
)
def test_both_checks_mean_the_same_by_a_rule(tmp_path, schema, good, bad):
    contracts = contracts_of(tmp_path, thing=schema)
    assert agreed(contracts, good)
    assert not agreed(contracts, bad)


@pytest.mark.parametrize("pattern", ["^[^\\S]?x", "^(?!\\S\\S)", "\\bx", "^\\s?x"])
def test_what_libraries_draw_differently_is_left_to_the_full_check(tmp_path, pattern):
    contracts = contracts_of(tmp_path, thing={"properties": {"a": {"pattern": pattern}}})
    assert contracts._quick["thing", 1]({"a": "x"}) is False
    assert contracts.violations("thing", 1, {"a": "x"}) == []


@pytest.mark.parametrize("value", [float("nan"), {1: 2}, {"a": "\ud800"}, object(), {"a": b"x"}])
def test_what_is_no_json_is_no_crash(tmp_path, value):
    assert contracts_of(tmp_path, thing={"type": "object", "maxProperties": 0})._quick["thing", 1](value) is False


def test_without_the_library_the_full_check_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(quick_check, "jsonschema_rs", None)
    contracts = contracts_of(tmp_path, thing={"type": "string"})
    assert contracts._quick["thing", 1]("x") is False
    assert contracts.violations("thing", 1, "x") == []
    assert [one.path for one in contracts.violations("thing", 1, 1)] == ["$"]
