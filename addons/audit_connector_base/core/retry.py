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
"""

import random
from datetime import timezone
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import NamedTuple

from .dial import Refused, Unreachable

HOUR = 3600
# Seconds to wait before each attempt, the first included.
SCHEDULE = (0, 5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
JITTER = 0.2
MAX_RETRY_AFTER = 24 * HOUR


class Verdict(str, Enum):
    """What becomes of a delivery after an attempt; see the table of this module."""

    DELIVERED = "delivered"
    GONE = "gone"
    SLOW_DOWN = "slow_down"
    RETRY = "retry"
    DEAD = "dead"


class Outcome(NamedTuple):
    """A verdict with its reason in words."""

    verdict: Verdict
    reason: str

    @property
    def again(self):
        """Whether the message is to be tried again."""
        return self.verdict in (Verdict.RETRY, Verdict.SLOW_DOWN)


def next_delay(attempt_number, retry_after=None, rng=random):
    """Return the seconds to wait before attempt ``attempt_number`` (1 is the first), or ``None`` when exhausted.

    Each delay varies by up to 20 % either way, so that deliveries that failed together do not return together.
    ``retry_after``: what the receiver asked for, in seconds; never undercut. ``rng``: anything with ``uniform``.
    """
    if attempt_number < 1:
        raise ValueError("attempts are counted from 1")
    if attempt_number > len(SCHEDULE):
        return None
    delay = SCHEDULE[attempt_number - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
    return max(delay, retry_after or 0)


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
