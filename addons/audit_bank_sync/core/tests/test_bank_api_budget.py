"""The calls that an account has left, and how they are spent."""

import datetime

import pytest

from odoo.addons.audit_bank_sync.core.bank_api.budget import Budget, read_rate

BERLIN = datetime.timezone(datetime.timedelta(hours=1))


def at(hour, minute=0, day=20):
    return datetime.datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


def test_four_calls_a_day_and_the_next_one_at_midnight():
    assert (Budget(used=3).left(at(9)), Budget(used=3).next_at(at(9))) == (1, at(9))
    assert (Budget(used=4).left(at(9)), Budget(used=4).next_at(at(9))) == (0, at(0, day=21))
    assert Budget(used=9).left(at(9)) == 0


def test_a_bank_that_leaves_less_is_believed_until_its_word_ends():
    budget = Budget(used=1, told=1, until=at(11))
    assert (budget.left(at(10)), budget.left(at(11))) == (1, 3)


def test_a_bank_that_leaves_more_does_not_lift_the_limit():
    assert Budget(used=4, told=96, until=at(23)).left(at(10)) == 0


def test_what_the_bank_refused_is_not_asked_again_before_it_says():
    budget = Budget(used=1, told=0, until=at(10))
    assert (budget.left(at(9, 30)), budget.next_at(at(9, 30)), budget.left(at(10))) == (0, at(10), 3)


def test_calls_are_spent_evenly_over_the_hours_in_which_banks_book():
    assert Budget(4).slots(at(9)) == [at(6), at(11), at(16), at(21)]
    assert Budget(1).slots(at(9)) == [at(6)]


def test_a_fetch_is_due_once_for_each_hour_of_the_plan():
    assert not Budget().is_due(at(5, 59))
    assert Budget().is_due(at(6, 1))
    assert not Budget(used=1).is_due(at(8), last=at(6, 1))
    assert Budget(used=1).is_due(at(11, 5), last=at(6, 1))
    assert not Budget(used=4).is_due(at(21, 1), last=at(16))


@pytest.mark.parametrize(
    ("headers", "remaining", "seconds"),
    [
        ({"x-ratelimit-remaining": "2", "x-ratelimit-limit": "4", "x-ratelimit-reset": "600"}, 2, 600),
        ({"aspsp-ratelimit-remaining": "3"}, 3, None),
        ({"x-rate-limit-remaining": "3"}, 3, None),
        ({"http_x_ratelimit_remaining": "99", "http_x_ratelimit_account_success_remaining": "1"}, 1, None),
        ({"http_x_ratelimit_account_success_remaining": "1", "http_x_ratelimit_remaining": "99"}, 1, None),
        ({"ratelimit": '"day";r=2;t=900'}, 2, 900),
        ({"ratelimit-remaining": "5", "ratelimit-reset": "%d" % (at(9).timestamp() + 900)}, 5, 900),
    ],
)
def test_the_headers_of_banks_and_aggregators_are_read(headers, remaining, seconds):
    rate = read_rate(headers, at(9))
    assert rate.remaining == remaining
    assert rate.reset == (at(9) + datetime.timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize(
    "headers", [{}, {"x-ratelimit-remaining": "many"}, {"x-ratelimit-limit": "4"}, {"ratelimit": "x"}]
)
def test_headers_that_say_nothing_say_nothing(headers):
    assert read_rate(headers, at(9)) is None


def test_a_limit_against_floods_is_no_budget_of_the_day():
    assert read_rate({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, at(9)) is None
