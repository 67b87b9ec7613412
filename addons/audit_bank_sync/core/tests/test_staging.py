import datetime
import json
from decimal import Decimal
from itertools import permutations

from odoo.addons.audit_bank_sync.core.bank_api.members import framing
from odoo.addons.audit_bank_sync.core.bank_files import identity
from odoo.addons.audit_bank_sync.core.bank_files.balances import tie
from odoo.addons.audit_bank_sync.core.bank_files.statement import BOOKED, Account, Balance, Page
from odoo.addons.audit_bank_sync.core.fetched import Fetched
from odoo.addons.audit_bank_sync.core.staging import pages, pairing
from odoo.addons.audit_bank_sync.core.staging.copying import as_copied
from odoo.addons.audit_bank_sync.core.staging.following import Frame, in_row
from odoo.addons.audit_bank_sync.core.staging.gaps import Gap, Known, gaps
from odoo.addons.audit_bank_sync.core.staging.rows import COLUMNS, bank_code, code_text, keys_of_row, row
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import entry, only_entry, statement


def day(number, month=3):
    return datetime.date(2026, month, number)


def keys(reference=None, text="", amount="10.00", occurrence=1):
    on, references = day(2), frozenset([reference] if reference else ())
    return identity.Keys(Decimal(amount), "", True, on, on, references, frozenset(), None, text, occurrence)


def as_row(found):
    values = dict(zip(COLUMNS, row(found, identity.keys(found)), strict=True))
    return {**values, "keys": json.loads(values["keys"]), "details": json.loads(values["details"])}


def test_a_row_says_what_an_entry_says_and_gives_its_keys_back():
    found = only_entry(statement(entry("12.50", way="DBIT", inside="<AcctSvcrRef>R-1</AcctSvcrRef>")))
    values = as_row(found)
    assert (values["state"], values["posting_state"], values["amount"]) == ("booked", "waiting", Decimal("-12.50"))
    assert values["bank_reference"] == "R-1"
    assert keys_of_row(values).bank_references == frozenset({"R-1"})
    assert keys_of_row(values).date == found.date


def test_what_the_database_does_not_take_is_replaced():
    fetched = Fetched("Test", Account("1", currency="EUR"))
    fetched.add(
        status=BOOKED, amount=Decimal(1), currency="EUR", booking_date=day(1), raw='{"name": "\\u0000"}',
        information="a\0b\ud800",
    )  # fmt: skip
    values = row(next(iter(fetched.finish())), keys())
    assert all("\0" not in value and value.encode() for value in values if isinstance(value, str))


def test_no_value_ends_its_field_its_row_or_the_data_when_rows_are_copied():
    copied = as_copied([(1, "a\tb\n\\.\r\n", None, ""), (2, "\\N", True, Decimal("1.50"))], (day(3),)).read()
    assert copied == "1\ta\\tb\\n\\\\.\\r\\n\t\\N\t\t2026-03-03\n2\t\\\\N\tTrue\t1.50\t2026-03-03\n"


def test_codes_are_written_and_read():
    for text in ("PMNT/RCDT/ESCT", "NTRF+166", "PMNT/ICDT"):
        assert code_text(bank_code(text)) == text
    assert bank_code("NTRF+166").proprietary == "NTRF+166"
    assert bank_code("PMNT/RCDT/ESCT").family == "RCDT"
    assert bank_code(None) is None


def test_of_two_equal_ones_each_is_the_same_as_one():
    known, fresh = [keys("A"), keys("B")], [keys("B"), keys("A"), keys("C")]
    found = {pair.fresh: pair.known for pair in pairing.pairs(known, fresh) if pair.same}
    assert found == {0: 1, 1: 0}


def test_a_bare_amount_is_known_again_only_where_the_bank_tells_twice():
    known, fresh = [keys()], [keys()]
    assert pairing.pairs(known, fresh) == []
    assert [pair.same for pair in pairing.pairs(known, fresh, {0})] == [True]
    assert pairing.pairs(known, [keys(occurrence=2)], {0}) == []


def test_equal_entries_of_statements_in_a_row_are_never_decided_to_be_one():
    known, fresh = [keys("A", "parking")], [keys("A", "parking")]
    assert [pair.same for pair in pairing.pairs(known, fresh)] == [True]
    (pair,) = pairing.pairs(known, fresh, elsewhere={0})
    assert (pair.same, pair.reasons[-1]) == (False, "but on the statement before or after")
    assert pairing.pairs([keys()], [keys()], elsewhere={0}) == []


def frames(**given):
    return {name: Frame(*(one and Decimal(one) for one in balances)) for name, balances in given.items()}


def test_statements_in_a_row_hand_their_balance_on():
    known = frames(first=("100", "95.00"), second=("95.0", "90"), third=("90", "70"), far=("300", "310"))
    assert in_row(Frame(Decimal(90), Decimal(80)), known) == {"first", "second"}
    assert in_row(Frame(Decimal(110), Decimal(100)), known) == {"first", "second", "third"}
    assert in_row(Frame(Decimal(95), None), known) == {"first"}, "its end is not read yet"
    assert in_row(Frame(None, None), known) == set()


def test_statements_that_tell_of_the_same_days_stand_in_no_row():
    known = frames(day=("100", "95"), next_day=("95", "100"), unknown=(None, "100"))
    assert in_row(Frame(Decimal(100), Decimal(95)), known) == {"next_day"}
    assert in_row(Frame(Decimal(100), Decimal(100)), known) == set(), "both days once more, or another day"


def kept_page(number, last, booked, **balances):
    told = [Balance(kind, Decimal(amount), "EUR", day(2)) for kind, amount in balances.items()]
    fingerprint = "%s %s" % (number, sorted(balances))
    page = Page("statement", "", 1, Account("1", "EUR"), number="7", page_number=number, last_page=last, balances=told)
    page.booked, page.complete, page.fingerprint = Decimal(booked), True, fingerprint
    return json.loads(json.dumps(pages.pages_as_plain([page])))


def test_pages_of_several_files_are_joined_when_the_last_one_comes():
    account = Account("1", "EUR")
    first, last = kept_page(1, False, "4", OPBD="100", ITBD="104"), kept_page(2, True, "6", ITBD="104", CLBD="110")
    for kept in ({"a": first, "b": last}, {"b": last, "a": first}):
        found, keys = pages.joined(kept, "b", account)
        assert (set(keys), tie(found).agrees, tie(found).booked) == ({"a", "b"}, True, Decimal(10))
    assert pages.joined({"b": last}, "b", account) is None
    assert pages.joined({"a": first, "b": last, "again": first}, "again", account) is None, "it only repeats one"
    third = kept_page(3, True, "0", CLBD="110")
    found, keys = pages.joined({"a": first, "c": third}, "c", account)
    assert (keys, found.missing, tie(found).agrees) == (["a", "c"], [2], None)


def test_what_may_be_known_takes_nothing_away_from_what_is():
    known = [keys("A", "invoice")]
    fresh = [keys(None, "invoice"), keys("A", "invoice")]
    assert [(pair.fresh, pair.same) for pair in pairing.pairs(known, fresh)] == [(1, True)]


def test_balances_decide_whether_something_is_missing():
    march = Known(day(1), day(6), Decimal(100), Decimal(110))
    later = Known(day(20), day(24), Decimal(110), Decimal(90))
    other = later._replace(opening=Decimal(130))
    assert gaps([march, later]) == []
    assert gaps([other, march]) == [Gap(day(7), day(19), Decimal(20))]


def test_without_balances_every_working_day_counts():
    assert gaps([Known(day(2), day(6)), Known(day(9), day(13))]) == []
    assert gaps([Known(day(2), day(5)), Known(day(9), day(13))]) == [Gap(day(6), day(8), None)]


def test_stretches_that_overlap_or_hold_each_other_leave_no_gap():
    stretches = [Known(day(2), day(20)), Known(day(4), day(6)), Known(day(18), day(24)), Known(day(25), day(27))]
    for order in permutations(stretches):
        assert gaps(order) == []


def closed_on(number, closing, *entries):
    """What was fetched up to day 9, with the bank's balances before day 1 and at the end of a day."""
    fetched = Fetched("Test", Account("1", currency="EUR"))
    fetched.page.from_date, fetched.page.to_date = day(1), day(9)
    for on, amount in entries:
        fetched.add(status=BOOKED, amount=Decimal(amount), currency="EUR", booking_date=day(on))
    told = [Balance("OPBD", Decimal(100), "EUR", day(1)), Balance("CLBD", Decimal(closing), "EUR", day(number))]
    for one in framing(told, day(1), day(9)):
        fetched.add_balance(one.kind, one.amount, one.currency, one.date)
    return fetched.finish()


def test_the_closing_balance_of_yesterday_ties_with_what_was_booked_up_to_it():
    fetched = closed_on(8, "95", (3, "-5"), (9, "-20"))
    (statement,) = fetched.statements
    assert (statement.closing.date, tie(statement).booked, tie(statement).agrees) == (day(8), Decimal(-5), True)
    assert not fetched.findings.list
    assert [one.code for one in closed_on(9, "95", (3, "-5"), (9, "-20")).findings.list] == ["balance-differs"]


def test_a_closing_balance_outside_of_what_was_fetched_closes_nothing():
    told = [Balance("CLBD", Decimal(1), "EUR", on) for on in (datetime.date(2026, 2, 27), day(10), None)]
    assert framing(told, day(1), day(9)) == []
    two = [Balance("CLBD", Decimal(number), "EUR", day(number)) for number in (4, 6)]
    assert framing(two, day(1), day(9)) == two[1:], "the last one"


def test_what_was_fetched_reads_like_a_file():
    fetched = Fetched("Test", Account("1", currency="EUR"))
    for _time in range(2):
        fetched.add(status=BOOKED, amount=Decimal("5.00"), currency="EUR", booking_date=day(1))
    fetched.add_balance("OPBD", Decimal(0), "EUR", day(1))
    fetched.add_balance("CLBD", Decimal(10), "EUR", day(1))
    fetched.note_answer(b"answer")
    fetched.finish()
    assert [one.occurrence for one in fetched] == [1, 2]
    assert fetched.statements[0].booked == 10
    assert not fetched.findings.list
    assert (fetched.size, len(fetched.sha256)) == (6, 64)
