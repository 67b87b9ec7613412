"""What a bank's interface confirms of one day: its closing balances, each with the bytes of the answer that says it.

An interface tells of accounts as they are when it is asked, and of balances mostly of now. Nothing is computed: where
no answer holds the closing booked balance (CLBD) of the day, there is none.
"""

from typing import NamedTuple

from ..bank_files.statement import Balance
from .failures import REQUEST, BankApiFailure


class Told(NamedTuple):
    """The closing balance of a day, and the ``body`` of the answer in which it stands."""

    balance: Balance
    body: bytes


def closing(client, offered, day, looks_back):
    """Return the ``Told`` of an ``Offered`` account at the end of the date ``day``, None where the bank does not say.

    :param looks_back: whether the day itself may be asked about, which costs a call: some banks send its balances along
        with its movements
    :raises BankApiFailure: when the bank cannot be asked; ``problems.Unreadable``: when its answer contradicts itself
    """
    with client.keeping() as replies:
        found = _of_day(client.balances(offered), day)
        if found or not looks_back:
            return found and Told(found, replies[-1].body)
    with client.keeping() as replies:
        try:
            found = _of_day(client.transactions(offered, day, day).page.balances, day)
        except BankApiFailure as error:
            if error.kind != REQUEST:
                raise
            # so old a day is not told of
            return None
    bodies = [one.body for one in replies if isinstance(one.content, dict) and one.content.get("balances")]
    return Told(found, bodies[-1]) if found and bodies else None


def _of_day(balances, day):
    return next((one for one in balances if (one.kind, one.date) == ("CLBD", day) and not one.with_credit_line), None)
