"""What a line of a bank file says about payments of ours: which one, how much, and whether it came back.

A movement is one transaction of an entry, or a batch that the bank booked as one. Nothing is looked up here: the
references are the bank's, and whose payment they name is for the database to say.
"""

import datetime
import hashlib
import json
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from types import SimpleNamespace

from .bank_files.statement import BankCode, Batch, Charge, References, RelatedAmount, Return

# ISO 20022 external code set, subfamilies of bank transactions: unpaid direct debit, reversal after a payment was
# reversed, reversal after it was returned, and a cancellation of one.
RETURN_CODES = frozenset({"UPDD", "PRDD", "RRTN", "RPCR"})


@dataclass(slots=True)
class Movement:
    """One transaction as the bank tells it, in the words of ``bank_files.statement``.

    ``role``: of its entry; ``amount``: signed, None when the bank gave none; ``amounts``: further amounts the bank
    names for it, without sign, each with its currency; ``returned``: why it came back, None without a word;
    ``is_return``: whether it came back; ``charges``: as the bank wrote them, one text each; ``charged``: their sum as
    far as ``amount`` contains them; ``is_batch``: a batch without its transactions; ``key``: the same whenever the
    same is read again.
    """

    role: str
    amount: Decimal | None
    currency: str | None
    date: datetime.date | None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    payment_information_id: str | None = None
    message_id: str | None = None
    mandate_id: str | None = None
    bank_reference: str | None = None
    returned: Return | None = None
    is_return: bool = False
    amounts: tuple[tuple[Decimal, str], ...] = ()
    charges: tuple[str, ...] = ()
    charged: Decimal = Decimal(0)
    is_batch: bool = False
    key: str = ""

    def is_of(self, amount, currency):
        """Whether a payment of ``amount`` (unsigned) can be meant: the bank names it, or it differs by charges only.

        Of another currency than the account it is when the bank names the amount in it.
        """
        if (amount, currency) in self.amounts:
            return True
        if self.amount is None:
            return not self.amounts
        moved = abs(self.amount)
        return currency == self.currency and amount in (moved, moved - self.charged, moved + self.charged)


def movements(entry):
    """Return the ``Movement`` list of an ``Entry``: of its transactions, else of the batches it names."""
    batches = [one for one in entry.batches if one.payment_information_id or one.message_id]
    if entry.details:
        found = [_of_detail(entry, detail, batches) for detail in entry.details]
        found = [one for one in found if one.end_to_end_id or one.instruction_id or one.is_return or one.is_batch]
    elif len(batches) == 1 and not _came_back(entry, None):
        found = [_of_batch(entry, batches[0])]
    elif _came_back(entry, None):
        found = [_plain(entry, is_return=True)]
    else:
        found = []
    seen = {}
    for one in found:
        said = _said(entry, one)
        seen[said] = seen.get(said, 0) + 1
        one.key = hashlib.sha256(json.dumps([said, seen[said]]).encode()).hexdigest()
    return found


def entry_of_plain(plain, role, account_key, date):
    """Return an entry that was kept as values of JSON (see ``bank_files.plain``) as far as ``movements`` asks.

    :param role: see ``Entry.role``; ``account_key``: number of the account, as numbers are compared; ``date``: its day
    """
    return SimpleNamespace(
        role=role,
        page=SimpleNamespace(account=SimpleNamespace(key=account_key)),
        date=date,
        amount=_number(plain.get("amount")),
        currency=plain.get("currency"),
        reversal=bool(plain.get("reversal")),
        bank_reference=plain.get("bank_reference"),
        code=_made(BankCode, plain.get("code")),
        batches=[_made(Batch, one) for one in plain.get("batches", ())],
        details=[_detail_of_plain(one) for one in plain.get("details", ())],
        charges=_all_made(Charge, plain.get("charges")),
        amounts=_all_made(RelatedAmount, plain.get("amounts")),
        occurrence=plain.get("occurrence", 1),
    )


def moment(text, default):
    """Return the time that a bank wrote (ISO 8601, with or without a zone) in UTC without one, else ``default``.

    One without a zone is taken as UTC: off by hours at most, where the order of two statements is what counts.
    """
    try:
        found = datetime.datetime.fromisoformat((text or "").strip().replace("Z", "+00:00"))
    except ValueError:
        return default
    if found.tzinfo:
        found = found.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return found.replace(microsecond=0)


def end_of_day(day, default):
    """Return the last second of a day, as what a bank books on it follows what it says on it."""
    return datetime.datetime.combine(day, datetime.time(23, 59, 59)) if day else default


def _plain(entry, **values):
    return Movement(
        role=entry.role,
        amount=entry.amount,
        currency=entry.currency,
        date=entry.date,
        bank_reference=entry.bank_reference,
        charges=tuple(_written(charge) for charge in entry.charges),
        charged=_contained(entry.charges),
        **values,
    )


def _of_batch(entry, batch):
    return _plain(
        entry, payment_information_id=batch.payment_information_id, message_id=batch.message_id, is_batch=True
    )


def _of_detail(entry, detail, batches):
    references = detail.references
    only = batches[0] if len(batches) == 1 else None
    alone = len(entry.details) == 1
    charges = detail.charges or (entry.charges if alone else ())
    batch_id = references.payment_information_id or (only.payment_information_id if only else None)
    unnamed = not (references.end_to_end_id or references.instruction_id)
    return Movement(
        role=entry.role,
        amount=detail.amount if detail.amount is not None else entry.amount if alone else None,
        currency=detail.currency or entry.currency,
        date=entry.date,
        end_to_end_id=references.end_to_end_id,
        instruction_id=references.instruction_id,
        payment_information_id=batch_id,
        message_id=references.message_id or (only.message_id if only else None),
        mandate_id=references.mandate_id,
        bank_reference=references.bank_reference or entry.bank_reference,
        returned=detail.returned,
        is_return=_came_back(entry, detail),
        amounts=tuple((one.amount, one.currency) for one in (*detail.amounts, *(entry.amounts if alone else ()))),
        charges=tuple(_written(charge) for charge in charges),
        charged=_contained(charges),
        is_batch=bool(alone and unnamed and batch_id and not _came_back(entry, detail)),
    )


def _detail_of_plain(plain):
    return SimpleNamespace(
        references=_made(References, plain.get("references")) or References(),
        amount=_number(plain.get("amount")),
        currency=plain.get("currency"),
        returned=_made(Return, plain.get("returned")) or (Return(None) if "returned" in plain else None),
        charges=_all_made(Charge, plain.get("charges")),
        amounts=_all_made(RelatedAmount, plain.get("amounts")),
        code=_made(BankCode, plain.get("code")),
    )


def _made(kind, plain):
    """Return a value of the class ``kind`` from what JSON keeps of it, None of nothing; its amount is a number."""
    if not plain:
        return None
    values = {name: plain.get(name) for name in kind.__dataclass_fields__ if name in plain}
    if "amount" in values:
        values["amount"] = _number(values["amount"])
    return kind(**{**dict.fromkeys(_required(kind)), **values})


def _required(kind):
    return [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]


def _all_made(kind, plain):
    return tuple(_made(kind, one) for one in plain or ())


def _number(text):
    return None if text is None else Decimal(str(text))


def _came_back(entry, detail):
    if entry.reversal or (detail is not None and detail.returned is not None):
        return True
    return any(code and code.subfamily in RETURN_CODES for code in (entry.code, detail.code if detail else None))


def _contained(charges):
    """The sum of the charges that an amount contains; the bank's own total is not added to its parts."""
    single = [charge for charge in charges if not charge.total]
    return sum((one.amount for one in single or charges if one.included is not False), Decimal(0))


def _written(charge):
    return " ".join(filter(None, ("%s %s" % (charge.amount, charge.currency), charge.kind)))


def _said(entry, one):
    account = entry.page.account.key if entry.page.account else ""
    parts = (
        one.role, account, one.date, one.amount, one.currency, one.end_to_end_id, one.instruction_id,
        one.payment_information_id, one.bank_reference, one.is_return, entry.occurrence,
    )  # fmt: skip
    return "|".join("" if part is None else str(part) for part in parts)
