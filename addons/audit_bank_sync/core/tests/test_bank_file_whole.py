"""Whole files as banks send them; the camt ones are valid by the schemas of ISO 20022."""

from decimal import Decimal
from pathlib import Path

from odoo.addons.audit_bank_sync.core.bank_files import balances, bank_codes, identity
from odoo.addons.audit_bank_sync.core.bank_files import statement as words
from odoo.addons.audit_bank_sync.core.bank_files.mt_account import is_same_account
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import read

FILES = Path(__file__).parent / "files"
AMOUNTS = ["-5400.00", "1190.00", "-122.50", "918.00", "-12.00", "12.00"]


def content(name):
    return read((FILES / name).read_bytes())


def booked(name):
    return [entry for entry in content(name).entries if entry.role == words.BOOKING]


def test_a_day_in_camt_is_read_whole_and_adds_up():
    day = content("camt053.xml")
    assert not day.problems
    (statement,) = day.statements
    tie = balances.tie(statement)
    assert (tie.opening.kind, tie.opening.amount, tie.closing.amount) == (
        "PRCD",
        Decimal("10000.00"),
        Decimal("6585.50"),
    )
    assert tie.agrees
    assert statement.pages[0].pending == Decimal("250.00")
    assert statement.pages[0].line == 12


def test_the_same_day_is_the_same_in_mt940():
    camt, mt940 = booked("camt053.xml"), booked("mt940.sta")
    for day in (camt, mt940):
        assert [str(entry.amount) for entry in day] == AMOUNTS
    for one, other in zip(camt, mt940, strict=True):
        assert (one.booking_date, one.value_date, one.reversal) == (
            other.booking_date,
            other.value_date,
            other.reversal,
        )
        assert one.bank_reference == other.bank_reference
    (statement,) = content("mt940.sta").statements
    assert balances.tie(statement).agrees
    assert is_same_account(statement.account.number, camt[0].page.account.number)


def test_the_other_party_is_the_same_in_mt940():
    camt, mt940 = (
        [identity.counterparty(entry) for entry in booked(name)[1:3]] for name in ("camt053.xml", "mt940.sta")
    )
    assert [party.account for party in camt] == [party.account for party in mt940]
    assert [party.name for party in camt] == ["Kunde & S\u00f6hne KG", "Paula Pleite"]


def test_entries_are_said_in_words():
    assert [bank_codes.words(entry.code) for entry in booked("camt053.xml")[:4]] == [
        "Credit transfer sent, SEPA",
        "Credit transfer received, SEPA",
        "Direct debit collected, returned unpaid",
        "Credit transfer received, to or from abroad",
    ]
    assert bank_codes.words(booked("mt940.sta")[2].code) == "SEPA direct debit returned, core"


def test_a_notification_gives_the_details_of_a_batch():
    (entry,) = content("camt054.xml").entries
    assert entry.role == words.EXPLANATION
    assert [str(detail.amount) for detail in entry.details] == ["400.00", "1100.00"]
    assert [detail.structured[0].kind for detail in entry.details] == ["QRR", "QRR"]
    assert entry.batches[0].count == 2
