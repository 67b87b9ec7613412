"""Own transfers, sweeps and repeated lines are recognised before any partner."""

import pytest

from odoo.addons.audit_bank_sync.core.matching import reasons
from odoo.addons.audit_bank_sync.core.matching.internal import Own
from odoo.addons.audit_bank_sync.core.matching.values import Kind, Level, Use

from .matching_common import DAY, OTHER_OF_OURS, OURS, THEIRS, barriers, codes, day, first, item, line, run

OWN = Own((OURS, OTHER_OF_OURS), ("Nordlicht Handels GmbH",))


def both_sides(amount=10000, days=1, **given):
    out = line(-amount, "out", counterparty_iban=OTHER_OF_OURS, **given)
    back = line(amount, "in", account=OTHER_OF_OURS, counterparty_iban=OURS, booked_on=day(days), **given)
    return [out, back]


def test_both_sides_of_a_transfer_are_one_proposal():
    result = run(both_sides(), [], own=OWN)
    assert result["out"] == result["in"]
    proposal = result["out"][0]
    assert proposal.kind is Kind.OWN_TRANSFER
    assert {part.line_id: part.amount for part in proposal.allocations} == {"out": -10000, "in": 10000}
    assert {part.use for part in proposal.allocations} == {Use.TRANSFER}
    assert proposal.level is Level.AUTOMATIC


def test_a_transfer_is_no_payment_even_if_an_invoice_fits_and_is_named():
    result = run([one._replace(text="INV/2026/00123") for one in both_sides()], item(10000), own=OWN)
    assert [proposal.kind for proposal in result["in"]] == [Kind.OWN_TRANSFER]


def test_a_transfer_takes_no_item_from_the_line_that_pays_it():
    paid = line(name="paid", text="INV/2026/00123", counterparty_iban=THEIRS, booked_on=day(20))
    result = run([*(one._replace(text="INV/2026/00123") for one in both_sides()), paid], item(10000), own=OWN)
    assert result["paid"][0].item_ids == ("item",)
    assert result["paid"][0].level is Level.AUTOMATIC


def registered(amount, account, name, **given):
    return item(amount, name, partner_id=None, own_account=account, dated_on=DAY, number="PTRA/%s" % name, **given)


def test_each_side_of_a_transfer_that_was_registered_closes_its_own_item():
    waiting = [registered(-10000, OURS, "leaves"), registered(10000, OTHER_OF_OURS, "comes")]
    result = run(both_sides(), waiting, own=OWN)
    for name, taken in (("out", "leaves"), ("in", "comes")):
        (proposal,) = result[name]
        assert (proposal.kind, proposal.line_ids, proposal.item_ids) == (Kind.ONE_TO_ONE, (name,), (taken,))
        assert (proposal.level, reasons.REGISTERED in codes(proposal)) == (Level.AUTOMATIC, True)


def test_a_registered_transfer_of_another_account_or_amount_is_not_closed():
    waiting = [registered(-10000, OTHER_OF_OURS, "other account"), registered(-9999, OURS, "other amount")]
    assert first(both_sides()[0], waiting, own=OWN).allocations[0].use is Use.TRANSFER


def test_of_two_registered_transfers_that_fit_a_person_decides():
    out, _back = both_sides()
    waiting = [registered(-10000, OURS, "one"), registered(-10000, OURS, "two")]
    result = run([out, out._replace(id="again", bank_reference="2")], waiting, own=OWN)
    assert {result[name][0].item_ids[0] for name in ("out", "again")} == {"one", "two"}
    assert result["out"][0].level is Level.SUGGEST
    assert reasons.OTHER_SIDE_AMBIGUOUS in barriers(result["out"][0])


@pytest.mark.parametrize("days, found", [(5, True), (6, False)])
def test_the_other_side_comes_within_five_days(days, found):
    proposal = run(both_sides(days=days), [], own=OWN)["out"][0]
    assert (len(proposal.line_ids) == 2) is found
    assert (reasons.OTHER_SIDE_MISSING in barriers(proposal)) is not found


def test_one_side_alone_is_left_to_a_person():
    proposal = first(both_sides()[0], [], own=OWN)
    assert proposal.allocations[0].account == OTHER_OF_OURS
    assert proposal.level is Level.SUGGEST


def test_the_same_side_is_used_once():
    out, back = both_sides()
    result = run([out, out._replace(id="again", bank_reference="2"), back], [], own=OWN)
    assert sorted(len(result[name][0].line_ids) for name in ("out", "again")) == [1, 2]


def test_two_equal_other_sides_are_left_to_a_person():
    out, back = both_sides()
    result = run([out, back, back._replace(id="in2", bank_reference="2")], [], own=OWN)
    assert reasons.OTHER_SIDE_AMBIGUOUS in barriers(result["out"][0])


def test_a_customer_who_pays_the_same_amount_is_not_the_other_side():
    out, back = both_sides()
    paid = back._replace(counterparty_iban="", counterparty_name="Müller Bau", text="INV/2026/00123")
    result = run([out, paid], item(10000), own=OWN)
    assert result["out"][0].line_ids == ("out",)
    assert result["in"][0].item_ids == ("item",)


def test_another_side_that_says_nothing_is_found_but_left_to_a_person():
    out, back = both_sides()
    proposal = run([out, back._replace(counterparty_iban="")], [], own=OWN)["out"][0]
    assert proposal.line_ids == ("out", "in")
    assert proposal.level is Level.SUGGEST


def test_a_sweep_is_known_by_the_code_of_the_bank():
    lines = [one._replace(counterparty_iban="", bank_code="CAMT/ACCB/ZABA") for one in both_sides()]
    result = run(lines, item(10000), own=OWN)
    assert result["in"][0].kind is Kind.SWEEP
    assert result["in"][0].line_ids == result["out"][0].line_ids
    assert reasons.BANK_CODE in codes(result["in"][0])


def test_the_own_name_suggests_a_transfer_where_no_account_is_given():
    proposal = first(line(-10000, counterparty_name="NORDLICHT HANDELS GMBH"), item(-10000), own=OWN)
    assert proposal.kind is Kind.OWN_TRANSFER
    assert proposal.level is Level.SUGGEST


def test_the_own_name_with_the_account_of_somebody_else_is_no_transfer():
    paid = line(10000, counterparty_name="Nordlicht Handels GmbH", counterparty_iban=THEIRS)
    assert first(paid, item(), own=OWN).kind is Kind.ONE_TO_ONE


def test_the_second_payment_of_an_invoice_is_a_repetition_and_the_first_one_counts():
    given = {"text": "INV/2026/00123", "counterparty_iban": THEIRS}
    second = line(name="second", bank_reference="B2", booked_on=day(2), **given)
    result = run([second, line(name="first", bank_reference="B1", **given)], item())
    assert result["first"][0].item_ids == ("item",)
    assert result["first"][0].level is Level.AUTOMATIC
    repeated = result["second"][0]
    assert repeated.kind is Kind.DUPLICATE
    assert repeated.other_line_id == "first"
    assert repeated.level is Level.SUGGEST
    assert [part.use for part in repeated.allocations] == [Use.UNALLOCATED]


def test_the_earlier_payment_counts_also_when_the_later_one_is_nearer_to_the_day_due():
    given = {"text": "INV/2026/00123", "counterparty_iban": THEIRS}
    lines = [line(name="late", booked_on=day(8), bank_reference="B2", **given), line(name="early", **given)]
    result = run(lines, item(due_on=day(8)))
    assert result["early"][0].item_ids == ("item",)
    assert result["late"][0].kind is Kind.DUPLICATE


def test_an_invoice_paid_again_long_after_is_a_repetition_by_its_number():
    given = {"text": "INV/2026/00123", "counterparty_iban": THEIRS}
    again = line(name="again", booked_on=day(60), **{**given, "text": "2. INV/2026/00123"})
    result = run([line(name="first", **given), again], item())
    assert result["again"][0].kind is Kind.DUPLICATE


def test_two_equal_lines_with_an_item_each_are_both_real_but_left_to_a_person():
    given = {"text": "Miete", "counterparty_iban": THEIRS}
    lines = [line(name="a", bank_reference="B1", **given), line(name="b", bank_reference="B2", **given)]
    result = run(lines, [item(name="i1", number="INV/2026/00001"), item(name="i2", number="INV/2026/00002")])
    assert {result[name][0].kind for name in "ab"} == {Kind.ONE_TO_ONE}
    assert result["a"][0].item_ids != result["b"][0].item_ids
    assert reasons.DUPLICATE_SUSPECTED in barriers(result["b"][0])


@pytest.mark.parametrize("days, suspected", [(10, True), (11, False)])
def test_the_same_payment_a_while_later_is_no_repetition(days, suspected):
    given = {"text": "Miete", "counterparty_iban": THEIRS}
    lines = [line(name="a", **given), line(name="b", booked_on=day(days), **given)]
    result = run(lines, [item(name="i1", number="INV/2026/00001"), item(name="i2", number="INV/2026/00002")])
    assert (reasons.DUPLICATE_SUSPECTED in barriers(result["b"][0])) is suspected


def test_the_same_bank_reference_on_the_same_day_makes_a_repetition_more_certain():
    given = {"text": "Zahlung", "counterparty_iban": THEIRS}
    same = [line(name=name, bank_reference="B1", **given) for name in "ab"]
    different = [line(name=name, bank_reference=name, **given) for name in "ab"]
    certain, unsure = run(same, item())["b"][0], run(different, item())["b"][0]
    assert certain.kind is unsure.kind is Kind.DUPLICATE
    assert certain.score > unsure.score
    assert reasons.SAME_BANK_REFERENCE in codes(certain)
