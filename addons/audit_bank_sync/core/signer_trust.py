"""Whether a signature is that of a bank: its certificate leads to one that people of the company recognised.

A certificate is followed to the one that is recognised as RFC 5280, section 6.1 demands. An authority issues them to
many, so the organisation in the signer's certificate has to be the bank's as well. Whether one was revoked is not
asked: that takes a call to its issuer.
"""

import hashlib
from datetime import datetime, timezone

from asn1crypto import pem, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from odoo.addons.audit_connector_base.core import certificate_path

from .pdf_signature import HASHES, UNREADABLE, verify

FOR_DOCUMENTS = {"digital_signature", "non_repudiation"}
FOR_OTHER_THINGS = {"server_auth", "code_signing", "time_stamping", "ocsp_signing"}


def is_of(signature, organization, recognised, time=None):
    """Whether ``organization`` made a ``pdf_signature.Signature``, by a certificate that leads to one recognised.

    :param organization: the name as the signer's certificate has it; capitals and spaces do not count
    :param recognised: PEM text of certificates: of authorities, or the signer's own
    :param time: aware, when all certificates have to be good; by default now, as no other time is proven
    """
    if not signature.valid or not signature.certificates:
        return False
    try:
        signer, *others = [x509.Certificate.load(der, strict=True) for der in signature.certificates]
        named = pem.unarmor(recognised.encode(), True)
        roots = [x509.Certificate.load(der, strict=True) for _name, _headers, der in named]
        if _plain(organization) not in _organizations(signer) or not _is_for_documents(signer):
            return False
        certificate_path.find(signer, others, roots, time or datetime.now(timezone.utc), _has_signed)
    except (certificate_path.PathError, *UNREADABLE):
        # What cannot be parsed proves nothing.
        return False
    return True


def fingerprints(text):
    """Return the SHA-256 of each certificate in PEM text, as banks publish it: hex digits in pairs."""
    try:
        found = [hashlib.sha256(der).hexdigest().upper() for _name, _headers, der in pem.unarmor(text.encode(), True)]
    except (ValueError, TypeError):
        return []
    return [":".join(one[place : place + 2] for place in range(0, len(one), 2)) for one in found]


def _organizations(certificate):
    named = certificate.subject.native.get("organization_name") or ()
    return {_plain(name) for name in ([named] if isinstance(named, str) else named)}


def _is_for_documents(certificate):
    usage, purposes = certificate.key_usage_value, certificate.extended_key_usage_value
    if usage is not None and not FOR_DOCUMENTS & usage.native:
        return False
    return purposes is None or not FOR_OTHER_THINGS & set(purposes.native)


def _has_signed(issuer, certificate):
    algorithm = certificate["signature_algorithm"]
    if algorithm.dump() != certificate["tbs_certificate"]["signature"].dump():
        # Only what stands inside is signed (RFC 5280, section 4.1.1.2).
        return False
    try:
        kind = HASHES[algorithm.hash_algo]()
        key = load_der_public_key(issuer.public_key.dump())
        verify(key, certificate["signature_value"].native, algorithm, certificate["tbs_certificate"].dump(), kind)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _plain(name):
    return " ".join((name or "").casefold().split())
