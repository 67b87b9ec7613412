import json
from pathlib import Path

from odoo.addons.audit_connector_base.core.dictionary import Entry, entries, word

FOLDER = Path(__file__).resolve().parents[2] / "contracts"


def shipped(name):
    return {entry.path: entry for entry in entries(json.loads((FOLDER / name).read_text()))}


def test_a_field_is_described_in_words_with_its_example():
    invoice = shipped("invoice.v1.json")
    assert invoice["$.lines[].account.name"] == Entry(
        "$.lines[].account.name",
        "Lines ▸ Account ▸ Name",
        "Text of at most 1024 characters",
        True,
        "Account name.",
        "Product Sales",
    )
    assert invoice["$.contract"].kind == "Always invoice/1"
    assert invoice["$.document_date"].kind == "Date, as 2026-03-31, or empty"
    assert invoice["$.updated_at"].kind == "Time, as 2026-03-31T09:30:00Z"
    assert invoice["$.partner"].kind == "Group of fields, or empty"
    assert invoice["$.lines"].kind == "List of at most 100000"
    assert invoice["$.odoo.id"].kind == "Whole number of at least 1"
    assert invoice["$.kind"].kind.startswith("One of: customer_invoice, ")


def test_every_member_of_every_contract_has_a_kind_and_a_meaning():
    for path in FOLDER.glob("*.json"):
        for entry in shipped(path.name).values():
            assert entry.meaning and entry.kind and entry.kind != "Anything", (path.name, entry)


def test_what_may_be_missing_says_so():
    assert not shipped("acknowledgement.v1.json")["$.reason"].required


def test_names_become_words():
    assert [word(name) for name in ("payment_reference", "vat", "external_ids", "id")] == [
        "Payment reference",
        "VAT",
        "External IDs",
        "ID",
    ]


def test_alternatives_and_endless_contracts_are_described_and_end():
    node = {
        "oneOf": [
            {"type": "object", "properties": {"kind": {"const": "a"}, "child": {"$ref": "#/$defs/node"}}},
            {"type": "object", "properties": {"kind": {"const": "b"}, "size": {"type": "integer", "maximum": 9}}},
        ]
    }
    found = {
        entry.path: entry.kind
        for entry in entries({"properties": {"n": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}})
    }
    assert found["$.n.size"] == "Whole number of at most 9"
    assert "$.n.child.child.child" in found
