"""Tiles: the hashes of a tree in pieces of 256 that never change once they are full (C2SP tlog-tiles).

The tile ``index`` of level ``level`` holds the hashes of the subtrees of ``256**level`` leaves from number
``256 * index`` on; at level 0 these are the leaf hashes. Only full tiles count at the level above. The last tile of
each level is usually partial, and how wide it is follows from the size of the tree. Entries lie in bundles likewise.
"""

import re
from typing import NamedTuple

from . import merkle
from .merkle import HASH_LENGTH

WIDTH = 256
HEIGHT = 8
"""Levels of the tree that one level of tiles spans."""
ENTRIES = "entries"
"""Stands for the level of the bundles of entries."""
MAX_ENTRY_LENGTH = 65_535

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class TileError(ValueError):
    """A path or content that no tile has."""


class Tile(NamedTuple):
    """Which tile: ``level`` is a number or ``ENTRIES``; ``width`` says how many of its 256 places are filled."""

    level: object
    index: int
    width: int = WIDTH

    @property
    def path(self):
        """Where tlog-tiles puts it, as ``tile/0/x001/x234/067.p/8``."""
        partial = "" if self.width == WIDTH else ".p/%d" % self.width
        return "tile/%s/%s%s" % (self.level, index_path(self.index), partial)


def index_path(index):
    """Return the number of a tile in groups of three digits: 1234067 is ``x001/x234/067``."""
    groups = ["%03d" % (index % 1000)]
    while index := index // 1000:
        groups.append("x%03d" % (index % 1000))
    return "/".join(reversed(groups))


def parse_path(path):
    """Return the ``Tile`` of a path; raises ``TileError`` unless the path is the one that this tile has."""
    match = _PATH.fullmatch(path)
    if not match:
        raise TileError("no tile has the path %.100r" % path)
    level = match["level"] if match["level"] == ENTRIES else int(match["level"])
    index = int(match["index"].replace("/", "").replace("x", ""))
    tile = Tile(level, index, int(match["width"] or WIDTH))
    if tile.path != path:
        raise TileError("no tile has the path %.100r" % path)
    return tile


def tile_at(level, index, size):
    """Return the tile as it is in a tree of ``size`` leaves; raises ``TileError`` when that has none of its hashes."""
    hashes = size if level == ENTRIES else size >> HEIGHT * level
    width = min(WIDTH, hashes - index * WIDTH)
    if width < 1:
        raise TileError("a tree of %d entries has no tile %d of level %s" % (size, index, level))
    return Tile(level, index, width)


def holding(level, index, size):
    """Return ``(tile, first, end)``: in a tree of ``size`` leaves these hashes of the tile make the node.

    ``level``, ``index``: of a complete subtree of ``2**level`` leaves, as in ``merkle.subtrees``.
    """
    below = level % HEIGHT
    first = index << below
    tile = tile_at(level // HEIGHT, first // WIDTH, size)
    start = first % WIDTH
    return tile, start, start + (1 << below)


def tiles_of(size):
    """Yield every tile of a tree of ``size`` leaves, from level 0 upwards."""
    return tiles_between(0, size)


def tiles_between(old_size, size):
    """Yield the tiles that are new or wider in a tree of ``size`` leaves than in its beginning of ``old_size``."""
    level = 0
    while size > old_size:
        for index in range(old_size // WIDTH, -(-size // WIDTH)):
            yield Tile(level, index, min(WIDTH, size - index * WIDTH))
        old_size, size = old_size // WIDTH, size // WIDTH
        level += 1


def bundles_between(old_size, size):
    """Yield the bundles of entries that are new or wider in a tree of ``size`` leaves than in one of ``old_size``."""
    if size > old_size:
        for index in range(old_size // WIDTH, -(-size // WIDTH)):
            yield Tile(ENTRIES, index, min(WIDTH, size - index * WIDTH))


def grow(size, leaf_hashes, read_tile):
    """Yield ``(tile, bytes)`` for every tile that further leaves complete or change.

    ``size``: leaves so far; ``leaf_hashes``: those to add (an iterable); ``read_tile(level, index, width)`` returns the
    hashes of a tile of the tree so far, and is only asked for the last one of each level. A full tile comes as soon as
    it is full, one for each place; the partial ones come at the end. Memory does not grow with the number of leaves.
    """
    levels = []
    for one in leaf_hashes:
        level = 0
        while True:
            if level == len(levels):
                levels.append(_Level(size, level, read_tile))
            row = levels[level]
            row.hashes.append(one)
            row.grown = True
            if len(row.hashes) < WIDTH:
                break
            yield Tile(level, row.index), b"".join(row.hashes)
            one = tile_root(row.hashes)
            row.index, row.hashes, row.grown = row.index + 1, [], False
            level += 1
    for level, row in enumerate(levels):
        if row.grown:
            yield Tile(level, row.index, len(row.hashes)), b"".join(row.hashes)


def tile_root(hashes):
    """Return the hash that stands for a full tile at the level above. ``hashes``: a list of 256, or their bytes."""
    if not isinstance(hashes, list):
        hashes = split(hashes)
    if len(hashes) != WIDTH:
        raise TileError("only a full tile has a hash")
    while len(hashes) > 1:
        hashes = merkle.parents(hashes)
    return hashes[0]


def split(data):
    """Return the hashes of a tile as a list; raises ``TileError`` unless they are 1 to 256 whole ones."""
    count, rest = divmod(len(data), HASH_LENGTH)
    if rest or not 1 <= count <= WIDTH:
        raise TileError("a tile of %d bytes" % len(data))
    data = bytes(data)
    return [data[start : start + HASH_LENGTH] for start in range(0, len(data), HASH_LENGTH)]


class HashReader:
    """The hashes of a tree of ``size`` leaves, read from its tiles; to be called as ``read_hash(level, index)``.

    ``read_tile(level, index, width)`` returns the bytes of a tile. A proof needs two tiles a level at most, which are
    kept, so a reader serves one proof or several of neighbours.
    """

    def __init__(self, size, read_tile):
        self.size = size
        self._read_tile = read_tile
        self._tiles = {}

    def __call__(self, level, index):
        tile, first, end = holding(level, index, self.size)
        if end > tile.width:
            raise TileError("a tree of %d entries has no complete subtree %d of level %d" % (self.size, index, level))
        hashes = self._hashes(tile)[first:end]
        while len(hashes) > 1:
            hashes = merkle.parents(hashes)
        return hashes[0]

    def _hashes(self, tile):
        if tile not in self._tiles:
            hashes = split(self._read_tile(*tile))
            if len(hashes) < tile.width:
                raise TileError("%s holds %d hashes" % (tile.path, len(hashes)))
            self._tiles[tile] = hashes
        return self._tiles[tile]


def needed(cuts, size, within=(0, 0)):
    """Return the tiles, in order, from which the tree of ``size`` leaves can be proven at each of its ``cuts``.

    ``cuts``: sizes of earlier trees that are to be shown as beginnings of this one. ``within``: first and end of a
    range of entries that the reader has: all its tiles come along, so that a damaged entry can be told from its
    neighbours.
    """
    first, end = within
    tiles = {tile_at(0, index, size) for index in range(first // WIDTH, -(-end // WIDTH)) if end > first}
    level, span = 1, size // WIDTH
    while span:
        # Above the leaves there is so little that all of it may come along.
        tiles.update(tile_at(level, index, size) for index in range(-(-span // WIDTH)))
        level, span = level + 1, span // WIDTH
    edges = sorted({0, first, end, size, *cuts})
    for start, stop in zip(edges, edges[1:]):
        if start < first or stop > end:
            tiles.update(holding(*node, size)[0] for node in merkle.subtrees(start, stop))
    return sorted(tiles)


def bundle(entries):
    """Return the bytes of a bundle: each entry after its length in two bytes, the higher one first."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_LENGTH:
            raise TileError("an entry has at most %d bytes" % MAX_ENTRY_LENGTH)
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def split_bundle(data):
    """Return the entries of a bundle as a list; raises ``TileError`` when the lengths do not fit."""
    entries, start = [], 0
    while start < len(data):
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        if end > len(data) or start + 2 > len(data):
            raise TileError("a bundle ends within an entry")
        entries.append(bytes(data[start + 2 : end]))
        start = end
    if len(entries) > WIDTH:
        raise TileError("a bundle has at most %d entries" % WIDTH)
    return entries


class _Level:
    """The last tile of one level while leaves are added."""

    def __init__(self, size, level, read_tile):
        hashes = size >> HEIGHT * level
        self.index, width = divmod(hashes, WIDTH)
        self.hashes = split(read_tile(level, self.index, width))[:width] if width else []
        if len(self.hashes) < width:
            raise TileError("%s is not whole" % Tile(level, self.index, width).path)
        self.grown = False
