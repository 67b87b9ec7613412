"""Closing balances of a day, each with the answer in which the bank says it."""

import datetime
import json

import pytest

from odoo.addons.audit_bank_sync.core.bank_api.confirming import closing
from odoo.addons.audit_bank_sync.core.bank_api.failures import BUDGET, BankApiFailure
from odoo.addons.audit_bank_sync.core.tests import bank_api_common as samples

YESTERDAY = samples.TODAY - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def bank():
    bank = samples.open_bank()
    yield bank
    bank.close()


@pytest.fixture
def client(bank):
    """A client of the bank with its accounts as offered, on a bank that begins anew."""
    bank.order(scenario=samples.scenario())
    client = samples.consented(bank)
    return client, client.accounts()[0]


def asked_for_transactions(bank):
    return [one for one in bank.asked() if one["path"].endswith("/transactions")]


def test_the_balance_of_yesterday_costs_no_call_for_movements(bank, client):
    told = closing(*client, YESTERDAY, looks_back=True)
    assert (told.balance.kind, told.balance.date, str(told.balance.amount)) == ("CLBD", YESTERDAY, "1325.83")
    assert not asked_for_transactions(bank)
    said = json.loads(told.body)["balances"]
    assert {"closingBooked"} < {one["balanceType"] for one in said}


def test_an_earlier_day_is_asked_about_where_that_is_permitted(bank, client):
    day = datetime.date(2026, 11, 5)
    assert closing(*client, day, looks_back=False) is None
    assert not asked_for_transactions(bank)
    told = closing(*client, day, looks_back=True)
    assert (told.balance.date, str(told.balance.amount)) == (day, "150.00")
    assert json.loads(told.body)["transactions"]


def test_a_bank_that_sends_no_balances_along_says_nothing_of_an_earlier_day(bank):
    bank.order(scenario=samples.scenario(balances_apart=True))
    client = samples.consented(bank)
    assert closing(client, client.accounts()[0], datetime.date(2026, 11, 5), looks_back=True) is None


def test_a_day_that_the_bank_refuses_is_not_told_and_other_failures_are(bank):
    bank.order(scenario=samples.scenario(history_days=10, calls_a_day=1))
    client = samples.consented(bank)
    offered = client.accounts()[0]
    assert closing(client, offered, datetime.date(2026, 10, 1), looks_back=True) is None
    with pytest.raises(BankApiFailure) as caught:
        closing(client, offered, datetime.date(2026, 11, 15), looks_back=True)
    assert caught.value.kind == BUDGET
