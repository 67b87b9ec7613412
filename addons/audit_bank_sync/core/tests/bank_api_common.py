"""A sandbox bank and its clients, for the tests of the bank APIs. Requests go over HTTP."""

import datetime
import functools

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from odoo.addons.audit_bank_sync.core.bank_api.failures import BankApiFailure
from odoo.addons.audit_bank_sync.core.enable_banking import client as aggregator
from odoo.addons.audit_bank_sync.core.enable_banking.signing import Signer
from odoo.addons.audit_bank_sync.core.psd2 import client as bank_interface
from odoo.addons.audit_connector_base.core.dial import Dialler

from sandbox.bank_process import Bank

TODAY = datetime.date(2026, 11, 20)
UNTIL = datetime.date(2027, 3, 1)
BEGIN, END = datetime.date(2026, 11, 1), datetime.date(2026, 11, 19)
RETURN = "https://odoo.example.com/audit/bank/return?state=s1"
APPLICATION = "0f7f8e1c-5d0c-4b57-9d3e-2a7c1e4b9a10"
IBAN, OTHER = "DE02120300000000202051", "DE02500105170137075030"

RENT = {
    "id": "b1", "amount": "-850.00", "booked": "2026-11-03", "value": "2026-11-02", "name": "Haus & Hof GmbH",
    "iban": OTHER, "bic": "INGDDEFFXXX", "text": "Rent 11/2026", "end_to_end_id": "RENT-11", "code": "PMNT-ICDT-STDO",
    "extra": {"balanceAfterTransaction": {"balanceType": "interimBooked"}},
}  # fmt: skip
PAID = {
    "id": "b2", "amount": "1190.00", "booked": "2026-11-10", "name": "Kunde AG", "text": ["Invoice", "INV/2026/0007"],
    "creditor_reference": "RF18539007547034", "pending": "2026-11-08", "pending_id": "p2",
}  # fmt: skip
COFFEE = [
    {"id": "b3-%d" % n, "amount": "-3.20", "booked": "2026-11-12", "name": "Café", "text": "Card"} for n in (1, 2)
]
LATE = {"id": "b4", "amount": "-7.77", "booked": "2026-11-11", "seen": "2026-11-18", "text": "Fee"}


def scenario(transactions=(RENT, PAID, *COFFEE, LATE), **settings):
    account = {"id": "giro", "iban": IBAN, "currency": "EUR", "name": "Giro", "owner": "Muster GmbH", "opening": "1000"}
    for name in ("balance_error",):
        if name in settings:
            account[name] = settings.pop(name)
    account["transactions"] = list(transactions)
    return {"today": TODAY.isoformat(), "page_size": 2, "calls_a_day": 4, "accounts": [account], **settings}


@functools.cache
def key_pair():
    """``(private, public)`` PEM of the application that signs."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def open_bank():
    return Bank(scenario(), {APPLICATION: key_pair()[1]})


def failure(call, *args):
    """The ``BankApiFailure`` that a call ends with."""
    try:
        call(*args)
    except BankApiFailure as failed:
        return failed
    raise AssertionError("it was answered")


def dialler(**options):
    return Dialler(allow=["127.0.0.1"], max_answer=1 << 20, **options)


def psd2_client(bank, consent_id=None, **options):
    return bank_interface.Client(dialler(), bank.url, consent_id, **options)


def consented(bank, **options):
    """A client with a consent that its owner agreed to."""
    begun = psd2_client(bank).begin_consent(RETURN, UNTIL, 4)
    bank.answer(begun.link)
    return psd2_client(bank, begun.id, **options)


def aggregator_client(bank, key=None, **options):
    return aggregator.Client(dialler(), Signer(APPLICATION, key or key_pair()[0]), bank.url, **options)
