"""Which accounts a bank's call is about."""

import json

import pytest

from odoo.addons.audit_bank_sync.core.bank_api.notices import accounts_named


def named(said):
    return accounts_named(json.dumps(said).encode())


@pytest.mark.parametrize(
    "said",
    [
        {"accountId": "giro"},
        {"resourceId": "giro", "amount": 12.5},
        {"account": {"uid": "giro"}},
        {"data": {"account": {"resourceId": "giro"}}},
        {"accounts": ["giro"]},
        [{"account_uid": "giro"}],
    ],
)
def test_an_account_is_found_where_banks_name_it(said):
    assert named(said) == {"giro"}


def test_several_accounts_are_told_by_their_numbers():
    assert named({"accounts": [{"iban": "DE02"}, {"bban": "77"}]}) == {"DE02", "77"}


def test_what_tells_of_a_consent_names_no_account():
    assert named({"consentStatus": "valid", "consentId": "giro"}) == set()


@pytest.mark.parametrize(
    "body", [b"", b"\0" * 10, b"{", b'{"accountId": 7}', b"[" * 5000, b'{"accountId": "a", "accountId": "b"}']
)
def test_what_cannot_be_read_names_no_account(body):
    assert accounts_named(body) == set()


def test_a_notice_that_names_very_many_names_none():
    assert named({"accounts": ["a%d" % number for number in range(51)]}) == set()
    assert named({"accountId": "a" * 101}) == set()
