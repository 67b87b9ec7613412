import copy
import json
import time
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core.compatibility import Change, compare
from odoo.addons.audit_connector_base.core.contracts import Contract, Key

FOLDER = Path(__file__).resolve().parents[2] / "contracts"
INVOICE = json.loads((FOLDER / "invoice.v1.json").read_text())


def validator(schema, minor=0):
    key = Key("thing", 1, minor)
    identity = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": key.identifier}
    return Contract(json.dumps({**schema, **identity}).encode(), key).validator


def report(old, new):
    return compare(validator(old), validator(new, minor=1))


def of_invoice(change):
    """The report on the shipped invoice and a copy that ``change`` was called with."""
    new = copy.deepcopy(INVOICE)
    change(new)
    return report(INVOICE, new)


def objects(required=(), **properties):
    return {"type": "object", "additionalProperties": False, "required": [*required], "properties": properties}


def test_no_change_is_full_compatibility_without_a_word():
    assert report(INVOICE, INVOICE).changes == ()
    assert report(INVOICE, INVOICE).level == "full"


TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
REFERRED = {"$ref": "#/$defs/text", "$defs": {"text": TEXT}}
A, B = {"type": "object", "required": ["kind"]}, {"type": "object", "required": ["kind"]}
A["properties"], B["properties"] = {"kind": {"const": "a"}}, {"kind": {"const": "b"}, "more": TEXT}


@pytest.mark.parametrize(
    "old, new, level, text",
    [
        (TEXT, {**TEXT, "maxLength": 5}, "forward",
         "Must be at most 5 characters now; before, there was no such limit."),
        ({**TEXT, "maxLength": 5}, TEXT, "backward", "No longer has to be at most 5 characters."),
        ({**TEXT, "minLength": 1}, {**TEXT, "minLength": 3}, "forward",
         "Must be at least 3 characters now, instead of at least 1 characters."),
        (TEXT, MAYBE, "backward", "May be empty now."),
        (MAYBE, TEXT, "forward", "May no longer be empty."),
        (TEXT, {"type": "integer"}, "none", "May no longer be text."),
        ({"type": "integer"}, {"type": "number"}, "backward",
         "May be a number now; before, it had to be a whole number."),
        ({"enum": ["x", "y"]}, {"enum": ["y", "z"]}, "none", "No longer permitted: x."),
        ({"enum": ["x"]}, {"enum": ["x", None]}, "backward", "May be empty now."),
        ({"enum": ["x"]}, TEXT, "backward", "Any value is permitted now; before, only these were: x."),
        (TEXT, {"enum": ["x"]}, "forward", "Only these values are permitted now: x."),
        (TEXT, {**TEXT, "format": "date"}, "forward", "Must be a valid date now; before, any text would do."),
        (TEXT, {**TEXT, "pattern": "^a$"}, "forward", "Must have the form ^a$ now; before, any text would do."),
        ({**TEXT, "pattern": "^a$"}, {**TEXT, "pattern": "^b$"}, "unknown",
         "Cannot be judged: the form is ^b$ now, instead of ^a$."),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 0}, "backward",
         "Must be at least 0 now, instead of at least 1."),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}, "full", None),
        ({"type": "array", "maxItems": 2}, {"type": "array", "maxItems": 1}, "forward",
         "Must be at most 1 items now, instead of at most 2 items."),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "uniqueItems": True}, "forward",
         "No item may come twice now."),
        (MAYBE, {"anyOf": [TEXT, {"type": "null"}]}, "full", None),
        (TEXT, REFERRED, "full", None),
        ({"oneOf": [A, B]}, {"anyOf": [A, B]}, "full", None),
        ({"anyOf": [A]}, {"anyOf": [A, B]}, "backward", None),
        ({"oneOf": [TEXT, {"minLength": 2}]}, {"anyOf": [TEXT, {"minLength": 2}]}, "backward",
         "Cannot be judged: the two versions differ in “oneOf”, which is not compared."),
        ({"not": {"const": 1}}, {"not": {"const": 2}}, "unknown",
         "Cannot be judged: the two versions differ in “not”, which is not compared."),
        ({"not": {"const": 1}}, {"not": {"const": 1}, "title": "Other"}, "full",
         "Its title or explanation was changed."),
        ({"unheard-of": 1}, {"unheard-of": 2}, "unknown",
         "Cannot be judged: the two versions differ in “unheard-of”, which is not compared."),
    ],
)  # fmt: skip
def test_a_change_is_judged_and_said_in_words(old, new, level, text):
    found = report(old, new)
    assert found.level == level
    assert text is None or text in [change.text for change in found.changes]
    # Said the other way round, the same change has the opposite effect.
    swapped = {"forward": "backward", "backward": "forward"}.get(level, level)
    assert report(new, old).level == swapped


@pytest.mark.parametrize(
    "old, new, change",
    [
        (objects(a=TEXT), objects(), Change("$.a", "Is no longer part of the contract.", "breaks", "ok")),
        (objects(), objects(a=TEXT), Change("$.a", "Is new; the old version does not know it.", "ok", "breaks")),
        (
            objects(["a"], a=TEXT),
            objects(),
            Change("$.a", "Is no longer part of the contract; it was always there before.", "breaks", "breaks"),
        ),
        (objects(), objects(["a"], a=TEXT), Change("$.a", "Is new, and must be present.", "breaks", "breaks")),
        (
            objects(a=TEXT),
            objects(["a"], a=TEXT),
            Change("$.a", "Must be present now; it could be missing before.", "breaks", "ok"),
        ),
        (
            objects(["a"], a=TEXT),
            objects(a=TEXT),
            Change("$.a", "May be missing now; it was always present before.", "ok", "breaks"),
        ),
        (
            objects(a={"type": "array", "items": objects(b=TEXT)}),
            objects(a={"type": "array", "items": objects(b=MAYBE)}),
            Change("$.a[].b", "May be empty now.", "ok", "breaks"),
        ),
        (
            {"type": "object"},
            objects(a=TEXT),
            Change("$.*", "Is no longer part of the contract.", "breaks", "ok"),
        ),
    ],
)
def test_a_change_names_its_field(old, new, change):
    assert change in report(old, new).changes


def test_a_recursive_contract_is_compared_to_the_end():
    def tree(**more):
        return {"$ref": "#/$defs/n", "$defs": {"n": objects(left={"$ref": "#/$defs/n"}, name={**TEXT, **more})}}

    assert report(tree(), tree()).level == "full"
    found = report(tree(), tree(maxLength=3))
    assert found.level == "forward"
    assert {change.path for change in found.changes} == {"$.name"}


def test_several_changes_of_a_real_contract_stand_in_one_report():
    def change(new):
        new["properties"]["number"]["maxLength"] = 20
        new["required"].remove("due_date")
        del new["properties"]["due_date"]
        new["properties"]["kind"]["enum"].append("pro_forma")
        new["$defs"]["country"]["pattern"] = "^[A-Z]{2,3}$"
        new["properties"]["journal"]["description"] = "Which book."

    found = of_invoice(change)
    assert (found.level, found.backward, found.forward) == ("none", "breaks", "breaks")
    assert [(one.path, one.backward, one.forward) for one in found.changes] == [
        ("$.due_date", "breaks", "breaks"),
        ("$.kind", "ok", "breaks"),
        ("$.number", "breaks", "ok"),
        ("$.company.country", "unknown", "unknown"),
        ("$.partner.country", "unknown", "unknown"),
        ("$.journal", "ok", "ok"),
    ]


def test_every_shipped_contract_is_compared_in_no_time_even_to_another():
    contracts = [Contract(path.read_bytes(), Key(path.name.partition(".")[0], 1)) for path in FOLDER.glob("*.json")]
    start = time.perf_counter()
    for contract in contracts:
        assert compare(contract.validator, contract.validator).level == "full"
        assert contract.key.entity == "invoice" or compare(contract.validator, validator(INVOICE)).level == "none"
    assert time.perf_counter() - start < 10


def test_what_is_too_tangled_to_be_compared_is_not_called_compatible():
    def tangled(last):
        nested = {"type": "string", "maxLength": last}
        for _level in range(5):
            nested = {"anyOf": [objects(a=nested, b={"const": kind}) for kind in range(4)]}
        return nested

    found = report(tangled(1), tangled(2))
    assert (found.backward, found.forward) == ("unknown", "unknown")
    assert "too tangled" in found.changes[0].text
