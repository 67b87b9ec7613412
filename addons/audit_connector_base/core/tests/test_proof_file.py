import pytest

from odoo.addons.audit_connector_base.core import checkpoint, proof_file
from odoo.addons.audit_connector_base.core.checkpoint import InvalidSignature, Malformed, UnknownSigner
from odoo.addons.audit_connector_base.core.merkle import ProofError
from odoo.addons.audit_connector_base.core.tests.sample_log import ENTRIES, SIGNERS, VECTORS, made_log, vector_log

LOG = vector_log()
INCLUSION, CONSISTENCY = VECTORS["tlog_proof_file_index3_size7"], VECTORS["consistency_file_3_to_7"]
COSIGNED = checkpoint.parse(VECTORS["checkpoint_7_cosigned"])
OLD, NEW = (checkpoint.parse(VECTORS["checkpoints"][size]) for size in "37")
KEYS = [SIGNERS["log"].key]


def test_the_proof_file_of_an_entry_is_that_of_the_vectors():
    proof = proof_file.prove_inclusion(ENTRIES[3], 3, COSIGNED, LOG.read_tile)
    assert str(proof) == INCLUSION
    assert proof_file.parse(INCLUSION) == proof_file.parse(INCLUSION.encode()) == proof
    found = proof.verify([*KEYS, SIGNERS["witness"].key])
    assert (found.checkpoint.size, len(found.cosigned)) == (7, 1)


def test_the_consistency_file_is_that_of_the_vectors():
    proof = proof_file.prove_consistency(OLD.checkpoint, NEW, LOG.read_tile)
    assert str(proof) == CONSISTENCY
    assert proof_file.parse(CONSISTENCY) == proof
    assert proof.verify(KEYS, OLD.checkpoint).checkpoint == NEW.checkpoint


def test_an_entry_that_is_kept_elsewhere_can_be_proven_too():
    proof = proof_file.parse(INCLUSION)._replace(entry=None)
    assert "extra" not in str(proof) and proof_file.parse(str(proof)) == proof
    proof.verify(KEYS, ENTRIES[3])
    with pytest.raises(ProofError):
        proof.verify(KEYS)
    with pytest.raises(ProofError):
        proof.verify(KEYS, ENTRIES[2])


def test_a_proof_at_another_index_is_refused():
    with pytest.raises(ProofError, match="inclusion fails"):
        proof_file.parse(INCLUSION.replace("index 3", "index 2")).verify(KEYS)


def test_a_proof_under_a_note_that_nobody_known_signed_is_refused():
    with pytest.raises(UnknownSigner):
        proof_file.parse(INCLUSION).verify([SIGNERS["log_next"].key])
    with pytest.raises(InvalidSignature):
        proof_file.parse(INCLUSION.replace("ps+de2CR", "ps+de2CS")).verify(KEYS)


def test_a_consistency_file_from_another_note_than_the_one_held_is_refused():
    proof = proof_file.parse(CONSISTENCY)
    other = made_log(3).note().checkpoint
    for old in (other, NEW.checkpoint, OLD.checkpoint._replace(origin="other")):
        with pytest.raises(ProofError):
            proof.verify(KEYS, old)


def test_nothing_is_proven_from_damaged_tiles():
    with pytest.raises(ProofError):
        proof_file.prove_inclusion(ENTRIES[3], 3, COSIGNED, made_log(8).read_tile)
    with pytest.raises(ProofError):
        proof_file.prove_inclusion(ENTRIES[2], 3, COSIGNED, LOG.read_tile)
    with pytest.raises(ProofError):
        proof_file.prove_consistency(OLD.checkpoint, NEW, made_log(8).read_tile)


def test_the_longest_entry_fits_into_a_proof_file():
    entry = b"x" * 65_535
    proof = proof_file.InclusionProof(entry, 2**62, tuple([bytes(32)] * 63), COSIGNED)
    assert proof_file.parse(str(proof)) == proof


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", INCLUSION.replace("index 3\n", ""), INCLUSION.replace("index 3", "index 03"),
        INCLUSION.replace("index 3", "index -3"), INCLUSION.replace("extra ", "extra  "),
        INCLUSION.replace("proof@v1", "proof@v2"), INCLUSION.replace("oSxe99", "oSxe9"),
        INCLUSION.replace("index 3\n", "index 3\n" + "oSxe99CLb08qEnnjugu6tdxoa0b3Bwj2VAWKF4kI38I=\n" * 61),
        INCLUSION.replace("index 3\n", "index 3\nAAAA\n"), INCLUSION.replace("\n", "\r\n"), INCLUSION[:-1],
        CONSISTENCY.replace("old 3", "old"), CONSISTENCY.replace("old 3", "old 9223372036854775808"), "x" * 300_000,
    ],
)  # fmt: skip
def test_a_file_that_is_written_otherwise_is_refused(text):
    with pytest.raises(Malformed):
        proof_file.parse(text)
    with pytest.raises(Malformed):
        proof_file.parse(text.encode() + b"\xff")
