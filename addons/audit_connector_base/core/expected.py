"""What will happen at a moment to come, so that nobody has to look for it until then."""

from datetime import datetime, timezone


class Expected:
    """Moments by name (UTC, naive). Without locks: whoever misses what another just said only looks once more."""

    def __init__(self):
        self._moments = {}

    def set(self, name, moment):
        self._moments[name] = moment

    def is_ahead(self, name):
        """Return whether the moment is still to come."""
        moment = self._moments.get(name)
        return moment is not None and datetime.now(timezone.utc).replace(tzinfo=None) < moment

    def forget(self, name):
        self._moments.pop(name, None)
