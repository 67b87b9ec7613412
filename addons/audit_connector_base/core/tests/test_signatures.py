import base64
import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from odoo.addons.audit_connector_base.core import signatures
from odoo.addons.audit_connector_base.core.signatures import SignatureError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "log.json").read_text(encoding="utf-8"))
WEBHOOK = VECTORS["webhook"]
BODY = WEBHOOK["body"].encode()
NOW = int(WEBHOOK["timestamp"])
PRIVATE = "whsk_" + base64.b64encode(bytes.fromhex(VECTORS["keys"]["log"]["seed_hex"])).decode()


def verify(header, secrets=WEBHOOK["secret"], **changes):
    message = {"message_id": WEBHOOK["id"], "timestamp": WEBHOOK["timestamp"], "body": BODY, "now": NOW, **changes}
    return signatures.verify(secrets, signatures=header, **message)


def refused(header, **changes):
    with pytest.raises(SignatureError) as caught:
        verify(header, **changes)
    return str(caught.value)


def test_both_versions_come_out_as_in_the_vectors():
    header = signatures.sign([WEBHOOK["secret"], PRIVATE], WEBHOOK["id"], NOW, BODY)
    assert header == WEBHOOK["v1"] + " " + WEBHOOK["v1a"]
    assert signatures.public_key(PRIVATE) == WEBHOOK["v1a_public"]


def test_the_official_library_accepts_what_we_sign_and_we_what_it_signs():
    secret, now = signatures.new_secret(), int(time.time())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signatures.sign(secret, "msg_1", now, b'{"n":1}'),
    }
    assert Webhook(secret).verify(b'{"n":1}', headers) == {"n": 1}
    theirs = Webhook(secret).sign("msg_1", datetime.fromtimestamp(now, timezone.utc), '{"n":1}')
    assert signatures.verify(secret, "msg_1", str(now), b'{"n":1}', theirs) == now


def test_either_version_verifies_with_its_own_key():
    header = WEBHOOK["v1"] + " " + WEBHOOK["v1a"]
    assert verify(header) == NOW
    assert verify(header, secrets=WEBHOOK["v1a_public"]) == NOW


def test_while_rotating_a_receiver_with_the_old_or_the_new_secret_accepts():
    old, new = signatures.new_secret(), signatures.new_secret()
    header = signatures.sign([new, old], WEBHOOK["id"], NOW, BODY)
    for accepted in (old, new, [old, new]):
        assert verify(header, secrets=accepted) == NOW
    assert refused(header, secrets=signatures.new_secret()) == "no signature matches"


@pytest.mark.parametrize(
    "change",
    [{"body": BODY + b" "}, {"message_id": "other"}, {"timestamp": str(NOW + 1)}],
    ids=["body", "id", "timestamp"],
)
@pytest.mark.parametrize("secret", [WEBHOOK["secret"], WEBHOOK["v1a_public"]], ids=["v1", "v1a"])
def test_a_change_of_any_signed_part_is_refused(change, secret):
    header = WEBHOOK["v1"] + " " + WEBHOOK["v1a"]
    assert refused(header, secrets=secret, **change) == "no signature matches"


@pytest.mark.parametrize("age, accepted", [(300, True), (-300, True), (301, False), (-301, False)])
def test_the_timestamp_may_be_five_minutes_off_either_way(age, accepted):
    if accepted:
        assert verify(WEBHOOK["v1"], now=NOW + age) == NOW
    else:
        assert "301 s" in refused(WEBHOOK["v1"], now=NOW + age)


@pytest.mark.parametrize(
    "timestamp", ["", "179543520", "17954352000", "+795435200", "1795435200\n", "1.7954e+09", None]
)
def test_only_ten_digits_are_a_timestamp(timestamp):
    assert "ten digits" in refused(WEBHOOK["v1"], timestamp=timestamp)


@pytest.mark.parametrize("message_id", ["a.b", "", "a b", "a\n", "é", "x" * 257, None])
def test_an_id_with_dots_or_spaces_is_refused_on_both_sides(message_id):
    assert "message id" in refused(WEBHOOK["v1"], message_id=message_id)
    if message_id is not None:
        with pytest.raises(ValueError, match="message id"):
            signatures.sign(WEBHOOK["secret"], message_id, NOW, BODY)


def test_sixteen_signatures_are_read_and_seventeen_are_not():
    assert verify(" ".join(["v1,AAAA"] * 15 + [WEBHOOK["v1"]])) == NOW
    assert "more than 16" in refused(" ".join(["v1,AAAA"] * 16 + [WEBHOOK["v1"]]))


@pytest.mark.parametrize(
    "header", [None, "", "v1", "v1,", "v2," + WEBHOOK["v1"][3:], "v1,é", "v1a,%%%", "v1," + "A" * 44]
)
def test_a_header_without_a_matching_signature_is_refused(header):
    assert refused(header) == "no signature matches"
    assert refused(header, secrets=WEBHOOK["v1a_public"]) == "no signature matches"


def test_a_shared_secret_signature_does_not_pass_as_ed25519():
    assert refused("v1a," + WEBHOOK["v1"][3:]) == "no signature matches"
    assert refused("v1," + WEBHOOK["v1a"][4:], secrets=WEBHOOK["v1a_public"]) == "no signature matches"


def test_the_private_key_is_refused_for_verifying_and_the_public_one_for_signing():
    with pytest.raises(ValueError, match="never with the sender's private key"):
        verify(WEBHOOK["v1a"], secrets=PRIVATE)
    with pytest.raises(ValueError, match="cannot sign"):
        signatures.sign(WEBHOOK["v1a_public"], WEBHOOK["id"], NOW, BODY)


def test_new_secrets_are_good_and_differ():
    made = {signatures.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(signatures.check_secret(text).key) for text in made} == {32}


def test_a_private_key_may_carry_its_public_half():
    seed = bytes.fromhex(VECTORS["keys"]["log"]["seed_hex"])
    public = bytes.fromhex(VECTORS["keys"]["log"]["public_hex"])
    assert signatures.check_secret("whsk_" + base64.b64encode(seed + public).decode()).key == seed
    with pytest.raises(ValueError, match="do not belong together"):
        signatures.check_secret("whsk_" + base64.b64encode(seed + seed).decode())


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "must start with whsec_"),
        ("secret", "must start with whsec_"),
        ("WHSEC_" + "A" * 44, "must start with whsec_"),
        ("whsec_" + "!" * 44, "not base64"),
        ("whsec_" + "A" * 32 + "\n", "not base64"),
        ("whsec_", "has 0 bytes"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "has 23 bytes"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "has 65 bytes"),
        ("whpk_" + base64.b64encode(b"x" * 31).decode(), "has 31 bytes"),
        ("whsk_" + base64.b64encode(b"x" * 33).decode(), "has 33 bytes"),
    ],
)
def test_a_bad_secret_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        signatures.check_secret(text)
