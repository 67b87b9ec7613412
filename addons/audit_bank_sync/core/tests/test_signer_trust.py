"""Documents signed by ``openssl`` with certificates of authorities that are made here."""

import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.audit_bank_sync.core.pdf_signature import signature_of
from odoo.addons.audit_bank_sync.core.signer_trust import fingerprints, is_of
from odoo.addons.audit_bank_sync.core.tests.signed_pdf import issue, make_authority, signed

BANK = "Hanseatische Bank AG"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with an authority, ``root.pem``."""
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder)
    return folder


def issued(authority, subject="/O=%s/CN=Confirmations" % BANK, *extensions):
    """The signature by a certificate that the authority issued."""
    issue(authority, subject, *extensions)
    return signature_of(signed(authority))


def pem(folder, name="root.pem"):
    return (folder / name).read_text()


def test_a_certificate_of_the_bank_by_an_issuer_that_is_recognised_is_its_own(authority):
    assert is_of(issued(authority), BANK, pem(authority))
    assert is_of(issued(authority), "  hanseatische  BANK ag", pem(authority))


def test_the_certificate_of_the_bank_itself_may_be_recognised(authority):
    assert is_of(issued(authority), BANK, pem(authority, "certificate.pem"))


def test_another_customer_of_the_same_issuer_is_not_the_bank(authority):
    assert not is_of(issued(authority, "/O=Muster GmbH/CN=%s" % BANK), BANK, pem(authority))


def test_an_issuer_of_the_same_name_is_not_the_one(authority, tmp_path):
    found = issued(authority)
    make_authority(tmp_path)
    assert not is_of(found, BANK, pem(tmp_path))


def test_a_certificate_for_a_web_site_signs_no_documents(authority):
    assert not is_of(issued(authority, "/O=%s" % BANK, "extendedKeyUsage=serverAuth"), BANK, pem(authority))
    assert not is_of(issued(authority, "/O=%s" % BANK, "keyUsage=keyAgreement"), BANK, pem(authority))
    assert is_of(issued(authority, "/O=%s" % BANK, "keyUsage=nonRepudiation"), BANK, pem(authority))


def test_a_certificate_that_ended_proves_nothing_any_more(authority):
    found, later = issued(authority), datetime.now(timezone.utc) + timedelta(days=6)
    assert not is_of(found, BANK, pem(authority), time=later)


def test_a_signature_that_does_not_fit_or_text_that_is_no_certificate_is_nobodys(authority):
    found = issued(authority)
    assert not is_of(found._replace(valid=False), BANK, pem(authority))
    assert not is_of(found._replace(certificates=(b"x",)), BANK, pem(authority))
    assert not is_of(found, BANK, "no certificate")
    assert not is_of(found, "", pem(authority))


def test_fingerprints_are_as_openssl_writes_them(authority):
    said = subprocess.run(
        ["openssl", "x509", "-in", "root.pem", "-noout", "-fingerprint", "-sha256"],
        cwd=authority, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert fingerprints(pem(authority)) == [said.strip().partition("=")[2]]
    assert fingerprints("no certificate") == []
