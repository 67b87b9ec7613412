"""Circuit breaker: stops calling a platform that is down, and finds out carefully when it is back.

Opens after ``STREAK`` failures in a row, or when ``RATIO`` of at least ``LEAST`` attempts within ``WINDOW`` seconds
failed. While it is open nothing is sent; after ``PAUSE`` seconds a single message probes, and its success closes it.

The state is a dict of JSON values, so that it can be kept in a row that several runs share under a lock.
"""

STREAK = 10
RATIO = 0.7
LEAST = 10
WINDOW = 300
PAUSE = 30
BUCKET = 30  # seconds that are counted together

CLOSED, OPEN = "closed", "open"


def permission(state, now):
    """Return ``("all", None)``, ``("probe", None)`` or ``("wait", until)`` and the state that follows from asking.

    Who is told to probe holds the only permission for the next ``PAUSE`` seconds: a probe whose run dies is followed by
    another. ``now`` and ``until``: Unix time in seconds. Returns ``((what, until), state)``.
    """
    state = _complete(state)
    if state["state"] == CLOSED:
        return ("all", None), state
    if now < state["probe_at"]:
        return ("wait", state["probe_at"]), state
    return ("probe", None), state | {"probe_at": now + PAUSE}


def record(state, now, results):
    """Return the state after attempts that ended now: ``results`` is a list of booleans, True for a success.

    A success closes an open breaker, whoever had it: the platform is back. A failure while it is open keeps it open for
    another ``PAUSE``.
    """
    state = _complete(state)
    if not results:
        return state
    if state["state"] == OPEN:
        if any(results):
            return _complete(None)
        return state | {"probe_at": now + PAUSE}
    streak = state["streak"]
    for good in results:
        streak = 0 if good else streak + 1
    bucket = int(now // BUCKET)
    buckets = [one for one in state["buckets"] if one[0] > bucket - WINDOW // BUCKET]
    if not buckets or buckets[-1][0] != bucket:
        buckets.append([bucket, 0, 0])
    failed = results.count(False)
    buckets[-1] = [bucket, buckets[-1][1] + len(results), buckets[-1][2] + failed]
    state = state | {"streak": streak, "buckets": buckets}
    total, bad = sum(one[1] for one in buckets), sum(one[2] for one in buckets)
    # Only a failure opens it: the end of a bad time must not.
    if failed and (streak >= STREAK or total >= LEAST and bad >= RATIO * total):
        return {"state": OPEN, "probe_at": now + PAUSE, "streak": streak, "buckets": []}
    return state


def is_open(state):
    """Whether nothing but probes may be sent."""
    return bool(state) and state.get("state") == OPEN


def _complete(state):
    return {"state": CLOSED, "probe_at": 0, "streak": 0, "buckets": [], **(state or {})}
