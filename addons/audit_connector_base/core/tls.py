"""Certificates and keys as PEM text: what people paste into a form, checked, and given to a TLS context.

The standard library takes a private key from a file only. It is written where nobody else can read it, in memory
where the system can, and is gone as soon as it was read.
"""

import contextlib
import os
import re
import ssl
import tempfile
from datetime import datetime, timezone
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

MAX_PEM = 262144
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


class Certificate(NamedTuple):
    """What people look for in one: ``name`` of its subject, and the aware datetimes between which it is good."""

    name: str
    valid_from: datetime
    valid_until: datetime


def read_certificates(pem):
    """Return the ``Certificate`` list in the text ``pem``, in its order; raises ``ValueError`` with the reason.

    A private key among them is refused: certificates are public and are stored as such.
    """
    return [_described(certificate) for certificate in _certificates(pem)]


def check_authorities(pem):
    """Raise ``ValueError`` unless the text holds certificates that a TLS context accepts as authorities."""
    _certificates(pem)
    trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pem)


def check_identity(certificate, key):
    """Return the ``Certificate`` that is shown to servers; ``certificate`` and ``key`` are PEM texts.

    Raises ``ValueError`` with the reason, which never quotes the key: it cannot be read, is locked with a password, or
    belongs to another certificate.
    """
    own = _certificates(certificate)[0]
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise ValueError("The private key is locked with a password; enter it without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The private key cannot be read; it must be PEM text, with its BEGIN and END lines.") from None
    if _public(private.public_key()) != _public(own.public_key()):
        raise ValueError("The private key does not belong to the certificate, which must be the first of the text.")
    load_identity(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate, key)
    return _described(own)


def trust(context, pem):
    """Let ``context`` trust the authorities in the text ``pem`` as well; raises ``ValueError``."""
    try:
        context.load_verify_locations(cadata="\n".join(_CERTIFICATE.findall(pem)))
    except (ssl.SSLError, ValueError):
        raise ValueError("The certificates of the authorities are not accepted by the TLS library.") from None


def load_identity(context, certificate, key):
    """Let ``context`` prove itself with a certificate (and its chain) and private key; raises ``ValueError``."""
    with _private_file("%s\n%s\n" % (certificate, key)) as path:
        try:
            # Without a password of ours, one that the key asks for would be asked for on the terminal.
            context.load_cert_chain(path, password="")
        except (ssl.SSLError, ValueError):
            raise ValueError("The certificate and its private key are not accepted by the TLS library.") from None


@contextlib.contextmanager
def _private_file(text):
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        handle = os.memfd_create("identity", os.MFD_CLOEXEC)
        path, remove = "/proc/self/fd/%d" % handle, None
    else:
        handle, path = tempfile.mkstemp()
        remove = path
    try:
        os.write(handle, text.encode())
        yield path
    finally:
        os.close(handle)
        if remove:
            os.unlink(remove)


def _certificates(pem):
    if len(pem) > MAX_PEM:
        raise ValueError("The text is longer than %d characters." % MAX_PEM)
    if _PRIVATE.search(pem):
        raise ValueError("The text holds a private key. Enter it in its own field, where it is stored encrypted.")
    texts = _CERTIFICATE.findall(pem)
    if not texts:
        raise ValueError("No certificate is found; it must be PEM text, with its BEGIN and END lines.")
    try:
        return [x509.load_pem_x509_certificate(text.encode()) for text in texts]
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("A certificate of the text cannot be read; copy it again.") from None


def _described(certificate):
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else certificate.subject.rfc4514_string()
    return Certificate(name, _moment(certificate, "not_valid_before"), _moment(certificate, "not_valid_after"))


def _moment(certificate, name):
    """Aware datetime: older releases of the library know the naive attribute only, newer ones warn of it."""
    aware = getattr(certificate, name + "_utc", None)
    return aware or getattr(certificate, name).replace(tzinfo=timezone.utc)


def _public(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
