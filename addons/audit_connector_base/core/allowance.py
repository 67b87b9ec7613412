"""How much a client may still ask for, as the headers of an answer say it.

``RateLimit`` and ``RateLimit-Policy`` follow the IETF draft *RateLimit header fields for HTTP* as it stands since
version 8 (structured fields, draft-ietf-httpapi-ratelimit-headers); ``RateLimit-Limit``, ``-Remaining`` and ``-Reset``
are what its earlier versions had and most programs read. Both say the same.
"""

import math
from typing import NamedTuple

POLICY = "client"


class Allowance(NamedTuple):
    """A token bucket after a request: ``level`` tokens of at most ``burst``, filled by ``per_minute`` a minute."""

    allowed: bool
    level: float
    burst: int
    per_minute: int

    def retry_after(self):
        """Seconds until the next request is let in, at least 1."""
        return max(1, math.ceil((1 - self.level) * 60 / self.per_minute))

    def headers(self):
        """Return the header fields as a dict."""
        remaining = max(0, math.floor(self.level))
        window = math.ceil(self.burst * 60 / self.per_minute)
        reset = math.ceil(max(0, self.burst - self.level) * 60 / self.per_minute)
        return {
            "RateLimit-Policy": '"%s";q=%d;w=%d' % (POLICY, self.burst, window),
            "RateLimit": '"%s";r=%d;t=%d' % (POLICY, remaining, reset),
            "RateLimit-Limit": str(self.burst),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": str(reset),
        }
