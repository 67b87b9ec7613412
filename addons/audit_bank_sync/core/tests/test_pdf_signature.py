"""Files signed by ``openssl``, as a bank's system would."""

import subprocess

import pytest

from odoo.addons.audit_bank_sync.core.pdf_signature import signature_of
from odoo.addons.audit_bank_sync.core.tests.signed_pdf import signed


@pytest.fixture(scope="module", params=["rsa:2048", "ec"])
def keys(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("keys")
    kind = ["-newkey", request.param]
    if request.param == "ec":
        kind += ["-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, "-nodes", "-keyout", "key.pem", "-out", "certificate.pem", "-days", "2",
         "-subj", "/O=Hanseatische Bank/CN=Confirmations"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("options", [(), ("-keyid",)])
def test_a_signature_over_the_whole_file_is_found_good(keys, options):
    found = signature_of(signed(keys, *options))
    assert found.valid
    assert "CN=Confirmations" in found.signer
    assert found.issuer == found.signer


@pytest.mark.parametrize("options", [("-noattr",), ("-nocerts",)])
def test_a_signature_without_attributes_or_certificate_is_not_valid(keys, options):
    assert not signature_of(signed(keys, *options)).valid


def test_a_changed_amount_is_noticed(keys):
    assert not signature_of(signed(keys).replace(b"800.00", b"900.00")).valid


def test_bytes_after_the_signature_are_noticed(keys):
    assert not signature_of(signed(keys) + b"2 0 obj\nBalance 900.00\n").valid


def test_a_signature_of_another_file_does_not_fit(keys):
    one = signed(keys)
    other = one.replace(b"Balance 800.00", b"Balance 801.00")
    assert signature_of(one).valid
    assert not signature_of(other).valid


def test_no_signature_is_none_and_a_broken_one_is_not_valid():
    assert signature_of(b"%PDF-1.7 plain") is None
    broken = b"%PDF-1.7 /ByteRange [0 24 26 2] <>xx"
    assert not signature_of(broken).valid
