"""What may differ between a line and an item: the line is always exact, the difference is always a part of its own."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.matching import reasons
from odoo.addons.audit_bank_sync.core.matching.amounts import fit, most_fee
from odoo.addons.audit_bank_sync.core.matching.currencies import Rates
from odoo.addons.audit_bank_sync.core.matching.values import Discount, Kind, Settings, Use

from .matching_common import DAY, day, item, line

RATES = Rates([("USD", "EUR", day(-100), "0.90")])


def fitting(bank_line, open_item, named=False, settings=None):
    return fit(bank_line, open_item, settings or Settings(), RATES, named)


def parts(fit_found):
    return {part.use: part.amount for part in fit_found.allocations}


@pytest.mark.parametrize(
    "amount, currency, most",
    [
        (10000, "EUR", 50),
        (100000, "EUR", 500),
        (5000000, "EUR", 500),
        (99, "EUR", 0),
        (5800, "EUR", 29),
        (9000, "JPY", 5),
    ],
)
def test_a_fee_is_at_most_five_and_at_most_half_a_percent(amount, currency, most):
    assert most_fee(amount, currency, Settings()) == most
    assert most_fee(-amount, currency, Settings()) == most


@pytest.mark.parametrize("expected", [100000, -100000])
def test_a_fee_makes_a_receipt_smaller_and_a_payment_larger(expected):
    found = fitting(line(expected - 500), item(expected))
    assert parts(found) == {Use.ITEM: expected, Use.FEE: -500}
    assert found.reason.code == reasons.AMOUNT_FEE
    assert found.reason.value("most") == 500
    assert fitting(line(expected - 501), item(expected)) is None
    assert fitting(line(expected + 1), item(expected)) is None


def test_charges_that_the_bank_states_may_be_higher_but_must_be_exact():
    assert parts(fitting(line(98500, charges=1500), item(100000))) == {Use.ITEM: 100000, Use.FEE: -1500}
    assert fitting(line(98501, charges=1500), item(100000)) is None


@pytest.mark.parametrize("late, allowed", [(-5, True), (0, True), (3, True), (4, False)])
def test_a_discount_may_be_taken_until_three_days_after_its_term(late, allowed):
    discounted = item(10000, discounts=(Discount(200, DAY),))
    found = fitting(line(9800, booked_on=day(late)), discounted)
    assert (found is not None) is allowed
    if allowed:
        assert parts(found) == {Use.ITEM: 10000, Use.DISCOUNT: -200}
        assert found.reason.value("latest") == day(3)


def test_the_day_of_payment_counts_for_a_discount_and_not_that_of_booking():
    discounted = item(10000, discounts=(Discount(200, DAY),))
    assert fitting(line(9800, booked_on=day(6), paid_on=day(3)), discounted) is not None


@pytest.mark.parametrize("amount", [9799, 9801])
def test_a_discount_is_exact(amount):
    found = fitting(line(amount), item(10000, discounts=(Discount(200, DAY),)))
    assert found is None or found.reason.code != reasons.AMOUNT_DISCOUNT


@pytest.mark.parametrize("paid, fits", [(9000, True), (9090, True), (8910, True), (9091, False), (8909, False)])
def test_the_bank_may_exchange_one_percent_off_the_rate_of_the_day(paid, fits):
    found = fitting(line(paid), item(10000, currency="USD"))
    assert (found is not None) is fits
    if fits:
        assert found.allocations[0].settles == 10000
        assert parts(found).get(Use.EXCHANGE, 0) == paid - 9000


def test_without_a_rate_only_what_was_instructed_can_be_compared():
    assert fitting(line(9000), item(10000, currency="CHF")) is None
    known = line(9000, original_amount=10000, original_currency="CHF")
    found = fitting(known, item(10000, currency="CHF"))
    assert found.reason.code == reasons.AMOUNT_ORIGINAL
    assert parts(found) == {Use.ITEM: 9000}


def test_what_was_instructed_in_another_amount_is_not_stretched_by_the_rate():
    known = line(9000, original_amount=9950, original_currency="USD")
    assert fitting(known, item(10000, currency="USD")) is None


def test_a_part_is_paid_only_of_an_item_that_is_named():
    assert fitting(line(4000), item(10000)) is None
    found = fitting(line(4000), item(10000), named=True)
    assert found.kind is Kind.PARTIAL
    assert found.allocations[0].settles == 4000


def test_what_is_paid_too_much_stays_unallocated():
    found = fitting(line(10700), item(10000), named=True)
    assert found.kind is Kind.OVERPAID
    assert parts(found) == {Use.ITEM: 10000, Use.UNALLOCATED: 700}
    assert fitting(line(20001), item(10000), named=True) is None


@pytest.mark.parametrize("received", [4000, 10000, 10700])
def test_money_that_came_in_pays_no_bill(received):
    assert fitting(line(received), item(-10000), named=True) is None


amounts = st.integers(-(10**9), 10**9).filter(bool)


@given(
    amounts, st.integers(-2000, 2000), st.integers(0, 2000), st.booleans(), st.sampled_from(["EUR", "USD"]),
    st.one_of(st.none(), amounts),
)  # fmt: skip
def test_the_parts_of_a_line_always_add_up_to_it(expected, difference, discount, named, currency, original):
    paid = line(
        expected + difference, charges=abs(difference), original_amount=original,
        original_currency="USD" if original else "",
    )  # fmt: skip
    discounts = (Discount(discount if expected > 0 else -discount, DAY),)
    found = fitting(paid, item(expected, currency=currency, discounts=discounts), named)
    if found:
        assert sum(part.amount for part in found.allocations) == paid.amount
        settled = sum(part.settles for part in found.allocations)
        assert abs(settled) <= abs(expected)
        assert all(part.item_id is None for part in found.allocations if part.use is not Use.ITEM)
        assert settled == expected or found.kind is Kind.PARTIAL


@given(st.integers(1, 10**9), st.integers(1, 10**7))
def test_no_fee_is_ever_above_either_limit(expected, fee):
    found = fitting(line(expected - fee), item(expected)) if expected > fee else None
    if found:
        assert fee <= 500
        assert fee <= expected * Decimal("0.005")
