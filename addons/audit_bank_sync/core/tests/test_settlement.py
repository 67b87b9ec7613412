from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.settlement import Mapping, Unreadable, read

WIDE = Mapping(
    {
        "payout": "Payout", "date": "Date", "currency": "Currency", "gross": "Gross", "fees": "Fees",
        "refunds": "Refunds", "chargebacks": "Chargebacks", "reserve": "Reserve", "net": "Net",
    }
)  # fmt: skip
HEAD = "Payout,Date,Currency,Gross,Fees,Refunds,Chargebacks,Reserve,Net\n"
LONG = Mapping(
    {"payout": "Batch", "date": "Day", "type": "Type", "amount": "Amount", "fees": "Fee"},
    words={"sale": "gross", "refund": "refunds", "dispute": "chargebacks", "held": "reserve", "payout": "net",
           "note": "ignore"},
    delimiter=";", decimal_mark=",", date_format="%d.%m.%Y", currency="EUR",
)  # fmt: skip


def test_rows_with_a_column_for_each_part_add_up_to_payouts():
    report = HEAD + 'po_1,2026-10-05,EUR,"1,000.00",14.50,50.00,20.00,10.00,905.50\npo_2,2026-10-06,EUR,10,1,0,0,0,9\n'
    first, second = read(report.encode(), WIDE)
    assert (first.number, first.net, first.stated, first.rows) == ("po_1", Decimal("905.50"), Decimal("905.50"), 1)
    assert second.net == Decimal(9)


def test_rows_with_a_type_are_added_where_they_belong():
    report = (
        "Batch;Day;Type;Amount;Fee\n"
        "7;05.10.2026;Sale;1.000,00;14,50\n"
        "7;05.10.2026;Refund;-50,00;\n"
        "7;06.10.2026;Dispute;-20,00;5,00\n"
        "7;06.10.2026;Held;-10,00;\n"
        "7;07.10.2026;Note;;\n"
        "7;07.10.2026;Payout;-900,50;\n"
        ";08.10.2026;Sale;80,00;1,00\n"
    )
    (payout,) = read(report.encode(), LONG)
    assert payout.parts == {
        "gross": Decimal(1000), "fees": Decimal("19.50"), "refunds": Decimal(50), "chargebacks": Decimal(20),
        "reserve": Decimal(10),
    }  # fmt: skip
    assert payout.net == payout.stated == Decimal("900.50")
    assert payout.date.isoformat() == "2026-10-07"


def test_a_net_that_does_not_add_up_is_kept_as_it_is_written():
    (payout,) = read((HEAD + "po_1,2026-10-05,EUR,100,1,0,0,0,98\n").encode(), WIDE)
    assert (payout.net, payout.stated) == (Decimal(99), Decimal(98))


def test_deductions_written_with_a_minus():
    mapping = Mapping(WIDE.columns, negative=True)
    (payout,) = read((HEAD + "po_1,2026-10-05,EUR,100,-1,-5,0,2,96\n").encode(), mapping)
    assert payout.net == payout.stated == Decimal(96), "a reserve that is released counts up"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("po_1,05.10.2026,EUR,1,0,0,0,0,1", "Line 2: “05.10.2026” is not a date"),
        ("po_1,2026-10-05,EUR,1.2.3,0,0,0,0,1", "Line 2: “1.2.3” is not an amount"),
        ("po_1,2026-10-05,EUR,NaN,0,0,0,0,1", "“NaN” is not an amount"),
        ("po_1,2026-10-05,€,1,0,0,0,0,1", "“€” is no currency"),
        ("po_1,2026-10-05,EUR", "shorter than the header"),
        ("po_1,2026-10-05,EUR,1,0,0,0,0,1\npo_1,2026-10-05,USD,1,0,0,0,0,1", "Line 3: payout po_1 is in EUR and in US"),
        ("", "no payouts"),
    ],
)
def test_one_bad_row_refuses_the_file_and_names_the_line(row, said):
    with pytest.raises(Unreadable) as refused:
        read((HEAD + row + "\n").encode(), WIDE)
    assert said in str(refused.value)


def test_a_missing_column_is_named_with_those_that_are_there():
    with pytest.raises(Unreadable, match="no column Net; it has: Payout, Date"):
        read(b"Payout,Date,Currency,Gross,Fees,Refunds,Chargebacks,Reserve\n", WIDE)


def test_an_unknown_type_is_refused_and_not_guessed():
    with pytest.raises(Unreadable, match="does not say what “Bonus” is"):
        read(b"Batch;Day;Type;Amount;Fee\n7;05.10.2026;Bonus;1,00;\n", LONG)
