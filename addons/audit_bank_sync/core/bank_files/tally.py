"""Counting along while a page is read: sums, the fingerprint, equal entries, and whether the bank's totals agree."""

import hashlib
from decimal import Decimal

from .plain import decimal_text
from .problems import ERROR, WARNING
from .statement import BOOKED, FUTURE, NOTIFICATION, PENDING, Totals

_ZERO = Decimal(0)


class Occurrences:
    """How often the entries of a statement said the same, over all its pages in one file."""

    def __init__(self):
        self._page = None
        self._seen = {}

    def number(self, page, said):
        """Return 1 for the first entry of ``page``'s statement with the content ``said``, 2 for the next …

        A page that does not continue the one before begins anew: a statement that is in the file twice repeats its
        entries and their numbers.
        """
        if page is not self._page:
            if not self._continues(page):
                self._seen.clear()
            self._page = page
        key = hash(said)
        number = self._seen[key] = self._seen.get(key, 0) + 1
        return number

    def _continues(self, page):
        before = self._page
        if before is None or before.page_number is None or page.page_number is None:
            return False
        same = before.account.key == page.account.key and before.number == page.number
        return same and page.page_number > before.page_number


class Tally:
    """The running figures of one page; memory grows by one number an entry."""

    def __init__(self, findings, occurrences):
        self.findings = findings
        self._occurrences = occurrences
        self._hash = hashlib.sha256()
        self._counts = {1: 0, -1: 0}
        self._sums = {1: _ZERO, -1: _ZERO}
        self._booked = self._pending = _ZERO

    def add(self, entry, path=None):
        """Count ``entry``, give it its occurrence number, and report what its parts do not agree on."""
        said = content(entry)
        self._hash.update(repr((said, entry.bank_reference, entry.entry_reference)).encode("utf-8", "replace"))
        entry.occurrence = self._occurrences.number(entry.page, said)
        way = -1 if entry.amount < 0 or entry.amount.is_signed() else 1
        self._counts[way] += 1
        self._sums[way] += abs(entry.amount)
        if entry.status == BOOKED:
            self._booked += entry.amount
        elif entry.status in (PENDING, FUTURE):
            self._pending += entry.amount
        self._check_currency(entry, path)
        self._check_details(entry, path)

    def finish(self, page, path=None):
        """Close ``page``: its totals and fingerprint are final now."""
        page.counted = Totals(
            count=self._counts[1] + self._counts[-1], net=self._sums[1] - self._sums[-1],
            credit_count=self._counts[1], credit_sum=self._sums[1],
            debit_count=self._counts[-1], debit_sum=self._sums[-1],
        )  # fmt: skip
        page.booked, page.pending = self._booked, self._pending
        balances = [(one.kind, one.subkind, _plain(one.amount), one.currency, str(one.date)) for one in page.balances]
        header = (page.kind, page.account.key, page.account.currency, page.number, page.page_number, balances)
        self._hash.update(repr(header).encode("utf-8", "replace"))
        page.fingerprint = self._hash.hexdigest()
        page.complete = True
        for name, word in (
            ("count", "entries"), ("net", "net of all entries"), ("credit_count", "credits"),
            ("credit_sum", "sum of credits"), ("debit_count", "debits"), ("debit_sum", "sum of debits"),
        ):  # fmt: skip
            declared, counted = getattr(page.declared, name), getattr(page.counted, name)
            if declared is not None and declared != counted:
                self.findings.warning(
                    "totals-differ",
                    "The bank declares %s %s, the file holds %s." % (word, declared, counted),
                    page.line,
                    path,
                )

    def _check_currency(self, entry, path):
        account = entry.page.account
        if account.currency is None:
            account.currency = entry.currency
        if entry.currency != account.currency:
            # a notification books nothing, so it may tell of another currency
            severity = WARNING if entry.page.kind == NOTIFICATION else ERROR
            self.findings.add(
                severity,
                "currency-mixed",
                "The entry is in %s, the account in %s." % (entry.currency, account.currency),
                entry.line,
                path and path + "/Amt",
            )

    def _check_details(self, entry, path):
        """Note where details add up to something else; charges often explain it, and the entry counts in any case."""
        if not entry.details:
            return
        amounts = [one.amount for one in entry.details if one.amount is not None and one.currency == entry.currency]
        if len(amounts) != len(entry.details):
            return
        total = sum(amounts)
        if entry.amount not in (total, total + (_included(entry) if entry.charges else _ZERO)):
            self.findings.note(
                "details-differ",
                "The details add up to %s, the entry is %s; the entry counts." % (total, entry.amount),
                entry.line,
                path,
            )


def _included(entry):
    """Return the signed sum of the charges that the amount of ``entry`` contains, as the bank says."""
    ways = {"credit": 1, "debit": -1}
    charges = [one for one in entry.charges if one.included and not one.total and one.currency == entry.currency]
    return sum((one.amount * ways.get(one.direction, -1) for one in charges), _ZERO)


def content(entry):
    """Return what ``entry`` says apart from the bank's own references, as a tuple of plain values."""
    details = [
        (
            _plain(detail.amount), detail.references.end_to_end_id, detail.references.mandate_id, detail.remittance,
            tuple(one.reference for one in detail.structured), _who(detail.debtor), _who(detail.creditor),
        )
        for detail in entry.details
    ]  # fmt: skip
    return (
        entry.status, _plain(entry.amount), entry.currency, str(entry.booking_date), str(entry.value_date),
        entry.reversal, entry.information, tuple(details),
    )  # fmt: skip


def _plain(amount):
    """Return an amount as text, the same for 1.5 and 1.50."""
    if amount is None:
        return None
    text = decimal_text(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _who(party):
    return party and (party.name, party.account)
