"""How many calls an account has left today, when the next may be made, and at which hours they are spent.

Without the owner at the screen a bank has to answer four times a day for an account and no more (Delegated Regulation
(EU) 2018/389, article 36(5)(b)), unless both agreed on more. What the bank's headers say is believed where it is less.

Moments are aware ``datetime`` values of one time zone, whose day is taken for the bank's.
"""

import datetime
import re
from dataclasses import dataclass
from typing import NamedTuple

DAILY = 4
FIRST_HOUR, LAST_HOUR = 6, 21
LONG = datetime.timedelta(minutes=10)
"""Windows shorter than this are limits against floods, not a day's budget."""

_RATE = re.compile(r"(?:.*[-_])?rate[-_]?limit(?:[-_][a-z]+)*?[-_](limit|remaining|reset)")
_STRUCTURED = re.compile(r'"?[^";]*"?\s*;(?:.*;)?\s*r=([0-9]{1,9})(?:\s*;\s*t=([0-9]{1,9}))?.*')
_EPOCH = 1_000_000_000


class Rate(NamedTuple):
    """What an answer's headers say: calls ``remaining`` until ``reset`` (None when they do not say)."""

    remaining: int
    reset: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Budget:
    """The calls of one account today, without its owner at the screen. Pages that follow the first do not count.

    ``limit``: calls a day; ``used``: those that were made; ``told``: calls left by the bank's word until ``until``.
    """

    limit: int = DAILY
    used: int = 0
    told: int | None = None
    until: datetime.datetime | None = None

    def left(self, now):
        """Calls that may be made now."""
        left = max(self.limit - self.used, 0)
        return min(left, self.told) if self._binds(now) else left

    def next_at(self, now):
        """Return the moment from which a call may be made: ``now`` when there is one left."""
        if self.left(now):
            return now
        return self.until if self._binds(now) and self.used < self.limit else midnight(now)

    def slots(self, now):
        """Return the moments of the day at which calls are spent: evenly over the hours in which banks book."""
        hours = LAST_HOUR - FIRST_HOUR
        step = hours / (self.limit - 1) if self.limit > 1 else 0
        first = now.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
        return [first + datetime.timedelta(minutes=round(step * 60 * at)) for at in range(self.limit)]

    def is_due(self, now, last=None):
        """Whether the regular fetch is due: an hour of the plan has come since the ``last`` one, and a call is left."""
        passed = [slot for slot in self.slots(now) if slot <= now]
        return bool(passed) and (last is None or last < passed[-1]) and self.left(now) > 0

    def _binds(self, now):
        return self.told is not None and self.until is not None and now < self.until


def read_rate(headers, now):
    """Return the ``Rate`` of a day's budget that ``headers`` (lower-case names) tell, None when they tell none.

    Read are ``X-RateLimit-Remaining`` and the like under the prefixes of banks and aggregators, those for an account
    before those for all, and ``RateLimit`` of the IETF draft. ``Reset`` is in seconds, or a moment in Unix time.
    """
    found = {}
    for name, value in headers.items():
        match = _RATE.fullmatch(name)
        text = str(value).strip()
        if match and text.isascii() and text.isdigit() and len(text) < 12:
            rank = "account" in name
            if rank >= found.get(match[1], (False, 0))[0]:
                found[match[1]] = rank, int(text)
    structured = _STRUCTURED.fullmatch(str(headers.get("ratelimit", "")))
    if structured and "remaining" not in found:
        found["remaining"] = False, int(structured[1])
        if structured[2]:
            found["reset"] = False, int(structured[2])
    if "remaining" not in found:
        return None
    if "reset" not in found:
        return Rate(found["remaining"][1], None)
    reset = found["reset"][1]
    seconds = reset - now.timestamp() if reset > _EPOCH else reset
    length = datetime.timedelta(seconds=max(min(seconds, 7 * 86400), 0))
    return None if length < LONG else Rate(found["remaining"][1], now + length)


def midnight(now):
    """Return the end of the day of ``now``."""
    return (now + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
