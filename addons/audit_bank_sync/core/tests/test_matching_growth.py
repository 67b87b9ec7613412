"""The work grows with lines and items together and not with their product, also where one key brings everything.

Work is counted in calls of functions, which does not depend on the machine.
"""

import sys

import pytest

from odoo.addons.audit_bank_sync.core.matching.engine import match
from odoo.addons.audit_bank_sync.core.matching.values import Partner, Settings

from .matching_common import MILLER, OURS, THEIRS, day, item, line
from .matching_generator import world

FEW, MANY = 150, 600
"""Sizes; with a product of both the work would grow by 16."""
NEAR = 5.5
"""Growth by four, with what sorting adds."""


def work(lines, items, partners, **given):
    """Match, and return how many functions were called for it."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        match(lines, items, partners, settings=Settings(automatic_at=0.85), **given)
    finally:
        sys.setprofile(None)
    return calls


ALIKE = {
    "partner": ({"counterparty_iban": THEIRS}, {}),
    "mandate": ({"mandate_id": "M", "sequence": "1"}, {"mandate_id": "M", "sequence": "1"}),
    "end_to_end": ({"end_to_end_id": "SALARY"}, {"end_to_end_id": "SALARY"}),
    "number": ({"text": "INV/2026/00123"}, {}),
    "reference": ({"references": ("RF18539007547034",)}, {"references": ("RF18539007547034",)}),
    "batch": ({"batch_reference": "B"}, {"batch_reference": "B"}),
    "amount": ({}, {"partner_id": None}),
    "name": ({"counterparty_name": "Müller Bau"}, {}),
    "text": ({"text": "INV 2026 00123 " * 5, "counterparty_iban": THEIRS}, {}),
}


@pytest.mark.parametrize("same_amount", [True, False], ids=["equal amounts", "different amounts"])
@pytest.mark.parametrize("alike", ALIKE)
def test_a_key_that_all_share_does_not_multiply_the_work(alike, same_amount):
    of_line, of_item = ALIKE[alike]

    def measured(size):
        amounts = [10000 if same_amount else 10000 + 37 * n for n in range(size)]
        lines = [line(amount, f"l{n}", booked_on=day(n % 90), **of_line) for n, amount in enumerate(amounts)]
        items = [item(amount, f"i{n}", due_on=day(n % 90), **of_item) for n, amount in enumerate(amounts)]
        return work(lines, items, (MILLER,))

    assert measured(MANY) / measured(FEW) < NEAR


def test_items_that_all_lack_the_same_fee_do_not_multiply_the_work():
    def measured(size):
        lines = [line(10000, f"l{n}", booked_on=day(n % 90), counterparty_iban=THEIRS) for n in range(size)]
        return work(lines, [item(10010, f"i{n}", due_on=day(n % 90)) for n in range(size)], (MILLER,))

    assert measured(MANY) / measured(FEW) < NEAR


def test_names_that_share_their_words_do_not_multiply_the_work():
    def measured(size):
        partners = [Partner(n, (f"Müller Bau Nord {n}",)) for n in range(size)]
        items = [item(10000 + n, f"i{n}", partner_id=n) for n in range(size)]
        lines = [line(10000 + n, f"l{n}", counterparty_name=f"Muller Bau Nrd {n}") for n in range(size)]
        return work(lines, items, partners)

    assert measured(MANY) / measured(FEW) < NEAR


def test_transfers_of_one_amount_do_not_multiply_the_work():
    def measured(size):
        sides = [(10000, OURS, "DE2"), (-10000, "DE2", OURS)]
        lines = [
            line(amount, f"l{n}{account}", account=account, counterparty_iban=other)
            for n in range(size)
            for amount, account, other in sides
        ]
        return work(lines, [], ())

    assert measured(MANY) / measured(FEW) < NEAR


def test_a_usual_company_grows_evenly():
    few, many = world(FEW, 71), world(MANY, 71)
    growth = work(many.lines, many.items, many.partners, own=many.own, rates=many.rates)
    growth /= work(few.lines, few.items, few.partners, own=few.own, rates=few.rates)
    assert growth < NEAR
