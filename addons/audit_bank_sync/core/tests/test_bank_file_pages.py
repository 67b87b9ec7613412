from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_files import balances, bank_file
from odoo.addons.audit_bank_sync.core.bank_files.joining import join_pages
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    OTHER,
    account,
    balance,
    camt,
    codes,
    entry,
    part,
    read,
    statement,
)


def page(number, last, content, **options):
    """A camt.053 that is one page, by the paging of its message."""
    header = "<MsgId>M%d</MsgId><MsgPgntn><PgNb>%d</PgNb><LastPgInd>%s</LastPgInd></MsgPgntn>" % (number, number, last)
    return camt(part(content), header=header, **options)


FIRST = page(1, "false", balance("OPBD", "100.00") + balance("ITBD", "104.00") + entry("4.00"))
LAST = page(2, "true", balance("ITBD", "104.00") + balance("CLBD", "110.00") + entry("6.00"))


def joined(*files):
    """Return the statements of several files together."""
    return join_pages([one for data in files for statement in read(data).statements for one in statement.pages])


def warnings(statements):
    findings = bank_file.Findings()
    balances.check(statements, findings)
    return codes(findings.list)


def test_pages_in_two_files_are_one_statement():
    for files in ((FIRST, LAST), (LAST, FIRST)):
        (found,) = joined(*files)
        assert found.whole
        assert balances.tie(found).agrees
        assert (found.opening.amount, found.booked, found.closing.amount) == (100, 10, 110)


def test_pages_in_one_file_are_one_statement():
    paging = "<Id>S1</Id><StmtPgntn><PgNb>%d</PgNb><LastPgInd>%s</LastPgInd></StmtPgntn><ElctrncSeqNb>7</ElctrncSeqNb>"
    parts = part(balance("OPBD", "1.00") + entry("2.00"), head=paging % (1, "false"))
    parts += part(balance("CLBD", "5.00") + entry("2.00"), head=paging % (2, "true"))
    content = read(camt(parts))
    (found,) = content.statements
    assert balances.tie(found).agrees
    # two equal lines of one statement are two, also on two pages
    assert [one.occurrence for one in content.entries] == [1, 2]


def test_a_missing_page_is_told_and_nothing_is_said_about_the_balance():
    third = page(3, "true", balance("CLBD", "999.00"))
    (found,) = joined(FIRST, third)
    assert found.missing == [2]
    assert balances.tie(found).agrees is None
    assert warnings([found]) == ["pages-missing"]


def test_a_statement_without_its_last_page_is_told():
    (found,) = joined(FIRST)
    assert not found.whole
    assert warnings([found]) == ["pages-missing"]


def test_a_page_that_came_twice_counts_once():
    (found,) = joined(FIRST, LAST, LAST)
    assert len(found.pages) == 2 and len(found.repeated) == 1
    assert balances.tie(found).agrees
    assert warnings([found]) == ["page-repeated"]


def test_pages_hand_on_their_balance():
    other = page(2, "true", balance("ITBD", "105.00") + balance("CLBD", "110.00") + entry("6.00"))
    assert warnings(joined(FIRST, other)) == ["carry-differs"]


def test_a_difference_is_reported_and_not_repaired():
    content = read(statement(entry("10.00"), opening="100.00", closing="111.00"))
    (problem,) = content.problems
    assert problem.code == "balance-differs"
    assert "difference 1.00" in problem.message
    assert [one.amount for one in content.statements[0].pages[0].balances] == [Decimal("100.00"), Decimal("111.00")]


def test_the_closing_balance_of_before_opens_as_well():
    content = read(camt(part(balance("PRCD", "100.00") + balance("CLBD", "110.00") + entry("10.00"))))
    assert balances.tie(content.statements[0]).agrees


def test_an_overdrawn_account_ties_with_its_sign():
    content = read(
        camt(part(balance("OPBD", "5.00", "DBIT") + balance("CLBD", "15.00", "DBIT") + entry("10.00", "DBIT")))
    )
    assert balances.tie(content.statements[0]).agrees


@pytest.mark.parametrize(
    "opening, closing", [("OPAV", "CLAV"), ("ITBD", "ITBD"), ("ITAV", "ITAV"), ("OPBD", "FWAV"), ("OPAV", "CLBD")]
)
def test_other_balances_never_tie(opening, closing):
    content = read(camt(part(balance(opening, "1.00") + balance(closing, "2.00") + entry("500.00"))))
    assert balances.tie(content.statements[0]).agrees is None
    assert not content.problems


def test_pending_entries_and_those_for_information_do_not_tie():
    pending = entry("5.00", status="<Cd>PDNG</Cd>"), entry("7.00", status="<Cd>INFO</Cd>")
    assert not read(statement(entry("10.00"), *pending)).problems


def test_reports_and_notifications_are_not_checked():
    for kind, wrong in (("052", None), ("054", "a notification has no balances")):
        balances_of_day = balance("OPBD", "1.00") + balance("CLBD", "9.00")
        content = read(camt(part(balances_of_day + entry("2.00"), kind), kind, wrong=wrong))
        assert balances.tie(content.statements[0]).agrees is None


def test_totals_that_the_bank_declares_are_compared():
    summary = (
        "<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries><TtlCdtNtries><NbOfNtries>2</NbOfNtries>"
        "<Sum>15.00</Sum></TtlCdtNtries></TxsSummry>"
    )
    content = read(camt(part(summary + entry("10.00") + entry("4.00"))))
    assert [one.message for one in content.problems] == [
        "The bank declares entries 3, the file holds 2.",
        "The bank declares sum of credits 15.00, the file holds 14.00.",
    ]


def test_a_statement_that_is_missing_between_two_is_told():
    first = statement(entry("10.00"))
    third = camt(
        part(
            balance("OPBD", "500.00", day="2026-04-02") + balance("CLBD", "500.00", day="2026-04-02"),
            head="<Id>S3</Id><ElctrncSeqNb>9</ElctrncSeqNb>",
        )
    )
    assert warnings(joined(first, third)) == ["gap-between-statements"]


def test_statements_of_two_accounts_are_apart():
    other = camt(part(balance("OPBD", "1.00") + balance("CLBD", "1.00"), owner=account(OTHER)))
    assert len(joined(statement(entry("10.00")), other)) == 2
    assert warnings(joined(statement(entry("10.00")), other)) == []


@pytest.mark.parametrize(
    "closing, entries, word",
    [
        ("100.00", [entry("10.00")], "Without entry 1"),
        ("90.00", [entry("10.00")], "other sign of entry 1"),
        ("120.00", [entry("10.00")], "second entry 1"),
        ("125.00", [entry("10.00"), entry("15.00", status="<Cd>PDNG</Cd>")], "pending entry 2"),
    ],
)
def test_a_difference_is_explained_as_far_as_amounts_go(closing, entries, word):
    content = read(statement(*entries, closing=closing))
    difference = balances.tie(content.statements[0]).difference
    assert word in " ".join(balances.explain(difference, content.entries))


def test_a_page_has_the_same_fingerprint_however_it_is_written_and_carried():
    written = statement(entry("10.00"))
    other = statement(entry("10.0").replace("><", ">\n  <"), header="<MsgId>OTHER</MsgId>", encoding="UTF-16")
    first, second = (read(data).statements[0].pages[0].fingerprint for data in (written, other))
    assert first == second
    assert read(written).sha256 != read(other).sha256


@pytest.mark.parametrize(
    "other",
    [
        statement(entry("10.01")),
        statement(entry("10.00", "DBIT")),
        statement(entry("10.00", day="2026-03-30")),
        statement(entry("10.00"), entry("10.00")),
        statement(entry("10.00"), closing="111.00"),
        statement(entry("10.00", inside="<AddtlNtryInf>x</AddtlNtryInf>")),
    ],
)
def test_a_page_that_says_anything_else_has_another_fingerprint(other):
    first, second = (read(data).statements[0].pages[0].fingerprint for data in (statement(entry("10.00")), other))
    assert first != second
