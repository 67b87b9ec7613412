"""By which keys a line finds its item, the strong ones before the amount."""

import pytest

from odoo.addons.audit_bank_sync.core.matching import reasons
from odoo.addons.audit_bank_sync.core.matching.values import Detail, Kind, Level, Partner

from .matching_common import MILLER, THEIRS, barriers, codes, day, first, item, line, run

RF = "RF18539007547034"
QRR = "210000000003139471430009017"


@pytest.mark.parametrize(
    "of_line, of_item, code",
    [
        ({"end_to_end_id": "E2E-77"}, {"end_to_end_id": "e2e-77"}, reasons.END_TO_END),
        ({"references": (RF,)}, {"references": ("RF18 5390 0754 7034",)}, reasons.STRUCTURED),
        ({"text": "Rg RF18 5390 0754 7034 danke"}, {"references": (RF,)}, reasons.STRUCTURED),
        ({"text": QRR}, {"references": ("21 00000 00003 13947 14300 09017",)}, reasons.STRUCTURED),
        ({"text": "+++010/8068/17183+++"}, {"references": ("010806817183",)}, reasons.STRUCTURED),
        ({"mandate_id": "M-1", "sequence": "3"}, {"mandate_id": "M-1", "sequence": "3"}, reasons.MANDATE),
        ({"text": "Rechnung INV 2026 123"}, {}, reasons.NUMBER),
        ({"text": "our order 4711-2026"}, {"references": ("4711-2026",)}, reasons.NUMBER),
        ({"end_to_end_id": "INV/2026/00123"}, {}, reasons.NUMBER),
        ({"references": ("INV/2026/00123",)}, {}, reasons.NUMBER),
        ({"details": (Detail(10000, text="INV/2026/00123"),)}, {}, reasons.NUMBER),
        ({"details": (Detail(10000, end_to_end_id="E2E-77"),)}, {"end_to_end_id": "E2E-77"}, reasons.END_TO_END),
        ({"text": "2026/00123"}, {}, reasons.NUMBER_BARE),
        ({"mandate_id": "M-1"}, {"mandate_id": "M-1", "sequence": "3"}, reasons.MANDATE_ONLY),
    ],
)
def test_a_line_finds_its_item_by_each_key(of_line, of_item, code):
    other = item(10000, "other", number="INV/2026/00999", partner_id="somebody")
    proposal = first(line(**of_line), [other, item(**of_item)])
    assert proposal.item_ids == ("item",)
    assert code in codes(proposal)


def test_the_number_of_the_collection_tells_the_items_of_a_mandate_apart():
    items = [item(name=str(n), mandate_id="M-1", sequence=str(n), number="") for n in range(1, 5)]
    proposal = first(line(mandate_id="M-1", sequence="3"), items)
    assert proposal.item_ids == ("3",)
    assert proposal.level is Level.AUTOMATIC


def test_an_account_leads_to_its_partner_and_the_amount_to_the_item():
    items = [item(9000, "less"), item(10000, "right"), item(11000, "more")]
    proposal = first(line(counterparty_iban="AT61 1904 3002 3457 3201"), items)
    assert proposal.item_ids == ("right",)
    assert reasons.PARTNER_IBAN in codes(proposal)
    assert proposal.level is Level.SUGGEST


def test_an_account_that_several_share_counts_less_for_each():
    shared = [MILLER, Partner("smith", ("Smith",), (THEIRS,))]
    alone, together = (
        first(line(counterparty_iban=THEIRS), item()),
        first(line(counterparty_iban=THEIRS), item(), shared),
    )
    assert together.score < alone.score


@pytest.mark.parametrize("name", ["Müller Bau", "MUELLER BAU GMBH", "Bau Mueller", "MULLER BAU GMB"])
def test_a_name_leads_to_its_partner_however_it_is_written(name):
    proposal = first(line(counterparty_name=name), item())
    assert proposal.item_ids == ("item",)
    assert reasons.PARTNER_NAME in codes(proposal)


def test_a_name_of_words_that_many_share_is_found_by_two_of_them():
    others = [Partner(f"{n}{m}", (f"{word} {n}x",)) for n in range(60) for m, word in enumerate(("Müller", "Bauwerk"))]
    wanted = [Partner("miller", ("Müller Bauwerk",)), *others]
    # Only for a partner that is found by its name, not by the amount, the last digits are looked up.
    proposal = first(line(text="123", counterparty_name="Mueller Bauwerke"), item(), wanted)
    assert codes(proposal) >= {reasons.PARTNER_NAME, reasons.NUMBER_TAIL}


def test_a_partner_that_a_person_has_set_is_certain():
    proposal = first(line(partner_id="miller", counterparty_name="Somebody else"), item())
    assert reasons.PARTNER_SET in codes(proposal)


def test_the_right_number_from_the_account_of_somebody_else_is_left_to_a_person():
    others = [MILLER, Partner("smith", ("Smith",), ("DE00999",))]
    proposal = first(line(text="INV/2026/00123", counterparty_iban="DE00999"), item(), others)
    assert proposal.item_ids == ("item",)
    assert reasons.PARTNER_DIFFERS in codes(proposal)
    assert proposal.level is Level.SUGGEST


def test_a_slip_in_the_number_still_tells_equal_amounts_apart():
    items = [item(name=name, number=f"INV/2026/{name}") for name in ("00123", "00456", "00789")]
    proposal = first(line(counterparty_iban=THEIRS, text="INV/2026/00465"), items)
    assert proposal.item_ids == ("00456",)
    assert reasons.NUMBER_SIMILAR in codes(proposal)


@pytest.mark.parametrize(
    "of_line, code",
    [
        ({"references": (RF,)}, reasons.REFERENCE_UNKNOWN),
        ({"text": "INV/2026/88888"}, reasons.NUMBER_UNKNOWN),
    ],
)
def test_a_reference_that_no_open_item_has_speaks_against_what_only_fits_by_amount(of_line, code):
    plain, named = run([line()], item(partner_id=None)), None
    assert plain["line"] == ()
    with_name = first(line(counterparty_iban=THEIRS), item())
    named = first(line(counterparty_iban=THEIRS, **of_line), item())
    assert named is None or named.score < with_name.score
    assert named is None or code in codes(named)


def test_twelve_digits_in_a_text_do_not_make_an_unknown_reference():
    proposal = first(line(counterparty_iban=THEIRS, text="Vertrag 010806817183"), item())
    assert reasons.REFERENCE_UNKNOWN not in codes(proposal)


def test_a_number_within_a_longer_one_is_not_meant():
    items = [item(name="long", number="INV/2026/00123"), item(name="short", number="2026/00123", partner_id="other")]
    result = run(line(text="INV/2026/00123"), items)
    assert [proposal.item_ids for proposal in result["line"]] == [("long",)]


def test_a_number_that_two_partners_use_goes_to_the_one_who_pays():
    items = [item(name="theirs", partner_id="smith", number="RE-4711"), item(name="mine", number="RE-4711")]
    proposal = first(line(text="RE-4711", counterparty_iban=THEIRS), items, [MILLER, Partner("smith", ("Smith",))])
    assert proposal.item_ids == ("mine",)


def test_what_came_back_is_found_only_by_its_own_keys_and_never_carried_out_alone():
    back = line(-10000, is_return=True, counterparty_iban=THEIRS, text="INV/2026/00123")
    assert first(back, item(-10000)) is None
    found = first(back._replace(end_to_end_id="E2E-77"), item(-10000, end_to_end_id="E2E-77"))
    assert found.item_ids == ("item",)
    assert reasons.RETURNED in barriers(found)


def test_a_payment_long_before_the_invoice_counts_less():
    late, early = line(text="INV/2026/00123"), line(text="INV/2026/00123", booked_on=day(-50))
    assert reasons.BEFORE_INVOICE in codes(first(early, item()))
    assert first(early, item()).score < first(late, item()).score


def test_an_item_in_another_currency_counts_less_than_one_in_the_same():
    given = {"text": "INV/2026/00123", "original_amount": 11000, "original_currency": "USD"}
    converted = first(line(**given), item(11000, currency="USD"))
    assert converted.kind is Kind.ONE_TO_ONE
    assert reasons.CURRENCY_SAME not in codes(converted)
    assert converted.score < first(line(text="INV/2026/00123"), item()).score
