from typing import NamedTuple

from odoo.addons.audit_connector_base.core import openapi
from odoo.addons.audit_connector_base.core.openapi import Entity

CONTRACT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:odoo-audit:contract:invoice:1",
    "type": "object",
    "required": ["contract", "id", "partner"],
    "properties": {
        "contract": {"const": "invoice/1"},
        "id": {"type": "string"},
        "partner": {"anyOf": [{"$ref": "#/$defs/partner"}, {"type": "null"}]},
    },
    "$defs": {"partner": {"type": "object", "properties": {"country": {"$ref": "#/$defs/country"}}}, "country": {}},
}


class Filter(NamedTuple):
    description: str = "Whether it is part of the books."
    schema: dict = {"type": "string", "enum": ["draft", "posted"]}


INVOICE = Entity("invoice", "Invoices", CONTRACT, {"state": Filter()}, 500, None)
RESULT = Entity("control_result", "Results", None, {}, 0, CONTRACT)


def test_what_can_be_read_has_a_list_and_single_records():
    said = openapi.describe([INVOICE], "1.0", 1000)
    assert {"/audit/v1/invoice", "/audit/v1/invoice/{id}"} <= set(said["paths"])
    assert set(said["paths"]["/audit/v1/invoice"]) == {"get"}
    named = {one["name"]: one for one in said["paths"]["/audit/v1/invoice"]["get"]["parameters"]}
    assert named["state"]["schema"] == {"type": "string", "enum": ["draft", "posted"]}
    assert named["limit"]["schema"]["maximum"] == 500


def test_what_can_be_added_takes_its_contract_and_a_key():
    said = openapi.describe([RESULT], "1.0", 1000)
    assert set(said["paths"]["/audit/v1/control_result"]) == {"post"}
    assert "/audit/v1/control_result/{id}" not in said["paths"]
    operation = said["paths"]["/audit/v1/control_result"]["post"]
    assert [one["name"] for one in operation["parameters"] if one["required"]] == ["Idempotency-Key"]
    assert said["components"]["schemas"]["control_result.upload"]["required"] == ["contract", "id", "partner"]


def test_parts_of_a_contract_become_components_of_its_own_name():
    schemas = openapi.describe([INVOICE, RESULT], "1.0", 1000)["components"]["schemas"]
    partner = schemas["invoice"]["properties"]["partner"]["anyOf"][0]["$ref"]
    assert partner == "#/components/schemas/invoice.partner"
    country = schemas["invoice.partner"]["properties"]["country"]["$ref"]
    assert country == "#/components/schemas/invoice.country"
    assert "control_result.upload.partner" in schemas
    assert not {"$id", "$schema", "$defs"} & set(schemas["invoice"])
    assert CONTRACT["properties"]["partner"]["anyOf"][0]["$ref"] == "#/$defs/partner", "the contract is left alone"


def test_of_an_answer_only_the_members_that_always_come_are_required():
    """With ``fields`` the others may be missing."""
    schemas = openapi.describe([INVOICE], "1.0", 1000)["components"]["schemas"]
    assert schemas["invoice"]["required"] == ["contract", "id"]


def test_permissions_are_named_by_entity_and_verb():
    assert openapi.scopes([INVOICE, RESULT]) == {
        "invoice:read": "Read: Invoices",
        "control_result:write": "Add: Results",
    }
