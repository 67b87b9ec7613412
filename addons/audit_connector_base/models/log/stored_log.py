"""Reading a log as it is stored, damaged or not."""

from ...core import log_check, merkle, tiles
from .tree import Tree

ENTRIES = """
SELECT f.index, e.entry, e.uuid, e.time, e.kind, e.direction, e.actor, e.company_id, e.res_model, e.res_id,
       e.correlation, e.commitment, p.entry_id IS NOT NULL, p.salt, p.payload, p.erased_by
  FROM audit_log_leaf f
  LEFT JOIN audit_log_entry e ON e.id = f.entry_id
  LEFT JOIN audit_log_payload p ON p.entry_id = f.entry_id
 WHERE f.log_id = %s AND f.index >= %s AND f.index < %s
 ORDER BY f.index
"""

# What an export needs of each entry that is there, one thing at a time: all at once would be read three times.
SEALED = """
SELECT e.entry FROM audit_log_leaf f JOIN audit_log_entry e ON e.id = f.entry_id
 WHERE f.log_id = %s AND f.index >= %s AND f.index < %s
 ORDER BY f.index
"""
COLUMNS = """
SELECT e.uuid, e.time, e.kind, e.direction, e.actor, e.company_id, e.res_model, e.res_id, e.correlation, e.commitment
  FROM audit_log_leaf f JOIN audit_log_entry e ON e.id = f.entry_id
 WHERE f.log_id = %s AND f.index >= %s AND f.index < %s
 ORDER BY f.index
"""
CONTENTS = """
SELECT f.index, p.salt, p.payload, p.erased_by
  FROM audit_log_leaf f
  JOIN audit_log_entry e ON e.id = f.entry_id
  LEFT JOIN audit_log_payload p ON p.entry_id = f.entry_id
 WHERE f.log_id = %s AND f.index >= %s AND f.index < %s
 ORDER BY f.index
"""


class StoredLog:
    """The leaves of one log, with what stands behind them, on one cursor."""

    def __init__(self, cr, log_id):
        self._cursor, self._log_id = cr, log_id
        self._tree = Tree(cr, log_id)

    def size(self):
        """Number of entries, by the highest place that is taken."""
        return self._tree.size()

    def entries(self, first, end):
        """Return the ``core.log_check.Stored`` of these places, as many as there are."""
        self._cursor.execute(ENTRIES, [self._log_id, first, end])
        return [as_stored(row) for row in self._cursor.fetchall()]

    def sealed(self, first, end):
        """Return the bytes of the entries of these places that are there, in their order."""
        return [bytes(entry) for (entry,) in self._rows(SEALED, first, end)]

    def columns(self, first, end):
        """Return what is shown of the same entries, as ``shown`` does."""
        return [shown(*columns) for columns in self._rows(COLUMNS, first, end)]

    def contents(self, first, end):
        """Return ``(index, salt, payload, erased_by)`` of the same entries; None for what is not there."""
        return [
            (index, _bytes(salt), _bytes(payload), erased_by)
            for index, salt, payload, erased_by in self._rows(CONTENTS, first, end)
        ]

    def _rows(self, query, first, end):
        self._cursor.execute(query, [self._log_id, first, end])
        return self._cursor.fetchall()

    def hashes(self, first, end):
        """Return the hash that each place should have, as a list: what its tile says, without a tile its leaf.

        Nothing (``b""``) where neither is there.
        """
        self._cursor.execute(
            "SELECT index, hash FROM audit_log_leaf WHERE log_id = %s AND index >= %s AND index < %s",
            [self._log_id, first, end],
        )
        leaves = {index: bytes(hash_) for index, hash_ in self._cursor.fetchall()}
        for index, hashes in self._tiles(first, end):
            leaves.update(enumerate(tiles.split(hashes), index * tiles.WIDTH))
        return [leaves.get(index, b"") for index in range(first, end)]

    def what_happened(self, index):
        """Return the kind of damage at the first place at which an entry is not what the tree has there."""
        upto = index + log_check.WINDOW
        given = [merkle.leaf_hash(one.entry) for one in self.entries(index, upto) if one.entry is not None]
        wanted = [hash_ for hash_ in self.hashes(index, min(upto, self.size())) if hash_]
        return log_check.kind_of(given, wanted)

    def entry_id(self, index):
        """Return the id of the entry at a place, None when there is none."""
        self._cursor.execute(
            "SELECT entry_id FROM audit_log_leaf WHERE log_id = %s AND index = %s", [self._log_id, index]
        )
        found = self._cursor.fetchone()
        return found and found[0]

    def _tiles(self, first, end):
        """The complete tiles of leaves that hold these places, as ``(index, bytes)``; one of a wrong length is none."""
        self._cursor.execute(
            "SELECT index, hashes FROM audit_log_tile WHERE log_id = %s AND level = 0 AND index BETWEEN %s AND %s "
            "AND length(hashes) = %s",
            [self._log_id, first // tiles.WIDTH, end // tiles.WIDTH, tiles.WIDTH * merkle.HASH_LENGTH],
        )
        return [(index, bytes(hashes)) for index, hashes in self._cursor.fetchall()]


def as_stored(row):
    """The ``core.log_check.Stored`` of a row of ``ENTRIES``."""
    index, entry, *columns, has_payload, salt, payload, erased_by = row
    entry = _bytes(entry)
    columns = shown(*columns) if entry is not None else {}
    return log_check.Stored(index, entry, columns, _bytes(salt), _bytes(payload), erased_by, has_payload)


def shown(uuid, time, kind, direction, actor, company_id, res_model, res_id, correlation, commitment):
    """Return what the columns of an entry say, in the words of its sealed members."""
    return {
        "id": uuid,
        "time": time.isoformat(timespec="microseconds") + "Z",
        "kind": kind,
        "dir": direction,
        "actor": actor,
        "company": str(company_id or 0),
        "subject": "%s/%d" % (res_model, res_id) if res_model and res_id else "",
        "corr": correlation,
        "commit": commitment,
    }


def _bytes(value):
    return None if value is None else bytes(value)
