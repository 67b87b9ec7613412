"""Bank lines, open items and the truth about them, out of a seed.

The truth (``Label``) is kept apart from what the matching is given: ids are numbers drawn without order, both lists are
shuffled, and no value of a line comes from an item but what its payer would write. The cases include those that cannot
be decided from what is given: a wrong number that fits, two equal invoices and no reference, a discount taken too late.
"""

import random
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.audit_bank_sync.core.matching.currencies import Rates
from odoo.addons.audit_bank_sync.core.matching.internal import Own
from odoo.addons.audit_bank_sync.core.matching.values import BankLine, OpenItem, Partner

from . import matching_cases as cases
from . import matching_noise as noise
from .matching_truth import DAYS, OUR_ACCOUNTS, OUR_NAME, START

# How often each case comes, about in a thousand.
WEIGHTS = {
    cases.number_named: 330, cases.structured: 160, cases.end_to_end: 80, cases.mandate: 50, cases.number_mangled: 80,
    cases.number_mistyped: 25, cases.nothing_named: 55, cases.partial: 30, cases.instalments: 20,
    cases.several_named: 40, cases.several_unnamed: 12, cases.batch: 10, cases.fee: 20, cases.charges: 4,
    cases.discount: 25, cases.discount_late: 4, cases.foreign: 20, cases.paid_twice: 10, cases.missing: 50,
    cases.closed_reference: 3, cases.wrong_number: 3,
    cases.somebody_elses: 10, cases.transfer: 15, cases.sweep: 5, cases.overpaid: 5,
}  # fmt: skip


class World(NamedTuple):
    """What is given to the matching, and the truth."""

    lines: list
    items: list
    partners: list
    own: Own
    rates: Rates
    labels: dict


def as_odoo_keeps(items):
    """Return items with the keys alone that Odoo Community has of them.

    It keeps no mandates; and the end-to-end and batch references that it gives are those of payments that it sends, so
    that what a customer owes has none.
    """
    without = {"mandate_id": "", "sequence": ""}
    received = {**without, "end_to_end_id": "", "batch_reference": ""}
    return [item._replace(**(received if item.amount > 0 else without)) for item in items]


class Payer(NamedTuple):
    """A partner with what is recorded of it and what is not."""

    id: int
    name: str
    account: str
    account_known: bool
    supplier: bool
    series: str
    regular_amount: int
    """What it is invoiced each time; 0: amounts vary."""
    foreign: bool


class Generator:
    """Makes a world of about ``size`` lines and as many items."""

    def __init__(self, size, seed):
        self.rng = random.Random(seed)
        self.size = size
        self.lines, self.items, self.labels = [], [], {}
        self._numbers, self._ids = 0, 0
        self.payers = [self._payer() for _ in range(max(4, size // 12))]
        # Few partners have many items.
        self.foreign_payers = [one for one in self.payers if one.foreign]
        self._busy = self.payers[: max(2, len(self.payers) // 20)]
        self._rates = [
            ("USD", Decimal("0.92") + Decimal(self.rng.randrange(-200, 200)) / 10000) for _ in range(DAYS // 7 + 20)
        ]

    def world(self):
        rng = self.rng
        makers, weights = list(WEIGHTS), list(WEIGHTS.values())
        while len(self.lines) < self.size:
            rng.choices(makers, weights)[0](self)
        # Items that nobody has paid yet.
        while len(self.items) < self.size:
            self.item(self.payer())
        return self._renamed()

    def payer(self):
        return self.rng.choice(self._busy if self.rng.random() < 0.25 else self.payers)

    def item(self, payer, **given):
        """A new open item of a partner, invoiced or billed on some day."""
        rng = self.rng
        self._numbers += 1
        dated = START + timedelta(days=rng.randrange(DAYS))
        amount = payer.regular_amount or self.amount()
        values = {
            "id": self.new_id(), "partner_id": payer.id, "amount": -amount if payer.supplier else amount,
            "currency": "USD" if payer.foreign else "EUR", "dated_on": dated,
            "due_on": dated + timedelta(days=rng.choice((0, 10, 14, 30, 30, 30, 60))),
        }  # fmt: skip
        if payer.supplier:
            number = payer.series.format(
                n=rng.randrange(1, 90000 if payer.series.count("0") < 2 else 900), month=dated.month
            )
            values.update(number="BILL/2026/%05d" % self._numbers, references=(number,))
        else:
            values["number"] = "INV/2026/%05d" % self._numbers
        item = OpenItem(**{**values, **given})
        self.items.append(item)
        return item

    def replace(self, item, **given):
        """Give an item that was just made further values."""
        place = next(place for place in range(len(self.items) - 1, -1, -1) if self.items[place].id == item.id)
        self.items[place] = item._replace(**given)
        return self.items[place]

    def line(self, payer, amount, day, label, **given):
        """A new line from or to a partner; what the bank passes on of it varies."""
        rng = self.rng
        values = {
            "id": self.new_id(), "account": OUR_ACCOUNTS[0], "amount": amount, "currency": "EUR", "booked_on": day,
            "bank_reference": "B%09d" % rng.randrange(10**9),
            "counterparty_iban": payer.account if rng.random() < 0.65 else "",
            "counterparty_name": noise.name_on_statement(rng, payer.name) if rng.random() < 0.9 else "",
        }  # fmt: skip
        if rng.random() < 0.1:
            values["end_to_end_id"] = "NOTPROVIDED"
        line = BankLine(**{**values, **given})
        self.lines.append(line)
        self.labels[line.id] = label
        return line

    def number(self, item):
        """The number by which the payer knows an item."""
        return item.references[0] if item.references else item.number

    def paid_on(self, item):
        late = self.rng.choice((-8, -3, -1, 0, 0, 0, 1, 2, 5, 12, 30))
        return max(item.dated_on, item.due_on + timedelta(days=late))

    def amount(self):
        """Amounts as on invoices: many small ones, some round, from 5.00 to some 50,000.00."""
        amount = int(500 * 10 ** (4 * self.rng.random() ** 1.3))
        return amount // 1000 * 1000 + 1000 if self.rng.random() < 0.2 else amount

    def rate(self, day):
        """How many EUR a USD was worth in the week of a day."""
        return self._rates[(day - START).days // 7][1]

    def new_id(self):
        self._ids += 1
        return self._ids

    def _payer(self):
        rng = self.rng
        supplier = rng.random() < 0.35
        return Payer(
            self.new_id(), noise.company_name(rng), noise.iban(rng), rng.random() < 0.6, supplier, noise.series(rng),
            rng.randrange(1000, 90000) if rng.random() < 0.12 else 0, not supplier and rng.random() < 0.04,
        )  # fmt: skip

    def _renamed(self):
        """All ids replaced by numbers without order, and everything shuffled."""
        rng = self.rng
        new = list(range(1, self._ids + 1))
        rng.shuffle(new)
        new = dict(zip(range(1, self._ids + 1), new))
        new[None] = None

        def settled(parts):
            return tuple(sorted((new[item_id], amount) for item_id, amount in parts))

        lines = [line._replace(id=new[line.id]) for line in self.lines]
        items = [item._replace(id=new[item.id], partner_id=new[item.partner_id]) for item in self.items]
        partners = [
            Partner(new[one.id], (one.name,), (one.account,) if one.account_known else ()) for one in self.payers
        ]
        for values in (lines, items, partners):
            rng.shuffle(values)
        labels = {
            new[line_id]: label._replace(
                settled=settled(label.settled), other=new[label.other], also=tuple(settled(one) for one in label.also)
            )
            for line_id, label in self.labels.items()
        }
        quotes = [
            ("USD", "EUR", START + timedelta(days=7 * week), rate) for week, (_currency, rate) in enumerate(self._rates)
        ]
        return World(lines, items, partners, Own(OUR_ACCOUNTS, (OUR_NAME,)), Rates(quotes), labels)


def world(size, seed):
    """Return a ``World`` of about ``size`` lines; the same for the same seed."""
    return Generator(size, seed).world()
