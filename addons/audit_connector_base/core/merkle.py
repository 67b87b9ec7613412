"""The Merkle tree of a log: hashes, compact ranges, inclusion and consistency proofs (RFC 6962, RFC 9162 section 2.1).

A tree is a list of leaf hashes; its root fixes all of them. ``Frontier`` carries a growing tree on in a few hashes.
Proofs are made from the hashes of complete subtrees, whoever stores them: ``read_hash(level, index)`` returns the hash
of the ``2**level`` leaves from ``index << level`` on. Hashes are 32 bytes, sizes and indexes count leaves from 0.
"""

import hashlib

HASH_LENGTH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_SIZE = 2**63 - 1
"""What every implementation in use can count."""

_LEAF = b"\x00"
_NODE = b"\x01"
_BLOCK = 1024


class ProofError(ValueError):
    """A proof that does not prove what was asked, or a tree that cannot be; the text says which rule is broken."""


def leaf_hash(entry):
    """Return the hash of the bytes of an entry."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left, right):
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(_NODE + left + right).digest()


def root(leaf_hashes):
    """Return the root of the tree of these leaf hashes (an iterable); of none, the SHA-256 of nothing."""
    frontier = Frontier()
    frontier.extend(leaf_hashes)
    return frontier.root()


def parents(hashes):
    """Return the level above as a list; ``hashes`` is a list with an even number of nodes of one level."""
    sha256 = hashlib.sha256
    return [sha256(_NODE + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2])]


class Frontier:
    """What a tree of ``size`` leaves has to remember in order to grow: one hash for each bit of its size.

    ``hashes``: the roots of its complete subtrees, from the left, so from the largest to the smallest.
    Raises ``ProofError`` when the number of hashes does not fit the size.
    """

    def __init__(self, size=0, hashes=()):
        _check_size(size)
        hashes = [bytes(one) for one in hashes]
        if len(hashes) != bin(size).count("1") or any(len(one) != HASH_LENGTH for one in hashes):
            raise ProofError("a tree of %d leaves is remembered in %d hashes" % (size, bin(size).count("1")))
        self.size = size
        self.hashes = hashes

    def append(self, leaf_hash):
        """Add one leaf."""
        self._add(leaf_hash, 0)

    def extend(self, leaf_hashes):
        """Add many leaves (an iterable), in constant memory."""
        block = []
        for one in leaf_hashes:
            block.append(one)
            if len(block) == _BLOCK:
                self._add_block(block)
                block = []
        self._add_block(block)

    def append_subtree(self, hash, level):
        """Add a complete subtree of ``2**level`` leaves; the size so far must be a multiple of that."""
        if self.size % (1 << level):
            raise ProofError("a subtree of %d leaves cannot begin at %d" % (1 << level, self.size))
        self._add(hash, level)

    def root(self):
        """Return the root of the tree as it is now."""
        if not self.hashes:
            return EMPTY_ROOT
        found = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            found = node_hash(left, found)
        return found

    def _add(self, hash, level):
        hashes = self.hashes
        rest = self.size >> level
        while rest & 1:
            hash = node_hash(hashes.pop(), hash)
            rest >>= 1
        hashes.append(hash)
        self.size += 1 << level

    def _add_block(self, block):
        """Add the leaves of ``block``, whole subtrees at once: a list at a time is several times as fast."""
        start, end = self.size, self.size + len(block)
        done = 0
        while start < end:
            # The largest subtree that may begin here and ends in the block.
            level = min((start & -start).bit_length() - 1 if start else 64, (end - start).bit_length() - 1)
            hashes = block[done : done + (1 << level)]
            while len(hashes) > 1:
                hashes = parents(hashes)
            self._add(hashes[0], level)
            start += 1 << level
            done += 1 << level


def subtrees(first, end):
    """Yield ``(level, index)`` of the largest complete subtrees that make up the leaves from ``first`` to ``end``.

    From the left; the last leaf is ``end - 1``. For ``first`` 0 these are the hashes of a ``Frontier``.
    """
    while first < end:
        level = (end - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        yield level, first >> level
        first += 1 << level


def frontier(size, read_hash):
    """Return the ``Frontier`` of the first ``size`` leaves."""
    return Frontier(size, [read_hash(level, index) for level, index in subtrees(0, size)])


def inclusion_proof(index, size, read_hash):
    """Return the hashes that prove leaf ``index`` to be in the tree of ``size`` leaves (RFC 9162, 2.1.3.1)."""
    _check_size(size)
    if not 0 <= index < size:
        raise ProofError("entry %d is not among the %d of the tree" % (index, size))
    proof = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append(_range_hash(middle, end, read_hash))
            end = middle
        else:
            proof.append(_range_hash(first, middle, read_hash))
            first = middle
    return proof[::-1]


def consistency_proof(old_size, size, read_hash):
    """Return the hashes that prove the tree of ``old_size`` to be the beginning of that of ``size`` (2.1.4.1)."""
    _check_size(size)
    if not 0 <= old_size <= size:
        raise ProofError("a tree of %d entries has no beginning of %d" % (size, old_size))
    if old_size in (0, size):
        return []
    proof = []
    first, end = 0, size
    while end > old_size:
        middle = first + _split(end - first)
        if old_size <= middle:
            proof.append(_range_hash(middle, end, read_hash))
            end = middle
        else:
            proof.append(_range_hash(first, middle, read_hash))
            first = middle
    if first:
        proof.append(_range_hash(first, end, read_hash))
    return proof[::-1]


def verify_inclusion(index, size, leaf_hash, proof, root):
    """Check that the leaf is entry ``index`` of the tree (RFC 9162, 2.1.3.2); raises ``ProofError``."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("entry %d is not among the %d of the tree" % (index, size))
    steps = list(proof)
    # Below the point where the way of the leaf leaves the right edge of the tree each level has a sibling; above it
    # only those levels at which the edge is a right child.
    inner = (index ^ (size - 1)).bit_length()
    border = bin(index >> inner).count("1")
    if len(steps) != inner + border:
        raise ProofError("wrong proof length: %d hashes, not %d" % (len(steps), inner + border))
    _check_hashes([leaf_hash, root, *steps])
    found = leaf_hash
    for level, step in enumerate(steps):
        is_right = level >= inner or index >> level & 1
        found = node_hash(step, found) if is_right else node_hash(found, step)
    if found != root:
        raise ProofError("inclusion fails: the proof leads to another root")


def verify_consistency(old_size, size, old_root, root, proof):
    """Check that the tree of ``old_size`` is the beginning of that of ``size`` (2.1.4.2); raises ``ProofError``."""
    steps = list(proof)
    _check_hashes([old_root, root, *steps])
    if not 0 <= old_size <= size <= MAX_SIZE:
        raise ProofError("inconsistent: a tree of %d entries has no beginning of %d" % (size, old_size))
    if old_size in (0, size):
        if steps:
            raise ProofError("wrong proof length: %d hashes where none is needed" % len(steps))
        if old_root != (root if old_size else EMPTY_ROOT):
            raise ProofError("inconsistent: the roots differ")
        return
    if not old_size & (old_size - 1):
        # The old tree is one complete subtree, whose hash is the old root.
        steps.insert(0, old_root)
    if not steps:
        raise ProofError("inconsistent: the proof is empty")
    node, last = old_size - 1, size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    found_old = found = steps[0]
    for step in steps[1:]:
        if not last:
            raise ProofError("wrong proof length: more hashes than the tree has levels")
        if node & 1 or node == last:
            found_old = node_hash(step, found_old)
            found = node_hash(step, found)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        node >>= 1
        last >>= 1
    if last:
        raise ProofError("wrong proof length: fewer hashes than the tree has levels")
    if found_old != old_root or found != root:
        raise ProofError("inconsistent: the proof leads to other roots")


def _split(size):
    """The largest power of two below ``size``: where a tree divides."""
    return 1 << (size - 1).bit_length() - 1


def _range_hash(first, end, read_hash):
    """The hash of the subtree over these leaves, which may be an incomplete one at the right edge."""
    hashes = [read_hash(level, index) for level, index in subtrees(first, end)]
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def _check_size(size):
    if not 0 <= size <= MAX_SIZE:
        raise ProofError("a tree cannot have %d entries" % size)


def _check_hashes(hashes):
    if any(len(one) != HASH_LENGTH for one in hashes):
        raise ProofError("a hash has %d bytes" % HASH_LENGTH)
