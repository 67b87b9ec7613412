"""Answers of banks with anything anywhere: each is read, or refused in words, and nothing else happens."""

import copy
import datetime
from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_api.calls import Reply
from odoo.addons.audit_bank_sync.core.bank_api.failures import BankApiFailure
from odoo.addons.audit_bank_sync.core.bank_api.granted import Offered
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.bank_files.statement import Account
from odoo.addons.audit_bank_sync.core.enable_banking import client as aggregator
from odoo.addons.audit_bank_sync.core.psd2 import client as bank_interface
from odoo.addons.audit_bank_sync.core.tests import bank_api_common as common

DAY = datetime.date(2026, 11, 3)
ODD = (None, True, 7, -1, Decimal("1.5"), "", "x", "x" * 5000, [], ["x"], [[]], {}, {"x": 1}, [{"x": []}])
MONEY = {"amount": "-3.50", "currency": "EUR"}

PSD2 = {
    "consentId": "c1",
    "consentStatus": "valid",
    "validUntil": "2027-01-01",
    "frequencyPerDay": 4,
    "_links": {"scaRedirect": {"href": "https://bank.example/sca"}},
    "accounts": [{"resourceId": "1", "iban": common.IBAN, "currency": "EUR", "name": "Giro", "product": "Plus"}],
    "balances": [{"balanceAmount": MONEY, "balanceType": "closingBooked", "referenceDate": "2026-11-03"}],
    "transactions": {
        "booked": [
            {
                "transactionId": "b1",
                "entryReference": "e1",
                "endToEndId": "E-1",
                "transactionAmount": MONEY,
                "bookingDate": "2026-11-03",
                "valueDate": "2026-11-03",
                "creditorName": "Café",
                "creditorAccount": {"iban": common.OTHER},
                "creditorAgent": "INGDDEFFXXX",
                "remittanceInformationUnstructured": "Card",
                "remittanceInformationStructured": {"reference": "RF18539007547034"},
                "bankTransactionCode": "PMNT-CCRD-POSD",
                "currencyExchange": [{"sourceCurrency": "USD", "exchangeRate": "1.05"}],
            }
        ],
        "pending": [],
        "_links": {"account": {"href": "/v1/accounts/1"}},
    },
}
AGGREGATED = {
    "url": "https://bank.example/sca",
    "authorization_id": "a1",
    "session_id": "s1",
    "status": "AUTHORIZED",
    "access": {"valid_until": "2027-01-01T00:00:00Z"},
    "aspsps": [{"name": "Bank", "maximum_consent_validity": 86400}],
    "accounts": [{"uid": "1", "account_id": {"iban": common.IBAN}, "currency": "EUR", "name": "Muster GmbH"}],
    "balances": [{"balance_amount": MONEY, "balance_type": "CLBD", "reference_date": "2026-11-03"}],
    "continuation_key": None,
    "transactions": [
        {
            "entry_reference": "b1",
            "transaction_amount": {"amount": "3.50", "currency": "EUR"},
            "credit_debit_indicator": "DBIT",
            "status": "BOOK",
            "booking_date": "2026-11-03",
            "value_date": "2026-11-03",
            "creditor": {"name": "Café"},
            "creditor_account": {"iban": common.OTHER},
            "creditor_agent": {"bic_fi": "INGDDEFFXXX"},
            "remittance_information": ["Card"],
            "reference_number": "RF18539007547034",
            "bank_transaction_code": {"description": "Card", "code": "PMNT", "sub_code": "CCRD-POSD"},
            "exchange_rate": {"exchange_rate": "1.05", "instructed_amount": MONEY},
        }
    ],
}


def variants(answer):
    """Yield copies of ``answer`` with one value replaced by each odd one, the answer itself among the places."""
    for path in _places(answer):
        for odd in ODD:
            if not path:
                yield odd
                continue
            copied = copy.deepcopy(answer)
            at = copied
            for name in path[:-1]:
                at = at[name]
            at[path[-1]] = copy.deepcopy(odd)
            yield copied


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in items:
        yield from _places(below, (*path, name))


def asks(client):
    """Everything that a client can be asked for, as functions."""
    offered = Offered("1", Account(common.IBAN, "EUR", iban=True))
    yield lambda: client.transactions(offered, DAY, DAY)
    yield lambda: client.balances(offered)
    yield lambda: client.consent("c1")
    if isinstance(client, bank_interface.Client):
        yield client.accounts
        yield lambda: client.begin_consent(common.RETURN, DAY, 4)
    else:
        yield lambda: client.banks("DE")
        yield lambda: client.finish_consent("code")
        yield lambda: client.begin_consent("Bank", "DE", common.RETURN, DAY, "s1")


@pytest.mark.parametrize("name", ["psd2", "aggregator"])
def test_whatever_a_bank_answers_is_read_or_refused_in_words(name, monkeypatch):
    if name == "psd2":
        client, answer = bank_interface.Client(None, "https://bank.example", "c1"), PSD2
    else:
        signer = aggregator.Client(None, type("Unused", (), {"headers": dict})(), "https://bank.example")
        client, answer = signer, AGGREGATED
    given = {}
    monkeypatch.setattr(client._caller, "call", lambda *_path, **_how: Reply(200, {}, given["answer"], b""))
    read = refused = 0
    for variant in [answer, *variants(answer)]:
        given["answer"] = variant
        for ask in asks(client):
            try:
                ask()
                read += 1
            except (BankApiFailure, Unreadable) as error:
                assert str(error)
                refused += 1
    assert read > 1000
    assert refused > 500
