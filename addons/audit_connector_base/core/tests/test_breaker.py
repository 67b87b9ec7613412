import json

from ..breaker import BUCKET, LEAST, PAUSE, STREAK, WINDOW, is_open, permission, record


def test_a_new_breaker_lets_everything_through():
    assert permission(None, 1000)[0] == ("all", None)
    assert not is_open(None)


def test_failures_in_a_row_open_it():
    state = record(None, 1000, [True] * 90)
    state = record(state, 1001, [False] * (STREAK - 1))
    assert not is_open(state)
    assert is_open(record(state, 1002, [False]))


def test_a_success_in_between_begins_the_row_anew():
    state = record(None, 1000, [True] * 90)
    for moment in range(6):
        state = record(state, 1001 + moment, [False] * (STREAK - 1) + [True])
    assert not is_open(state)


def test_a_share_of_failures_opens_it_once_there_are_enough():
    assert not is_open(record(None, 1000, [False, False, False, True, False, False, False, True, False]))
    assert is_open(record(None, 1000, [False, False, False, True, False, False, False, True, False, False]))
    assert not is_open(record(None, 1000, [False, False, True] * 10))


def test_the_end_of_a_bad_time_does_not_open_it():
    state = record(None, 1000, [False] * (LEAST - 1))
    assert not is_open(record(state, 1001, [True]))


def test_what_is_long_past_does_not_count():
    state = record(None, 1000, [False] * (LEAST - 2) + [True])
    state = record(state, 1000 + WINDOW + BUCKET, [False, False, True])
    assert not is_open(state)
    assert len(state["buckets"]) == 1


def test_open_it_waits_and_then_lets_one_probe():
    state = record(None, 1000, [False] * STREAK)
    assert permission(state, 1001)[0] == ("wait", 1000 + PAUSE)
    said, state = permission(state, 1000 + PAUSE)
    assert said == ("probe", None)
    assert permission(state, 1001 + PAUSE)[0] == ("wait", 1000 + 2 * PAUSE), "a second run probes at the same time"
    assert permission(state, 1000 + 2 * PAUSE)[0] == ("probe", None), "a probe whose run died blocks it for ever"


def test_a_failed_probe_keeps_it_open_and_a_good_one_closes_it():
    _said, state = permission(record(None, 1000, [False] * STREAK), 1000 + PAUSE)
    failed = record(state, 1040, [False])
    assert permission(failed, 1041)[0] == ("wait", 1040 + PAUSE)
    closed = record(failed, 1080, [True])
    assert permission(closed, 1080)[0] == ("all", None)
    assert not is_open(record(closed, 1081, [False] * (LEAST - 1))), "failures from before it closed still count"


def test_the_state_survives_json_and_stays_small():
    state = None
    for second in range(0, 4000, 7):
        state = json.loads(json.dumps(record(state, second, [True, False, True, True])))
    assert len(json.dumps(state)) < 400
    assert not is_open(state)


def test_no_attempts_change_nothing():
    assert record(None, 1000, []) == record(None, 2000, [])
