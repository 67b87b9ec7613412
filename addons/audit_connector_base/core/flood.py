"""What comes too often to be written down one by one: counted in memory, and written down together now and then."""

import threading
import time

from .rate import Buckets

MAX_KEYS = 10_000
ONE_BY_ONE = 120
PAUSE = 2


class Gate:
    """Lets the first of a kind through one by one, and those of a flood together.

    ``one_by_one``: how many a minute of one key are told each for itself; ``pause``: seconds for which the others are
    gathered.
    """

    def __init__(self, one_by_one=ONE_BY_ONE, pause=PAUSE, clock=time.monotonic):
        self._one_by_one, self._pause, self._clock = one_by_one, pause, clock
        self._buckets = Buckets(clock)
        self._lock = threading.Lock()
        self._held = {}

    def due(self, key, reason, count=1, together=False):
        """Return how many of ``key`` (a tuple) and ``reason`` are to be written down now: 0 leaves them for later.

        ``together``: gather this one even if few came.
        """
        if not together and not self._buckets.take(key, self._one_by_one):
            return count
        now = self._clock()
        with self._lock:
            if len(self._held) > MAX_KEYS:
                self._held.clear()
            since, held = self._held.get((key, reason), (float("-inf"), 0))
            if now - since < self._pause:
                self._held[key, reason] = (since, held + count)
                return 0
            self._held[key, reason] = (now, 0)
            return held + count


def shown(text):
    """``text`` without what would begin a new line of the log, colour it, or turn round how it reads."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
