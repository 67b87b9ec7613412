"""Our own samples are what they claim to be: valid by the schema of the version that they name."""

from pathlib import Path

import pytest

from odoo.addons.audit_bank_sync.core.tests import reference_files
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    ask_the_schema,
    balance,
    camt,
    entry,
    part,
    statement,
    transaction,
)

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.glob("*.xml")))
def test_whole_files_are_valid(name):
    assert reference_files.violation((FILES / name).read_bytes()) is None


@pytest.mark.parametrize("version", reference_files.CAMT_VERSIONS)
@pytest.mark.parametrize("kind", reference_files.CAMT_KINDS)
def test_what_the_builders_put_together_is_valid_in_every_version(kind, version):
    # .02 has no amount of the transaction itself
    detail = transaction() if version == "02" else transaction("10.00", "DBIT")
    inside = "<AcctSvcrRef>A</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % detail
    balances = "" if kind == "054" else balance("OPBD", "100.00") + balance("CLBD", "90.00")
    data = camt(part(balances + entry("10.00", "DBIT", inside=inside), kind), kind, version)
    assert reference_files.violation(data) is None


def test_a_sample_that_is_wrong_without_saying_so_is_found():
    reference_files.folder()
    with pytest.raises(AssertionError, match="not a valid value"):
        statement(entry("x"))


def test_a_sample_that_is_said_to_be_wrong_and_is_not_is_found():
    reference_files.folder()
    with pytest.raises(AssertionError, match="a date"):
        statement(entry(), wrong="a date")


def test_what_no_schema_describes_is_not_valid():
    reference_files.folder()
    for data in (b"<a/>", b"<a", b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.15'/>"):
        ask_the_schema(data, "not of a version that has a schema here")
