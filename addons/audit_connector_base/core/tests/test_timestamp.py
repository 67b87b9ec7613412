from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.audit_connector_base.core import timestamp
from odoo.addons.audit_connector_base.core.timestamp import StampError

from .time_authority import TimeAuthority

NOTE = b"example.com/odoo-audit/1\n8\npCNSwfD2qOMcl0uAGeqNYFZr59O2BmoUOLioSAyI3xE=\n\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return TimeAuthority(tmp_path_factory.mktemp("authority"))


def stamped(authority, data=NOTE, nonce=42):
    return authority.answer(timestamp.request(data, nonce))


def test_a_stamp_of_a_real_authority_is_believed(authority):
    response = stamped(authority)
    stamp = timestamp.check_response(response, NOTE, authority.root, 42)
    assert abs(stamp.time - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert stamp.time.tzinfo == timezone.utc
    assert "Test time authority" in stamp.authority
    assert timestamp.check_token(stamp.token, NOTE, authority.root).serial == stamp.serial


@pytest.mark.parametrize(
    "key",
    [
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
    ],
)
def test_authorities_with_keys_of_other_kinds_are_believed(tmp_path, key):
    authority = TimeAuthority(tmp_path, key)
    assert timestamp.check_response(stamped(authority), NOTE, authority.root, 42)


def test_openssl_finds_the_same(authority):
    response = stamped(authority)
    assert "Verification: OK" in authority.verify(response, NOTE)
    assert timestamp.check_response(response, NOTE, authority.root, 42)


def test_a_stamp_over_something_else_is_refused(authority):
    with pytest.raises(StampError, match="over something else"):
        timestamp.check_response(stamped(authority), NOTE + b"x", authority.root, 42)


def test_the_answer_to_another_question_is_refused(authority):
    with pytest.raises(StampError, match="another question"):
        timestamp.check_response(stamped(authority), NOTE, authority.root, 43)


def test_an_authority_that_nobody_trusts_is_refused(authority, tmp_path):
    other = TimeAuthority(tmp_path)
    with pytest.raises(StampError, match="no authority that is trusted"):
        timestamp.check_response(stamped(authority), NOTE, other.root, 42)


def test_a_certificate_for_other_purposes_is_refused(authority):
    """OpenSSL itself makes no stamps with one, so the stamp of a good authority is given another certificate."""
    certificate = timestamp.x509.Certificate.load(
        timestamp.pem.unarmor((authority.folder / "root.pem").read_bytes())[2]
    )
    with pytest.raises(StampError, match="not one of a time-stamping authority"):
        timestamp._check_purpose(certificate)


def test_a_certificate_that_was_not_good_at_the_time_is_refused(authority, monkeypatch):
    response = stamped(authority)
    later = datetime.now(timezone.utc) + timedelta(days=3650)
    check = timestamp._check_chain
    monkeypatch.setattr(timestamp, "_check_chain", lambda *arguments: check(*arguments[:3], later))
    with pytest.raises(StampError, match="not good at that time"):
        timestamp.check_response(response, NOTE, authority.root, 42)


def test_no_byte_of_a_stamp_can_be_changed(authority):
    """Of those that say anything: the set of certificates that come along may hold others as well."""
    stamp = timestamp.check_response(stamped(authority), NOTE, authority.root, 42)
    token, believed = stamp.token, []
    for position in range(0, len(token), 7):
        changed = token[:position] + bytes([token[position] ^ 1]) + token[position + 1 :]
        try:
            found = timestamp.check_token(changed, NOTE, authority.root)
        except StampError:
            continue
        if (found.time, found.serial, found.authority) != (stamp.time, stamp.serial, stamp.authority):
            believed.append(position)
    assert believed == []


@pytest.mark.parametrize("garbage", [b"", b"\x30\x00", b"<html>not found</html>", b"\x30\x80" * 500, b"\x00" * 70_000])
def test_what_is_no_answer_is_refused_in_words(authority, garbage):
    with pytest.raises(StampError):
        timestamp.check_response(garbage, NOTE, authority.root, 42)


def test_a_refusal_is_told(authority):
    rejected = bytes.fromhex("30053003020102")  # status 2, no token
    with pytest.raises(StampError, match="refused"):
        timestamp.check_response(rejected, NOTE, authority.root, 42)


def test_without_a_trusted_authority_nothing_is_believed(authority):
    for roots in ("", "not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(StampError):
            timestamp.check_response(stamped(authority), NOTE, roots, 42)
