"""Precision and recall over generated lines whose truth is known, and what holds for any result."""

from collections import Counter

import pytest

from odoo.addons.audit_bank_sync.core.matching.engine import automatic, match
from odoo.addons.audit_bank_sync.core.matching.values import Kind, Level, Settings, Use

from .matching_generator import WEIGHTS, as_odoo_keeps, world
from .matching_truth import measured

SETTINGS = Settings(automatic_at=0.85)
SEEDS = (9101, 9102, 9103)


@pytest.fixture(scope="module", params=SEEDS)
def made(request):
    generated = world(800, request.param)
    return generated, run(generated)


def run(generated, settings=SETTINGS):
    return match(
        generated.lines,
        generated.items,
        generated.partners,
        settings=settings,
        own=generated.own,
        rates=generated.rates,
    )


def test_what_is_automatic_is_right_and_most_is_found(made):
    generated, result = made
    found = measured(result, generated.labels)
    assert found.precision >= 0.99
    assert found.recall >= 0.90
    # A matching that never acts would have no errors either.
    assert found.automatic >= 0.6 * found.matchable


def test_with_the_keys_that_odoo_keeps_what_is_automatic_is_right_and_most_is_found(made):
    generated, _result = made
    found = measured(run(generated._replace(items=as_odoo_keeps(generated.items))), generated.labels)
    assert found.precision >= 0.99
    assert found.recall >= 0.90
    assert found.automatic >= 0.5 * found.matchable


def test_the_parts_of_every_line_add_up_to_it(made):
    generated, result = made
    amounts = {line.id: line.amount for line in generated.lines}
    for proposals in result.values():
        for proposal in proposals:
            parts = Counter()
            for part in proposal.allocations:
                parts[part.line_id] += part.amount
            assert dict(parts) == {line_id: amounts[line_id] for line_id in proposal.line_ids}


def test_what_is_meant_for_all_lines_never_settles_an_item_twice(made):
    generated, result = made
    left = {item.id: item.amount for item in generated.items}
    meant = {}
    for line_id, proposals in result.items():
        contested = proposals and proposals[0].margin == 0.0 and "contested" in {b.code for b in proposals[0].barriers}
        if proposals and not contested:
            meant[proposals[0].line_ids] = proposals[0]
        assert all(line_id in proposal.line_ids for proposal in proposals)
    for proposal in meant.values():
        for part in proposal.allocations:
            if part.item_id is not None:
                left[part.item_id] -= part.settles
    for item in generated.items:
        assert 0 <= left[item.id] * (1 if item.amount > 0 else -1) <= abs(item.amount)


def test_what_is_automatic_has_no_barrier_and_leaves_no_rest(made):
    for proposal in automatic(made[1]):
        assert not proposal.barriers
        assert proposal.score >= SETTINGS.automatic_at
        assert proposal.margin >= SETTINGS.margin or proposal.kind in (Kind.OWN_TRANSFER, Kind.SWEEP)
        assert {part.use for part in proposal.allocations} <= {Use.ITEM, Use.DISCOUNT, Use.TRANSFER}


def test_nothing_is_automatic_by_default(made):
    generated, _result = made
    for proposals in run(generated, Settings()).values():
        assert all(proposal.level is Level.SUGGEST for proposal in proposals)


def test_the_truth_does_not_show_in_what_is_given():
    generated = world(800, 9201)
    places = {item.id: place for place, item in enumerate(generated.items)}
    pairs = [
        (place, line.id, label.settled[0][0])
        for place, line in enumerate(generated.lines)
        for label in [generated.labels[line.id]]
        if label.settled
    ]
    # Neither the order of the lists nor the ids follow each other.
    assert abs(correlation([(place, places[item_id]) for place, _line_id, item_id in pairs])) < 0.15
    assert abs(correlation([(line_id, item_id) for _place, line_id, item_id in pairs])) < 0.15


def test_every_case_is_generated_and_a_seed_gives_the_same_world():
    generated = world(3000, 9301)
    cases = {label.case for label in generated.labels.values()}
    assert cases == {maker.__name__ for maker in WEIGHTS} | {"repeated"}
    again = world(3000, 9301)
    assert (generated.lines, generated.items, generated.labels) == (again.lines, again.items, again.labels)


def test_the_measure_notices_what_is_wrong():
    generated = world(300, 9401)
    nothing = {line.id: () for line in generated.lines}
    assert measured(nothing, generated.labels).recall == 0
    result = run(generated)
    shifted = dict(zip(result, [*list(result.values())[1:], next(iter(result.values()))]))
    found = measured(shifted, generated.labels)
    assert found.precision < 0.05
    assert found.recall < 0.05


def correlation(pairs):
    count = len(pairs)
    first, second = sum(x for x, _y in pairs) / count, sum(y for _x, y in pairs) / count
    spread = sum((x - first) ** 2 for x, _y in pairs) * sum((y - second) ** 2 for _x, y in pairs)
    return sum((x - first) * (y - second) for x, y in pairs) / spread**0.5
