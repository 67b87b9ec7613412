"""The sandbox bank's books: accounts and transactions as a scenario file tells them, and what is seen of them on a day.

A scenario is JSON. Dates are ISO texts, or whole numbers of days from the day on which the bank was first opened.

    {"today": -3, "page_size": 3, "calls_a_day": 4, "rate_headers": "X-RateLimit-", "consent_days": 180,
     "accounts": [{"id": "giro", "iban": "DE…", "currency": "EUR", "name": "Giro", "owner": "…", "opening": "1000.00",
                   "transactions": [{"id": "b1", "amount": "-12.50", "booked": 0, …}]}]}

Of a transaction: ``amount`` with its sign; ``booked``: booking date, none for what never is; ``seen``: day on which it
shows, later than ``booked`` for a late posting; ``pending``: day from which it is announced, under ``pending_id``;
``dropped``: day on which what was announced vanishes; ``reissued``: ``[[day, id], …]``; ``value``, ``name``, ``iban``,
``bic``, ``text`` (a text or a list), ``end_to_end_id``, ``mandate_id``, ``reference``, ``creditor_reference``,
``code`` (as PMNT-RCDT-ESCT), ``information``; ``extra``: members added to the answer as they are.
``balance_error`` of an account is added to its closing balance, for a bank whose figures do not fit. With
``balances_apart`` no balances come along with transactions; ``history_days`` is how far back the bank tells of them.
``notices``: how often the bank calls the address of each consent when an account shows something new, 0 for never.
"""

import datetime
from decimal import Decimal

BOOKED, PENDING = "booked", "pending"


class Books:
    """What the bank knows. ``opened``: the day from which relative dates count; ``added``: account → key → what was
    told of a transaction since."""

    def __init__(self, scenario, opened, added):
        self.scenario = scenario
        self.opened = opened
        self.accounts = {one["id"]: one for one in scenario["accounts"]}
        self._added = added

    def setting(self, name, default=None):
        return self.scenario.get(name, default)

    def day(self, value):
        """Return the date of a scenario's ``value``, None for None."""
        if value is None or isinstance(value, datetime.date):
            return value
        if isinstance(value, int):
            return self.opened + datetime.timedelta(days=value)
        return datetime.date.fromisoformat(value)

    def seen(self, account, today):
        """Return ``[(status, id, transaction)]`` of ``account`` as it looks on ``today``, the newest first."""
        found = []
        for one in [*account.get("transactions", ()), *self._added.get(account["id"], {}).values()]:
            booked, announced = self.day(one.get("booked")), self.day(one.get("pending"))
            shows = self.day(one.get("seen")) or booked
            if shows and shows <= today:
                found.append((booked, BOOKED, self._id_on(one, today), one))
            elif announced and announced <= today and not (one.get("dropped") and self.day(one["dropped"]) <= today):
                found.append((announced, PENDING, one.get("pending_id"), one))
        found.sort(key=lambda entry: entry[0], reverse=True)
        return [entry[1:] for entry in found]

    def balance(self, account, until, today):
        """The booked balance of ``account`` at the end of the day ``until``, as the bank knows it on ``today``."""
        return Decimal(account.get("opening", "0")) + sum(
            (
                Decimal(one["amount"])
                for status, _id, one in self.seen(account, today)
                if status == BOOKED and self.day(one["booked"]) <= until
            ),
            Decimal(0),
        )

    def balances(self, account, today, period=None):
        """Return ``[(ISO code, amount, date)]``; ``period``: (from, to) of a report that they are to frame."""
        before, wrong = today - datetime.timedelta(days=1), Decimal(account.get("balance_error", "0"))
        if period:
            begin, end = period
            framing = [("OPBD", self.balance(account, begin - datetime.timedelta(days=1), today), begin)]
            if end < today:
                framing.append(("CLBD", self.balance(account, end, today) + wrong, end))
            return framing
        announced = sum(
            (Decimal(one["amount"]) for status, _id, one in self.seen(account, today) if status == PENDING), Decimal(0)
        )
        return [
            ("CLBD", self.balance(account, before, today) + wrong, before),
            ("OPBD", self.balance(account, before, today), today),
            ("ITBD", self.balance(account, today, today), today),
            ("ITAV", self.balance(account, today, today) + announced, today),
        ]

    def _id_on(self, one, today):
        ids = [one.get("id"), *(new for day, new in one.get("reissued", ()) if self.day(day) <= today)]
        return ids[-1]


def amount(value, currency):
    """An amount as both interfaces write it."""
    return {"amount": "%.2f" % value, "currency": currency}
