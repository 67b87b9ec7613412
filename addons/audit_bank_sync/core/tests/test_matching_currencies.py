from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.matching.currencies import InexactAmount, Rates, from_minor, to_minor


@pytest.mark.parametrize(
    "amount, currency, minor",
    [("12.34", "EUR", 1234), ("-0.01", "CHF", -1), ("1200", "JPY", 1200), ("1.234", "KWD", 1234), ("1.20", "EUR", 120)],
)
def test_amounts_count_the_smallest_unit_of_their_currency(amount, currency, minor):
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize("amount, currency", [("0.001", "EUR"), ("0.5", "JPY"), ("NaN", "EUR"), ("Infinity", "EUR")])
def test_nothing_is_rounded_at_the_border(amount, currency):
    with pytest.raises(InexactAmount):
        to_minor(Decimal(amount), currency)


def test_a_float_is_refused():
    with pytest.raises(TypeError, match="float"):
        to_minor(0.1, "EUR")


@given(st.integers(-(10**30), 10**30), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_the_border_is_crossed_without_loss(minor, currency):
    assert to_minor(from_minor(minor, currency), currency) == minor


def test_the_rate_is_the_last_one_up_to_the_day_and_works_both_ways():
    rates = Rates([("USD", "EUR", date(2026, 5, 1), "0.92"), ("USD", "EUR", date(2026, 5, 8), "0.90")])
    assert rates.convert(10000, "USD", "EUR", date(2026, 5, 7)) == 9200
    assert rates.convert(10000, "USD", "EUR", date(2026, 5, 8)) == 9000
    assert rates.convert(9000, "EUR", "USD", date(2026, 6, 1)) == 10000
    assert rates.convert(10000, "USD", "EUR", date(2026, 4, 30)) is None
    assert rates.convert(10000, "USD", "CHF", date(2026, 5, 8)) is None


def test_currencies_without_decimals_are_converted_to_their_own_unit():
    rates = Rates([("EUR", "JPY", date(2026, 5, 1), "160")])
    assert rates.convert(100, "EUR", "JPY", date(2026, 5, 1)) == 160


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        Rates([("USD", "EUR", date(2026, 5, 1), "0")])
