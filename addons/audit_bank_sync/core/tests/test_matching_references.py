import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.matching.references import Structured, found_in, is_ogm, is_qrr, is_rf, recognised

# ISO 11649 and Swiss Payment Standards print these as their examples; the third is from the Belgian banks' federation.
RF = "RF18539007547034"
QRR = "210000000003139471430009017"
OGM = "010806817183"


@pytest.mark.parametrize(
    "written, scheme, value",
    [
        ("RF18 5390 0754 7034", "rf", RF),
        ("rf18539007547034", "rf", RF),
        ("21 00000 00003 13947 14300 09017", "qrr", QRR),
        ("+++010/8068/17183+++", "ogm", OGM),
        ("***010/8068/17183***", "ogm", OGM),
        ("010806817183", "ogm", OGM),
    ],
)
def test_a_structured_reference_has_one_spelling(written, scheme, value):
    assert recognised(written) == Structured(scheme, value)


def test_leading_zeros_that_a_bank_dropped_are_put_back():
    full = "000000000003139471430009017"
    checked = next(full[:-1] + str(digit) for digit in range(10) if is_qrr(full[:-1] + str(digit)))
    assert recognised(checked.lstrip("0")) is None  # too short to be told from any other number
    longer = "0000100000031394714300090"
    checked = next(
        longer.zfill(26)[-26:] + str(digit) for digit in range(10) if is_qrr(longer.zfill(26)[-26:] + str(digit))
    )
    assert recognised(checked.lstrip("0")) == Structured("qrr", checked)


@given(st.sampled_from([RF, QRR, OGM]), st.data())
def test_one_wrong_digit_is_always_noticed(reference, data):
    place = data.draw(st.integers(2 if reference.startswith("RF") else 0, len(reference) - 1))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != reference[place]]))
    assert recognised(reference[:place] + digit + reference[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "RF", "RF18", "RF00 0000", "0" * 27, "0" * 12, "٠١٠٨٠٦٨١٧١٨٣", "INV/2026/00123"])
def test_what_only_looks_like_a_reference_is_none(text):
    assert recognised(text) is None


def test_the_remainder_zero_of_the_belgian_check_is_written_as_97():
    assert is_ogm("000000009797")
    assert not is_ogm("000000009700")


def test_letters_count_in_a_creditor_reference():
    body = "INV2026A"
    rest = int("".join(str(int(sign, 36)) for sign in body + "RF00")) % 97
    assert is_rf(f"RF{98 - rest:02d}{body}")
    assert not is_rf(f"RF{98 - rest:02d}{body[:-1]}B")


def test_references_are_found_between_other_words():
    text = f"Ihre Rechnung RF18 5390 0754 7034 vom 3.4., QR {QRR} und +++010/8068/17183+++ danke"
    assert found_in(text) == [Structured("rf", RF), Structured("qrr", QRR), Structured("ogm", OGM)]


def test_a_reference_ends_where_its_check_says_whatever_number_follows():
    assert Structured("rf", RF) in found_in("RF18 5390 0754 7034 2026")


def test_a_text_of_nothing_but_beginnings_takes_no_time():
    assert found_in("RF18 " * 20000) == []
