import base64
import tracemalloc

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core import merkle
from odoo.addons.audit_connector_base.core.merkle import Frontier, ProofError
from odoo.addons.audit_connector_base.core.tests.sample_log import VECTORS, made_log, vector_log

LOG = vector_log()
HASHES = [merkle.leaf_hash(b"%d" % number) for number in range(300)]
ROOTS = {int(size): bytes.fromhex(root["hex"]) for size, root in VECTORS["roots"].items()}


def from_base64(lines):
    return [base64.b64decode(line) for line in lines]


def defined_root(hashes):
    """The definition in RFC 9162, section 2.1.1, as it stands there."""
    if len(hashes) < 2:
        return hashes[0] if hashes else merkle.EMPTY_ROOT
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return merkle.node_hash(defined_root(hashes[:half]), defined_root(hashes[half:]))


def read_hash(level, index):
    return defined_root(HASHES[index << level : (index + 1) << level])


def test_leaf_hashes_are_those_of_the_vectors():
    for entry, found in zip(VECTORS["entries"], LOG.hashes):
        assert (found.hex(), base64.b64encode(found).decode()) == (entry["leaf_hash_hex"], entry["leaf_hash_b64"])


def test_roots_are_those_of_the_vectors():
    for size, root in VECTORS["roots"].items():
        found = LOG.root(int(size))
        assert (found.hex(), base64.b64encode(found).decode()) == (root["hex"], root["b64"])


def test_roots_of_the_large_log_are_those_of_the_vectors():
    large = VECTORS["large_log"]
    hashes = [merkle.leaf_hash(b"entry-%d" % number) for number in range(large["size"])]
    frontier = Frontier()
    for size, root in sorted((int(size), root) for size, root in large["roots_hex"].items()):
        frontier.extend(hashes[frontier.size : size])
        assert frontier.root().hex() == root


def test_inclusion_proofs_are_those_of_the_vectors():
    assert len(VECTORS["inclusion_proofs"]) == 21
    for proof in VECTORS["inclusion_proofs"]:
        found = merkle.inclusion_proof(proof["index"], proof["size"], LOG.read_hash)
        assert found == from_base64(proof["proof_b64"])
        merkle.verify_inclusion(proof["index"], proof["size"], LOG.hashes[proof["index"]], found, ROOTS[proof["size"]])


def test_consistency_proofs_are_those_of_the_vectors():
    assert len(VECTORS["consistency_proofs"]) == 10
    for proof in VECTORS["consistency_proofs"]:
        found = merkle.consistency_proof(proof["from"], proof["to"], LOG.read_hash)
        assert found == from_base64(proof["proof_b64"])
        merkle.verify_consistency(proof["from"], proof["to"], ROOTS[proof["from"]], ROOTS[proof["to"]], found)


def test_a_proof_of_another_index_is_refused():
    proof = merkle.inclusion_proof(3, 8, LOG.read_hash)
    with pytest.raises(ProofError, match="inclusion fails"):
        merkle.verify_inclusion(2, 8, LOG.hashes[3], proof, ROOTS[8])


def test_a_proof_with_one_hash_too_many_or_too_few_is_refused():
    proof = merkle.inclusion_proof(3, 8, LOG.read_hash)
    for wrong in (proof + proof[:1], proof[:-1], []):
        with pytest.raises(ProofError, match="wrong proof length"):
            merkle.verify_inclusion(3, 8, LOG.hashes[3], wrong, ROOTS[8])


def test_a_consistency_proof_to_another_root_is_refused():
    proof = merkle.consistency_proof(3, 7, LOG.read_hash)
    with pytest.raises(ProofError, match="inconsistent"):
        merkle.verify_consistency(3, 7, ROOTS[3], ROOTS[8], proof)
    with pytest.raises(ProofError, match="inconsistent"):
        merkle.verify_consistency(3, 7, ROOTS[4], ROOTS[7], proof)


def test_an_empty_consistency_proof_proves_nothing():
    for old_size in (3, 4, 7):
        with pytest.raises(ProofError):
            merkle.verify_consistency(old_size, 8, ROOTS[old_size], ROOTS[8], [])


def test_trees_of_one_size_are_consistent_when_their_roots_are_the_same():
    merkle.verify_consistency(7, 7, ROOTS[7], ROOTS[7], [])
    for wrong in ((7, 7, ROOTS[7], ROOTS[8], []), (7, 7, ROOTS[7], ROOTS[7], [ROOTS[1]])):
        with pytest.raises(ProofError):
            merkle.verify_consistency(*wrong)


def test_every_tree_continues_the_empty_one_and_no_other_of_that_size():
    merkle.verify_consistency(0, 7, merkle.EMPTY_ROOT, ROOTS[7], [])
    with pytest.raises(ProofError):
        merkle.verify_consistency(0, 7, ROOTS[1], ROOTS[7], [])


def test_sizes_that_no_tree_has_are_refused():
    for size in (-1, 2**63):
        with pytest.raises(ProofError):
            Frontier(size)
    for index, size in ((8, 8), (-1, 8), (0, 0), (0, 2**63)):
        with pytest.raises(ProofError):
            merkle.inclusion_proof(index, size, LOG.read_hash)
        with pytest.raises(ProofError):
            merkle.verify_inclusion(index, size, ROOTS[1], [], ROOTS[1])
    with pytest.raises(ProofError):
        merkle.consistency_proof(8, 7, LOG.read_hash)


def test_a_frontier_whose_hashes_do_not_fit_its_size_is_refused():
    for size, hashes in ((3, HASHES[:1]), (4, HASHES[:2]), (1, [b"short"])):
        with pytest.raises(ProofError):
            Frontier(size, hashes)


def test_a_frontier_can_be_kept_and_carried_on():
    kept = Frontier()
    kept.extend(HASHES[:13])
    carried_on = Frontier(kept.size, kept.hashes)
    carried_on.extend(HASHES[13:])
    assert carried_on.root() == defined_root(HASHES)
    assert kept.root() == defined_root(HASHES[:13])


def test_a_subtree_is_only_added_where_one_can_begin():
    frontier = Frontier()
    frontier.append_subtree(defined_root(HASHES[:4]), 2)
    frontier.append_subtree(defined_root(HASHES[4:6]), 1)
    assert frontier.root() == defined_root(HASHES[:6])
    with pytest.raises(ProofError):
        frontier.append_subtree(HASHES[0], 2)


@given(st.integers(0, 300), st.integers(0, 300))
@settings(deadline=None)
def test_growing_in_steps_comes_to_the_defined_root(one, other):
    first, end = sorted((one, other))
    frontier = Frontier()
    for one in HASHES[:first]:
        frontier.append(one)
    assert frontier.root() == defined_root(HASHES[:first])
    frontier.extend(iter(HASHES[first:end]))
    assert frontier.root() == defined_root(HASHES[:end])
    assert frontier.hashes == merkle.frontier(end, read_hash).hashes


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_an_inclusion_proof_proves_its_leaf_at_its_place_and_nothing_else(data):
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    root = defined_root(HASHES[:size])
    proof = merkle.inclusion_proof(index, size, read_hash)
    merkle.verify_inclusion(index, size, HASHES[index], proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index)) if size > 1 else None
    if other is not None:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(other, size, HASHES[index], proof, root)
        with pytest.raises(ProofError):
            merkle.verify_inclusion(index, size, HASHES[other], proof, root)
        place = data.draw(st.integers(0, len(proof) - 1))
        altered = [*proof[:place], merkle.node_hash(proof[place], b""), *proof[place + 1 :]]
        with pytest.raises(ProofError):
            merkle.verify_inclusion(index, size, HASHES[index], altered, root)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_consistency_proof_proves_its_beginning_and_nothing_else(data):
    size = data.draw(st.integers(1, 300))
    old_size = data.draw(st.integers(0, size))
    old_root, root = defined_root(HASHES[:old_size]), defined_root(HASHES[:size])
    proof = merkle.consistency_proof(old_size, size, read_hash)
    merkle.verify_consistency(old_size, size, old_root, root, proof)
    for wrong in (proof[:-1], [*proof, HASHES[0]]):
        if wrong != proof:
            with pytest.raises(ProofError):
                merkle.verify_consistency(old_size, size, old_root, root, wrong)
    with pytest.raises(ProofError):
        merkle.verify_consistency(old_size, size, HASHES[1], root, proof)
    if old_size:
        with pytest.raises(ProofError):
            merkle.verify_consistency(old_size, size, old_root, HASHES[1], proof)


def test_roots_and_proofs_are_those_of_pymerkle():
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(70):
        tree.append_entry(b"%d" % number)
    for size in range(1, 71):
        root = defined_root(HASHES[:size])
        assert tree.get_state(size) == root
        for other in {0, 1, 2, size // 3, size // 2, size - 1, size} & set(range(size + 1)):
            if other < size:
                path = [bytes.fromhex(one) for one in tree.prove_inclusion(other + 1, size).serialize()["path"]]
                assert sorted(path) == sorted([HASHES[other], *merkle.inclusion_proof(other, size, read_hash)])
            # It writes proofs of consistency in a form of its own; what they are about is the same.
            proof = merkle.consistency_proof(other, size, read_hash)
            merkle.verify_consistency(other, size, tree.get_state(other), tree.get_state(size), proof)


def test_memory_does_not_grow_with_the_number_of_leaves():
    def peak(count):
        tracemalloc.start()
        merkle.root(merkle.leaf_hash(b"%d" % number) for number in range(count))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(5000)
    assert peak(40_000) < 1.2 * peak(5000)


def test_the_made_up_log_is_read_from_its_tiles():
    log = made_log(700)
    assert merkle.frontier(700, log.read_hash).root() == defined_root(log.hashes)
