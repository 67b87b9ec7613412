"""UUID version 7 (RFC 9562, section 5.7): ids that sort by time and never go backwards within a process.

Odoo runs on Python versions without ``uuid.uuid7``. Within one millisecond, or when the clock steps back, the
previous id is raised by a random amount (RFC 9562, section 6.2, method 2), so ids stay ordered and unguessable.
"""

import os
import threading
import time

_RANDOM_BITS = 74
_STEP_BYTES = 4
_FIRST_BYTES = 10

_lock = threading.Lock()
_last = 0


def uuid7():
    """Return a new id as text, greater than every id made before in this process."""
    return uuid7_batch(1)[0]


def uuid7_batch(n):
    """Return ``n`` new ids as a list of text in ascending order; one lock and one read of randomness for all."""
    global _last
    randomness = os.urandom(_FIRST_BYTES + _STEP_BYTES * n)
    fresh = int.from_bytes(randomness[:_FIRST_BYTES], "big") >> (8 * _FIRST_BYTES - _RANDOM_BITS)
    ids = []
    with _lock:
        value = max(time.time_ns() // 1_000_000 << _RANDOM_BITS | fresh, _last)
        for start in range(_FIRST_BYTES, len(randomness), _STEP_BYTES):
            value += 1 + int.from_bytes(randomness[start : start + _STEP_BYTES], "big")
            ids.append(_text(value))
        _last = value
    return ids


def _text(value):
    """Lay 48 bits of time and 74 random bits around the version and variant fields."""
    time_ms, rest = value >> _RANDOM_BITS, value & (1 << _RANDOM_BITS) - 1
    digits = "%032x" % (time_ms << 80 | 7 << 76 | rest >> 62 << 64 | 2 << 62 | rest & (1 << 62) - 1)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _after_fork():
    # A lock held by another thread at the fork would never be released in the child.
    global _lock, _last
    _lock = threading.Lock()
    _last = 0


os.register_at_fork(after_in_child=_after_fork)
