"""What the vectors list as inputs to refuse, each under its name there and with the outcome that they expect."""

import base64

import pytest

from odoo.addons.audit_connector_base.core import checkpoint, merkle
from odoo.addons.audit_connector_base.core.export import Disclosed, Erased
from odoo.addons.audit_connector_base.core.tests.sample_log import (
    ELSEWHERE,
    ENTRIES,
    ERASURE,
    KEY,
    SIGNERS,
    VECTORS,
    SampleLog,
)
from odoo.addons.audit_connector_base.core.tests.verifying import verify

LOG = SampleLog(ENTRIES)
NOTES = VECTORS["checkpoints"]
ROOTS = {int(size): bytes.fromhex(root["hex"]) for size, root in VECTORS["roots"].items()}


def with_other_root(_folder):
    lines = NOTES["7"].split("\n")
    root = bytearray(base64.b64decode(lines[2]))
    root[0] ^= 1
    lines[2] = base64.b64encode(root).decode()
    return opened("\n".join(lines))


def with_signature_of_another(_folder):
    return opened(NOTES["7"].split("\n\n")[0] + "\n\n" + NOTES["8"].split("\n\n")[1])


def at_another_place(_folder):
    return included(2, LOG.hashes[3], proof_of(3, 7))


def with_a_hash_too_many(_folder):
    return included(3, LOG.hashes[3], [*proof_of(3, 7), LOG.hashes[0]])


def with_roots_of_another_size(_folder):
    return refusal(lambda: merkle.verify_consistency(3, 7, ROOTS[3], ROOTS[8], continued()))


def with_nothing_between(_folder):
    return refusal(lambda: merkle.verify_consistency(3, 7, ROOTS[3], ROOTS[7], []))


def written_another_way(_folder):
    ways = (("\n7\n", "\n07\n"), ("\n7\n", "\n7 \n"), ("\n", "\r\n"))
    (outcome,) = {opened(NOTES["7"].replace(*way)) for way in ways}
    return outcome


def with_a_witness_taken_for_a_log(_folder):
    witness = SIGNERS["witness"].key
    plain = checkpoint.VerifierKey(witness.name, checkpoint.ED25519, witness.public)
    found = checkpoint.verify(VECTORS["checkpoint_7_cosigned"], [SIGNERS["log"].key, plain])
    return "unknown key, ignored" if (found.signed_by, found.cosigned) == ((SIGNERS["log"].key,), ()) else "believed"


def with_a_payload_erased(folder):
    said = exported(folder, {7: Erased(7, ERASURE, ELSEWHERE)})
    (log,) = said.logs
    return "%s, reported as erased" % ("damaged" if said.exit else "valid") if log["erased"] == 1 else "not reported"


def with_payloads_exchanged(folder):
    two, three = disclosed(2), disclosed(3)
    said = exported(folder, {2: two._replace(payload=three.payload), 3: three._replace(payload=two.payload)})
    assert said.exit == 1
    ((kind, index),) = said.kinds
    assert index == 2
    return kind.replace(" its ", " ")


CASES = {
    "flip bit 0 of root in checkpoint 7": with_other_root,
    "signature line of checkpoint 8 under text of checkpoint 7": with_signature_of_another,
    "proof index 3 presented as index 2": at_another_place,
    "proof with one extra trailing hash": with_a_hash_too_many,
    "consistency 3->7 with roots of 3 and 8": with_roots_of_another_size,
    "tree size written 07, or trailing space, or CRLF": written_another_way,
    "empty consistency proof for 3->7": with_nothing_between,
    "cosignature 0x04 line checked as plain 0x01 signature": with_a_witness_taken_for_a_log,
    "payload 7 absent, salt absent, commit kept": with_a_payload_erased,
    "payload 2 and 3 exchanged (NFC/NFD)": with_payloads_exchanged,
}


@pytest.mark.parametrize("wanted", VECTORS["negative"], ids=lambda wanted: wanted["name"])
def test_what_the_vectors_list_has_the_outcome_that_they_expect(wanted, tmp_path):
    assert CASES[wanted["name"]](tmp_path) == wanted["expect"]


def test_the_inputs_are_good_before_they_are_changed(tmp_path):
    assert opened(NOTES["7"]) == included(3, LOG.hashes[3], proof_of(3, 7)) == "accepted"
    assert refusal(lambda: merkle.verify_consistency(3, 7, ROOTS[3], ROOTS[7], continued())) == "accepted"
    assert exported(tmp_path, {}).exit == 0


def refusal(act):
    """The outcome of ``act`` in the words of the vectors; ``accepted`` when nothing is wrong."""
    try:
        act()
    except checkpoint.InvalidSignature:
        return "signature invalid"
    except checkpoint.Malformed:
        return "malformed checkpoint"
    except merkle.ProofError as error:
        return str(error).partition(":")[0]
    return "accepted"


def opened(note):
    return refusal(lambda: checkpoint.verify(note, [SIGNERS["log"].key]))


def included(index, leaf_hash, proof):
    return refusal(lambda: merkle.verify_inclusion(index, 7, leaf_hash, proof, ROOTS[7]))


def proof_of(index, size):
    (found,) = (one for one in VECTORS["inclusion_proofs"] if (one["index"], one["size"]) == (index, size))
    return [base64.b64decode(line) for line in found["proof_b64"]]


def continued():
    (found,) = (one for one in VECTORS["consistency_proofs"] if (one["from"], one["to"]) == (3, 7))
    return [base64.b64decode(line) for line in found["proof_b64"]]


def disclosed(index):
    entry = VECTORS["entries"][index]
    return Disclosed(index, bytes.fromhex(entry["salt_hex"]), bytes.fromhex(entry["payload_hex"]))


def exported(folder, changes):
    """What the program of an auditor says of an export in which some contents are others."""
    log = SampleLog(ENTRIES, [changes.get(index) or disclosed(index) for index in range(len(ENTRIES))])
    return verify(folder, log.export(), "--vkey", KEY)
