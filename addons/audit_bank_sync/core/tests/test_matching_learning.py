"""What confirmed matches teach, and that it can be taken back."""

from collections import Counter

from odoo.addons.audit_bank_sync.core.matching import reasons
from odoo.addons.audit_bank_sync.core.matching.learning import Learned, Lesson, lessons
from odoo.addons.audit_bank_sync.core.matching.values import Level

from .matching_common import codes, first, item, line

STRANGER = {"counterparty_name": "Zentrale Zahlstelle West", "counterparty_iban": "NL00X1"}


def taught(*confirmed):
    counts = Counter()
    for bank_line, items in confirmed:
        counts.update(lessons(bank_line, items))
    return Learned(counts.items())


def test_a_confirmed_match_teaches_the_name_and_the_account():
    assert first(line(**STRANGER), item()) is None
    learned = taught((line(**STRANGER), [item()]))
    by_account = first(line(counterparty_iban="NL00X1"), item(), learned=learned)
    by_name = first(line(counterparty_name="zahlstelle zentrale west"), item(), learned=learned)
    assert by_account.item_ids == by_name.item_ids == ("item",)
    assert reasons.PARTNER_ALIAS in codes(by_account) & codes(by_name)


def test_experience_weighs_more_the_more_often_it_was_confirmed_and_never_as_much_as_a_record():
    once, often = ([(line(**STRANGER), [item()])] * times for times in (1, 10))
    weak = first(line(**STRANGER), item(), learned=taught(*once))
    strong = first(line(**STRANGER), item(), learned=taught(*often))
    recorded = first(line(partner_id="miller"), item())
    assert weak.score < strong.score < recorded.score


def test_a_name_that_was_confirmed_for_two_partners_counts_less_for_each():
    confirmed = (line(**STRANGER), [item()])
    other = (line(**STRANGER), [item(partner_id="smith")])
    sure, torn = taught(confirmed, confirmed), taught(confirmed, confirmed, other, other)
    assert first(line(**STRANGER), item(), learned=torn).score < first(line(**STRANGER), item(), learned=sure).score


def test_a_partner_is_learned_to_write_our_number_behind_a_word():
    written = line(partner_id="miller", text="Zahlung ZR 00123")
    learned = taught(*[(written, [item()])] * 8)
    next_one = item(number="INV/2026/00456")
    other = item(name="other", number="INV/2026/00789")
    proposal = first(line(partner_id="miller", text="Zahlung ZR 456"), [next_one, other], learned=learned)
    assert proposal.item_ids == ("item",)
    assert reasons.PATTERN in codes(proposal)
    assert proposal.level is Level.AUTOMATIC
    untaught = first(line(partner_id="miller", text="Zahlung ZR 456"), [next_one, other])
    assert untaught.level is Level.SUGGEST


def test_the_word_of_one_partner_says_nothing_about_another():
    learned = taught(*[(line(text="ZR 00123"), [item(partner_id="smith")])] * 8)
    proposal = first(line(partner_id="miller", text="ZR 123"), item(), learned=learned)
    assert reasons.PATTERN not in codes(proposal)


def test_undoing_a_match_takes_its_lessons_back():
    counts = Counter(lessons(line(**STRANGER), [item()]))
    counts.subtract(lessons(line(**STRANGER), [item()]))
    assert first(line(**STRANGER), item(), learned=Learned(counts.items())) is None


def test_nothing_is_learned_from_what_says_nothing():
    assert lessons(line(**STRANGER), [item(), item(name="b", partner_id="smith")]) == ()
    assert lessons(line(**STRANGER), [item(partner_id=None)]) == ()
    assert lessons(line(), [item()]) == ()


def test_a_lesson_is_told_once_and_in_one_spelling():
    bank_line = line(counterparty_name="Müller GmbH", counterparty_iban="nl00 x1", text="RE 00123 RE 00123")
    assert lessons(bank_line, [item(), item()]) == (
        Lesson("name", "MUELLER", "miller"), Lesson("iban", "NL00X1", "miller"), Lesson("word", "RE", "miller"),
    )  # fmt: skip
