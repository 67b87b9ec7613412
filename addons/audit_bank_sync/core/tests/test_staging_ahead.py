import threading

import pytest

from odoo.addons.audit_bank_sync.core.staging.ahead import Ahead


def test_what_comes_next_goes_on_meanwhile_and_the_end_waits():
    may_end, ended = threading.Event(), []
    with Ahead() as ahead:
        ahead.begin(lambda word: may_end.wait(10) and ended.append(word), "first")
        assert not ended
        may_end.set()
    assert ended == ["first"]


def test_one_call_waits_for_the_other():
    order = []
    with Ahead() as ahead:
        for number in range(20):
            ahead.begin(order.append, number)
        ahead.wait()
        assert order == list(range(20))


def test_what_a_call_raises_is_raised_where_it_is_waited_for():
    with Ahead() as ahead:
        ahead.begin(int, "no number")
        with pytest.raises(ValueError, match="no number"):
            ahead.wait()
        ahead.wait()
    with pytest.raises(ValueError, match="no number"), Ahead() as ahead:
        ahead.begin(int, "no number")


def test_what_went_wrong_first_is_told():
    with pytest.raises(KeyError), Ahead() as ahead:
        ahead.begin(int, "no number")
        raise KeyError("first")
