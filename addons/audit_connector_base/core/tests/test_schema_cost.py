import json
import time

import pytest

from odoo.addons.audit_connector_base.core.contracts import DIALECT, Contract, ContractError, Key


def contract(**members):
    key = Key("thing", 1)
    return Contract(json.dumps({"$schema": DIALECT, "$id": key.identifier, **members}).encode(), key)


def refer(name):
    return {"$ref": "#/$defs/" + name}


def test_a_short_schema_that_says_a_long_thing_is_refused_at_once():
    names = ["d%d" % number for number in range(40)]
    definitions = {name: {"anyOf": [refer(after), refer(after)]} for name, after in zip(names, names[1:])}
    start = time.perf_counter()
    with pytest.raises(ContractError, match="more than 5000 parts"):
        contract(**{"$defs": {**definitions, "d39": {"type": "string"}}, **refer("d0")})
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "definition",
    [
        {"anyOf": [{"properties": {"x": refer("d")}}, {"properties": {"x": refer("d")}}]},
        {"allOf": [{"items": refer("d")}], "items": refer("d")},
        {"properties": {"x": refer("d")}, "patternProperties": {"^x": refer("d")}},
        {"items": refer("d"), "contains": refer("d")},
    ],
)
def test_a_schema_that_doubles_its_work_with_every_level_is_refused(definition):
    with pytest.raises(ContractError, match="several times at one place"):
        contract(**{"$defs": {"d": definition}, **refer("d")})


@pytest.mark.parametrize("definition", [refer("d"), {"anyOf": [{"type": "null"}, {"allOf": [refer("d")]}]}])
def test_a_schema_that_refers_to_itself_without_going_deeper_is_refused(definition):
    with pytest.raises(ContractError, match="would never end"):
        contract(**{"$defs": {"d": definition}, **refer("d")})


@pytest.mark.parametrize(
    "definition",
    [
        {"properties": {"left": refer("d"), "right": refer("d")}, "additionalProperties": refer("d")},
        {"anyOf": [{"type": "null"}, {"type": "array", "items": refer("d")}]},
    ],
)
def test_a_tree_is_a_good_contract(definition):
    made = contract(**{"$defs": {"d": definition}, **refer("d")})
    assert made.violations([]) == []


def test_references_that_go_on_and_on_are_refused_and_no_crash():
    definitions = {"d%d" % number: refer("d%d" % (number + 1)) for number in range(1_500)}
    with pytest.raises(ContractError, match="too deeply|more than 5000 parts"):
        contract(**{"$defs": {**definitions, "d1500": {}}, **refer("d0")})
