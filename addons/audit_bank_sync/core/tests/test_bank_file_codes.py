import pytest

from odoo.addons.audit_bank_sync.core.bank_files import bank_codes, reason_codes, status_codes
from odoo.addons.audit_bank_sync.core.bank_files.statement import BankCode


def test_a_bank_code_is_said_in_words():
    assert bank_codes.words(BankCode("PMNT", "RCDT", "ESCT")) == "Credit transfer received, SEPA"
    assert bank_codes.words(BankCode("PMNT", "IDDT", "UPDD")) == "Direct debit collected, returned unpaid"
    assert bank_codes.words(BankCode("PMNT", "RCDT", "OTHR")) == "Credit transfer received"


@pytest.mark.parametrize(
    "own, text",
    [
        ("NTRF+166+00931", "SEPA transfer received"),
        ("NCHG", "Charges and other expenses"),
        ("N108+109", "SEPA direct debit returned, core"),
    ],
)
def test_a_bank_s_own_code_is_said_in_words(own, text):
    assert bank_codes.words(BankCode(proprietary=own)) == text


def test_a_code_that_is_not_known_says_nothing():
    assert bank_codes.words(None) is None
    assert bank_codes.words(BankCode(proprietary="QQQ")) is None
    assert bank_codes.words(BankCode("XTND", "NTAV", "NTAV")) is None


@pytest.mark.parametrize(
    "code, kind, actor",
    [
        ("AC04", reason_codes.FIX_DATA, reason_codes.US),
        ("AM04", reason_codes.FUNDS, reason_codes.US),
        ("MD01", reason_codes.MANDATE, reason_codes.US),
        ("AM05", reason_codes.SUSPICION, reason_codes.US),
        ("TM01", reason_codes.RETRY, reason_codes.US),
        ("FF10", reason_codes.RETRY, reason_codes.BANK),
        ("MD06", reason_codes.MANDATE, reason_codes.OTHER_PARTY),
    ],
)
def test_a_reason_says_what_to_do_and_who_acts(code, kind, actor):
    found = reason_codes.words(code)
    assert (found.kind, found.actor, found.known) == (kind, actor, True)
    assert kind in reason_codes.CLASSES and actor in reason_codes.ACTORS


def test_of_a_collection_the_funds_are_missing_at_the_payer():
    assert reason_codes.words("AM04", collection=True).actor == reason_codes.OTHER_PARTY


def test_a_reason_that_is_not_listed_keeps_its_code():
    found = reason_codes.words("ZZ99")
    assert "ZZ99" in found.text and not found.known and found.kind == reason_codes.ASK
    assert reason_codes.words(None).text == "No reason given"


def test_no_status_means_paid():
    states = {state for state, _text in status_codes.STATUSES.values()}
    assert states == {"sent", "pending", "accepted", "settled", "partial", "rejected"}
    assert status_codes.state_and_words("ACSC")[0] == "settled"
    assert status_codes.state_and_words("ABCD") == ("pending", "Status ABCD of the bank")
