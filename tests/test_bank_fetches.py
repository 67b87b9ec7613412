"""Fetching one account several times at once, on an Odoo with several processes: nothing twice, and nothing lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from scenario import bank_interface
from testing.house import serving

AT_ONCE = 4  # fetches, each by a process of its own
BOOKED = 150  # transactions, of which every third comes twice
IBAN = "GB33BUKB20201555555555"
# Of the one account that fetches.
SUM_UP = """
SELECT json_build_object(
    'fetched', (SELECT count(*) FROM audit_bank_window WHERE is_past AND state = 'fetched'),
    'new', (SELECT sum(new_count) FROM audit_bank_window WHERE is_past),
    'known', (SELECT sum(known_count) FROM audit_bank_window WHERE is_past),
    'transactions', (SELECT count(*) FROM audit_bank_transaction),
    'references', (SELECT count(DISTINCT bank_reference) FROM audit_bank_transaction),
    'posted', (SELECT count(DISTINCT statement_line_id) FROM audit_bank_transaction WHERE posting_state = 'posted'),
    'said', (SELECT sum(amount) FROM audit_bank_transaction),
    'lines', (SELECT count(*) FROM account_bank_statement_line WHERE audit_bank_transaction_id IS NOT NULL),
    'booked', (SELECT sum(amount) FROM account_bank_statement_line WHERE audit_bank_transaction_id IS NOT NULL),
    'workers', (SELECT count(DISTINCT worker_pid) FROM queue_job WHERE method_name = '_fetch'),
    'overlap', (SELECT max(date_started) < min(date_done) FROM queue_job WHERE method_name = '_fetch'))
"""


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
    house.wait_for(lambda: _sum_up(house)["fetched"] == AT_ONCE, "all fetches", patience=120)
    found = _sum_up(house)
    assert found["workers"] > 1, "one process worked alone"
    assert found["overlap"], "they did not run at once"
    assert (found["new"], found["known"]) == (BOOKED, BOOKED * (AT_ONCE - 1)), found
    counts = {name: found[name] for name in ("transactions", "references", "posted", "lines")}
    assert set(counts.values()) == {BOOKED}, counts
    assert found["said"] == found["booked"] < 0, found


def _sum_up(house) -> dict:
    return house.sql(SUM_UP)[0][0]
