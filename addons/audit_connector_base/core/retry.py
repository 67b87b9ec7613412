"""When a delivery is tried again, and what an answer means for it.

=====================================  ===========  ==========================================================
answer or error                        verdict      consequence
=====================================  ===========  ==========================================================
2xx                                    delivered    done
410                                    gone         the receiver wants no more: the subscription is disabled
429, 502, 503, 504                     slow_down    tried again on schedule, and the connector sends slower
408, 425, other 5xx                    retry        tried again on schedule
1xx, 3xx, other 4xx                    dead         the same message will fail again; a person looks at it
network error, time-out, TLS           retry        tried again on schedule
address refused by the egress policy   dead         only a change of the connector can help
=====================================  ===========  ==========================================================

One answer to several messages that is about their content (``dead``, other than ``WHOLE_CHANNEL``) does not tell which
of them it means: the verdict is ``cut``, and they are tried again at once in smaller batches.
"""

import random
import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import NamedTuple

from .dial import Refused, Unreachable

HOUR = 3600
# Seconds to wait before each attempt, the first included.
SCHEDULE = (0, 5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
JITTER = 0.2
# Answers that are tried again, each a status or a range.
RETRIED = ((408, 408), (425, 425), (429, 429), (500, 599))
# Final answers (RFC 9110, section 15.5) that a smaller batch or another message would get as well: not signed in, not
# paid for, not allowed, no such address or method there, not this server, not this protocol.
WHOLE_CHANNEL = frozenset({401, 402, 403, 404, 405, 407, 410, 421, 426})
MAX_RETRY_AFTER = 24 * HOUR
MAX_ATTEMPTS = 50
MAX_DELAY = 7 * 24 * HOUR

_DELAY = re.compile(r"([0-9]{1,7})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": HOUR, "d": 24 * HOUR}
_STATUSES = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


class Verdict(str, Enum):
    """What becomes of a delivery after an attempt; see the table of this module."""

    DELIVERED = "delivered"
    GONE = "gone"
    SLOW_DOWN = "slow_down"
    RETRY = "retry"
    DEAD = "dead"
    CUT = "cut"


class Outcome(NamedTuple):
    """A verdict with its reason in words."""

    verdict: Verdict
    reason: str

    @property
    def again(self):
        """Whether the message is to be tried again."""
        return self.verdict in (Verdict.RETRY, Verdict.SLOW_DOWN)


class Policy(NamedTuple):
    """When to try again: ``schedule`` in seconds before each attempt, ``jitter`` as a share, ``retried`` statuses."""

    schedule: tuple = SCHEDULE
    jitter: float = JITTER
    retried: tuple = RETRIED

    def next_delay(self, attempt_number, retry_after=None, rng=random):
        """Return the seconds to wait before attempt ``attempt_number`` (1 is the first), or ``None`` when exhausted.

        Each delay varies by ``jitter`` either way, so that deliveries that failed together do not return together.
        ``retry_after``: what the receiver asked for, in seconds; never undercut. ``rng``: anything with ``uniform``.
        """
        if attempt_number < 1:
            raise ValueError("attempts are counted from 1")
        if attempt_number > len(self.schedule):
            return None
        delay = self.schedule[attempt_number - 1] * rng.uniform(1 - self.jitter, 1 + self.jitter)
        return max(delay, retry_after or 0)

    def judged(self, verdict, status, together=1):
        """Return the verdict that this policy makes of an adapter's: an answer it lists is tried again, others not.

        What had no HTTP status, and what was delivered or is gone, stays as it is. ``together``: how many messages the
        answer is about.
        """
        if status is None or verdict in (Verdict.DELIVERED, Verdict.GONE):
            return verdict
        again = any(low <= status <= high for low, high in self.retried)
        if again:
            return Verdict.RETRY.value if verdict == Verdict.DEAD else verdict
        is_about_content = 400 <= status < 500 and status not in WHOLE_CHANNEL
        return Verdict.CUT.value if together > 1 and is_about_content else Verdict.DEAD.value


def parse_schedule(text):
    """Return the delays in seconds of a schedule such as ``0s, 5s, 5m, 2h``; raises ``ValueError`` with the reason."""
    delays = []
    for word in text.replace(",", " ").split():
        match = _DELAY.fullmatch(word)
        if not match:
            raise ValueError("“%s” is no delay; write a number and s, m, h or d, such as 5m." % word)
        delays.append(int(match[1]) * _UNITS[match[2]])
    if not 1 <= len(delays) <= MAX_ATTEMPTS:
        raise ValueError("A schedule has 1 to %d attempts." % MAX_ATTEMPTS)
    if max(delays) > MAX_DELAY:
        raise ValueError("No delay is longer than 7 days.")
    return tuple(delays)


def parse_statuses(text):
    """Return ``((low, high), …)`` of a list such as ``408, 429, 500-599``; raises ``ValueError`` with the reason."""
    ranges = []
    for word in text.replace(",", " ").split():
        match = _STATUSES.fullmatch(word)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if low > high:
            raise ValueError("“%s” is no HTTP status and no range of them, such as 500-599." % word)
        if low < 300 and high >= 200 or low <= 410 <= high:
            raise ValueError("“%s” includes answers that are never tried again: 2xx is success, 410 the end." % word)
        ranges.append((low, high))
    return tuple(ranges)


def next_delay(attempt_number, retry_after=None, rng=random):
    """Return the delay under the default policy; see ``Policy.next_delay``."""
    return Policy().next_delay(attempt_number, retry_after, rng)


def parse_retry_after(header, now):
    """Return the seconds of a ``Retry-After`` header (RFC 9110, section 10.2.3), or ``None`` when it says nothing.

    ``header``: seconds or an HTTP date; ``now``: an aware ``datetime``. Capped at a day: a receiver must not be able
    to park a delivery for ever.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    return min(max((date - now).total_seconds(), 0), MAX_RETRY_AFTER)


def classify(result):
    """Return the ``Outcome`` of an attempt: ``result`` is an HTTP status or the ``dial`` error that it ended with."""
    if isinstance(result, Refused):
        return Outcome(Verdict.DEAD, "address refused: %s" % result)
    if isinstance(result, Unreachable):
        return Outcome(Verdict.RETRY, str(result))
    reason = "HTTP %d" % result
    if 200 <= result < 300:
        return Outcome(Verdict.DELIVERED, reason)
    if result == 410:
        return Outcome(Verdict.GONE, reason + ": the receiver wants no more messages")
    if result in (429, 502, 503, 504):
        return Outcome(Verdict.SLOW_DOWN, reason)
    if result in (408, 425) or 500 <= result < 600:
        return Outcome(Verdict.RETRY, reason)
    if 300 <= result < 400:
        return Outcome(Verdict.DEAD, reason + ": redirects are not followed")
    return Outcome(Verdict.DEAD, reason)
