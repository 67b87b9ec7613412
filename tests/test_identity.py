"""Asking for the password again, on an Odoo with several processes: what a refused request leaves behind."""

from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture(scope="module")
def asked(house, series):
    """How to answer Odoo's dialog that asks a person for the password: whether an answer was judged, and wrong."""
    person = house.session("administrator")
    check = person.call("res.users.identitycheck", "create", {})

    def guess(password):
        context = {}
        try:
            if series == "17.0":
                person.call("res.users.identitycheck", "write", [check], {"password": password})
            else:
                context = {"password": password}
            person.call("res.users.identitycheck", "run_check", [check], context=context)
        except Exception as error:
            return "Incorrect Password" in str(error)
        return False

    return guess


def test_a_wrong_password_stays_recorded_and_many_at_once_are_not_all_judged(house, asked):
    with ThreadPoolExecutor(8) as pool:
        judged = list(pool.map(asked, ["wrong-%d" % number for number in range(16)]))
    recorded = house.sql("SELECT count(*) FROM audit_log_entry WHERE kind = 'identity.refused'")[0][0]
    assert recorded == sum(judged)
    assert 1 <= recorded <= 6, "three are free, then each takes longer than the one before"
    assert house.sql("SELECT password FROM res_users_identitycheck WHERE password LIKE 'wrong%%'") == []
