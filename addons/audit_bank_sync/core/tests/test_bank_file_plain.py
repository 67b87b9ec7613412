import json
from decimal import Decimal
from pathlib import Path

import pytest

from odoo.addons.audit_bank_sync.core.bank_files.plain import as_plain
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import entry, only_entry, read, statement

DAY = Path(__file__).parent / "files" / "camt053.xml"


def test_entries_become_json_with_exact_amounts_and_without_what_was_not_said():
    found = json.loads(json.dumps([as_plain(one) for one in read(DAY.read_bytes()).entries]))
    returned = found[2]
    assert returned["amount"] == "-122.50"
    assert returned["value_date"] == "2026-03-27"
    assert returned["charges"][1] == {
        "amount": "3.50", "currency": "EUR", "direction": "debit", "included": True,
    }  # fmt: skip
    assert returned["details"][0]["returned"] == {"code": "AM04", "information": "Deckung fehlt"}
    assert found[1]["details"][0]["references"] == {"uetr": "9d0f3a7c-41c8-4a3e-9c6e-2f4b7f9f0a11"}
    assert "page" not in returned and "raw" not in returned and "information" not in returned


def test_pages_become_json():
    page = as_plain(read(DAY.read_bytes()).statements[0].pages[0])
    assert page["booked"] == "-3414.50"
    assert page["balances"][0] == {"kind": "PRCD", "amount": "10000.00", "currency": "EUR", "date": "2026-03-30"}
    json.dumps(page)


def test_a_zero_is_said_and_large_amounts_have_no_exponent():
    assert as_plain(only_entry(statement(entry("0.00"))))["amount"] == "0.00"
    assert as_plain(Decimal("1E+3")) == "1000"


def test_what_is_no_value_of_a_bank_file_is_refused():
    with pytest.raises(TypeError, match="float"):
        as_plain(1.5)
