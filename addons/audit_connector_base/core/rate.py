"""Token buckets in memory: how fast senders may come, counted by each process for itself.

A sender must be slowed down before it costs a transaction, so the count is not shared through the database. A limit is
divided among the processes that serve, which a balancer feeds evenly.
"""

import threading
import time
from collections import OrderedDict

MAX_BUCKETS = 10_000


class Buckets:
    """Buckets by key; those that were not asked for longest are forgotten beyond ``MAX_BUCKETS``."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._levels = OrderedDict()

    def take(self, key, per_minute, processes=1):
        """Take one token; return 0 when there was one, else the seconds after which to come again (at least 1).

        ``per_minute``: rate for all ``processes`` together, which is also how many may come at once.
        """
        capacity = max(per_minute / max(processes, 1), 1)
        rate = capacity / 60
        now = self._clock()
        with self._lock:
            level, then = self._levels.pop(key, (capacity, now))
            level = min(capacity, level + (now - then) * rate)
            allowed = level >= 1
            self._levels[key] = (level - allowed, now)
            if len(self._levels) > MAX_BUCKETS:
                self._levels.popitem(last=False)
        return 0 if allowed else max(1, round((1 - level) / rate))
