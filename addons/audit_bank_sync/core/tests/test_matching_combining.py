"""One line for several items, and several lines for one."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.matching import reasons
from odoo.addons.audit_bank_sync.core.matching.combining import subsets
from odoo.addons.audit_bank_sync.core.matching.values import Detail, Discount, Kind, Level, Use

from .matching_common import DAY, THEIRS, codes, day, first, item, line, run


def invoices(*amounts):
    return [item(amount, f"i{n}", number=f"INV/2026/0010{n}") for n, amount in enumerate(amounts)]


def naming(items):
    return " ".join(one.number for one in items)


def test_a_line_pays_all_that_it_names():
    items = invoices(10000, 20000, 30000)
    proposal = first(line(60000, text=naming(items), counterparty_iban=THEIRS), items)
    assert proposal.kind is Kind.ONE_TO_MANY
    assert sorted(proposal.item_ids) == ["i0", "i1", "i2"]
    assert proposal.level is Level.AUTOMATIC


def test_a_credit_note_is_netted():
    items = invoices(50000, -8000)
    proposal = first(line(42000, text=naming(items), counterparty_iban=THEIRS), items)
    assert {part.item_id: part.settles for part in proposal.allocations} == {"i0": 50000, "i1": -8000}


def test_of_what_a_line_names_only_what_makes_its_amount_is_paid():
    items = invoices(10000, 20000, 45000)
    proposal = first(line(30000, text=naming(items), counterparty_iban=THEIRS), items)
    assert sorted(proposal.item_ids) == ["i0", "i1"]


def test_numbers_that_another_partner_uses_too_are_meant_of_the_one_who_pays():
    numbers = ("RE-40001", "RE-40002")
    theirs = [item(10000 * n, f"t{n}", partner_id="smith", number=numbers[n - 1]) for n in (1, 2)]
    mine = [item(10000 * n, f"m{n}", number=numbers[n - 1]) for n in (1, 2)]
    proposal = first(line(30000, text=" ".join(numbers), counterparty_iban=THEIRS), theirs + mine)
    assert sorted(proposal.item_ids) == ["m1", "m2"]


def test_discounts_of_several_items_are_parts_of_their_own():
    items = [one._replace(discounts=(Discount(one.amount // 50, DAY),)) for one in invoices(10000, 20000)]
    proposal = first(line(29400, text=naming(items), counterparty_iban=THEIRS), items)
    assert sorted(part.amount for part in proposal.allocations if part.use is Use.DISCOUNT) == [-400, -200]
    assert sum(part.amount for part in proposal.allocations) == 29400


def test_a_fee_on_several_items_keeps_to_the_limit_of_one_line():
    items = invoices(100000, 100000)
    named = {"text": naming(items), "counterparty_iban": THEIRS}
    proposal = first(line(199500, **named), items)
    assert [part.amount for part in proposal.allocations if part.use is Use.FEE] == [-500]
    tight = first(line(199499, **named), items)
    assert tight is None or tight.kind is not Kind.ONE_TO_MANY


def test_items_that_nobody_names_are_a_suggestion_at_most():
    items = invoices(10000, 20000, 30000, 77700)
    proposal = first(line(97700, counterparty_iban=THEIRS), items)
    assert sorted(proposal.item_ids) == ["i1", "i3"]
    assert sum(part.amount for part in proposal.allocations) == 97700
    assert proposal.level is Level.SUGGEST


def test_two_ways_to_make_an_amount_have_no_margin():
    items = invoices(10000, 20000, 12000, 18000)
    proposal = first(line(30000, counterparty_iban=THEIRS), items)
    assert proposal.margin < 0.05


def test_a_batch_is_found_by_its_reference_alone():
    items = [item(-1000 * n, f"i{n}", partner_id=f"p{n}", number="", batch_reference="PMT-1") for n in range(1, 30)]
    proposal = first(line(-435000, batch_reference="pmt-1"), items)
    assert len(proposal.item_ids) == 29
    assert reasons.BATCH in codes(proposal)
    assert proposal.level is Level.AUTOMATIC
    assert first(line(-435001, batch_reference="PMT-1"), items) is None


def test_the_details_of_a_batch_name_its_items():
    items = [item(-1000 * n, f"i{n}", partner_id=f"p{n}", number="", end_to_end_id=f"E-{n}") for n in range(1, 21)]
    details = tuple(Detail(one.amount, one.end_to_end_id) for one in items)
    proposal = first(line(-210000, details=details), items)
    assert len(proposal.item_ids) == 20
    assert proposal.level is Level.AUTOMATIC


def test_instalments_that_make_an_item_are_one_proposal():
    lines = [line(4000, "a", text="INV/2026/00123 1/2"), line(6000, "b", text="INV/2026/00123 2/2", booked_on=day(9))]
    lines = [one._replace(counterparty_iban=THEIRS) for one in lines]
    result = run(lines, item(10000))
    assert result["a"][0] == result["b"][0]
    proposal = result["a"][0]
    assert proposal.kind is Kind.MANY_TO_ONE
    assert {part.line_id: part.settles for part in proposal.allocations} == {"a": 4000, "b": 6000}


def test_instalments_that_do_not_make_the_item_are_parts_of_it():
    lines = [line(4000, "a", text="INV/2026/00123"), line(5000, "b", text="INV/2026/00123 ", booked_on=day(9))]
    result = run(lines, item(10000))
    assert [result[name][0].kind for name in "ab"] == [Kind.PARTIAL, Kind.PARTIAL]


def test_parts_never_pay_more_than_the_item():
    lines = [line(7000, name, text="INV/2026/00123", booked_on=day(20 * n)) for n, name in enumerate("ab")]
    result = run(lines, item(10000))
    assert result["a"][0].margin > 0
    assert reasons.CONTESTED in {barrier.code for barrier in result["b"][0].barriers}


def test_two_lines_that_nothing_explains_may_pay_an_item_together():
    lines = [line(amount, f"l{amount}", counterparty_iban=THEIRS, booked_on=day(amount % 7)) for amount in (3500, 6500)]
    result = run(lines, item(10000))
    assert result["l3500"][0].kind is Kind.MANY_TO_ONE
    assert result["l3500"][0].level is Level.SUGGEST


def test_two_lines_together_take_no_discount():
    lines = [line(amount, f"l{amount}", counterparty_iban=THEIRS) for amount in (3800, 6000)]
    result = run(lines, item(10000, discounts=(Discount(200, DAY),)))
    assert result == {"l3800": (), "l6000": ()}


@given(st.lists(st.integers(-1000, 1000).filter(bool), max_size=12), st.integers(-3000, 3000).filter(bool))
def test_what_is_found_adds_up_and_has_two_members(amounts, target):
    for found in subsets(amounts, target, 2000):
        assert len(found) >= 2
        assert len(set(found)) == len(found)
        assert sum(amounts[place] for place in found) == target


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8), st.data())
def test_a_sum_that_exists_is_found(amounts, data):
    chosen = data.draw(st.sets(st.integers(0, len(amounts) - 1), min_size=2))
    assert subsets(amounts, sum(amounts[place] for place in chosen), 10**5)


def test_a_search_without_end_is_cut_off():
    assert subsets([2] * 200, 301, 1000) == []
