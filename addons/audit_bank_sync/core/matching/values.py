"""The plain values that the matching takes and gives.

Amounts: whole numbers of the smallest unit of the currency beside them. Signs: as on the bank account, so money that
came in, and an item that expects it (an invoice to a customer), are positive; a bill to pay is negative.
Ids: whatever the caller uses and can be hashed, each once among the lines, the items, the partners.
"""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple


class Kind(str, Enum):
    """What a proposal says about its lines."""

    ONE_TO_ONE = "one_to_one"
    ONE_TO_MANY = "one_to_many"
    MANY_TO_ONE = "many_to_one"
    PARTIAL = "partial"
    """One line pays a part of one item, which stays open with the rest."""
    OVERPAID = "overpaid"
    """One line pays an item and more: the rest stays unallocated, for a person to decide."""
    OWN_TRANSFER = "own_transfer"
    SWEEP = "sweep"
    DUPLICATE = "duplicate"
    """The line repeats another one: no item is proposed for it."""


class Level(str, Enum):
    """What may happen with a proposal."""

    SUGGEST = "suggest"
    AUTOMATIC = "automatic"


class Use(str, Enum):
    """What a part of a bank line is for."""

    ITEM = "item"
    FEE = "fee"
    DISCOUNT = "discount"
    EXCHANGE = "exchange"
    TRANSFER = "transfer"
    UNALLOCATED = "unallocated"


class Detail(NamedTuple):
    """One payment within a batch that the bank booked as one line."""

    amount: int
    end_to_end_id: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    counterparty_name: str = ""
    counterparty_iban: str = ""


class BankLine(NamedTuple):
    """A booked line of a bank account."""

    id: Any
    account: str
    """IBAN (or other number) of the own account."""
    amount: int
    currency: str
    booked_on: date
    text: str = ""
    """All that was written for the receiver, joined by spaces."""
    references: tuple[str, ...] = ()
    """Creditor references that the bank gave in a field of their own."""
    end_to_end_id: str = ""
    mandate_id: str = ""
    sequence: str = ""
    """Number of the collection under the mandate, where the collector numbers them."""
    batch_reference: str = ""
    """The payment information id or file reference under which a batch was booked."""
    bank_reference: str = ""
    """The bank's own reference of the booking; two different ones are two bookings."""
    counterparty_name: str = ""
    counterparty_iban: str = ""
    partner_id: Any = None
    """The partner when a person or a rule has already set it."""
    original_amount: int | None = None
    """What was instructed, with the same sign as ``amount``, when that was in another currency."""
    original_currency: str = ""
    charges: int = 0
    """What the bank says that it took off or added, as a positive number."""
    bank_code: str = ""
    """ISO 20022 bank transaction code as ``domain/family/subfamily``."""
    is_return: bool = False
    """A payment that came back: only its own keys may find what it returns."""
    details: tuple[Detail, ...] = ()
    paid_on: date | None = None
    """The value date or the date of acceptance, when it is known: by it a discount is in time or not."""

    @property
    def value_day(self):
        """The day on which the payer paid, as far as it is known."""
        return self.paid_on or self.booked_on


class Discount(NamedTuple):
    """What may be taken off an item that is paid in time."""

    amount: int
    """With the sign of the item."""
    until: date


class OpenItem(NamedTuple):
    """What is still open of a journal item, with what identifies it."""

    id: Any
    partner_id: Any
    amount: int
    currency: str
    dated_on: date
    due_on: date
    number: str = ""
    references: tuple[str, ...] = ()
    """Payment references and the other party's own numbers, structured or not."""
    end_to_end_id: str = ""
    mandate_id: str = ""
    sequence: str = ""
    batch_reference: str = ""
    own_account: str = ""
    """Of a transfer between own accounts that was registered: the account (as of lines) whose line it waits for."""
    discounts: tuple[Discount, ...] = ()


class Partner(NamedTuple):
    """Whom an item is with, by names and accounts."""

    id: Any
    names: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()


class Reason(NamedTuple):
    """One thing that speaks for a proposal, against it, or against carrying it out without a person.

    The words are made elsewhere, from ``code`` and ``values``, in the language of the reader; ``reasons`` lists both.
    """

    code: str
    points: float = 0.0
    """Its share of the score; 0 for what only informs or holds back."""
    values: tuple[tuple[str, Any], ...] = ()

    def value(self, name):
        """Return the value called ``name``; ``KeyError`` when this reason has none."""
        return dict(self.values)[name]


class Allocation(NamedTuple):
    """A part of a bank line and its use. The parts of a line always add up to the line, to the smallest unit."""

    line_id: Any
    use: Use
    amount: int
    """In the currency of the line, signed like a line."""
    item_id: Any = None
    settles: int = 0
    """What is closed of the item, in the currency of the item and with its sign."""
    account: str = ""
    """The other own account of a transfer, when it is known."""


class Proposal(NamedTuple):
    """What one or several lines may be for."""

    kind: Kind
    line_ids: tuple
    allocations: tuple[Allocation, ...]
    score: float
    """From 0 to 1."""
    reasons: tuple[Reason, ...]
    level: Level = Level.SUGGEST
    margin: float = 1.0
    """Distance to the best proposal that says something else about the same lines or claims the same items."""
    barriers: tuple[Reason, ...] = ()
    """Why it is not automatic; empty when it is."""
    other_line_id: Any = None
    """The other side of a transfer, or the line that a duplicate repeats."""

    @property
    def item_ids(self):
        """The items that are settled, each once, in the order of the allocations."""
        return tuple(dict.fromkeys(part.item_id for part in self.allocations if part.item_id is not None))


class Settings(NamedTuple):
    """What a company decides about its matching. Days are calendar days, amounts as everywhere in smallest units."""

    suggest_at: float = 0.42
    """Least score of a proposal that is shown."""
    automatic_at: float | None = None
    """Least score of a proposal that may be carried out without a person; ``None``: none may."""
    margin: float = 0.15
    automatic_differences: frozenset = frozenset({Use.DISCOUNT})
    """Which differences a proposal without a person may contain; discounts are contractual, the others are not."""
    fee_most: int = 5
    """In whole units of the currency."""
    fee_share: Decimal = Decimal("0.005")
    exchange_share: Decimal = Decimal("0.01")
    discount_grace_days: int = 3
    transfer_days: int = 5
    duplicate_days: int = 10
    block_most: int = 12
    """How many items one key may bring; a larger block is refined by the amount."""
    combined_items: int = 12
    """Among how many items of a partner a sum is looked for."""
    combined_steps: int = 1500
    """How many sums are tried for one line."""
    proposals_most: int = 5
    """How many proposals of a line are kept."""
