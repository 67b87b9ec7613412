import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import merkle, tiles
from odoo.addons.audit_connector_base.core.tests.sample_log import ENTRIES, VECTORS, vector_log
from odoo.addons.audit_connector_base.core.tiles import HashReader, Tile, TileError

LARGE = VECTORS["large_log"]
SIZE = LARGE["size"]
HASHES = [merkle.leaf_hash(b"entry-%d" % number) for number in range(SIZE)]
CONTENTS = dict(tiles.grow(0, HASHES, None))


def read_tile(level, index, width):
    return CONTENTS[tiles.tile_at(level, index, SIZE)][: 32 * width]


def test_tiles_of_eight_entries_are_those_of_the_vectors():
    content = vector_log().read_tile(0, 0, 8)
    assert content.hex() == VECTORS["tiles_size_8"][Tile(0, 0, 8).path]


def test_the_bundle_of_eight_entries_is_that_of_the_vectors():
    wanted = VECTORS["tiles_size_8"][Tile(tiles.ENTRIES, 0, 8).path]
    bundle = tiles.bundle(ENTRIES)
    assert (len(bundle), hashlib.sha256(bundle).hexdigest()) == (wanted["length"], wanted["sha256_hex"])
    assert base64.b64encode(bundle).decode() == wanted["b64"]
    assert tiles.split_bundle(bundle) == ENTRIES


def test_tiles_of_the_large_log_are_those_of_the_vectors():
    for path, digest in LARGE["tile_sha256_hex"].items():
        assert hashlib.sha256(CONTENTS[tiles.parse_path(path)]).hexdigest() == digest


def test_a_number_is_written_in_groups_of_three_digits():
    assert tiles.index_path(1234067) == LARGE["tile_index_1234067"]
    assert [tiles.index_path(number) for number in (0, 999, 1000)] == ["000", "999", "x001/000"]


@given(st.one_of(st.just(tiles.ENTRIES), st.integers(0, 63)), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_names_one_tile_and_a_tile_has_one_path(level, index, width):
    tile = Tile(level, index, width)
    assert tiles.parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    ["tile/0/0", "tile/00/000", "tile/64/000", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/000.p/01",
     "tile/0/x000/000", "tile/0/001/000", "tile/0/x001", "/tile/0/000", "tile/0/000/", "tile/0/000\n", "tile/data/000"],
)  # fmt: skip
def test_a_path_that_no_tile_has_is_refused(path):
    with pytest.raises(TileError):
        tiles.parse_path(path)


@given(st.integers(0, SIZE), st.integers(0, SIZE))
@settings(deadline=None, max_examples=15)
def test_growth_makes_just_the_tiles_that_are_new_or_wider(one, other):
    old_size, size = sorted((one, other))
    made = dict(tiles.grow(old_size, HASHES[old_size:size], read_tile))
    assert set(made) == set(tiles.tiles_between(old_size, size))
    for tile, data in made.items():
        assert data == read_tile(tile.level, tile.index, tile.width)
    kept = set(tiles.tiles_of(size)) - set(made)
    assert kept <= set(tiles.tiles_of(old_size)) and len(kept) + len(made) == len(list(tiles.tiles_of(size)))


def test_bundles_grow_as_the_tiles_of_leaves_do():
    assert list(tiles.bundles_between(200, 700)) == [
        Tile(tiles.ENTRIES, 0), Tile(tiles.ENTRIES, 1), Tile(tiles.ENTRIES, 2, 188)
    ]  # fmt: skip
    assert list(tiles.bundles_between(700, 700)) == []


@given(st.integers(0, SIZE - 1))
@settings(deadline=None, max_examples=30)
def test_a_proof_from_tiles_reads_two_tiles_a_level_at_most(index):
    asked = []

    def counted(*tile):
        asked.append(tile)
        return read_tile(*tile)

    proof = merkle.inclusion_proof(index, SIZE, HashReader(SIZE, counted))
    merkle.verify_inclusion(index, SIZE, HASHES[index], proof, bytes.fromhex(LARGE["roots_hex"][str(SIZE)]))
    assert len(asked) <= 6


def test_a_hash_that_the_tree_does_not_have_yet_is_refused():
    read_hash = HashReader(SIZE, read_tile)
    for level, index in ((0, SIZE), (8, 273), (17, 0)):
        with pytest.raises(TileError):
            read_hash(level, index)


def test_a_tile_that_is_cut_off_is_refused():
    for data in (b"", b"short", b"x" * 31, b"x" * 32 * 257):
        with pytest.raises(TileError):
            tiles.split(data)
    with pytest.raises(TileError):
        HashReader(SIZE, lambda level, index, width: read_tile(level, index, width)[:-32])(0, 3)
    with pytest.raises(TileError):
        list(tiles.grow(SIZE, HASHES[:1], lambda level, index, width: read_tile(level, index, width)[:-32]))
    with pytest.raises(TileError):
        tiles.tile_root(HASHES[:255])


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_the_tiles_needed_prove_a_range_and_every_cut(data):
    first = data.draw(st.integers(0, SIZE))
    end = data.draw(st.integers(first, SIZE))
    cuts = data.draw(st.lists(st.integers(0, SIZE), max_size=4))
    needed = set(tiles.needed(cuts, SIZE, (first, end)))

    def read_needed(level, index, width):
        assert Tile(level, index, width) in needed
        return read_tile(level, index, width)

    read_hash = HashReader(SIZE, read_needed)
    frontier = merkle.Frontier()
    edges = sorted({0, first, end, SIZE, *cuts})
    for start, stop in zip(edges, edges[1:]):
        if first <= start and stop <= end:
            frontier.extend(HASHES[start:stop])
        else:
            for level, index in merkle.subtrees(start, stop):
                frontier.append_subtree(read_hash(level, index), level)
        assert stop not in cuts or frontier.hashes == merkle.frontier(stop, HashReader(SIZE, read_tile)).hashes
    assert frontier.root().hex() == LARGE["roots_hex"][str(SIZE)]


def test_a_small_range_needs_few_tiles_of_leaves():
    assert sum(not tile.level for tile in tiles.needed([], SIZE, (1000, 1010))) <= 2


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05abc", b"\x00\x00" * 257])
def test_a_bundle_that_does_not_end_with_an_entry_is_refused(data):
    with pytest.raises(TileError):
        tiles.split_bundle(data)


def test_an_entry_too_long_for_a_bundle_is_refused():
    with pytest.raises(TileError):
        tiles.bundle([b"x" * 65_536])
