"""How many calls an account has left today, when the next may be made, and at which hours they are spent.

Without the owner at the screen a bank has to answer four times a day for an account and no more (Delegated Regulation
(EU) 2018/389, article 36(5)(b)), unless both agreed on more. What the bank's headers say is believed where it is less.

All moments are aware ``datetime`` in the bank's time zone: its day is theirs. The state is a dict of JSON values.
"""

import datetime
import re
from typing import NamedTuple

DAILY = 4
FIRST_HOUR, LAST_HOUR = 6, 21
LONG = datetime.timedelta(minutes=10)
"""Windows shorter than this are limits against floods, not a day's budget."""

_RATE = re.compile(r"(?:.*[-_])?rate[-_]?limit(?:[-_][a-z]+)*?[-_](limit|remaining|reset)")
_STRUCTURED = re.compile(r'"?[^";]*"?\s*;(?:.*;)?\s*r=([0-9]{1,9})(?:\s*;\s*t=([0-9]{1,9}))?.*')
_EPOCH = 1_000_000_000


class Rate(NamedTuple):
    """What an answer's headers say: calls ``remaining`` until ``reset``, of ``limit`` (None when they do not say)."""

    remaining: int
    reset: datetime.datetime | None
    limit: int | None


class Budget:
    """The calls of one account. ``limit``: unattended ones a day for each resource (transactions, balances)."""

    def __init__(self, limit=DAILY, state=None):
        self.limit = limit
        self._state = {name: dict(one) for name, one in (state or {}).items()}

    @property
    def state(self):
        """To be kept and given to the next ``Budget`` of the account."""
        return {name: dict(one) for name, one in self._state.items()}

    def used(self, resource, now):
        """Unattended calls that were made today."""
        return self._today(resource, now)["used"]

    def left(self, resource, now):
        """Calls that may be made now without the owner at the screen."""
        today = self._today(resource, now)
        left = max(self.limit - today["used"], 0)
        until = _moment(today.get("until"))
        if until and now < until:
            left = min(left, today.get("remaining", 0))
        return left

    def next_at(self, resource, now):
        """Return the moment from which a call may be made: ``now`` when there is one left."""
        if self.left(resource, now):
            return now
        until = _moment(self._today(resource, now).get("until"))
        return until if until and until > now and self.used(resource, now) < self.limit else midnight(now)

    def note(self, resource, now, headers, attended=False):
        """Count a call that was answered; ``headers``: lower-case names. Pages that follow the first do not count."""
        today = self._today(resource, now)
        if not attended:
            today["used"] += 1
        rate = read_rate(headers, now)
        # of an attended call they speak of another budget, and short windows are against floods
        if rate and not attended and (rate.reset is None or rate.reset - now >= LONG):
            today["remaining"] = rate.remaining
            today["until"] = min(rate.reset or midnight(now), midnight(now)).isoformat()
        self._state[resource] = today

    def refused(self, resource, now, retry_after=None):
        """The bank said that the budget is spent; ``retry_after``: seconds it asked for."""
        today = self._today(resource, now)
        until = now + datetime.timedelta(seconds=retry_after) if retry_after else midnight(now)
        today.update(remaining=0, until=until.isoformat())
        self._state[resource] = today

    def slots(self, now):
        """Return the moments of the day at which calls are spent: evenly over the hours in which banks book."""
        hours = LAST_HOUR - FIRST_HOUR
        step = hours / (self.limit - 1) if self.limit > 1 else 0
        first = now.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
        return [first + datetime.timedelta(minutes=round(step * 60 * at)) for at in range(self.limit)]

    def is_due(self, resource, now, last=None):
        """Whether the regular fetch is due: an hour of the plan has come since the ``last`` one, and a call is left."""
        passed = [slot for slot in self.slots(now) if slot <= now]
        return bool(passed) and (last is None or last < passed[-1]) and self.left(resource, now) > 0

    def may_repeat(self, resource, now):
        """Whether a call is left beside those that the rest of the day needs: for what failed, or for history."""
        coming = sum(slot > now for slot in self.slots(now))
        return self.left(resource, now) > coming

    def _today(self, resource, now):
        known = self._state.get(resource)
        if known and known["day"] == now.date().isoformat():
            return dict(known)
        return {"day": now.date().isoformat(), "used": 0}


def read_rate(headers, now):
    """Return the ``Rate`` that ``headers`` tell, None when they tell none.

    Read are ``X-RateLimit-Remaining`` and the like under the prefixes of banks and aggregators, those for an account
    before those for all, and ``RateLimit`` of the IETF draft. ``Reset`` is in seconds, or a moment in Unix time.
    """
    found = {}
    for name, value in headers.items():
        match = _RATE.fullmatch(name.lower())
        text = str(value).strip()
        if match and text.isascii() and text.isdigit() and len(text) < 12:
            rank = "account" in name.lower()
            if rank >= found.get(match[1], (False, 0))[0]:
                found[match[1]] = rank, int(text)
    structured = _STRUCTURED.fullmatch(str(headers.get("ratelimit", "")))
    if structured and "remaining" not in found:
        found["remaining"] = False, int(structured[1])
        if structured[2]:
            found["reset"] = False, int(structured[2])
    if "remaining" not in found:
        return None
    reset = found["reset"][1] if "reset" in found else None
    if reset is not None:
        seconds = reset - now.timestamp() if reset > _EPOCH else reset
        reset = now + datetime.timedelta(seconds=max(min(seconds, 7 * 86400), 0))
    return Rate(found["remaining"][1], reset, found["limit"][1] if "limit" in found else None)


def _moment(text):
    return datetime.datetime.fromisoformat(text) if text else None


def midnight(now):
    """Return the end of the day of ``now``."""
    return (now + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
