"""Lines, items and runs for the tests of the matching, with everything that a test does not care about."""

from datetime import date, timedelta

from odoo.addons.audit_bank_sync.core.matching.engine import match
from odoo.addons.audit_bank_sync.core.matching.values import BankLine, OpenItem, Partner, Settings

DAY = date(2026, 5, 4)
OURS = "DE02100000000000000001"
OTHER_OF_OURS = "DE13100000000000000002"
THEIRS = "AT611904300234573201"
MILLER = Partner("miller", ("Müller Bau GmbH",), (THEIRS,))
AUTOMATIC = Settings(automatic_at=0.85)


def day(offset):
    return DAY + timedelta(days=offset)


def line(amount=10000, name="line", **given):
    values = {"id": name, "account": OURS, "amount": amount, "currency": "EUR", "booked_on": DAY}
    return BankLine(**{**values, **given})


def item(amount=10000, name="item", **given):
    values = {
        "id": name, "partner_id": "miller", "amount": amount, "currency": "EUR", "dated_on": day(-30), "due_on": DAY,
        "number": "INV/2026/00123",
    }  # fmt: skip
    return OpenItem(**{**values, **given})


def run(lines, items, partners=(MILLER,), settings=AUTOMATIC, **given):
    """Match and return the proposals by line id."""
    lines = [lines] if isinstance(lines, BankLine) else lines
    items = [items] if isinstance(items, OpenItem) else items
    return match(lines, items, partners, settings=settings, **given)


def first(lines, items, *args, **given):
    """Return the first proposal of the first line; ``None`` when it has none."""
    result = run(lines, items, *args, **given)
    return next(iter(next(iter(result.values()))), None)


def codes(proposal):
    return {reason.code for reason in proposal.reasons}


def barriers(proposal):
    return {reason.code for reason in proposal.barriers}
