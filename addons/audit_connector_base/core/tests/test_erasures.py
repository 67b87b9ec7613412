import pytest

from odoo.addons.audit_connector_base.core import erasures
from odoo.addons.audit_connector_base.core.erasures import Approval, Told, approvals

ORIGIN = "example.com/odoo-audit/x"
ID = "0193577c-5c00-7000-8000-%012x"
LISTS = {ID % 50: [ID % 5, ID % 6, ID % 9], ID % 51: [ID % 20, ID % 25, ID % 30]}


def part(listed):
    ids = LISTS[listed]
    return {
        "log": ORIGIN, "first": ids[0], "last": ids[-1], "to_erase": len(ids), "sha256": erasures.digest(ids),
        "listed": listed,
    }  # fmt: skip


CONTENT = {
    "lines": [
        {"kind": "event", "about": "invoice", "before": "2026-01-01 00:00:00", "sha256": "ab"},
        {"kind": "log", "before": "2026-01-01 00:00:00", "logs": [part(ID % 50)]},
        {"kind": "log", "before": "2025-01-01 00:00:00", "logs": [part(ID % 51)]},
    ]
}


def told(kind, actor, content, number=1):
    return Told({"kind": kind, "actor": actor, "id": ID % number, "company": "1"}, content)


ASKED = told("retention.asked", "user/7", CONTENT)
CONFIRMED = told("identity.confirmed", "user/8", {"action": "erase"})
APPROVED = told("retention.approved", "user/8", CONTENT, 100)


def ids_of(share):
    return erasures.listed_ids(share, {"ids": LISTS[share.listed]})


def verdict(*entries):
    return approvals(entries)[ID % 100]


def test_two_people_of_whom_one_gives_the_password_approve():
    assert isinstance(verdict(ASKED, CONFIRMED, APPROVED), Approval)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([APPROVED], erasures.NOT_ASKED),
        ([ASKED, APPROVED], erasures.NOT_CONFIRMED),
        ([CONFIRMED, ASKED, APPROVED], erasures.NOT_CONFIRMED),
        ([told("retention.asked", "system/monitor", CONTENT), CONFIRMED, APPROVED], erasures.NOT_ASKED),
        ([told("retention.asked", "user/1", CONTENT), CONFIRMED, APPROVED], erasures.NOT_ASKED),
        ([told("retention.asked", "user/8", CONTENT), CONFIRMED, APPROVED], erasures.SAME_PERSON),
        ([ASKED, CONFIRMED, told("retention.approved", "user/9", CONTENT, 100)], erasures.NOT_CONFIRMED),
        ([ASKED, told("retention.counted", "user/7", {}), CONFIRMED, APPROVED], erasures.NOT_ASKED),
        ([ASKED, CONFIRMED, told("retention.cancelled", "user/7", {}), APPROVED], erasures.NOT_ASKED),
        ([ASKED._replace(content={"lines": []}), CONFIRMED, APPROVED], erasures.OTHER_CONTENTS),
        ([ASKED._replace(content=None), CONFIRMED, APPROVED], erasures.OTHER_CONTENTS),
        ([ASKED, CONFIRMED, APPROVED._replace(content=None)], erasures.OTHER_CONTENTS),
        (
            [ASKED, CONFIRMED, told("retention.approved", "user/8", CONTENT, 99), ASKED, CONFIRMED, APPROVED],
            erasures.AGAIN,
        ),
    ],
)
def test_what_is_no_approval_is_none_for_a_reason(entries, reason):
    assert verdict(*entries) == reason


def test_an_approval_that_was_none_does_not_stand_in_the_way_of_a_good_one():
    alone = told("retention.approved", "user/7", CONTENT, 99)
    assert isinstance(verdict(alone, ASKED, CONFIRMED, APPROVED), Approval)


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "log"},
        {"kind": "log", "before": "tomorrow", "logs": []},
        {"kind": "log", "before": "2026-01-01 00:00:00"},
        {**CONTENT["lines"][1], "logs": [{**part(ID % 50), "first": 1}]},
        {**CONTENT["lines"][1], "logs": [{**part(ID % 50), "to_erase": "3"}]},
        {**CONTENT["lines"][1], "logs": [{**part(ID % 50), "sha256": None}]},
        {**CONTENT["lines"][1], "logs": [{"log": ORIGIN, "first": "", "last": "z", "to_erase": 3}]},
        "log",
    ],
)
def test_what_does_not_say_what_may_go_lets_nothing_go(line):
    content = {"lines": [line]}
    said = [ASKED._replace(content=content), CONFIRMED, APPROVED._replace(content=content)]
    assert verdict(*said) == erasures.OTHER_CONTENTS


@pytest.mark.parametrize(
    ("number", "time", "company", "origin", "covered"),
    [
        (5, "2025-12-31T23:59:59.999999Z", "1", ORIGIN, True),
        (9, "2025-12-31T23:59:59.999999Z", "1", ORIGIN, True),
        (4, "2025-12-31T23:59:59.999999Z", "1", ORIGIN, False),
        (7, "2025-12-31T23:59:59.999999Z", "1", ORIGIN, False),
        (10, "2025-12-31T23:59:59.999999Z", "1", ORIGIN, False),
        (5, "2026-01-01T00:00:00.000000Z", "1", ORIGIN, False),
        (25, "2024-12-31T23:59:59.999999Z", "1", ORIGIN, True),
        (25, "2025-12-31T23:59:59.999999Z", "1", ORIGIN, False),
        (5, "2025-12-31T23:59:59.999999Z", "2", ORIGIN, False),
        (5, "2025-12-31T23:59:59.999999Z", "1", "example.com/odoo-audit/y", False),
    ],
)
def test_an_approval_covers_what_it_lists_from_before_its_day(number, time, company, origin, covered):
    approval = verdict(ASKED, CONFIRMED, APPROVED)
    assert approval.covers(origin, {"id": ID % number, "time": time, "company": company}, ids_of) is covered


@pytest.mark.parametrize(
    "content",
    [
        {"ids": [ID % 5, ID % 7, ID % 9]},
        {"ids": [ID % 5, ID % 6, ID % 7, ID % 9]},
        {"ids": [ID % 5, ID % 9]},
        {"ids": [ID % 6, ID % 5, ID % 9]},
        {"ids": [5, 6, 9]},
        {"ids": "".join(LISTS[ID % 50])},
        {},
        None,
    ],
)
def test_a_list_that_is_not_the_one_that_was_approved_lets_nothing_go(content):
    share = verdict(ASKED, CONFIRMED, APPROVED).shares[ORIGIN][0]
    assert erasures.listed_ids(share, content) == frozenset()
    assert erasures.listed_ids(share, {"ids": LISTS[share.listed]}) == frozenset(LISTS[share.listed])


def test_an_approval_has_a_digest_of_the_rows_of_each_line():
    assert verdict(ASKED, CONFIRMED, APPROVED).rows == {("event", "invoice"): "ab", ("log", ""): None}


def test_an_approval_says_how_many_contents_may_go():
    approval = verdict(ASKED, CONFIRMED, APPROVED)
    assert (approval.allowed(ORIGIN), approval.allowed("other")) == (6, 0)


def test_kinds_are_kept_by_their_first_word():
    assert erasures.is_never_erased("configuration.changed")
    assert erasures.is_never_erased("retention.approved")
    assert not erasures.is_never_erased("event.written")
