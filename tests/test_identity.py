"""Asking for the password again, on an Odoo with several processes: what a refused request leaves behind."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests


class Browser:
    """A person who signed in with a browser: Odoo asks nobody else for the password again."""

    def __init__(self, house, login):
        self.url = house.url
        self.cookies = {}
        signed_in = self._post("/web/session/authenticate", db=house.db, login=login, password=login)
        self.cookies = signed_in.cookies

    def call(self, model, method, *args, **kwargs):
        answer = self._post("/web/dataset/call_kw", model=model, method=method, args=args, kwargs=kwargs).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def _post(self, path, **params):
        with requests.Session() as session:
            session.trust_env = False
            return session.post(self.url + path, json={"params": params}, cookies=self.cookies, timeout=60)


@pytest.fixture(scope="module")
def guess(house, series):
    """How to answer Odoo's dialog that asks a person for the password: whether an answer was judged, and wrong."""
    person = Browser(house, "administrator")

    def answer(password):
        try:
            check = person.call("res.users.identitycheck", "create", {})
            if series == "17.0":
                person.call("res.users.identitycheck", "write", [check], {"password": password})
                person.call("res.users.identitycheck", "run_check", [check])
            else:
                person.call("res.users.identitycheck", "run_check", [check], context={"password": password})
        except RuntimeError as error:
            assert "Incorrect Password" in str(error) or "too many wrong passwords" in str(error), error
            return "Incorrect Password" in str(error)
        return False

    return answer


def test_a_wrong_password_stays_recorded_and_many_at_once_are_not_all_judged(house, series, guess):
    with ThreadPoolExecutor(8) as pool:
        judged = list(pool.map(guess, ["wrong-%d" % number for number in range(16)]))
    recorded = house.sql("SELECT count(*) FROM audit_log_entry WHERE kind = 'identity.refused'")[0][0]
    assert recorded == sum(judged)
    assert 4 <= recorded <= 6, "four are judged at once, then each takes longer than the one before"
    if series == "17.0":  # which keeps in a column what was entered
        assert house.sql("SELECT password FROM res_users_identitycheck WHERE password IS NOT NULL") == []
