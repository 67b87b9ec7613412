import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.matching import words


def found(number, text):
    whole, bare = words.number_forms(number)
    forms = {form for form, _start, _end in words.numbers_within(words.runs(text))}
    return "whole" if forms & set(whole) else "bare" if forms & set(bare) else None


@pytest.mark.parametrize(
    "text, how",
    [
        ("INV/2026/00123", "whole"),
        ("Rg. inv-2026-00123 danke", "whole"),
        ("INV 2026 123", "whole"),
        ("INV202600123", "whole"),
        ("INV/2026/00 123", "whole"),
        ("Rechnung 2026/00123", "bare"),
        ("2026 123", "bare"),
        ("00123", None),
        ("INV/2026/00124", None),
    ],
)
def test_a_number_is_found_as_payers_write_it(text, how):
    assert found("INV/2026/00123", text) == how


@pytest.mark.parametrize("number", ["123", "A7", "", "Invoice", "26/1"])
def test_what_stands_in_a_text_by_chance_is_no_number(number):
    assert words.number_forms(number) == ((), ())


@pytest.mark.parametrize(
    "name, other",
    [
        ("Müller Bau GmbH", "MUELLER BAU"),
        ("Bau Müller", "Müller Bau GmbH"),
        ("Lefèvre & Dubois SARL", "LEFEVRE DUBOIS"),
    ],
)
def test_the_spelling_of_a_name_does_not_matter(name, other):
    assert words.name_key(name) == words.name_key(other)


def test_a_name_of_nothing_but_legal_forms_keeps_its_words():
    assert words.name_key("The Company") == "COMPANY THE"


def test_a_name_that_was_cut_is_like_the_whole_one_and_a_shared_trade_is_not():
    whole, cut = words.name_key("Brunner Elektro Graz"), words.name_key("BRUNNER ELEKTRO GR")
    assert words.similarity(whole, cut) > 0.8
    assert words.similarity(words.name_key("Brunner Elektro"), words.name_key("Janssens Elektro")) < 0.7


@pytest.mark.parametrize(
    "value, other, apart",
    [
        ("12345", "12355", True),
        ("12345", "1245", True),
        ("12345", "112345", True),
        ("12345", "12435", True),
        ("12345", "12345", False),
        ("12345", "12534", False),
        ("12345", "1254", False),
        ("12345", "123", False),
    ],
)
def test_one_slip_of_a_typist_is_told_from_two(value, other, apart):
    assert words.one_sign_apart(value, other) is apart
    assert words.one_sign_apart(other, value) is apart


@pytest.mark.parametrize("value", ["NOTPROVIDED", "notprovided", " ", "NONREF"])
def test_words_for_no_reference_are_no_reference(value):
    assert words.identifier(value) == ""


@given(st.text())
def test_any_text_can_be_read(text):
    parts = words.runs(text)
    assert all(part.isascii() for part in parts)
    list(words.numbers_within(parts))
    words.name_key(text)
    words.number_forms(text)
