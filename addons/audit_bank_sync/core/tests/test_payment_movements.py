from datetime import datetime
from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_files.plain import as_plain
from odoo.addons.audit_bank_sync.core.payment_movements import entry_of_plain, moment, movements
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import entry, only_entry, read, statement, transaction

NOW = datetime(2026, 4, 1, 12)


def moved(inside="", amount="10.00", way="DBIT", before=""):
    return movements(only_entry(statement(entry(amount, way, inside=inside, before=before), closing="0.00")))


def details(*transactions):
    return "<NtryDtls>%s</NtryDtls>" % "".join(transactions)


def test_each_transaction_of_a_batch_is_a_movement_with_its_own_amount():
    found = moved(details(transaction("4.00", end_to_end="A"), transaction("6.00", end_to_end="B")))
    assert [(one.end_to_end_id, one.amount) for one in found] == [("A", Decimal("-4.00")), ("B", Decimal("-6.00"))]
    assert len({one.key for one in found}) == 2


def test_two_equal_transactions_are_two_movements():
    found = moved(details(transaction("5.00", end_to_end="A"), transaction("5.00", end_to_end="A")))
    assert len({one.key for one in found}) == 2


def test_a_batch_without_transactions_is_one_movement():
    (found,) = moved(details("<Btch><PmtInfId>P-1</PmtInfId></Btch>"))
    assert (found.is_batch, found.payment_information_id, found.amount) == (True, "P-1", Decimal("-10.00"))


def test_an_entry_that_names_no_payment_is_none():
    assert moved() == []
    assert moved(details(transaction(end_to_end="NOTPROVIDED"))) == []


@pytest.mark.parametrize(
    "inside, before",
    [
        (details(transaction(inside="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")), ""),
        (details(transaction()), "<RvslInd>true</RvslInd>"),
        (
            "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>"
            + details(transaction()),
            "",
        ),
    ],
)
def test_a_return_is_known_by_its_reason_its_mark_or_its_code(inside, before):
    (found,) = moved(inside, before=before)
    assert found.is_return
    assert not moved(details(transaction()))[0].is_return


def test_charges_inside_of_an_amount_explain_the_difference():
    charges = "<Chrgs><Rcrd><Amt Ccy='EUR'>3.00</Amt><ChrgInclInd>%s</ChrgInclInd></Rcrd></Chrgs>"
    (found,) = moved(details(transaction("10.00", inside=charges % "true")))
    assert found.charges == ("3.00 EUR",)
    assert found.is_of(Decimal("10.00"), "EUR") and found.is_of(Decimal("7.00"), "EUR")
    assert not found.is_of(Decimal("8.00"), "EUR") and not found.is_of(Decimal("7.00"), "USD")
    (found,) = moved(details(transaction("10.00", inside=charges % "false")))
    assert not found.is_of(Decimal("7.00"), "EUR")


def test_the_instructed_amount_counts_in_its_currency():
    told = "<AmtDtls><InstdAmt><Amt Ccy='USD'>11.00</Amt></InstdAmt></AmtDtls>"
    (found,) = moved(details(transaction("10.00", inside=told)))
    assert found.is_of(Decimal("11.00"), "USD") and not found.is_of(Decimal("11.00"), "EUR")


def test_what_is_kept_as_values_says_the_same():
    data = statement(
        entry(inside=details("<Btch><PmtInfId>P-1</PmtInfId></Btch>")),
        entry(inside=details(transaction("10.00", inside="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"))),
        entry(inside=details(transaction(inside="<RtrInf/>"))),
        closing="130.00",
    )
    for one in read(data).entries:
        kept = entry_of_plain(as_plain(one), one.role, one.page.account.key, one.date)
        assert movements(kept) == movements(one)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-03-31T10:00:00", datetime(2026, 3, 31, 10)),
        ("2026-03-31T10:00:00Z", datetime(2026, 3, 31, 10)),
        ("2026-03-31T10:00:00.123+02:00", datetime(2026, 3, 31, 8)),
        ("yesterday", NOW),
        (None, NOW),
    ],
)
def test_times_as_banks_write_them(text, expected):
    assert moment(text, NOW) == expected
