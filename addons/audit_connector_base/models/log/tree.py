"""The Merkle tree of a log as it stands in the database: leaves, complete tiles, and what follows from them."""

from ...core import merkle, tiles

LEAVES = """
INSERT INTO audit_log_leaf (log_id, index, entry_id, hash)
SELECT %s, %s + row_number() OVER (ORDER BY entry_id) - 1, entry_id, hash
  FROM unnest(%s::bigint[], %s::bytea[]) AS sealed (entry_id, hash)
"""
TILES = """
INSERT INTO audit_log_tile (log_id, level, index, hashes, root)
SELECT %s, level, index, hashes, root
  FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[], %s::bytea[]) AS made (level, index, hashes, root)
"""
# Of a tile that is not complete yet: the leaves of level 0, above it the roots of the complete tiles below.
PARTIAL_LEAVES = """
SELECT index, hash FROM audit_log_leaf WHERE log_id = %s AND index >= %s AND index < %s ORDER BY index
"""
PARTIAL_ABOVE = """
SELECT index, root FROM audit_log_tile WHERE log_id = %s AND index >= %s AND index < %s AND level = %s ORDER BY index
"""


class Tree:
    """The tree of one log, read and extended on one cursor."""

    def __init__(self, cr, log_id):
        self._cursor, self._log_id = cr, log_id

    def size(self):
        """Number of sealed entries: one more than the highest index."""
        self._cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM audit_log_leaf WHERE log_id = %s", [self._log_id])
        return self._cursor.fetchone()[0]

    def reader(self, size):
        """Return ``read_hash(level, index)`` for proofs in the tree of so many leaves, as ``core.merkle`` takes it."""
        return tiles.HashReader(size, self.read_tile)

    def root(self, size):
        """Return the root that the tree had with so many leaves; None when hashes that it takes are missing."""
        try:
            return merkle.frontier(size, self.reader(size)).root()
        except tiles.TileError:
            return None

    def read_tile(self, level, index, width=tiles.WIDTH):
        """Return the hashes of a tile as bytes: as many as there are, up to the first gap; at most ``width``."""
        self._cursor.execute(
            "SELECT hashes FROM audit_log_tile WHERE log_id = %s AND level = %s AND index = %s",
            [self._log_id, level, index],
        )
        found = self._cursor.fetchone()
        if found:
            return bytes(found[0])[: width * merkle.HASH_LENGTH]
        first = index * tiles.WIDTH
        where = [self._log_id, first, first + width]
        if level:
            self._cursor.execute(PARTIAL_ABOVE, [*where, level - 1])
        else:
            self._cursor.execute(PARTIAL_LEAVES, where)
        hashes = []
        for place, hash_ in self._cursor.fetchall():
            if place != first + len(hashes):
                break
            hashes.append(bytes(hash_))
        return b"".join(hashes)

    def append(self, entry_ids, hashes):
        """Add leaves in the order given, which must be that of the ids, and the tiles that they complete.

        :return: ``(first index, index after the last)`` of them
        """
        size = self.size()
        made = [
            (tile.level, tile.index, content, tiles.tile_root(content))
            for tile, content in tiles.grow(size, hashes, self.read_tile)
            if tile.width == tiles.WIDTH
        ]
        # That another sealer was faster is nothing that goes wrong.
        values = [self._log_id, size, list(entry_ids), list(hashes)]
        self._cursor.execute(LEAVES, values, log_exceptions=False)
        if made:
            self._cursor.execute(TILES, [self._log_id, *map(list, zip(*made))])
        return size, size + len(hashes)
