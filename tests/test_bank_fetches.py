"""Fetching one account several times at once, on an Odoo with several processes: nothing twice, and nothing lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from scenario import bank_interface
from testing.house import serving

AT_ONCE = 4  # fetches, each by a process of its own
BOOKED = 240  # transactions, of which every third comes twice
IBAN = "GB33BUKB20201555555555"


@pytest.fixture(scope="module")
def house(series):
    with serving(series, AT_ONCE, name=__name__, channels="root:20") as house:
        yield house


@pytest.fixture(scope="module")
def account(house):
    """A bank with many transactions, consented to; its account posts by itself. Returns the id of the account."""
    listed = []
    for number in range(BOOKED):
        day = -1 - number // 3 % 40
        same = number - 1 if number % 3 == 2 else number
        listed.append(
            {"id": f"T{number}", "amount": f"-{10 + same}.00", "booked": day, "name": f"Payee {same}", "text": "Order"}
        )
    owned = {"id": "current", "iban": IBAN, "currency": "USD", "name": "Current account", "opening": "90000.00"}
    scenario = {"today": 0, "page_size": 100, "calls_a_day": 96, "accounts": [{**owned, "transactions": listed}]}
    bank_interface._order(house, scenario=scenario)
    bank_interface.consented(house)
    administrator = house.session("administrator")
    (journal,) = administrator.call("account.journal", "search", [["type", "=", "bank"]], limit=1)
    (account,) = administrator.call("audit.bank.account", "search", [["number", "=", IBAN]])
    administrator.call("audit.bank.account", "write", [account], {"journal_id": journal, "posting": "auto"})
    return account


def test_fetches_of_one_account_at_once_post_each_transaction_once(house, account):
    """Each asks for all days; the bank answers slowly, so that all of them write at the same time."""
    bank_interface._order(house, fault={"on": "transactions", "mode": "slow", "seconds": 3, "count": AT_ONCE})
    ask = [house.session_of("accountant", "accountant") for _number in range(AT_ONCE)]

    def fetch(number):
        values = {
            "connection_id": house.notes["interface"],
            "account_ids": [[6, 0, [account]]],
            "date_from": str(date.today() - timedelta(days=50 + number)),
            "date_to": str(date.today()),
        }
        dialog = ask[number].call("audit.bank.past.period", "create", values)
        return ask[number].call("audit.bank.past.period", "action_start", [dialog])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(fetch, range(AT_ONCE)))
    mine = f"account_id = {account}"
    house.wait_for(
        lambda: _one(house, f"SELECT count(*) FROM audit_bank_window WHERE {mine} AND state = 'fetched'") == AT_ONCE,
        "all fetches",
        patience=120,
    )
    jobs = "FROM queue_job WHERE method_name = '_fetch'"
    assert _one(house, f"SELECT count(DISTINCT worker_pid) {jobs}") > 1, "one process worked alone"
    assert _one(house, f"SELECT max(date_started) < min(date_done) {jobs}"), "they did not run at once"

    new, known = house.sql(f"SELECT sum(new_count), sum(known_count) FROM audit_bank_window WHERE {mine}")[0]
    assert (int(new), int(known)) == (BOOKED, BOOKED * (AT_ONCE - 1))
    transactions = f"FROM audit_bank_transaction WHERE {mine}"
    assert _one(house, f"SELECT count(*) {transactions}") == BOOKED
    assert _one(house, f"SELECT count(DISTINCT bank_reference) {transactions}") == BOOKED
    assert _one(house, f"SELECT count(DISTINCT statement_line_id) {transactions} AND posting_state = 'posted'") == BOOKED
    lines = "FROM account_bank_statement_line WHERE audit_bank_transaction_id IS NOT NULL"
    assert _one(house, f"SELECT count(*) {lines}") == BOOKED
    said = _one(house, f"SELECT sum(amount) {transactions}")
    assert _one(house, f"SELECT sum(amount) {lines}") == said


def _one(house, statement: str):
    return house.sql(statement)[0][0]
