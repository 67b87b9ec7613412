import os
import ssl
import subprocess
from datetime import datetime, timezone

import pytest

from odoo.addons.audit_connector_base.core import tls
from odoo.addons.audit_connector_base.core.tests.authority import Authority


@pytest.fixture
def identity(authority):
    return authority.issue("client.example", days=7)


def test_a_certificate_and_its_key_are_told_by_name_and_end(identity):
    told = tls.check_identity(*identity)
    assert told.name == "client.example"
    assert 6 <= (told.valid_until - datetime.now(timezone.utc)).days <= 7


def test_a_chain_may_follow_the_certificate(identity, authority):
    certificate, key = identity
    assert tls.check_identity(certificate + authority.pem, key).name == "client.example"
    with pytest.raises(ValueError, match="does not belong"):
        tls.check_identity(authority.pem + certificate, key)


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda authority, own: (own[0], authority.issue("client.example")[1]), "does not belong"),
        (lambda authority, own: (own[0], "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"), "PEM"),
        (lambda authority, own: (own[0], "hunter2"), "PEM text"),
        (lambda authority, own: authority.issue("client.example", password=b"hunter2"), "without one"),
        (lambda authority, own: ("hunter2", own[1]), "No certificate is found"),
        (lambda authority, own: (own[0] + own[1], own[1]), "its own field"),
        (lambda authority, own: (own[0].replace("\nMII", "\nMIJ", 1), own[1]), "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason_and_not_repeated(authority, identity, make, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        tls.check_identity(*make(authority, identity))
    assert "hunter2" not in str(caught.value)


def test_a_locked_key_does_not_ask_on_the_terminal(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ValueError, match="not accepted"):
        tls.load_identity(context, *authority.issue("client.example", password=b"hunter2"))


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_file_of_a_key_is_private_and_gone_afterwards(identity, monkeypatch, tmp_path, in_memory):
    monkeypatch.setattr(tls.tempfile, "tempdir", str(tmp_path))
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create")
    modes = []
    with tls._private_file("".join(identity)) as path:
        modes = [oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()]
        assert modes == ([] if in_memory else ["0o600"])
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path)
    assert list(tmp_path.iterdir()) == []
    assert not os.path.exists(path)


def test_authorities_are_certificates_that_the_library_accepts(authority):
    tls.check_authorities("Our own\n" + authority.pem + Authority("Second").pem)
    for text in ("", "none", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"):
        with pytest.raises(ValueError):
            tls.check_authorities(text)


def test_another_library_reads_the_same_end(identity):
    told = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate"], input=identity[0], capture_output=True, text=True, check=True
    ).stdout
    until = tls.read_certificates(identity[0])[0].valid_until
    assert ssl.cert_time_to_seconds(told.strip().partition("=")[2]) == until.timestamp()
