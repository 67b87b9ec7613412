import time

import pytest

from odoo.addons.audit_connector_base.core.patterns import compile_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "^(a*)*$",
        "^(a|ab)*$",
        "^(ab|ab)*$",
        "^(-(ab|ab))*$",
        "^(-[a-z]*[a-z]*)*$",
        "^(-(a?b)?)*$",
        "^(a|a?)+$",
        "^([a-z]+){2,}$",
        "^([a-z]+){0,16}$",
        "^((ab?)+c?)*$",
        r"^(\w+\s?)*$",
        "^(.*,)*$",
        "^(-?[a-z-]+)*$",
        "^(-[a-z-]+)*$",
        "^([a-z]+-)*$",
        "^(x+?)+$",
        "(?=(a+)+$)a",
        r"^(a)\1$",
    ],
)
def test_a_pattern_that_may_backtrack_for_ever_is_refused(pattern):
    with pytest.raises(ValueError, match="may take for ever"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern, text",
    [
        ("^[A-Z]{3}$", "EUR"),
        (r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?$", "-12.50"),
        (r"^[a-z]+(\.[a-z]+)*$", "invoice.posted.now"),
        ("^(-[a-z]+)*$", "-a-bc"),
        ("^(?:-[^-]+)*$", "-a-bc"),
        ("^(ab)*$", "abab"),
        ("^(a|b)*$", "abba"),
        ("^.*x.*$", "axb"),
        ("^[$]$", "$"),
        (r"^\$$", "$"),
    ],
)
def test_an_ordinary_pattern_passes(pattern, text):
    assert compile_pattern(pattern).search(text)


def test_the_end_is_the_end_and_not_before_a_line_feed():
    assert not compile_pattern("^[0-9]+$").search("12\n")


def test_digits_are_ascii():
    assert not compile_pattern(r"^\d$").search("\u0663")


@pytest.mark.parametrize(
    "pattern",
    [
        "^a*a*a*$",
        "a*a*$",
        r"^[a-z]*x[a-z]*y[a-z]*$",
        r"^\w*.*[a-z]*$",
        "^" + "a?" * 30 + "$",
        "^" + "(a|ab)" * 30 + "$",
        "^" + "a{0,40}" * 6 + "$",
        "^[^a]*[\u00e4-\u00ff]*[^b]*$",
    ],
)
def test_variable_parts_in_a_row_that_take_the_same_text_are_refused(pattern):
    with pytest.raises(ValueError, match="several variable parts"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern, text",
    [
        ("^[a-z]*-[0-9]*-[a-z]*[0-9]*$", "ab-12-cd34"),
        ("^[^@ ]{1,64}@[^@ ]{1,189}$", "a@example.com"),
        ("^" + "[0-9]{1,3}" + r"\.[0-9]{1,3}" * 3 + "$", "192.0.2.1"),
    ],
)
def test_variable_parts_that_cannot_take_from_one_another_pass(pattern, text):
    assert compile_pattern(pattern).search(text)


def test_a_pattern_longer_than_anybody_reads_is_refused():
    with pytest.raises(ValueError, match="longer than 1000 characters"):
        compile_pattern("a" * 1001)


def test_the_worst_text_of_a_permitted_pattern_ends_in_seconds():
    pattern = compile_pattern("^[a-z]*x[a-z]*$")
    start = time.perf_counter()
    assert not pattern.search("x" * 9_999 + "!")
    assert time.perf_counter() - start < 10


def test_every_permitted_repetition_is_fast_on_the_worst_text():
    pattern = compile_pattern(r"^[a-z]+(\.[a-z]+)*$")
    start = time.perf_counter()
    assert not pattern.search("a" * 5000 + ".a" * 2000 + "!")
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("pattern", ["(", "[a", r"\p{L}", "a{2,1}"])
def test_a_pattern_that_python_cannot_read_is_refused(pattern):
    with pytest.raises(ValueError, match="cannot be read"):
        compile_pattern(pattern)
