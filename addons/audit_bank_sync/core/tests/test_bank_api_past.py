"""A past period is asked for in windows that fit the bank, and within the calls that it permits a day."""

import datetime

from odoo.addons.audit_bank_sync.core.bank_api.budget import Budget
from odoo.addons.audit_bank_sync.core.bank_api.past import plan

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
TOMORROW = datetime.datetime(2026, 11, 30, tzinfo=UTC)


def day(month, number):
    return datetime.date(2026, month, number)


def moments(asks):
    return [one.at for one in asks]


def test_every_day_is_asked_for_once_and_the_oldest_first():
    asks = plan(day(1, 1), day(3, 31), 40, NOW)
    assert [(one.first, one.last) for one in asks] == [
        (day(1, 1), day(2, 9)),
        (day(2, 10), day(3, 21)),
        (day(3, 22), day(3, 31)),
    ]
    assert moments(asks) == [None] * 3


def test_a_single_day_is_one_window():
    (one,) = plan(day(5, 5), day(5, 5), 90, NOW)
    assert (one.first, one.last) == (day(5, 5), day(5, 5))


def test_what_the_day_has_no_calls_for_waits_for_the_next_days():
    asks = plan(day(1, 1), day(1, 8), 1, NOW, Budget(4, used=1), kept=1)
    assert moments(asks[:2]) == [None, None]
    assert moments(asks[2:5]) == [TOMORROW] * 3
    assert moments(asks[5:]) == [TOMORROW + datetime.timedelta(days=1)] * 3


def test_spent_calls_wait_until_the_bank_lets_more_through():
    until = NOW + datetime.timedelta(hours=5)
    (one,) = plan(day(1, 1), day(1, 31), 90, NOW, Budget(4, used=1, told=0, until=until), kept=1)
    assert one.at == until


def test_one_call_a_day_is_spent_even_where_all_are_kept():
    asks = plan(day(1, 1), day(1, 2), 1, NOW, Budget(1), kept=1)
    assert moments(asks) == [TOMORROW, TOMORROW + datetime.timedelta(days=1)]
