import copy
import json
import socket
import time
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core import canonical
from odoo.addons.audit_connector_base.core.contracts import ContractError, Contracts, Field, Violation

FOLDER = Path(__file__).resolve().parents[2] / "contracts"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

RECEIVED = {"acknowledgement", "attachment_upload", "control_verdict", "document_reference", "supplier_update"}


@pytest.fixture(scope="module")
def shipped():
    return Contracts(FOLDER)


@pytest.fixture
def invoice(shipped):
    return copy.deepcopy(shipped.schema("invoice", 1)["examples"][0])


@pytest.fixture
def write(tmp_path):
    """Write a contract ``thing.v1.json`` with the given members and load its folder."""

    def contracts(name="thing.v1.json", **members):
        schema = {"$schema": DIALECT, "$id": "urn:odoo-audit:contract:thing:1", **members}
        (tmp_path / name).write_text(json.dumps(schema))
        return Contracts(tmp_path)

    return contracts


def change(payload, path, value):
    for step in path[:-1]:
        payload = payload[step]
    payload[path[-1]] = value


def test_the_example_of_every_contract_honours_it_and_can_be_hashed(shipped):
    for entity, versions in shipped.entities().items():
        for version in versions:
            examples = shipped.schema(entity, version)["examples"]
            assert examples
            for example in examples:
                assert shipped.violations(entity, version, example) == []
                canonical.dumps(example)


def test_every_member_of_every_contract_is_described_required_and_closed(shipped):
    for entity, version in [(e, v) for e, versions in shipped.entities().items() for v in versions]:
        described = shipped.describe(entity, version)
        assert described["title"] and described["description"]
        fields = described["fields"]
        assert [field.path for field in fields if not field.description] == []
        # What others send may lack what they do not know; what is sent always has every member.
        assert entity in RECEIVED or [field.path for field in fields if not field.required] == []
        pending = [shipped.schema(entity, version)]
        while pending:
            item = pending.pop()
            if isinstance(item, dict):
                if "properties" in item and item.get("type") == "object":
                    assert item["additionalProperties"] is False
                    assert entity in RECEIVED or set(item["required"]) == set(item["properties"])
                pending.extend(value for key, value in item.items() if key != "examples")
            elif isinstance(item, list):
                pending.extend(item)


def test_whatever_is_sent_says_what_it_is_whose_and_how_others_know_it(shipped):
    common = {
        "$.contract", "$.id", "$.odoo.database", "$.odoo.model", "$.odoo.id", "$.company.id", "$.external_ids[].system",
        "$.external_ids[].id",
    }  # fmt: skip
    sent = set(shipped.entities()) - RECEIVED
    assert len(sent) >= 10
    for entity in sent:
        assert common <= {field.path for field in shipped.describe(entity)["fields"] if field.required}, entity


@pytest.mark.parametrize(
    "path, value, violation",
    [
        (["amounts", "total"], 1416.0, ("$.amounts.total", "must be string, not number")),
        (["amounts", "total"], "1e2", ("$.amounts.total", "does not match the pattern")),
        (["amounts", "total"], "-0.00", ("$.amounts.total", "does not match the pattern")),
        (["amounts", "total"], "1416.00\n", ("$.amounts.total", "does not match the pattern")),
        (["amounts", "total"], "01.00", ("$.amounts.total", "does not match the pattern")),
        (["amounts", "total"], "1,416.00", ("$.amounts.total", "does not match the pattern")),
        (["amounts", "total"], "1.0000000", ("$.amounts.total", "does not match the pattern")),
        (["amounts", "total"], "\u0661", ("$.amounts.total", "does not match the pattern")),
        (["lines", 1, "subtotal"], None, ("$.lines[1].subtotal", "must be string, not null")),
        (["kind"], "invoice", ("$.kind", "must be one of customer_invoice")),
        (["contract"], "invoice/2", ("$.contract", "must be invoice/1")),
        (["document_date"], "2026-02-29", ("$.document_date", "is no valid date")),
        (["document_date"], "20261123", ("$.document_date", "is no valid date")),
        (["updated_at"], "2026-11-23 12:00:01Z", ("$.updated_at", "is no valid date-time")),
        (["updated_at"], "2026-11-23T12:00:01+01:00", ("$.updated_at", "does not match the pattern")),
        (["currency"], "usd", ("$.currency", "does not match the pattern")),
        (["number"], "", ("$.number", "is shorter than 1 characters")),
        (["odoo", "id"], "42", ("$.odoo.id", "must be integer, not string")),
        (["lines"], {}, ("$.lines", "must be array, not object")),
    ],
)
def test_a_wrong_invoice_is_told_where_and_why(shipped, invoice, path, value, violation):
    change(invoice, path, value)
    (found,) = shipped.violations("invoice", 1, invoice)
    assert found.path == violation[0]
    assert found.message.startswith(violation[1])


def test_missing_and_foreign_members_are_named_one_by_one(shipped, invoice):
    del invoice["number"], invoice["lines"][0]["taxes"]
    invoice["amounts"]["Grand total"] = "1"
    invoice["extra"] = 1
    assert sorted(shipped.violations("invoice", 1, invoice)) == [
        Violation("$.amounts['Grand total']", "is not part of the contract"),
        Violation("$.extra", "is not part of the contract"),
        Violation("$.lines[0].taxes", "is missing"),
        Violation("$.number", "is missing"),
    ]


@pytest.mark.parametrize("amount", ["0", "0.00", "-1.5", "999999999999999999.999999"])
def test_good_amounts_pass(shipped, invoice, amount):
    invoice["amounts"]["residual"] = amount
    assert shipped.violations("invoice", 1, invoice) == []


@pytest.mark.parametrize(
    "path", [["partner"], ["number"], ["due_date"], ["exchange_rate"], ["actor"], ["lines", 0, "account"]]
)
def test_what_may_be_unknown_may_be_null(shipped, invoice, path):
    change(invoice, path, None)
    assert shipped.violations("invoice", 1, invoice) == []


def test_violations_are_limited_in_number_and_never_quote_the_value(shipped, invoice):
    invoice["lines"] = [{"secret-%d" % n: "DE02120300000000202051"} for n in range(9999)]
    found = shipped.violations("invoice", 1, invoice, limit=20)
    assert len(found) == 20
    invoice["lines"] = []
    invoice["currency"] = "DE02120300000000202051"
    assert "DE0212" not in str(shipped.violations("invoice", 1, invoice))


def test_anything_that_is_no_invoice_is_a_violation_and_no_crash(shipped):
    for payload in (None, [], "text", 1, True, {}):
        assert shipped.violations("invoice", 1, payload)


def test_an_unknown_contract_is_an_error_and_not_a_pass(shipped):
    for entity, version in (("invoice", 2), ("nothing", 1)):
        with pytest.raises(ContractError, match="There is no contract"):
            shipped.violations(entity, version, {})


def test_describe_tells_path_type_and_meaning(shipped):
    described = shipped.describe("invoice")
    assert (described["entity"], described["version"]) == ("invoice", 1)
    assert described["id"] == "urn:odoo-audit:contract:invoice:1"
    fields = {field.path: field for field in described["fields"]}
    assert fields["$.company.vat"].type == "string or null"
    assert fields["$.lines[].account.name"] == Field("$.lines[].account.name", "string", True, "Account name.")
    assert fields["$.partner"].type == "object or null"


def test_checking_uses_the_compiled_validator(shipped, invoice):
    start = time.perf_counter()
    for _ in range(50):
        shipped.violations("invoice", 1, invoice)
    assert (time.perf_counter() - start) / 50 < 0.02


def test_a_reference_to_the_network_is_refused_without_asking_it(write, monkeypatch):
    def no_network(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    for reference in ("https://example.com/schema.json", "file:///etc/passwd", "other.json", "#/$defs/nothing"):
        with pytest.raises(ContractError, match="not among the contracts"):
            write(properties={"a": {"$ref": reference}})


def test_a_reference_may_reach_another_contract_that_is_loaded(write, tmp_path):
    other = {"$schema": DIALECT, "$id": "urn:odoo-audit:contract:other:1", "$defs": {"code": {"type": "string"}}}
    (tmp_path / "other.v1.json").write_text(json.dumps(other))
    contracts = write(properties={"a": {"$ref": "urn:odoo-audit:contract:other:1#/$defs/code"}})
    assert contracts.violations("thing", 1, {"a": 1}) == [("$.a", "must be string, not number")]


def test_a_pattern_prone_to_backtracking_is_refused_wherever_it_stands(write):
    for members in (
        {"properties": {"a": {"pattern": "^(a+)+$"}}},
        {"patternProperties": {"^(a+)+$": {}}},
        {"items": {"anyOf": [{"pattern": "^(a+)+$"}]}},
        {"$defs": {"x": {"pattern": "^(a+)+$"}}},
    ):
        with pytest.raises(ContractError, match="may take for ever"):
            write(**members)


def test_a_member_called_pattern_or_format_is_only_a_member(write):
    contracts = write(
        properties={"pattern": {"type": "string"}, "format": {"type": "string"}}, examples=[{"pattern": "(a+)+"}]
    )
    assert contracts.violations("thing", 1, {"pattern": "(a+)+", "format": "x"}) == []


def test_a_text_too_long_to_match_is_a_violation(write):
    contracts = write(properties={"a": {"pattern": "^.*x.*$"}})
    assert contracts.violations("thing", 1, {"a": "x" * 20_000}) == [("$.a", "is longer than 10000 characters")]


def test_a_format_that_is_not_checked_here_is_refused(write):
    with pytest.raises(ContractError, match="'email' is not checked"):
        write(properties={"a": {"format": "email"}})


@pytest.mark.parametrize(
    "text, valid",
    [
        ("2026-11-23T12:00:00Z", True),
        ("2026-11-23T12:00:00.123456+05:30", True),
        ("2026-11-23T12:00:00", False),
        ("2026-11-23T24:00:00Z", False),
        ("2026-13-23T12:00:00Z", False),
        ("2026-11-23T12:00:00+24:00", False),
        ("2026-11-23T12:00:00z", False),
        ("2026-11-23", False),
        ("2026-11-23T12:00:00Z\n", False),
    ],
)
def test_date_time_is_rfc_3339(write, text, valid):
    contracts = write(properties={"a": {"format": "date-time"}})
    assert (contracts.violations("thing", 1, {"a": text}) == []) is valid


@pytest.mark.parametrize(
    "name, members, reason",
    [
        ("thing.json", {}, "is not named"),
        ("Thing.v1.json", {}, "is not named"),
        ("thing.v2.json", {}, "must have the .id urn:odoo-audit:contract:thing:2"),
        ("thing.v1.json", {"$schema": "http://json-schema.org/draft-07/schema#"}, "2020-12"),
        ("thing.v1.json", {"type": "nonsense"}, "is no JSON Schema"),
        ("thing.v1.json", {"$defs": {"a": {"$id": "urn:x"}}}, "inner .id"),
    ],
)
def test_a_file_that_is_no_contract_is_refused_with_the_reason(write, name, members, reason):
    with pytest.raises(ContractError, match=reason):
        write(name, **members)


def test_a_contract_written_twice_over_two_folders_is_refused(write, tmp_path):
    write()
    with pytest.raises(ContractError, match="two folders"):
        Contracts(tmp_path, tmp_path)


def test_a_contract_may_refer_to_itself_and_still_be_described(write):
    contracts = write(
        properties={"child": {"$ref": "#/$defs/node"}},
        **{"$defs": {"node": {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}}}},
    )
    assert contracts.describe("thing")["fields"]
    assert contracts.violations("thing", 1, {"child": {"child": {"child": 1}}})[0].path == "$.child.child.child"
