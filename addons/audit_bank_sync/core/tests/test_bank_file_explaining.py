import pytest

from odoo.addons.audit_bank_sync.core.bank_files.explaining import find_explained
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    OTHER,
    account,
    camt,
    entry,
    only_entry,
    part,
    read,
    statement,
)

BATCH = "<NtryDtls><Btch><PmtInfId>%s</PmtInfId></Btch></NtryDtls>"


def notification(inside="", amount="10.00", message="N1", **options):
    return only_entry(
        camt(part(entry(amount, inside=inside), "054", **options), "054", header="<MsgId>%s</MsgId>" % message)
    )


def found(explanation, *entries):
    entries = read(statement(*entries)).entries
    result = find_explained(explanation, entries)
    return result and (entries.index(result[0]), result[1])


@pytest.mark.parametrize(
    "of_notification, of_entry, other, reason",
    [
        (
            "<AcctSvcrRef>A</AcctSvcrRef>",
            "<AcctSvcrRef>A</AcctSvcrRef>",
            "<AcctSvcrRef>B</AcctSvcrRef>",
            "the bank's reference",
        ),
        ("", "<AddtlInfInd><MsgId>N1</MsgId></AddtlInfInd>", "<AddtlInfInd><MsgId>N2</MsgId></AddtlInfInd>", "named"),
        (BATCH % "P", BATCH % "P", BATCH % "Q", "same batch"),
        ("<NtryRef>7</NtryRef>", "<NtryRef>7</NtryRef>", "<NtryRef>8</NtryRef>", "day"),
    ],
)
def test_a_notification_is_tied_to_its_entry_as_banks_do(of_notification, of_entry, other, reason):
    place, said = found(notification(of_notification), entry(inside=other), entry(inside=of_entry))
    assert place == 1
    assert reason in said


@pytest.mark.parametrize(
    "explanation",
    [
        notification("<AcctSvcrRef>A</AcctSvcrRef>", "10.01"),
        notification("<AcctSvcrRef>A</AcctSvcrRef>", owner=account(OTHER)),
        notification(""),
    ],
)
def test_another_amount_or_account_or_nothing_in_common_ties_nothing(explanation):
    assert found(explanation, entry(inside="<AcctSvcrRef>A</AcctSvcrRef>")) is None


def test_where_two_entries_fit_the_same_way_the_next_way_decides_or_none():
    one, two = ("<AcctSvcrRef>A</AcctSvcrRef>" + BATCH % batch for batch in "PQ")
    assert found(notification("<AcctSvcrRef>A</AcctSvcrRef>"), entry(inside=one), entry(inside=two)) is None
    place, reason = found(
        notification("<AcctSvcrRef>A</AcctSvcrRef>" + BATCH % "Q"), entry(inside=one), entry(inside=two)
    )
    assert (place, reason) == (1, "the same batch")


def test_an_entry_reference_of_another_day_ties_nothing():
    other_day = entry(inside="<NtryRef>7</NtryRef>", day="2026-03-30")
    assert found(notification("<NtryRef>7</NtryRef>"), other_day) is None


def test_a_notification_explains_no_notification_and_a_booking_explains_nothing():
    explanation = notification("<AcctSvcrRef>A</AcctSvcrRef>")
    assert find_explained(explanation, [explanation]) is None
    with pytest.raises(ValueError, match="notification"):
        find_explained(only_entry(statement(entry())), [])
