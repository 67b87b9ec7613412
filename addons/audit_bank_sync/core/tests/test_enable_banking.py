"""The client of Enable Banking against the sandbox bank, over HTTP."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from odoo.addons.audit_bank_sync.core.bank_api import failures
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.enable_banking.signing import Signer
from odoo.addons.audit_bank_sync.core.tests import bank_api_common as common
from odoo.addons.audit_bank_sync.core.tests.bank_api_common import BEGIN, END, failure


def begin(client):
    return client.begin_consent("Sandbox Bank", "DE", common.RETURN, common.UNTIL, "s1")


def finished(bank, client):
    """``(Consent, [Offered])`` of an owner who agreed."""
    back = parse_qs(urlsplit(bank.answer(begin(client).link)).query)
    assert back["state"] == ["s1", "s1"]
    return client.finish_consent(back["code"][0])


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_banks_are_listed_with_the_days_that_a_consent_may_last(bank):
    client = common.aggregator_client(bank)
    assert client.banks("DE") == [("Sandbox Bank", 180)]
    assert client.banks("SE") == []


def test_who_agreed_comes_back_with_a_code_that_is_good_once(bank):
    client = common.aggregator_client(bank)
    consent, (offered,) = finished(bank, client)
    assert (consent.state, consent.until) == ("good", common.UNTIL)
    assert (offered.account.number, offered.account.currency, offered.account.owner) == (
        common.IBAN, "EUR", "Muster GmbH",
    )  # fmt: skip
    assert client.consent(consent.id).state == "good"
    assert client.accounts(consent.id) == [offered]


def test_a_code_that_was_used_is_refused(bank):
    client = common.aggregator_client(bank)
    code = parse_qs(urlsplit(bank.answer(begin(client).link)).query)["code"][0]
    client.finish_consent(code)
    assert failure(client.finish_consent, code).kind == failures.CONSENT


def test_who_refused_comes_back_with_an_error(bank):
    back = parse_qs(urlsplit(bank.answer(begin(common.aggregator_client(bank)).link, agree=False)).query)
    assert (back["error"], "code" in back) == (["access_denied"], False)


def test_amounts_get_their_sign_from_the_indicator(bank):
    client = common.aggregator_client(bank)
    _consent, (offered,) = finished(bank, client)
    fetched = client.transactions(offered, BEGIN, END)
    entries = list(fetched)
    assert [entry.amount for entry in entries] == [
        Decimal("-3.20"), Decimal("-3.20"), Decimal("-7.77"), Decimal("1190.00"), Decimal("-850.00")
    ]  # fmt: skip
    assert sum("continuation_key" in one["query"] for one in bank.asked()) == 2
    rent, paid = entries[4], entries[3]
    assert (rent.code.domain, rent.code.family, rent.code.subfamily) == ("PMNT", "ICDT", "STDO")
    assert rent.details[0].creditor.account == common.OTHER
    assert paid.details[0].structured[0].reference == "RF18539007547034"
    assert (rent.bank_reference, rent.role) == ("b1", "booking")
    assert [one.kind for one in client.balances(offered)] == ["CLBD", "OPBD", "ITBD", "ITAV"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"credit_debit_indicator": None}, "direction-invalid"),
        ({"transaction_amount": {"amount": "-5.00", "currency": "EUR"}}, "amount-invalid"),
        ({"status": "GONE"}, "status-unknown"),
    ],
)
def test_a_transaction_that_contradicts_itself_voids_the_whole(banks, wrong, code):
    bank = banks(transactions=[{**common.PAID, "extra": wrong}])
    client = common.aggregator_client(bank)
    _consent, (offered,) = finished(bank, client)
    with pytest.raises(Unreadable) as caught:
        client.transactions(offered, BEGIN, END)
    assert [one.code for one in caught.value.problems] == [code]


@pytest.mark.parametrize(("status", "expected"), [("HOLD", "pending"), ("SCHD", "future"), ("RJCT", "information")])
def test_only_what_is_booked_counts_as_booked(banks, status, expected):
    bank = banks(transactions=[{**common.PAID, "extra": {"status": status}}])
    client = common.aggregator_client(bank)
    _consent, (offered,) = finished(bank, client)
    (entry,) = client.transactions(offered, BEGIN, END)
    assert entry.status == expected
    assert entry.role != "booking"


def test_a_request_that_another_key_signed_is_not_answered(bank):
    other = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    failed = failure(common.aggregator_client(bank, other).banks, "DE")
    assert (failed.kind, failed.code) == (failures.ACCESS, "UNAUTHORIZED_REQUEST")


@pytest.mark.parametrize("key", ["nothing", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_key_that_cannot_sign_is_refused_before_anything_is_sent(key):
    with pytest.raises(ValueError, match="it is no"):
        Signer(common.APPLICATION, key)


def test_a_session_that_ended_is_told_from_an_outage(bank):
    client = common.aggregator_client(bank)
    consent, (offered,) = finished(bank, client)
    client.end_consent(consent.id)
    failed = failure(client.transactions, offered, BEGIN, END)
    assert (failed.kind, failed.consent) == (failures.CONSENT, "expired")
    assert client.consent(consent.id).state == "revoked"


def test_a_spent_budget_has_its_own_word_here(bank):
    client = common.aggregator_client(bank)
    _consent, (offered,) = finished(bank, client)
    for _number in range(4):
        client.balances(offered)
    failed = failure(client.balances, offered)
    assert (failed.kind, failed.code) == (failures.BUDGET, "ASPSP_RATE_LIMIT_EXCEEDED")
