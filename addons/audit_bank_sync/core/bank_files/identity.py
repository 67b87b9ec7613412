"""Whether an entry was seen before: scored keys, because banks reissue ids, repeat references and book twice the same.

Compare only entries of one account. Two entries of one statement are never the same, whatever they say.
"""

import datetime
from decimal import Decimal
from typing import NamedTuple

from .statement import BOOKED, Entry, Party

SAME = 0.80
"""From this score on two entries are taken as one; a merge keeps its history and can be undone by a person."""

MAYBE = 0.55
"""From this score on a person is asked."""

_BOOKING_DELAY = datetime.timedelta(days=10)
"""A pending entry is booked within this time, or it is another one."""

_CHANGED_BY_BOOKING = frozenset({"bank's reference", "date", "value date"})


class Keys(NamedTuple):
    """What an entry is recognised by; plain values, for columns of a staging table.

    ``bank_references``: given by the bank, strong but reissued now and then; ``references``: end-to-end and others that
    a payer chose, which may repeat every month; ``text``: letters and digits of the remittance; ``occurrence``: see
    ``Entry``.
    """

    amount: Decimal
    currency: str
    booked: bool
    date: datetime.date | None
    value_date: datetime.date | None
    bank_references: frozenset[str]
    references: frozenset[str]
    counterparty: str | None
    text: str
    occurrence: int


def counterparty(entry, own_account=None):
    """Return the ``Party`` on the other side of an entry with one detail, or None.

    The party that has our account is us. Else the sign decides: of money received, the debtor; but a return and a
    reversal keep the roles of the payment that they undo, so there it is the other way round.
    """
    if len(entry.details) != 1:
        return None
    detail = entry.details[0]
    own = own_account or entry.page.account.key
    if detail.debtor and detail.debtor.account == own:
        return detail.creditor
    if detail.creditor and detail.creditor.account == own:
        return detail.debtor
    undone = entry.reversal or detail.returned is not None
    received = (entry.amount > 0) != undone
    near, far = (detail.debtor, detail.creditor) if received else (detail.creditor, detail.debtor)
    return near or far


def keys(entry: Entry) -> Keys:
    """Return the ``Keys`` of an entry."""
    references, bank_references = set(), {entry.bank_reference}
    for detail in entry.details:
        said = detail.references
        references |= {said.end_to_end_id, said.mandate_id, said.instruction_id, said.payment_information_id}
        references |= {one.reference for one in detail.structured}
        bank_references |= {said.transaction_id, said.bank_reference, said.clearing_reference, said.uetr}
    for batch in entry.batches:
        references |= {batch.payment_information_id, batch.message_id}
    text = " ".join(line for detail in entry.details for line in detail.remittance) or entry.information or ""
    other = counterparty(entry) or Party()
    return Keys(
        amount=entry.amount,
        currency=entry.currency,
        booked=entry.status == BOOKED,
        date=entry.date,
        value_date=entry.value_date,
        bank_references=frozenset(filter(None, bank_references)),
        references=frozenset(filter(None, references)),
        counterparty=other.account or (other.name and _letters(other.name)) or None,
        text=_letters(text),
        occurrence=entry.occurrence,
    )


def score(known: Keys, fresh: Keys):
    """Return ``(score, reasons)``: how likely ``fresh`` is the entry ``known``; 0 to 1, reasons in words.

    An amount or currency that differs, or dates too far apart, exclude it. A booked entry is never the same as
    another one whose occurrence number differs: two equal lines are two.
    """
    if (known.amount, known.currency) != (fresh.amount, fresh.currency):
        return 0.0, ["another amount"]
    apart = _days(known.date, fresh.date)
    if apart is not None and apart > (0 if known.booked and fresh.booked else _BOOKING_DELAY.days):
        return 0.0, ["%d days apart" % apart]
    # with another number and on another day is how an announced entry is booked, so that neither speaks against it
    booked_now = (
        fresh.booked and not known.booked and (known.date is None or fresh.date is None or fresh.date >= known.date)
    )
    reasons, total = ["same amount"], 0.25
    for weight, word, same in (
        (0.45, "bank's reference", _overlap(known.bank_references, fresh.bank_references)),
        (0.30, "reference", _overlap(known.references, fresh.references)),
        (0.15, "other party", _equal(known.counterparty, fresh.counterparty)),
        (0.20, "purpose", _equal(known.text, fresh.text)),
        (0.15, "date", None if apart is None else apart == 0),
        (0.05, "value date", _equal(known.value_date, fresh.value_date)),
    ):
        if same:
            total += weight
            reasons.append("same " + word)
        elif same is False and not (booked_now and word in _CHANGED_BY_BOOKING):
            # a bank that reissues its ids changes them, so another one weighs less than the same one
            total -= weight / 3
            reasons.append("another " + word)
    if known.booked and fresh.booked and known.occurrence != fresh.occurrence:
        by_bank = _overlap(known.bank_references, fresh.bank_references)
        total = min(total, 1.0 if by_bank else MAYBE - 0.01)
        reasons.append("number %d and number %d of equal entries" % (known.occurrence, fresh.occurrence))
    return max(0.0, min(1.0, round(total, 2))), reasons


def _days(one, other):
    return None if one is None or other is None else abs((one - other).days)


def _overlap(one, other):
    return None if not one or not other else bool(one & other)


def _equal(one, other):
    return None if not one or not other else one == other


_NO_LETTERS = {number: None for number in range(128) if not chr(number).isalnum()}


def _letters(text):
    if text.isascii():
        return text.translate(_NO_LETTERS).casefold()
    return "".join(filter(str.isalnum, text)).casefold()
