"""The calls that an account has left, and how they are spent."""

import datetime

import pytest

from odoo.addons.audit_bank_sync.core.bank_api.budget import Budget, read_rate

BERLIN = datetime.timezone(datetime.timedelta(hours=1))


def at(hour, minute=0, day=20):
    return datetime.datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


def spent(times, limit=4, state=None, now=None):
    budget = Budget(limit, state)
    for _number in range(times):
        budget.note("transactions", now or at(8), {})
    return budget


def test_four_calls_a_day_and_the_next_one_at_midnight():
    budget = spent(3)
    assert (budget.left("transactions", at(9)), budget.next_at("transactions", at(9))) == (1, at(9))
    budget = spent(4)
    assert (budget.left("transactions", at(9)), budget.next_at("transactions", at(9))) == (0, at(0, day=21))
    assert budget.left("transactions", at(0, 1, day=21)) == 4


def test_each_resource_has_its_own():
    assert spent(4).left("balances", at(9)) == 4


def test_a_call_with_the_owner_at_the_screen_does_not_count():
    budget = Budget()
    budget.note("transactions", at(9), {"x-ratelimit-remaining": "0"}, attended=True)
    assert budget.left("transactions", at(9)) == 4


def test_the_state_is_kept_as_json_and_taken_up_again():
    assert Budget(4, spent(3).state).left("transactions", at(9)) == 1


def test_headers_that_leave_less_are_believed_until_they_end():
    budget = Budget()
    budget.note("transactions", at(9), {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "7200"})
    assert budget.left("transactions", at(10)) == 1
    assert budget.left("transactions", at(11, 1)) == 3


def test_headers_that_leave_more_do_not_lift_the_limit():
    budget = spent(3)
    budget.note("transactions", at(9), {"x-ratelimit-remaining": "96", "x-ratelimit-reset": "50000"})
    assert budget.left("transactions", at(10)) == 0


def test_a_limit_against_floods_is_no_budget_of_the_day():
    budget = Budget()
    budget.note("transactions", at(9), {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"})
    assert budget.left("transactions", at(9)) == 3


def test_what_the_bank_refused_is_not_asked_again_before_it_says():
    budget = Budget()
    budget.refused("transactions", at(9), 3600)
    assert (budget.left("transactions", at(9, 30)), budget.next_at("transactions", at(9, 30))) == (0, at(10))
    budget.refused("transactions", at(11))
    assert budget.next_at("transactions", at(12)) == at(0, day=21)


def test_calls_are_spent_evenly_over_the_hours_in_which_banks_book():
    assert Budget(4).slots(at(9)) == [at(6), at(11), at(16), at(21)]
    assert Budget(1).slots(at(9)) == [at(6)]


def test_a_fetch_is_due_once_for_each_hour_of_the_plan():
    budget = Budget()
    assert not budget.is_due("transactions", at(5, 59))
    assert budget.is_due("transactions", at(6, 1))
    assert not budget.is_due("transactions", at(8), last=at(6, 1))
    assert budget.is_due("transactions", at(11, 5), last=at(6, 1))
    assert not spent(4).is_due("transactions", at(21, 1), last=at(16))


def test_a_repetition_never_takes_a_call_that_the_rest_of_the_day_needs():
    assert not spent(1, now=at(6)).may_repeat("transactions", at(7))
    assert spent(2, now=at(6)).may_repeat("transactions", at(21, 30))
    assert not spent(4, now=at(6)).may_repeat("transactions", at(21, 30))


@pytest.mark.parametrize(
    ("headers", "remaining", "seconds"),
    [
        ({"x-ratelimit-remaining": "2", "x-ratelimit-limit": "4", "x-ratelimit-reset": "600"}, 2, 600),
        ({"aspsp-ratelimit-remaining": "3"}, 3, None),
        ({"x-rate-limit-remaining": "3"}, 3, None),
        ({"http_x_ratelimit_remaining": "99", "http_x_ratelimit_account_success_remaining": "1"}, 1, None),
        ({"http_x_ratelimit_account_success_remaining": "1", "http_x_ratelimit_remaining": "99"}, 1, None),
        ({"ratelimit": '"day";r=2;t=900'}, 2, 900),
        ({"ratelimit-remaining": "5", "ratelimit-reset": "%d" % (at(9).timestamp() + 90)}, 5, 90),
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
