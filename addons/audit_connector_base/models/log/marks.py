"""Telling entries that Odoo wrote from rows that somebody else put into the table."""

from ... import log_keys
from ...core import log_entry, merkle

# Marks that were given to entries which a person let in after they had been set aside.
LET_IN = "SELECT entry_id, mac FROM audit_log_quarantine WHERE entry_id = ANY(%s) AND mac IS NOT NULL"


class Marks:
    """Which entries carry our mark. ``refused``: ``{entry id: reason of the quarantine}`` of those that do not.

    :param origins: ``{log id: name}`` of the logs that the entries may have been written for
    """

    def __init__(self, cr, origins):
        self._cursor, self._origins, self._keys = cr, origins, log_keys.entry_keys()
        self._doubtful = {}
        self.refused = {}

    def passes(self, entry_id, log_id, entry, mac):
        """Whether the entry (text) is ours."""
        if entry is None:
            self.refused[entry_id] = "gone"
            return False
        if mac is not None and self._is_mark(log_id, entry.encode(), mac):
            return True
        self.refused[entry_id] = "no_mac" if mac is None else "bad_mac"
        self._doubtful[entry_id] = log_id, entry.encode()
        return False

    def let_in(self):
        """Return ``{entry id: leaf hash}`` of those that a person let in, which are refused no longer."""
        if not self._doubtful:
            return {}
        found = {}
        self._cursor.execute(LET_IN, [list(self._doubtful)])
        for entry_id, mac in self._cursor.fetchall():
            log_id, entry = self._doubtful[entry_id]
            if self._is_mark(log_id, entry, mac):
                del self.refused[entry_id]
                found[entry_id] = merkle.leaf_hash(entry)
        return found

    def _is_mark(self, log_id, entry, mac):
        origin = self._origins.get(log_id)
        return bool(origin) and any(log_entry.verify_mac(key, origin, entry, mac) for key in self._keys)
