"""What may happen without a person, and who gets an item that several lines could pay."""

import pytest

from odoo.addons.audit_bank_sync.core.matching import reasons
from odoo.addons.audit_bank_sync.core.matching.engine import DoubleId, automatic
from odoo.addons.audit_bank_sync.core.matching.values import Discount, Kind, Level, Settings, Use

from .matching_common import AUTOMATIC, DAY, THEIRS, barriers, day, first, item, line, run

CLEAR = {"text": "INV/2026/00123", "counterparty_iban": THEIRS}


def test_nothing_is_automatic_until_it_is_switched_on():
    proposal = first(line(**CLEAR), item(), settings=Settings())
    assert proposal.level is Level.SUGGEST
    assert barriers(proposal) == {reasons.AUTOMATIC_OFF}


def test_a_clear_match_is_automatic_above_the_threshold_only():
    proposal = first(line(**CLEAR), item())
    assert proposal.level is Level.AUTOMATIC
    assert proposal.barriers == ()
    below = first(line(**CLEAR), item(), settings=Settings(automatic_at=proposal.score + 0.001))
    assert barriers(below) == {reasons.BELOW_THRESHOLD}
    assert first(line(**CLEAR), item(), settings=Settings(automatic_at=proposal.score)).level is Level.AUTOMATIC


def test_what_scores_too_low_is_not_shown():
    proposal = first(line(counterparty_iban=THEIRS), item())
    assert first(line(counterparty_iban=THEIRS), item(), settings=Settings(suggest_at=proposal.score)) is not None
    assert first(line(counterparty_iban=THEIRS), item(), settings=Settings(suggest_at=proposal.score + 0.001)) is None


def test_the_amount_alone_suggests_nothing():
    assert first(line(), item()) is None


@pytest.mark.parametrize("known", [{"counterparty_iban": THEIRS}, {"partner_id": "miller"}])
def test_the_amount_and_the_partner_are_never_enough(known):
    proposal = first(line(**known), item(), settings=Settings(automatic_at=0.1))
    assert barriers(proposal) == {reasons.AMOUNT_ALONE}


def test_a_second_best_that_is_near_leaves_it_to_a_person():
    items = [item(name="a", end_to_end_id="E-1"), item(name="b", end_to_end_id="E-1")]
    proposal = first(line(end_to_end_id="E-1"), items)
    assert proposal.margin < 0.15
    assert reasons.MARGIN_SMALL in barriers(proposal)
    none = Settings(automatic_at=0.8, margin=0.0)
    assert first(line(end_to_end_id="E-1"), items, settings=none).level is Level.AUTOMATIC


def test_the_margin_counts_what_is_too_weak_to_be_shown():
    items = [item(name="a", number="INV/2026/00001"), item(name="b", number="INV/2026/00002", due_on=day(-170))]
    settings = Settings(suggest_at=0.48)
    result = run(line(counterparty_iban=THEIRS), items, settings=settings)
    assert len(result["line"]) == 1
    assert result["line"][0].margin < 0.15


def test_an_item_that_another_line_claims_as_well_is_left_to_a_person():
    lines = [line(name="a", **CLEAR), line(name="b", booked_on=day(40), **CLEAR)]
    result = run(lines, item())
    assert barriers(result["a"][0]) == {reasons.CONTESTED}
    assert result["b"][0].kind is Kind.DUPLICATE


def test_an_item_goes_to_the_line_that_names_it():
    items = [item(name="named"), item(name="other", number="INV/2026/00999")]
    lines = [line(name="unnamed", counterparty_iban=THEIRS), line(name="naming", **CLEAR)]
    result = run(lines, items)
    assert result["naming"][0].item_ids == ("named",)
    assert result["unnamed"][0].item_ids == ("other",)


def test_a_fee_is_left_to_a_person_unless_that_is_switched_off():
    fee = line(9960, **CLEAR)
    settings = Settings(automatic_at=0.8)
    assert barriers(first(fee, item(), settings=settings)) == {reasons.DIFFERENCE}
    allowed = settings._replace(automatic_differences=frozenset({Use.FEE}))
    assert first(fee, item(), settings=allowed).level is Level.AUTOMATIC


def test_a_discount_in_time_may_be_automatic_and_can_be_forbidden():
    discounted = item(discounts=(Discount(200, DAY),))
    assert first(line(9800, **CLEAR), discounted).level is Level.AUTOMATIC
    forbidden = AUTOMATIC._replace(automatic_differences=frozenset())
    assert barriers(first(line(9800, **CLEAR), discounted, settings=forbidden)) == {reasons.DIFFERENCE}


@pytest.mark.parametrize("amount", [4000, 10900])
def test_what_leaves_a_rest_is_left_to_a_person(amount):
    proposal = first(line(amount, **CLEAR), item(), settings=Settings(automatic_at=0.1))
    assert barriers(proposal) == {reasons.NOT_WHOLE}


def test_a_sum_of_which_one_item_is_not_named_is_left_to_a_person():
    items = [item(name="a"), item(7700, "b", number="INV/2026/00999")]
    proposal = first(line(17700, **CLEAR), items, settings=Settings(automatic_at=0.1))
    assert proposal.kind is Kind.ONE_TO_MANY
    assert reasons.AMOUNT_ALONE in barriers(proposal)


def test_what_is_automatic_is_listed_once_for_all_of_its_lines():
    lines = [line(4000, "a", **CLEAR), line(6000, "b", booked_on=day(1), **CLEAR)]
    found = automatic(run(lines, item()))
    assert [proposal.line_ids for proposal in found] == [("a", "b")]


def test_every_reason_has_its_points_and_they_make_the_score():
    proposal = first(line(**CLEAR), item())
    assert proposal.score == pytest.approx(sum(reason.points for reason in proposal.reasons), abs=0.001)
    exact = next(reason for reason in proposal.reasons if reason.code == reasons.AMOUNT_EXACT)
    assert (exact.value("amount"), exact.value("currency")) == (10000, "EUR")


@pytest.mark.parametrize("lines, items", [([line(), line()], []), ([], [item(), item()])])
def test_an_id_stands_for_one_line_or_item(lines, items):
    with pytest.raises(DoubleId):
        run(lines, items)


def test_a_line_without_an_amount_and_one_without_a_match_have_no_proposals():
    assert run([line(0, "zero", **CLEAR), line(1, "one")], item()) == {"zero": (), "one": ()}


def test_progress_is_told_and_ends_with_all_lines():
    seen = []
    run([line(name=str(n)) for n in range(3)], item(), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
