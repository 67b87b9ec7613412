import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.bank_files import balances
from odoo.addons.audit_bank_sync.core.bank_files import statement as words
from odoo.addons.audit_bank_sync.core.bank_files.mt_account import is_same_account
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import IBAN, codes, only_entry, read

OPENING = ":60F:C251230EUR100,00"
CLOSING = ":62F:C260102EUR110,00"


def mt940(*lines, account=IBAN, number="7/1", opening=OPENING, closing=CLOSING, end="-"):
    """The bytes of one MT940 message."""
    head = [":20:REF", ":25:" + account, ":28C:" + number, opening]
    return "\r\n".join([*head, *lines, closing, end, ""]).encode()


def line(mark="C", amount="10,00", value="260102", entry="0102", rest="NTRFNONREF//B1"):
    return ":61:%s%s%s%s%s" % (value, entry, mark, amount, rest)


def errors(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    return [problem for problem in caught.value.problems if problem.severity == "error"]


@pytest.mark.parametrize("mark, sign, reversal", [("C", 1, False), ("D", -1, False), ("RC", -1, True), ("RD", 1, True)])
def test_a_reversed_credit_is_a_debit_and_a_reversed_debit_a_credit(mark, sign, reversal):
    found = only_entry(mt940(line(mark)))
    assert (found.amount, found.reversal) == (sign * Decimal("10.00"), reversal)


def test_a_letter_behind_the_mark_is_the_third_of_the_currency():
    assert only_entry(mt940(line("DR"))).amount == Decimal("-10.00")
    assert only_entry(mt940(line("RCR"))).amount == Decimal("-10.00")
    assert codes(errors(mt940(line("DF")))) == ["currency-mixed"]


@pytest.mark.parametrize("mark, sign", [("EC", 1), ("ED", -1)])
def test_expected_entries_are_pending(mark, sign):
    found = only_entry(mt940(line(mark)))
    assert (found.amount, found.role) == (sign * Decimal("10.00"), words.PENDING)


@pytest.mark.parametrize(
    "value, entry, booked",
    [
        ("260102", "1231", datetime.date(2025, 12, 31)),
        ("251231", "0102", datetime.date(2026, 1, 2)),
        ("260102", "0102", datetime.date(2026, 1, 2)),
        ("240301", "0229", datetime.date(2024, 2, 29)),
        # a correction with the value of a year and more ago, booked within the statement
        ("241015", "1231", datetime.date(2025, 12, 31)),
        ("240615", "0102", datetime.date(2026, 1, 2)),
        ("240615", "0101", datetime.date(2026, 1, 1)),
    ],
)
def test_the_entry_date_gets_the_year_in_which_it_lies_nearest(value, entry, booked):
    assert only_entry(mt940(line(value=value, entry=entry))).booking_date == booked


def test_without_an_entry_date_there_is_only_the_value_date():
    found = only_entry(mt940(line(entry="")))
    assert found.booking_date is None
    assert found.date == found.value_date == datetime.date(2026, 1, 2)


@pytest.mark.parametrize("entry", ["0230", "1301", "0000"])
def test_a_day_that_no_year_has_is_told_with_its_line(entry):
    (found,) = errors(mt940(line(), line(entry=entry)))
    assert (found.code, found.line) == ("date-invalid", 6)


def test_a_day_without_its_year_is_named_as_such():
    (problem,) = errors(mt940(line(value="", entry="0102")))
    assert "has a day without its year" in problem.message


def test_a_day_of_interest_at_the_end_of_february_is_read_with_a_warning():
    content = read(mt940(line(value="260230", entry="0302")))
    assert content.entries[0].value_date == datetime.date(2026, 2, 28)
    assert codes(content.problems, "warning")[0] == "day-of-interest"


@pytest.mark.parametrize(
    "written, amount",
    [
        ("260102    D65,00N026X", "-65.00"),
        ("2601020102C500NTRFX", "500"),
        ("2601020102C000000000000000100,00S   X", "100"),
    ],
)
def test_what_can_only_mean_one_thing_is_read(written, amount):
    assert only_entry(mt940(":61:" + written)).amount == Decimal(amount)


def test_the_century_turns_at_eighty():
    assert only_entry(mt940(line(value="991231", entry=""))).value_date.year == 1999
    assert only_entry(mt940(line(value="791231", entry=""))).value_date.year == 2079


def test_a_statement_of_two_pages_is_joined():
    data = mt940(line(amount="4,00"), closing=":62M:C260102EUR104,00")
    data += mt940(line(amount="6,00"), number="7/2", opening=":60M:C260102EUR104,00")
    (found,) = read(data).statements
    assert len(found.pages) == 2 and found.whole
    assert balances.tie(found).agrees


def test_pages_that_count_from_nought_are_all_there():
    data = mt940(line(amount="4,00"), closing=":62M:C260102EUR104,00", number="7/0")
    data += mt940(line(amount="6,00"), number="7/1", opening=":60M:C260102EUR104,00")
    assert read(data).statements[0].whole


def test_a_middle_page_that_is_missing_is_told():
    data = mt940(line(amount="4,00"), closing=":62M:C260102EUR104,00")
    data += mt940(line(amount="6,00"), number="7/3", opening=":60M:C260102EUR104,00")
    content = read(data)
    assert codes(content.problems) == ["pages-missing"]


def test_a_statement_with_both_final_balances_is_whole_whatever_its_sequence_number():
    second = mt940(number="7/16", opening=":60F:C260102EUR110,00", closing=":62F:C260103EUR110,00")
    content = read(mt940(line(), number="7/15") + second)
    assert [one.whole for one in content.statements] == [True, True]
    assert not content.problems


def test_a_difference_is_reported():
    assert codes(read(mt940(line(amount="9,00"))).problems) == ["balance-differs"]


@pytest.mark.parametrize(
    "written, number, currency, bank",
    [
        (IBAN, IBAN, "EUR", None),
        ("NL91ABNA0417164300EUR", "NL91ABNA0417164300", "EUR", None),
        ("COBADEFF/" + IBAN, IBAN, "EUR", "COBADEFF"),
        ("37040044/532013000", "37040044/532013000", "EUR", "37040044"),
        ("123456", "123456", "EUR", None),
        ("1291.99.348EUR", "1291.99.348", "EUR", None),
        ("COBADEFF/150ABC/EUR", "COBADEFF/150ABC", "EUR", "COBADEFF"),
        ("1291.99.348USD", "1291.99.348USD", "EUR", None),
    ],
)
def test_the_account_is_read_as_banks_write_it(written, number, currency, bank):
    found = read(mt940(line(), account=written)).statements[0].account
    assert (found.number, found.currency, found.bank) == (number, currency, bank)


def test_a_german_bank_code_and_account_are_found_in_the_iban():
    assert is_same_account("37040044/532013000", IBAN)
    assert is_same_account("DE89 3704 0044 0532 0130 00", IBAN)
    assert not is_same_account("37040044/532013001", IBAN)
    assert not is_same_account("37040045/532013000", IBAN)
    assert not is_same_account("532013000", IBAN)


def test_the_german_form_of_the_purpose_is_taken_apart():
    found = only_entry(
        mt940(
            line("RC"),
            ":86:109?00RUECKLASTSCHRIFT?10931?20EREF+E2E-1?21MREF+M-77?22CRED+DE98ZZZ09999999999?23SVWZ+Beitrag 2026",
            "?24fuer Anna?30NWBKGB2L?31GB29NWBK60161331926819?32Anna Mus?33ter?34992",
        )
    )
    (detail,) = found.details
    assert found.information == "RUECKLASTSCHRIFT"
    assert found.code.proprietary == "NTRF+109"
    assert (detail.references.end_to_end_id, detail.references.mandate_id) == ("E2E-1", "M-77")
    assert detail.remittance == ("Beitrag 2026 fuer Anna",)
    assert (detail.creditor.name, detail.creditor.account) == ("Anna Muster", "GB29NWBK60161331926819")
    assert detail.creditor.bank == "NWBKGB2L"


def test_a_word_that_was_cut_at_the_full_width_is_joined():
    full = "SVWZ+Rechnung 4711 vom 1.Ja"
    assert len(full) == 27
    (detail,) = only_entry(mt940(line(), ":86:166?20%s?21nuar" % full)).details
    assert detail.remittance == ("Rechnung 4711 vom 1.Januar",)


def test_the_form_with_slashes_is_taken_apart():
    found = only_entry(
        mt940(line(), ":86:/EREF/E2E-9//CNTP/NL91ABNA0417164300/ABNANL2A/J. Jansen///REMI/USTD//Factuur 4711/")
    )
    (detail,) = found.details
    assert detail.references.end_to_end_id == "E2E-9"
    assert (detail.debtor.account, detail.debtor.bank) == ("NL91ABNA0417164300", "ABNANL2A")
    assert detail.debtor.name == "J. Jansen"
    assert detail.remittance == ("Factuur 4711",)


def test_a_name_follows_its_role_in_the_form_with_slashes():
    (detail,) = only_entry(
        mt940(line("D"), ":86:/PREF/P-1/BENM//NAME/A. Muster/REMI/Invoice 12/ISDT/2026-01-02")
    ).details
    assert detail.creditor.name == "A. Muster"
    assert detail.references.payment_information_id == "P-1"
    assert detail.remittance == ("Invoice 12",)


def test_a_free_purpose_keeps_its_lines():
    (detail,) = only_entry(mt940(line(), ":86:Invoice 4711", "Anna Muster")).details
    assert detail.remittance == ("Invoice 4711", "Anna Muster")


def test_what_follows_the_closing_balance_belongs_to_no_entry():
    data = mt940(line(), ":86:mine").replace(b"\r\n-", b"\r\n:86:of the statement\r\n-")
    content = read(data)
    assert content.entries[0].details[0].remittance == ("mine",)
    assert content.statements[0].pages[0].information == "of the statement"


def test_the_mark_of_an_old_end_of_file_is_no_text():
    (statement,) = read(mt940(line(), closing=CLOSING + "\r\n:86:info", end="-\x1a")).statements
    assert statement.pages[0].information == "info"


def test_the_references_of_both_sides_are_kept():
    found = only_entry(mt940(line(rest="NTRFOUR/REF//BANK-1"), "supplement"))
    assert (found.entry_reference, found.bank_reference) == ("OUR/REF", "BANK-1")
    assert found.information == "supplement"


def test_a_name_behind_the_places_of_the_reference_is_none_of_it():
    found = only_entry(mt940(line(rest="N060P000029225      KPN - MOBIEL")))
    assert (found.entry_reference, found.information) == ("P000029225", "KPN - MOBIEL")


def test_the_text_of_an_entry_is_kept():
    assert only_entry(mt940(line(), ":86:a", "b")).raw == line() + "\n:86:a\nb"


def test_blocks_and_headers_of_the_network_are_passed_over():
    blocks = b"{1:F01COBADEFFAXXX0000000000}{2:O9401200260102COBADEFFXXXX}{4:\r\n" + mt940(line(), end="-}")
    header = b"ABNANL2A\r\n940\r\nABNANL2A\r\n" + mt940(line())
    for data in (blocks, header, blocks + header):
        assert {one.amount for one in read(data).entries} == {Decimal("10.00")}


def test_an_interim_report_is_no_statement():
    data = (
        "{1:F01X}{2:I942COBADEFFXXXXN}{4:\n:20:R\n:25:%s\n:28C:1/1\n:34F:EUR0,\n:13D:2601021200+0100\n%s\n"
        ":90D:0EUR0,\n:90C:2EUR10,00\n-}" % (IBAN, line())
    ).encode()
    content = read(data)
    assert content.format == "MT942"
    assert content.entries[0].role == words.INTRADAY
    assert [one.message for one in content.problems] == ["The bank declares credits 2, the file holds 1."]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_letters_are_read_in_the_usual_encodings(encoding):
    data = mt940(line(), ":86:M\u00fcller").decode().encode(encoding)
    if encoding == "utf-16":
        with pytest.raises(Unreadable):
            read(data)
        return
    content = read(data)
    assert content.entries[0].details[0].remittance == ("M\u00fcller",)
    assert codes(content.problems) == ([] if encoding == "utf-8" else ["encoding-guessed"])


@pytest.mark.parametrize(
    "data, code, at",
    [
        (mt940(":61:26010D10,00NTRF"), "line-invalid", 5),
        (mt940(line(amount="10.00")), "line-invalid", 5),
        (mt940(line(), closing=":62F:C260102USD110,00"), "currency-mixed", 6),
        (mt940(line(), closing=":62F:X260102EUR110,00"), "balance-invalid", 6),
        (mt940(line(), account=""), "no-account", 2),
        (mt940(line(), number="A"), "number-invalid", 3),
        (mt940(line(), closing=""), "truncated", 5),
        (mt940(line(), opening=""), "no-opening", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_line(data, code, at):
    found = errors(data)[0]
    assert (found.code, found.line) == (code, at)


@given(st.integers(min_value=8, max_value=len(mt940(line())) - 14))
@settings(max_examples=150, deadline=None)
def test_a_statement_cut_before_its_closing_balance_is_never_read_as_whole(length):
    with pytest.raises(Unreadable):
        read(mt940(line())[:length])


@given(st.lists(st.tuples(st.sampled_from(list("CD")), st.integers(0, 10**9)), max_size=20))
@settings(deadline=None)
def test_what_is_written_is_what_is_summed(moves):
    lines = [line(mark, "%d,%02d" % divmod(cents, 100)) for mark, cents in moves]
    total = sum(cents if mark == "C" else -cents for mark, cents in moves)
    assert read(mt940(*lines)).statements[0].booked == Decimal(total).scaleb(-2)
