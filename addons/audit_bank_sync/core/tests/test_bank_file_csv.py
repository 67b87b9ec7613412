import datetime
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.bank_files import statement as words
from odoo.addons.audit_bank_sync.core.bank_files.csv_mapping import Mapping
from odoo.addons.audit_bank_sync.core.bank_files.problems import Invalid, Unreadable
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import IBAN, OTHER, codes, read

COLUMNS = {
    "booking_date": ("Buchungstag",),
    "value_date": ("Valuta",),
    "amount": ("Betrag",),
    "balance": ("Saldo",),
    "counterparty": ("Name",),
    "counterparty_account": ("Konto",),
    "remittance": ("Zweck", "Zweck 2"),
}
HEADER = "Buchungstag;Valuta;Name;Konto;Zweck;Zweck 2;Betrag;Saldo"
ROW = "31.03.2026;01.04.2026;Anna Muster;%s;Rechnung;4711;1.234,50;2.000,00" % OTHER


def mapping(**changes):
    return Mapping(**{"columns": COLUMNS, "date_format": "%d.%m.%Y", "account": IBAN, "currency": "EUR"} | changes)


def csv_file(*rows, header=HEADER, encoding="utf-8"):
    return "\r\n".join([header, *rows, ""]).encode(encoding)


def entries(data, **changes):
    return read(data, mapping=mapping(**changes)).entries


def small(column, text, **changes):
    """Read a file of one column beside date and amount; return its entry."""
    columns = {"booking_date": ("d",), "amount": ("a",)} | {column: ("x",)}
    (found,) = entries(
        csv_file("2026-03-31;5,00;" + text, header="d;a;x"), columns=columns, date_format="%Y-%m-%d", **changes
    )
    return found


def errors(data, **changes):
    with pytest.raises(Unreadable) as caught:
        read(data, mapping=mapping(**changes))
    return [problem for problem in caught.value.problems if problem.severity == "error"]


def test_a_row_is_an_entry():
    (found,) = entries(csv_file(ROW))
    assert (found.amount, found.currency, found.status) == (Decimal("1234.50"), "EUR", words.BOOKED)
    assert (found.booking_date, found.value_date) == (datetime.date(2026, 3, 31), datetime.date(2026, 4, 1))
    assert found.details[0].remittance == ("Rechnung 4711",)
    assert (found.details[0].debtor.name, found.details[0].debtor.account) == ("Anna Muster", OTHER)
    assert (found.line, found.raw, found.role) == (2, ROW, words.BOOKING)


def test_a_mapping_is_saved_as_json_and_comes_back():
    saved = json.loads(json.dumps(mapping(skip=3, turned=True).as_dict()))
    assert Mapping.from_dict(saved) == mapping(skip=3, turned=True)


@pytest.mark.parametrize(
    "changes, words_in",
    [
        ({"columns": {"amount": ("a",)}}, "booking date"),
        ({"columns": {"booking_date": ("d",)}}, "amount"),
        ({"columns": {"booking_date": ("d",), "amount": ("a",), "credit": ("c",), "debit": ("e",)}}, "amount"),
        ({"columns": {"booking_date": ("d",), "amount": ("a",), "color": ("c",)}}, "color"),
        ({"account": None}, "account"),
        ({"currency": None}, "currency"),
        ({"currency": "Euro"}, "currency"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"minus_in_paid": "x"}, "minus"),
        ({"thousands_mark": ","}, "decimal mark"),
        ({"date_format": "%d.%m."}, "no year"),
        ({"date_format": "%H:%M"}, "date"),
        ({"header": False}, "number"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_when_it_is_made(changes, words_in):
    with pytest.raises(Invalid, match=words_in):
        mapping(**changes)


def test_a_column_that_is_missing_is_told_with_those_that_are_there():
    (found,) = errors(csv_file(ROW, header=HEADER.replace("Betrag", "Amount")))
    assert (found.code, found.line) == ("columns-missing", 1)
    assert '"Betrag"' in found.message and '"Amount"' in found.message


def test_a_column_that_is_there_twice_is_told():
    assert codes(
        errors(csv_file(ROW, header=HEADER.replace("Zweck 2", "Betrag")), columns=COLUMNS | {"remittance": ("Zweck",)})
    ) == ["columns-twice"]


def test_lines_before_the_header_are_skipped_and_counted():
    (found,) = entries(b"Export of\r\n\r\n" + csv_file(ROW), skip=2)
    assert found.line == 4


def test_a_file_without_header_has_numbered_columns():
    columns = {"booking_date": (1,), "amount": (7,)}
    assert entries(csv_file(header=ROW), header=False, columns=columns)[0].amount == Decimal("1234.50")
    assert codes(errors(csv_file(header=ROW), header=False, columns=columns | {"remittance": (9,)})) == [
        "columns-missing"
    ]


def test_a_text_over_several_lines_keeps_the_line_where_it_begins():
    rows = [ROW.replace("Rechnung", '"Rechnung\r\nmit ""Zeilen"""'), ROW.replace("1.234,50", "x")]
    (found,) = errors(csv_file(*rows))
    assert found.line == 4
    (first, _second) = entries(csv_file(rows[0], ROW.replace("2.000,00", "3.234,50")))
    assert first.raw == rows[0]


@pytest.mark.parametrize(
    "text, value",
    [
        ("5", "5"), ("-5,10", "-5.10"), ("5,10-", "-5.10"), ("(5,10)", "-5.10"), ("+5,10", "5.10"),
        ("1234,5", "1234.5"), ("1.234.567,89", "1234567.89"), ("\u22125,10", "-5.10"), ("1\u00a0234,00", "1234"),
        ("0,00", "0"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_the_mapping_writes_them(text, value):
    (found,) = entries(csv_file(ROW.replace("1.234,50", text)))
    assert found.amount == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5.10",
        "1.23,45",
        "12.34.567,00",
        "1,2,3",
        "5 EUR",
        "1e5",
        "NaN",
        "\u0665",
        "--5",
        "-5-",
        "(-5)",
        "(5",
        "1.234.5",
    ],
)
def test_what_is_no_amount_in_that_writing_is_told(text):
    (found,) = errors(csv_file(ROW.replace("1.234,50", text)))
    assert (found.code, found.line) == ("amount-invalid", 2)


def test_what_was_received_and_paid_may_stand_in_two_columns():
    columns = {"booking_date": ("d",), "credit": ("in",), "debit": ("out",)}
    data = csv_file(
        "2026-03-31;5,00;", "2026-03-31;;3,00", "2026-03-31;-2,00;", "2026-03-31;0,00;1,00", header="d;in;out"
    )
    found = entries(data, columns=columns, date_format="%Y-%m-%d")
    assert [one.amount for one in found] == [5, -3, -2, -1]
    for row, code in (("2026-03-31;5,00;3,00", "amount-invalid"), ("2026-03-31;;", "amount-missing")):
        assert codes(errors(csv_file(row, header="d;in;out"), columns=columns, date_format="%Y-%m-%d")) == [code]


def test_a_minus_in_what_was_paid_means_what_the_mapping_says():
    columns = {"booking_date": ("d",), "credit": ("in",), "debit": ("out",)}
    data = csv_file("2026-03-31;;-2,00", header="d;in;out")
    for meaning, amount in (("paid", -2), ("received", 2)):
        (found,) = entries(data, columns=columns, date_format="%Y-%m-%d", minus_in_paid=meaning)
        assert found.amount == amount
    (found,) = errors(data, columns=columns, date_format="%Y-%m-%d")
    assert "minus" in found.message


def test_a_word_may_say_the_direction():
    assert small("direction", "D", paid=("D",)).amount == -5
    assert small("direction", "C").amount == 5
    with pytest.raises(Unreadable, match="neither received nor paid"):
        small("direction", "X")


def test_amounts_of_a_card_are_turned():
    (found,) = entries(csv_file(ROW), turned=True)
    assert found.amount == Decimal("-1234.50")


def test_pending_rows_are_told_by_their_word():
    assert small("status", "pending").role == words.PENDING
    assert small("status", "done").role == words.BOOKING


@pytest.mark.parametrize("text", ["2026-03-31", "31.02.2026", "31.3.", "31/03/2026"])
def test_what_is_no_date_in_that_writing_is_told(text):
    assert codes(errors(csv_file(ROW.replace("31.03.2026", text)))) == ["date-invalid"]


def test_dates_without_a_year_have_that_of_the_mapping():
    rows = "29.02.;01.03.;A;B;C;D;1,00;"
    (found,) = entries(csv_file(rows), date_format="%d.%m.", year=2024)
    assert found.booking_date == datetime.date(2024, 2, 29)
    assert codes(errors(csv_file(rows), date_format="%d.%m.", year=2026)) == ["date-invalid"]


def test_rows_of_several_accounts_and_currencies_are_statements_of_their_own():
    columns = {"booking_date": ("d",), "amount": ("a",), "account": ("x",), "currency": ("c",)}
    rows = ["2026-03-31;1,00;%s;%s" % pair for pair in ((IBAN, "EUR"), (OTHER, "GBP"), (IBAN, "USD"), (IBAN, "EUR"))]
    content = read(
        csv_file(*rows, header="d;a;x;c"),
        mapping=mapping(columns=columns, date_format="%Y-%m-%d", account=None, currency=None),
    )
    found = [(one.account.key, one.account.currency, one.booked) for one in content.statements]
    assert found == [(IBAN, "EUR", 2), (OTHER, "GBP", 1), (IBAN, "USD", 1)]
    assert [one.occurrence for one in content.entries] == [1, 1, 1, 2]


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_balance_that_does_not_follow_from_the_row_before_is_told(newest_first):
    rows = [ROW.replace("1.234,50;2.000,00", text) for text in ("5,00;105,00", "-1,00;104,00", "3,00;108,00")]
    if newest_first:
        rows.reverse()
    found = read(csv_file(*rows), mapping=mapping(newest_first=newest_first)).problems
    assert [(one.code, one.line) for one in found] == [("balance-differs", 3 if newest_first else 4)]


def test_the_last_balance_in_time_is_kept_and_never_ties():
    rows = [ROW.replace("1.234,50;2.000,00", text) for text in ("5,00;105,00", "-1,00;104,00")]
    (page,) = read(csv_file(*rows), mapping=mapping()).statements[0].pages
    assert [(one.kind, one.amount) for one in page.balances] == [("ITBD", Decimal("104.00"))]


@pytest.mark.parametrize(
    "encoding, problems", [("utf-8", []), ("utf-8-sig", []), ("utf-16", []), ("cp1252", ["encoding-guessed"])]
)
def test_letters_are_read_in_the_usual_encodings(encoding, problems):
    content = read(csv_file(ROW.replace("Anna", "\u00c4nne"), encoding=encoding), mapping=mapping())
    assert content.entries[0].details[0].debtor.name == "\u00c4nne Muster"
    assert codes(content.problems) == problems


def test_letters_that_are_not_in_the_encoding_of_the_mapping_are_told():
    data = csv_file(ROW, ROW.replace("Anna", "\u00c4nne"), encoding="cp1252")
    (found,) = errors(data, encoding="utf-8")
    assert (found.code, found.line) == ("encoding-wrong", 3)
    assert codes(errors(data, encoding="no-such")) == ["encoding-unknown"]


def test_a_row_of_another_width_is_told_with_its_line():
    (found,) = errors(csv_file(ROW, "", ROW + ";more"))
    assert (found.code, found.line) == ("row-width", 4)


@pytest.mark.parametrize(
    "text, code", [('"open', "csv-malformed"), ('"a"b', "csv-malformed"), ("x" * 200_000, "csv-malformed")]
)
def test_rows_that_cannot_be_taken_apart_are_told(text, code):
    assert codes(errors(csv_file(ROW, ROW.replace("Rechnung", text)))) == [code]


def test_a_file_without_rows_is_told():
    assert codes(errors(b"\r\n\r\n")) == ["empty"]
    assert codes(read(csv_file(), mapping=mapping()).problems) == ["no-entries"]


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text):
    for data in (text.encode(), csv_file(ROW, text)):
        try:
            read(data, mapping=mapping())
        except Unreadable as error:
            assert str(error)


@given(st.integers(-(10**14), 10**14))
@settings(deadline=None)
def test_amounts_are_exact(cents):
    whole, rest = divmod(abs(cents), 100)
    text = "%s%s,%02d" % ("-" if cents < 0 else "", format(whole, ",").replace(",", "."), rest)
    assert entries(csv_file(ROW.replace("1.234,50", text)))[0].amount == Decimal(cents).scaleb(-2)
