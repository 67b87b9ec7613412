import random
from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.audit_connector_base.core import retry
from odoo.addons.audit_connector_base.core.dial import Refused, Unreachable
from odoo.addons.audit_connector_base.core.retry import Verdict, classify, next_delay, parse_retry_after

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


class Middle:
    """An rng without jitter."""

    def uniform(self, low, high):
        return (low + high) / 2


def test_the_schedule_is_the_documented_one():
    delays = [next_delay(n, rng=Middle()) for n in range(1, 10)]
    assert delays == [0, 5, 300, 1800, 7200, 18000, 36000, 36000, None]


def test_every_delay_varies_by_a_fifth_either_way_and_uses_that_room():
    delays = [next_delay(3, rng=random.Random(seed)) for seed in range(500)]
    assert 240 <= min(delays) < 250
    assert 350 < max(delays) <= 360


def test_what_the_receiver_asked_for_is_never_undercut():
    assert next_delay(2, retry_after=600) == 600
    assert next_delay(3, retry_after=1, rng=Middle()) == 300


def test_an_exhausted_delivery_stays_exhausted_whatever_the_receiver_asks():
    assert next_delay(9, retry_after=5) is None


def test_attempts_are_counted_from_one():
    with pytest.raises(ValueError, match="from 1"):
        next_delay(0)


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90),
        ("Mon, 23 Nov 2026 12:01:30 -0000", 90),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Monday, 23-Nov-26 12:01:30 GMT", 90),
        ("999999999999999999999", retry.MAX_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", retry.MAX_RETRY_AFTER),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Mon, 99 Nov 2026 12:01:30 GMT", None),
        ("", None),
        (None, None),
        ("Mon, 01 Jan 2026 00:00:00 +9999999999999", None),
    ],
)
def test_retry_after_is_read_in_both_notations_and_capped(header, seconds):
    assert parse_retry_after(header, NOW) == seconds


def test_retry_after_is_relative_to_the_given_time_in_any_zone():
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert parse_retry_after("Mon, 23 Nov 2026 12:01:30 GMT", elsewhere) == 90


@pytest.mark.parametrize(
    "statuses, verdict",
    [
        ([200, 201, 202, 204, 299], Verdict.DELIVERED),
        ([410], Verdict.GONE),
        ([429, 502, 503, 504], Verdict.SLOW_DOWN),
        ([408, 425, 500, 501, 505, 599], Verdict.RETRY),
        ([400, 401, 403, 404, 409, 413, 422, 499], Verdict.DEAD),
        ([301, 302, 303, 307, 308, 304], Verdict.DEAD),
        ([100, 101, 600, 999], Verdict.DEAD),
    ],
)
def test_a_status_is_classified_as_in_the_table(statuses, verdict):
    assert {classify(status).verdict for status in statuses} == {verdict}


def test_a_redirect_is_dead_with_the_reason():
    assert classify(302).reason == "HTTP 302: redirects are not followed"


@pytest.mark.parametrize("kind", ["dns", "connect", "timeout", "tls", "reset", "protocol"])
def test_a_network_error_is_tried_again_with_its_reason(kind):
    outcome = classify(Unreachable(kind, "what happened"))
    assert outcome == (Verdict.RETRY, "what happened")
    assert outcome.again


def test_an_address_closed_by_policy_is_dead():
    outcome = classify(Refused("127.0.0.1 is a closed address"))
    assert outcome.verdict is Verdict.DEAD
    assert not outcome.again


def test_only_retry_and_slow_down_are_tried_again():
    assert [classify(status).again for status in (200, 410, 404, 500, 503)] == [False, False, False, True, True]


def test_a_schedule_is_read_as_people_write_it():
    assert retry.parse_schedule("0s, 5s, 5m, 30m, 2h, 5h, 10h, 10h") == retry.SCHEDULE
    assert retry.parse_schedule("1d") == (86400,)


@pytest.mark.parametrize("text", ["", "5", "5x", "-5s", "0.5s", "8d", "5s " * 51, "s5"])
def test_a_schedule_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        retry.parse_schedule(text)


def test_the_default_list_of_answers_is_the_documented_one():
    assert retry.parse_statuses("408, 425, 429, 500-599") == retry.RETRIED


@pytest.mark.parametrize("text", ["200", "100-600", "599-500", "4xx", "410", "400-499", "42"])
def test_answers_that_are_never_tried_again_are_refused(text):
    with pytest.raises(ValueError):
        retry.parse_statuses(text)


def test_a_policy_decides_which_answers_are_tried_again():
    patient = retry.Policy(retried=((404, 404), (429, 429)))
    assert patient.judged("dead", 404) == "retry"
    assert patient.judged("retry", 500) == "dead"
    assert patient.judged("slow_down", 429) == "slow_down"
    assert patient.judged("delivered", 204) == "delivered"
    assert patient.judged("retry", None) == "retry"
    assert patient.judged("gone", 410) == "gone"


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422, 499])
def test_a_final_answer_to_several_messages_about_their_content_cuts_them(status):
    policy = retry.Policy()
    assert policy.judged("dead", status, together=2) == "cut"
    assert policy.judged("dead", status, together=1) == "dead"


@pytest.mark.parametrize("status", [204, 302, 401, 403, 404, 405, 421])
def test_a_final_answer_that_every_message_would_get_is_true_of_all(status):
    assert retry.Policy().judged("dead", status, together=100) == "dead"


def test_what_a_policy_tries_again_is_not_cut_and_what_is_gone_is_gone():
    patient = retry.Policy(retried=((422, 422),))
    assert patient.judged("dead", 422, together=100) == "retry"
    assert patient.judged("gone", 410, together=100) == "gone"


def test_a_policy_has_a_schedule_and_jitter_of_its_own():
    policy = retry.Policy(schedule=(0, 60), jitter=0)
    assert [policy.next_delay(number) for number in (1, 2, 3)] == [0, 60, None]
