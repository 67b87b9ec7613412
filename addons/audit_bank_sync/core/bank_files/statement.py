"""What a bank says about an account: pages of a statement, their balances, entries and details.

These are the bank's values and nothing else: amounts are ``Decimal`` with a sign (credit positive) where the bank gave
a direction, dates are ``datetime.date``, moments are the text that the bank wrote, None means that it did not say.
"""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from .values import account_key

STATEMENT = "statement"
REPORT = "report"
NOTIFICATION = "notification"

BOOKED = "booked"
PENDING = "pending"
FUTURE = "future"
INFORMATION = "information"

BOOKING = "booking"
INTRADAY = "intraday"
EXPLANATION = "explanation"

OPENING = ("OPBD", "PRCD")
CLOSING = "CLBD"


@dataclass(slots=True)
class Account:
    """An account as a file names it; ``bank``: BIC or clearing number of the servicer; ``iban``: whether it is one."""

    number: str
    currency: str | None = None
    name: str | None = None
    owner: str | None = None
    bank: str | None = None
    iban: bool = False

    @property
    def key(self):
        """The number as numbers are compared."""
        return account_key(self.number)


@dataclass(slots=True)
class Balance:
    """A balance the bank reports; ``kind``: ISO code (OPBD, CLBD, PRCD, ITBD, CLAV, FWAV …) or the bank's own word."""

    kind: str
    amount: Decimal
    currency: str
    date: datetime.date | None
    subkind: str | None = None
    with_credit_line: bool = False


@dataclass(slots=True)
class Totals:
    """Counts and sums of entries, as declared by the bank or as counted by the reader; sums carry no sign."""

    count: int | None = None
    net: Decimal | None = None
    credit_count: int | None = None
    credit_sum: Decimal | None = None
    debit_count: int | None = None
    debit_sum: Decimal | None = None


@dataclass(slots=True)
class Page:
    """One message about one account: a whole statement, or one page of it.

    ``kind``: ``STATEMENT`` (camt.053, MT940, CSV), ``REPORT`` (camt.052, MT942) or ``NOTIFICATION`` (camt.054);
    ``index``: 1-based in the file; ``number``: the bank's running number; ``page_number``, ``last_page``: None when the
    bank does not page; ``complete``: the end of the page was read, its totals and fingerprint are final;
    ``booked``: signed sum of the booked entries; ``after_closing``: of those among them that are dated after the day of
    the closing balance, where what was asked for goes on beyond it; ``fingerprint``: SHA-256 over what the page says,
    the same whatever the file is called, however it is written and whichever message carried it.
    """

    kind: str
    format: str
    index: int
    account: Account
    line: int | None = None
    statement_id: str | None = None
    number: str | None = None
    page_number: int | None = None
    last_page: bool | None = None
    message_id: str | None = None
    created_at: str | None = None
    from_date: datetime.date | None = None
    to_date: datetime.date | None = None
    duplicate: str | None = None
    balances: list[Balance] = field(default_factory=list)
    declared: Totals = field(default_factory=Totals)
    counted: Totals = field(default_factory=Totals)
    booked: Decimal = Decimal(0)
    after_closing: Decimal = Decimal(0)
    pending: Decimal = Decimal(0)
    entries: int = 0
    information: str | None = None
    complete: bool = False
    fingerprint: str | None = None


@dataclass(slots=True)
class BankCode:
    """A bank transaction code: ISO domain, family and subfamily, and the bank's own code with its issuer."""

    domain: str | None = None
    family: str | None = None
    subfamily: str | None = None
    proprietary: str | None = None
    issuer: str | None = None


@dataclass(slots=True)
class Party:
    """A party with its account and bank, as far as the bank named them; ``bank``: BIC or clearing number."""

    name: str | None = None
    account: str | None = None
    bank: str | None = None
    bank_name: str | None = None
    identification: str | None = None
    address: tuple[str, ...] = ()
    country: str | None = None


@dataclass(slots=True)
class References:
    """References of one transaction; the words for "not provided" stand as None. ``other``: pairs (type, value)."""

    end_to_end_id: str | None = None
    transaction_id: str | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    message_id: str | None = None
    payment_information_id: str | None = None
    mandate_id: str | None = None
    cheque_number: str | None = None
    clearing_reference: str | None = None
    bank_reference: str | None = None
    other: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Charge:
    """A charge as the bank wrote it: amount without sign, ``direction`` credit, debit or None.

    ``included``: whether the entry's amount contains it already; ``total``: the bank's sum of the other charges.
    """

    amount: Decimal
    currency: str
    direction: str | None = None
    included: bool | None = None
    kind: str | None = None
    total: bool = False


@dataclass(slots=True)
class RelatedAmount:
    """A further amount of a transaction, and the exchange behind it; nothing of it is computed here.

    ``kind``: instructed, transaction, counter value, announced posting, or the bank's own word.
    """

    kind: str
    amount: Decimal
    currency: str
    source_currency: str | None = None
    target_currency: str | None = None
    unit_currency: str | None = None
    rate: Decimal | None = None
    contract: str | None = None


@dataclass(slots=True)
class StructuredReference:
    """A structured remittance: the creditor's reference with its type (SCOR, QRR …) and documents (type, number)."""

    reference: str | None = None
    kind: str | None = None
    issuer: str | None = None
    documents: tuple[tuple[str | None, str], ...] = ()
    information: tuple[str, ...] = ()


@dataclass(slots=True)
class Return:
    """Why a payment came back; see `reason_codes` for the code in words."""

    code: str | None
    information: str | None = None
    originator: str | None = None


@dataclass(slots=True)
class Detail:
    """One transaction inside an entry. It explains the entry and is no booking.

    ``amount``: signed by its own indicator, else by its entry's; None when the bank did not give one;
    ``accepted_at``: when the payer's bank accepted the payment, as written.
    """

    references: References
    amount: Decimal | None = None
    currency: str | None = None
    debtor: Party | None = None
    creditor: Party | None = None
    ultimate_debtor: Party | None = None
    ultimate_creditor: Party | None = None
    remittance: tuple[str, ...] = ()
    structured: tuple[StructuredReference, ...] = ()
    purpose: str | None = None
    returned: Return | None = None
    charges: tuple[Charge, ...] = ()
    amounts: tuple[RelatedAmount, ...] = ()
    code: BankCode | None = None
    information: str | None = None
    accepted_at: str | None = None


@dataclass(slots=True)
class Batch:
    """Identification of a batch that the bank booked as one; ``amount`` without sign."""

    message_id: str | None = None
    payment_information_id: str | None = None
    count: int | None = None
    amount: Decimal | None = None


@dataclass(slots=True)
class Entry:
    """One entry; its own sign and amount count, whatever its details add up to.

    ``reversal``: the bank marks it as the undoing of an earlier one; the sign already says so and is not turned.
    ``number``: 1-based in its page; ``occurrence``: 1 for the first of several entries of a statement that say the
    same apart from the bank's references, 2 for the next …; ``announced_in``: id of the message with the details;
    ``raw``: the text of the entry in the file.
    """

    page: Page
    number: int
    line: int
    status: str
    amount: Decimal
    currency: str
    booking_date: datetime.date | None
    value_date: datetime.date | None
    raw: str
    reversal: bool = False
    entry_reference: str | None = None
    bank_reference: str | None = None
    code: BankCode | None = None
    batches: tuple[Batch, ...] = ()
    details: tuple[Detail, ...] = ()
    charges: tuple[Charge, ...] = ()
    amounts: tuple[RelatedAmount, ...] = ()
    information: str | None = None
    announced_in: str | None = None
    occurrence: int = 1

    @property
    def date(self):
        """The day for the books: the booking date, or the value date where the bank gives no other."""
        return self.booking_date or self.value_date

    @property
    def role(self):
        """What the entry is for the books.

        ``BOOKING``: it moves the balance; ``INTRADAY``: booked, but a statement will say it again; ``PENDING``;
        ``EXPLANATION``: of an entry that a statement holds, as all of a camt.054; ``INFORMATION``: never booked.
        """
        if self.page.kind == NOTIFICATION:
            return EXPLANATION
        if self.status == BOOKED:
            return BOOKING if self.page.kind == STATEMENT else INTRADAY
        return INFORMATION if self.status == INFORMATION else PENDING
