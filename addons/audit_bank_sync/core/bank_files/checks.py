"""What a file has to stand before it is imported: known accounts, days that can be, and not being there already."""

import datetime

from .mt_account import is_same_account
from .statement import BOOKED, BOOKING

TOLERANCE = datetime.timedelta(days=1)
"""A bank east of us may be a day ahead."""

FARTHEST_VALUE = datetime.timedelta(days=370)
OLDEST = datetime.date(1990, 1, 1)


def check_entry(entry, today, findings):
    """Report days of ``entry`` that cannot be, as warnings; ``today``: the date at the importing side.

    A booking without any day is an error: it cannot be booked, and no day is made up for it.
    """
    if entry.status == BOOKED and entry.booking_date and entry.booking_date > today + TOLERANCE:
        findings.warning(
            "date-in-future",
            "Entry %d is booked on %s, a day to come." % (entry.number, entry.booking_date),
            entry.line,
        )
    if entry.date is None:
        report = findings.error if entry.role == BOOKING else findings.warning
        report("date-missing", "Entry %d has no date." % entry.number, entry.line)
    for word, date in (("booking date", entry.booking_date), ("value date", entry.value_date)):
        if date and (date < OLDEST or date > today + FARTHEST_VALUE):
            findings.warning("date-unlikely", "Entry %d has the %s %s." % (entry.number, word, date), entry.line)


def check_accounts(pages, known, findings):
    """Return a dict, index of a page → the account of ours it is for; an error for each account that is not ours.

    ``known``: a dict, account number as we have it → (anything of the caller, currency or None).
    """
    found = {}
    for page in pages:
        matches = [key for key in known if is_same_account(page.account.number, key)]
        fitting = [key for key in matches if known[key][1] in (None, page.account.currency)]
        if fitting:
            found[page.index] = known[fitting[0]][0]
        elif matches:
            findings.error(
                "account-currency",
                "Account %s is kept in %s here, the file says %s."
                % (page.account.number, known[matches[0]][1], page.account.currency),
                page.line,
            )
        else:
            findings.error(
                "account-unknown",
                "Account %s is not linked to a journal. Link it, then import the file again." % page.account.number,
                page.line,
            )
    return found


def repeated_pages(pages, seen):
    """Return the pages whose fingerprint is in ``seen``, those of pages imported before: they are there already."""
    return [page for page in pages if page.fingerprint and page.fingerprint in seen]
