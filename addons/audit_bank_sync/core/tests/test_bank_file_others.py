"""Files that OCA reads in its tests, out of its packages: what we read agrees with its tests or the files."""

import ast
import io
from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_files import archive, balances, bank_file, identity
from odoo.addons.audit_bank_sync.core.bank_files.csv_mapping import Mapping
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.tests import reference_files

US = {"delimiter": ",", "date_format": "%m/%d/%Y", "decimal_mark": ".", "thousands_mark": ",", "account": "A"}


def camt(name):
    return reference_files.of_addon("account_statement_import_camt", "tests", "samples", name)


def mt940(bank, name):
    addon = "l10n_ro_account_bank_statement_import_mt940_" + bank
    return bank_file.read_whole(reference_files.of_addon(addon, "test_files", name).read_bytes())


def figures(content):
    """Return (opening, booked, closing) of each statement."""
    return [
        (
            statement.opening and str(statement.opening.amount),
            str(statement.booked),
            statement.closing and str(statement.closing.amount),
        )
        for statement in content.statements
    ]


def money(number):
    return Decimal(repr(number)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("name", ["camt053", "camt053-txdtls", "camt054"])
def test_camt_is_read_as_oca_reads_it(name):
    currency, account, (golden,) = ast.literal_eval(camt("golden-%s.pydata" % name).read_text())
    content = bank_file.read_whole(camt("test-" + name).read_bytes())
    (statement,) = content.statements
    details = [(entry, detail) for entry in content.entries for detail in entry.details]
    assert (statement.account.number, statement.account.currency) == (account, currency)
    assert statement.pages[0].statement_id == golden["name"]
    if name != "camt054":
        known = golden["balance_start"], golden["balance_end_real"]
        assert (statement.opening.amount, statement.closing.amount) == tuple(map(money, known))
    # OCA makes a line of each detail; with us the entry counts, and comes to the same
    assert [detail.amount for _entry, detail in details] == [money(one["amount"]) for one in golden["transactions"]]
    assert statement.booked == sum(money(one["amount"]) for one in golden["transactions"])
    for (entry, detail), one in zip(details, golden["transactions"], strict=True):
        party = detail.debtor if detail.amount > 0 else detail.creditor
        assert str(entry.booking_date) == one["date"]
        assert (party.name, party.account) == (one["partner_name"], one["account_number"])
        references = [detail.references.end_to_end_id, *(found.reference for found in detail.structured)]
        assert one["ref"] in references
        code = entry.code
        assert "-".join((code.domain, code.family, code.subfamily)) == one["transaction_type"]


def test_a_statement_of_oca_that_does_not_add_up_is_told_with_the_difference():
    content = bank_file.read_whole(camt("test-camt053").read_bytes())
    (found,) = content.problems
    assert (found.code, found.severity) == ("balance-differs", "warning")
    assert "difference -434.16" in found.message


def test_a_day_without_entries_is_a_statement_too():
    content = bank_file.read_whole(camt("test-camt053-no-ntry").read_bytes())
    assert figures(content) == [("1520.76", "0", "1520.76")]
    assert not content.entries and not content.problems


def test_the_files_in_an_archive_of_oca_are_read():
    members = list(archive.members(io.BytesIO(camt("test-camt053.zip").read_bytes())))
    read = [bank_file.read_whole(member.data) for member in members]
    assert len(read) == 2
    assert sum(len(content.entries) for content in read) == 6


def test_pages_of_rabobank_follow_each_other():
    content = mt940("base", "test-rabo.swi")
    assert figures(content) == [
        ("4433.52", "400.00", "4833.52"),
        ("4833.52", "0", "4833.52"),
        ("4833.52", "-34.61", "4798.91"),
        ("4798.91", "0", "4798.91"),
    ]
    assert all(balances.tie(statement).agrees for statement in content.statements)
    entry = content.entries[0]
    assert (str(entry.value_date), entry.information) == ("2014-01-02", "NL66RABO0160878799")
    assert entry.details[0].remittance == ("Test money paid by other partner:",)


@pytest.mark.parametrize("name", ["test_ing_940.txt", "test_ing_940n.txt"])
def test_an_account_in_the_place_of_the_name_is_the_account(name):
    content = mt940("ing", name)
    assert figures(content) == [("1000.00", "1000.00", "2000.00")]
    (entry,) = content.entries
    party = identity.counterparty(entry)
    assert (party.name, party.account) == ("NEXTERP ROMANIA SRL", "RO25INGB0014000031948911")
    assert entry.bank_reference == "RE20200211-7523"
    assert entry.details[0].remittance == ("AMT RCD RON 1000,00 CVF 2020/0060 . 344944869",)


def test_a_point_for_a_reference_is_none():
    content = mt940("bcr", "test_file_bcr.STA")
    assert [str(entry.amount) for entry in content.entries] == ["1000.00", "-4.00", "-2.00", "-243836.22"]
    assert [entry.entry_reference for entry in content.entries] == [None, None, None, "2022103138179396"]
    assert content.entries[0].bank_reference == "2022103180931993"
    assert [problem.code for problem in content.problems] == ["balance-differs"]


def test_a_closing_balance_in_another_currency_is_refused_with_its_line():
    with pytest.raises(Unreadable) as caught:
        mt940("brd", "test_brd_940.txt")
    assert [(found.code, found.line) for found in caught.value.problems] == [
        ("currency-mixed", 14),
        ("currency-mixed", 15),
    ]


@pytest.mark.parametrize(
    "name, columns, options, amounts",
    [
        ("sample_statement_en.csv", {"currency": ("Currency",)}, {}, ["-33.50 USD", "1525.00 EUR"]),
        ("balance.csv", {"balance": ("Balance",)}, {"currency": "USD"}, ["-33.50 USD", "1533.50 USD"]),
        ("debit_credit.csv", {"direction": ("D/C",)}, {"currency": "USD"}, ["-33.50 USD", "1533.50 USD"]),
        (
            "sample_statement_credit_card_inverse_sign_en.csv", {"currency": ("Currency",)}, {"turned": True},
            ["-33.50 USD", "1525.00 EUR"],
        ),
    ],
)  # fmt: skip
def test_a_csv_file_is_read_by_its_mapping_as_oca_reads_it(name, columns, options, amounts):
    columns |= {"booking_date": ("Date",), "amount": ("Amount",), "counterparty": ("Partner Name",)}
    path = reference_files.of_addon("account_statement_import_sheet_file", "tests", "fixtures", name)
    content = bank_file.read_whole(path.read_bytes(), mapping=Mapping(columns=columns, **US, **options))
    assert ["%s %s" % (entry.amount, entry.currency) for entry in content.entries] == amounts
    assert [identity.counterparty(entry).name for entry in content.entries] == ["John Doe", "Azure Interior"]
    assert {str(entry.booking_date) for entry in content.entries} == {"2018-12-15"}
    assert not content.problems
