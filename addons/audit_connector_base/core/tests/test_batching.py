from datetime import datetime, timezone

import pytest

from ..batching import next_slot


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("5", (2026, 3, 31, 10, 10)),
        ("15", (2026, 3, 31, 10, 15)),
        ("60", (2026, 3, 31, 11)),
        ("240", (2026, 3, 31, 12)),
    ],
)
def test_slots_follow_the_clock(every, expected):
    assert next_slot(every, utc(2026, 3, 31, 10, 7, 12)) == utc(*expected)


def test_the_slot_of_now_is_over():
    assert next_slot("15", utc(2026, 3, 31, 10, 15)) == utc(2026, 3, 31, 10, 30)
    assert next_slot("day", utc(2026, 3, 31, 2), at=2) == utc(2026, 4, 1, 2)


def test_a_daily_batch_goes_out_at_its_hour_of_the_place():
    assert next_slot("day", utc(2026, 1, 5, 12), at=23.5, zone="Europe/Berlin") == utc(2026, 1, 5, 22, 30)
    assert next_slot("day", utc(2026, 7, 5, 12), at=23.5, zone="Europe/Berlin") == utc(2026, 7, 5, 21, 30)
    assert next_slot("day", utc(2026, 1, 5, 12), at=6, zone="America/New_York") == utc(2026, 1, 6, 11)


def test_a_day_without_the_hour_still_has_its_batch():
    slot = next_slot("day", utc(2026, 3, 29, 0), at=2.5, zone="Europe/Berlin")
    assert utc(2026, 3, 29, 0) < slot <= utc(2026, 3, 29, 1, 30)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match="no schedule"):
        next_slot("7", utc(2026, 1, 1))
