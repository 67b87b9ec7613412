"""Whether a PDF bears a digital signature that covers all of it and fits (ISO 32000-1, 12.8; CMS, RFC 5652).

It tells that the file is unaltered since it was signed with the certificate in it. Whether that certificate is the
bank's is another question, see ``signer_trust``: anybody can make one in any name.
"""

import re
from typing import NamedTuple

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

RANGES = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
# The parser reads lazily, so what is no signature at all may show anywhere.
UNREADABLE = (
    AttributeError, IndexError, KeyError, StopIteration, TypeError, UnsupportedAlgorithm, ValueError,
)  # fmt: skip
HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class Signature(NamedTuple):
    """``signer`` and ``issuer`` are names as the certificate has them, empty where it could not be read.

    ``certificates``: DER of the signer's certificate, then of the others that came along.
    """

    valid: bool
    signer: str
    issuer: str
    certificates: tuple = ()


def signature_of(content):
    """Return the last ``Signature`` of a PDF (bytes), None where it bears none.

    ``valid`` needs a signature that covers every byte but itself, with a hash that is not broken, by a certificate that
    it brings along.
    """
    found = RANGES.findall(content)
    if not found:
        return None
    first, length, second, rest = map(int, found[-1])
    gap = content[length:second]
    if first != 0 or second + rest != len(content) or not (gap[:1] == b"<" and gap[-1:] == b">"):
        return Signature(False, "", "")
    try:
        return _checked(bytes.fromhex(gap[1:-1].decode("ascii")), content[:length] + content[second:])
    except UNREADABLE:
        return Signature(False, "", "")


def _checked(container, signed):
    data = cms.ContentInfo.load(container)["content"]
    info = data["signer_infos"][0]
    der = _certificate(data, info).dump()
    certificate = x509.load_der_x509_certificate(der)
    names = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
    hash_name = info["digest_algorithm"]["algorithm"].native
    attributes = info["signed_attrs"]
    digest = next(one["values"][0].native for one in attributes if one["type"].native == "message_digest")
    kind = HASHES[hash_name]()
    hasher = hashes.Hash(kind)
    hasher.update(signed)
    if hasher.finalize() != digest:
        return Signature(False, *names)
    try:
        # What is signed is the set of attributes (RFC 5652, section 5.4).
        signature, algorithm = info["signature"].native, info["signature_algorithm"]
        verify(certificate.public_key(), signature, algorithm, attributes.untag().dump(), kind)
    except InvalidSignature:
        return Signature(False, *names)
    others = [one.chosen.dump() for one in data["certificates"] if one.name == "certificate"]
    return Signature(True, *names, (der, *(other for other in others if other != der)))


def _certificate(data, info):
    """The certificate that the signer names."""
    sid = info["sid"]
    for choice in data["certificates"]:
        one = choice.chosen
        if sid.name == "issuer_and_serial_number":
            named = sid.chosen["issuer"] == one.issuer and sid.chosen["serial_number"].native == one.serial_number
        else:
            named = sid.chosen.native == one.key_identifier
        if named:
            return one
    raise ValueError("the signer's certificate is not in the file")


def verify(key, signature, algorithm, signed, kind):
    """Raise unless ``signature`` (bytes) over ``signed`` (bytes) was made with the private half of ``key``.

    :param algorithm: ``asn1crypto.algos.SignedDigestAlgorithm``
    :param kind: the hash, as ``cryptography`` has it
    :raises InvalidSignature: when it does not fit; ``ValueError`` when the kind of key is not known
    """
    if isinstance(key, rsa.RSAPublicKey):
        if algorithm.signature_algo == "rsassa_pss":
            salt = algorithm["parameters"]["salt_length"].native
            key.verify(signature, signed, padding.PSS(padding.MGF1(kind), salt), kind)
        else:
            key.verify(signature, signed, padding.PKCS1v15(), kind)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(kind))
    else:
        raise ValueError("a kind of key that is not known")
