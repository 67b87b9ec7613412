"""What a bank says about payments that it was sent (pain.002): about the message, a payment, a transaction.

A status is a statement of that moment: a rejection can follow an acceptance, so a later report may contradict an
earlier one, and none of them means paid: only a booked entry does.
"""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

GROUP = "group"
PAYMENT = "payment"
TRANSACTION = "transaction"

PARTIAL = ("PART", "PDNG")
"""Statuses of a level that say nothing about the members that are not listed."""


@dataclass(slots=True)
class Reason:
    """Why; ``code``: of ISO's external list or the bank's own; ``originator``: who decided, where the bank says so."""

    code: str | None
    information: str | None = None
    originator: str | None = None


@dataclass(slots=True)
class TransactionStatus:
    """The status of one transaction; ``status`` None: listed without one, what stands above it counts."""

    status: str | None
    reasons: tuple[Reason, ...] = ()
    payment_information_id: str | None = None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    status_id: str | None = None
    bank_reference: str | None = None
    clearing_reference: str | None = None
    accepted_at: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    execution_date: datetime.date | None = None
    creditor: str | None = None
    creditor_account: str | None = None
    line: int | None = None
    raw: str | None = None


@dataclass(slots=True)
class PaymentStatus:
    """The status of one payment (``PmtInf``); ``counts``: status → number of its transactions, as the bank counts."""

    payment_information_id: str | None
    status: str | None
    reasons: tuple[Reason, ...] = ()
    count: int | None = None
    total: Decimal | None = None
    counts: dict[str, int] = field(default_factory=dict)
    transactions: list[TransactionStatus] = field(default_factory=list)


@dataclass(slots=True)
class Verdict:
    """What a report says of a transaction: the status, its reasons, and the level that said it."""

    status: str
    reasons: tuple[Reason, ...]
    level: str


@dataclass(slots=True)
class StatusReport:
    """One pain.002. ``original_*``: of the message it answers; ``transactions``: those outside of any payment (.02)."""

    format: str
    message_id: str | None = None
    created_at: str | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    count: int | None = None
    total: Decimal | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    payments: list[PaymentStatus] = field(default_factory=list)
    transactions: list[TransactionStatus] = field(default_factory=list)

    def verdict(self, payment_information_id, end_to_end_id=None, instruction_id=None):
        """Return the ``Verdict`` on a transaction, or None when the report does not say anything about it.

        The nearest level counts: its own status, else that of its payment, else that of the message. A level that is
        accepted or rejected in part speaks for its listed members only: of the others nothing is known.
        """
        payment = next((one for one in self.payments if one.payment_information_id == payment_information_id), None)
        listed = (payment.transactions if payment else []) + self.transactions
        own = next((one for one in listed if _is(one, payment_information_id, end_to_end_id, instruction_id)), None)
        if own and own.status:
            return Verdict(own.status, own.reasons, TRANSACTION)
        for level, said in ((PAYMENT, payment), (GROUP, self)):
            if said and said.status:
                return None if said.status in PARTIAL else Verdict(said.status, said.reasons, level)
        return None


def _is(listed, payment_information_id, end_to_end_id, instruction_id):
    if listed.payment_information_id not in (None, payment_information_id):
        return False
    if instruction_id and listed.instruction_id:
        return listed.instruction_id == instruction_id
    return bool(end_to_end_id) and listed.end_to_end_id == end_to_end_id
