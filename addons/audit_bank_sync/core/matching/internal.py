"""Lines that are no payment of a partner: transfers between own accounts, sweeps, and lines that repeat another.

They are recognised before partners: a transfer has an amount and a text that could well fit somebody's invoice.
"""

from bisect import bisect_left
from datetime import timedelta
from typing import NamedTuple

from . import reasons, words
from .proposing import score
from .values import Allocation, Kind, Proposal, Use

# ISO 20022 external bank transaction codes, domain CAMT (cash management): families of account balancing and pooling.
_SWEEPS = ("CAMT/ACCB/", "CAMT/CAPL/")
_BY_ACCOUNT, _BY_CODE, _BY_NAME = 0.80, 0.75, 0.45
_OTHER_SIDE, _SILENT_SIDE = 0.18, 0.04
_REGISTERED, _REGISTERED_LONG_AGO = 0.18, 0.04
_MOST_OTHER_SIDES = 12
_REPEATED, _SAME_REFERENCE = 0.60, 0.25


class Own(NamedTuple):
    """The company's own accounts (those of the lines count without being named) and its names as banks write them."""

    accounts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Repeat(NamedTuple):
    """A line that looks like an earlier one: the other's id, the days between, and a bank reference that both have."""

    line_id: object
    days: int
    bank_reference: str


def transfers(lines, own, settings, items=()):
    """Return the proposals for transfers and sweeps, and the set of ids of their lines.

    A transfer of which both sides were found is one proposal of two lines. Where it was registered before, each side
    has an item among ``items`` (``OpenItem.own_account``) and closes that one: on the account for transfers nothing
    is open any more.
    """
    accounts = {words.account_number(account) for account in own.accounts} | {
        words.account_number(line.account) for line in lines
    }
    names = {words.name_key(name) for name in own.names}
    signs = {}
    for line in lines:
        because = _sign(line, accounts, names)
        if because:
            signs[line.id] = because
    opposite = _Opposite(lines, settings.transfer_days)
    registered = _Registered(items, settings.transfer_days)
    result, used = [], set()
    # Those with an account first: a line that is known by its name alone must not take their other side.
    for line in sorted((line for line in lines if line.id in signs), key=lambda line: -signs[line.id].points):
        if line.id not in used:
            proposal = registered.proposal(line, signs[line.id])
            proposal = proposal or _transfer(line, signs, opposite, accounts, used)
            used.update(proposal.line_ids)
            result.append(proposal)
    return result, used


def repeats(lines, settings):
    """Return ``Repeat`` by line id for the lines that look like an earlier one on the same account.

    Two equal lines can both be real: this is a suspicion. It keeps a line from being carried out without a person, and
    becomes a proposal when no item is left for it.
    """
    groups = {}
    for line in lines:
        key = (
            line.account, line.currency, line.amount, words.account_number(line.counterparty_iban),
            words.name_key(line.counterparty_name), line.text, line.references,
        )  # fmt: skip
        if any(key[3:]):
            groups.setdefault(key, []).append(line)
    found = {}
    for group in groups.values():
        group.sort(key=lambda line: line.booked_on)
        first = group[0]
        for line in group[1:]:
            days = (line.booked_on - first.booked_on).days
            if days > settings.duplicate_days:
                first = line
                continue
            same = line.bank_reference if line.bank_reference == first.bank_reference and not days else ""
            found[line.id] = Repeat(first.id, days, same)
    return found


def repeated(line, repeat):
    """Return the proposal that ``line`` only repeats another: nothing of it is allocated."""
    because = [reasons.reason(reasons.REPEATS, _REPEATED, line=repeat.line_id, days=repeat.days)]
    if repeat.bank_reference:
        because.append(reasons.reason(reasons.SAME_BANK_REFERENCE, _SAME_REFERENCE, value=repeat.bank_reference))
    parts = (Allocation(line.id, Use.UNALLOCATED, line.amount),)
    return Proposal(
        Kind.DUPLICATE, (line.id,), parts, score(because), tuple(because), other_line_id=repeat.line_id,
        barriers=(reasons.reason(reasons.DUPLICATE_SUSPECTED, line=repeat.line_id),),
    )  # fmt: skip


class _Opposite:
    """All lines by account, currency and amount, to find the other side of a transfer."""

    def __init__(self, lines, days):
        self._days = timedelta(days=days)
        self._lines, self._accounts = {}, {}
        for line in lines:
            account = words.account_number(line.account)
            self._lines.setdefault((account, line.currency, line.amount), []).append((line.booked_on, line))
            self._accounts.setdefault((line.currency, line.amount), set()).add(account)
        for block in self._lines.values():
            block.sort(key=lambda entry: entry[0])

    def of(self, line, other_account, used):
        """Return the lines of the opposite amount near in time that could be the other side, the nearest first."""
        mine = words.account_number(line.account)
        accounts = self._accounts.get((line.currency, -line.amount), ())
        fitting = []
        for account in [other_account] if other_account else sorted(accounts):
            if account == mine:
                continue
            block = self._lines.get((account, line.currency, -line.amount), ())
            start = bisect_left(block, line.booked_on - self._days, key=lambda entry: entry[0])
            for day, other in block[start : start + _MOST_OTHER_SIDES]:
                back = words.account_number(other.counterparty_iban)
                if day <= line.booked_on + self._days and other.id not in used and back in ("", mine):
                    fitting.append((abs((day - line.booked_on).days), other))
        return sorted(fitting, key=lambda entry: entry[0])


class _Registered:
    """Transfers that were entered as payments, by the own account whose bank line they wait for; each is used once."""

    def __init__(self, items, days):
        self._days, self._blocks, self._used = days, {}, set()
        for item in items:
            if item.own_account:
                key = (words.account_number(item.own_account), item.currency, item.amount)
                self._blocks.setdefault(key, []).append(item)

    def proposal(self, line, sign):
        """Return the proposal that a line with the sign of a transfer closes the one nearest in time; None if none."""
        block = self._blocks.get((words.account_number(line.account), line.currency, line.amount), ())
        waiting = sorted(
            (abs((item.dated_on - line.booked_on).days), str(item.id), item)
            for item in block
            if item.id not in self._used
        )
        if not waiting:
            return None
        days, _id, item = waiting[0]
        self._used.add(item.id)
        near = _REGISTERED if days <= self._days else _REGISTERED_LONG_AGO
        because = (sign, reasons.reason(reasons.REGISTERED, near, number=item.number))
        # Those used already count too: it may be that one which is wrong.
        barriers = (reasons.reason(reasons.OTHER_SIDE_AMBIGUOUS, count=len(block)),) if len(block) > 1 else ()
        parts = (Allocation(line.id, Use.ITEM, line.amount, item.id, item.amount),)
        return Proposal(Kind.ONE_TO_ONE, (line.id,), parts, score(because), because, barriers=barriers)


def _sign(line, accounts, names):
    """The reason for which a line is no payment of a partner, ``None`` when it may be one."""
    other = words.account_number(line.counterparty_iban)
    if line.bank_code.upper().startswith(_SWEEPS):
        return reasons.reason(reasons.BANK_CODE, _BY_CODE, code=line.bank_code)
    if other:
        if other in accounts and other != words.account_number(line.account):
            return reasons.reason(reasons.OWN_ACCOUNT, _BY_ACCOUNT, account=other)
        return None
    if line.counterparty_name and words.name_key(line.counterparty_name) in names:
        return reasons.reason(reasons.OWN_ACCOUNT, _BY_NAME, account="")
    return None


def _may_be_side(other, signs, other_account):
    """Whether a line of the opposite amount may be the other side: it looks like a transfer too, or says nothing.

    A customer who pays the same amount by chance is known by name.
    """
    return other.id in signs or bool(other_account and not other.counterparty_name)


def _transfer(line, signs, opposite, accounts, used):
    because = [signs[line.id]]
    other_account = words.account_number(line.counterparty_iban)
    other_account = other_account if other_account in accounts else ""
    sides = opposite.of(line, other_account, used)
    sides = [entry for entry in sides if _may_be_side(entry[1], signs, other_account)]
    sides.sort(key=lambda entry: (entry[0], entry[1].id not in signs))
    kind = Kind.SWEEP if line.bank_code.upper().startswith(_SWEEPS) else Kind.OWN_TRANSFER
    if not sides:
        parts = (Allocation(line.id, Use.TRANSFER, line.amount, account=other_account),)
        barriers = (reasons.reason(reasons.OTHER_SIDE_MISSING),)
        return Proposal(kind, (line.id,), parts, score(because), tuple(because), barriers=barriers)
    days, other = sides[0]
    mine = words.account_number(line.account)
    found = _OTHER_SIDE if other.id in signs else _SILENT_SIDE
    because.append(reasons.reason(reasons.OTHER_SIDE, found, line=other.id, days=days))
    # Whoever is used already counts too: then it may be that pair which is wrong.
    count = max(len(opposite.of(line, other_account, ())), len(opposite.of(other, mine, ())))
    barriers = (reasons.reason(reasons.OTHER_SIDE_AMBIGUOUS, count=count),) if count > 1 else ()
    parts = (
        Allocation(line.id, Use.TRANSFER, line.amount, account=words.account_number(other.account)),
        Allocation(other.id, Use.TRANSFER, other.amount, account=mine),
    )
    ids = (line.id, other.id)
    return Proposal(kind, ids, parts, score(because), tuple(because), barriers=barriers, other_line_id=other.id)
