"""Time stamps of an authority (RFC 3161): asking for one, and checking what it answers.

An authority signs that it has seen a hash at a certain time. Believed is only what hangs together to the end: the hash
is ours, the number we gave is repeated, the signature fits the certificate that it names (RFC 5035), that certificate
is for time stamping and nothing else, and leads to an authority that somebody configured. Times are aware, in UTC.
"""

import hashlib
import secrets
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import NamedTuple

from asn1crypto import cms, core, pem, tsp, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from . import certificate_path

MEDIA_TYPE = "application/timestamp-query"
ANSWER_TYPE = "application/timestamp-reply"
MAX_LENGTH = 65_536
"""Bytes of an answer; chains of certificates come along."""

_HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class StampError(ValueError):
    """An answer that proves nothing; the text says why."""


class Stamp(NamedTuple):
    """A time stamp that was checked. ``token``: DER; ``serial``: as the authority counts; ``authority``: its name."""

    time: datetime
    token: bytes
    serial: int
    authority: str


class _Response(core.Sequence):
    """As in RFC 3161, section 2.4.2: with a refusal comes no token."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


def new_nonce():
    """Return a number that makes an answer the one to our question."""
    return secrets.randbits(63)


def request(data, nonce):
    """Return the DER bytes of a request for the SHA-256 of ``data``, asking for the certificates to come along."""
    return tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": hashlib.sha256(data).digest(),
            },
            "nonce": nonce,
            "cert_req": True,
        }
    ).dump()


def check_response(response, data, roots, nonce):
    """Return the ``Stamp`` in the answer of an authority; raises ``StampError``.

    ``response``: DER; ``data``: what was to be stamped; ``roots``: PEM text of the authorities that are trusted;
    ``nonce``: that of the request.
    """
    if len(response) > MAX_LENGTH:
        raise StampError("the answer is longer than any time stamp")
    with _readable():
        found = _Response.load(response, strict=True)
        status = found["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            said = "; ".join(found["status"]["status_string"].native or ())
            raise StampError("the authority refused: %s%s" % (status, " (%s)" % said if said else ""))
        token = found["time_stamp_token"].dump()
    return check_token(token, data, roots, nonce)


def check_token(token, data, roots, nonce=None):
    """Return the ``Stamp`` of a token that was kept; raises ``StampError``. See ``check_response``."""
    with _readable():
        content = cms.ContentInfo.load(token, strict=True)
        if content["content_type"].native != "signed_data":
            raise StampError("the token is not signed")
        signed = content["content"]
        info_bytes = signed["encap_content_info"]["content"].contents
        if signed["encap_content_info"]["content_type"].native != "tst_info":
            raise StampError("the token holds something else than a time stamp")
        info = tsp.TSTInfo.load(info_bytes, strict=True)
        _check_info(info, data, nonce)
        if len(signed["signer_infos"]) != 1:
            raise StampError("a time stamp has one signature")
        certificates = [one.chosen for one in signed["certificates"] or () if one.name == "certificate"]
        signer = _signer(signed["signer_infos"][0], info_bytes, certificates)
        time = info["gen_time"].native
        _check_purpose(signer)
        _check_chain(signer, certificates, _trusted(roots), time)
        return Stamp(time.astimezone(timezone.utc), token, info["serial_number"].native, signer.subject.human_friendly)


def _check_info(info, data, nonce):
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise StampError("the time stamp is over another kind of hash")
    if imprint["hashed_message"].native != hashlib.sha256(data).digest():
        raise StampError("the time stamp is over something else")
    if nonce is not None and info["nonce"].native != nonce:
        raise StampError("the answer belongs to another question")


def _signer(signer_info, info_bytes, certificates):
    """Return the certificate whose key signed, once its signature was found to fit."""
    attributes = {one["type"].native: one["values"] for one in signer_info["signed_attrs"]}
    if "content_type" not in attributes or attributes["content_type"][0].native != "tst_info":
        raise StampError("the signature is over something else than a time stamp")
    algorithm = signer_info["digest_algorithm"]["algorithm"].native
    digest = attributes.get("message_digest")
    if algorithm not in _HASHES or not digest:
        raise StampError("the signature uses a hash that is not accepted: %s" % algorithm)
    if digest[0].native != hashlib.new(algorithm, info_bytes).digest():
        raise StampError("the signature is over another time stamp")
    signer = _named(attributes, certificates)
    # What is signed is the set of attributes (RFC 5652, section 5.4).
    signed = signer_info["signed_attrs"].untag().dump()
    _verify(signer, signer_info["signature"].native, signed, signer_info["signature_algorithm"], algorithm)
    return signer


def _named(attributes, certificates):
    """The certificate that the attributes name by its hash, so that no other with the same key can take its place."""
    for name, default in (("signing_certificate_v2", "sha256"), ("signing_certificate", "sha1")):
        if name not in attributes:
            continue
        said = attributes[name][0]["certs"][0]
        algorithm = default
        if name == "signing_certificate_v2":
            algorithm = said["hash_algorithm"]["algorithm"].native
        for certificate in certificates:
            if hashlib.new(algorithm, certificate.dump()).digest() == said["cert_hash"].native:
                return certificate
        raise StampError("the certificate of the authority did not come along")
    raise StampError("the signature does not name its certificate")


def _check_purpose(certificate):
    """The certificate of an authority is for time stamping, and for nothing else (RFC 3161, section 2.3)."""
    usage = certificate.extended_key_usage_value
    critical = "extended_key_usage" in certificate.critical_extensions
    if usage is None or usage.native != ["time_stamping"] or not critical:
        raise StampError("the certificate is not one of a time-stamping authority")


def _check_chain(certificate, others, roots, time):
    """Follow the certificates up to a root that is trusted, all of them good at the time of the stamp."""
    try:
        certificate_path.find(certificate, others, roots, time, _has_signed)
    except certificate_path.PathError as error:
        raise StampError(str(error)) from None


def _has_signed(issuer, certificate):
    algorithm = certificate["signature_algorithm"]
    if algorithm.dump() != certificate["tbs_certificate"]["signature"].dump():
        # Only what stands inside is signed (RFC 5280, section 4.1.1.2).
        return False
    try:
        signed = certificate["tbs_certificate"].dump()
        _verify(issuer, certificate["signature_value"].native, signed, algorithm, "sha256")
    except StampError:
        return False
    return True


def _verify(certificate, signature, signed, algorithm, hash_name):
    """Check a signature by the key of ``certificate``; ``hash_name``: where the algorithm does not name one."""
    try:
        hash_name = algorithm.hash_algo
    except ValueError:
        pass
    if hash_name not in _HASHES:
        raise StampError("a signature uses a hash that is not accepted: %s" % hash_name)
    kind = _HASHES[hash_name]()
    key = load_der_public_key(certificate.public_key.dump())
    try:
        if isinstance(key, rsa.RSAPublicKey):
            pss = algorithm.signature_algo == "rsassa_pss"
            salt = algorithm["parameters"]["salt_length"].native if pss else 0
            filling = padding.PSS(padding.MGF1(kind), salt) if pss else padding.PKCS1v15()
            key.verify(signature, signed, filling, kind)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(kind))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            raise StampError("a key of a kind that is not accepted")
    except InvalidSignature:
        raise StampError("a signature does not fit") from None


def _trusted(roots):
    try:
        found = [x509.Certificate.load(der, strict=True) for _name, _headers, der in pem.unarmor(roots.encode(), True)]
    except (ValueError, TypeError):
        raise StampError("the certificates of trusted authorities cannot be read: PEM text is expected") from None
    if not found:
        raise StampError("no authority is trusted: its certificate has to be configured first")
    return found


@contextmanager
def _readable():
    """What cannot be parsed proves nothing; the parser reads lazily, so it may complain anywhere."""
    try:
        yield
    except StampError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, UnsupportedAlgorithm) as error:
        raise StampError("the answer cannot be read as a time stamp: %s" % str(error)[:200]) from None
