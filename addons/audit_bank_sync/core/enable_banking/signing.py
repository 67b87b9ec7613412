"""The statement with which an application proves itself at Enable Banking: a JWT (RFC 7519) signed by RS256."""

import base64
import json
import time

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ISSUER = "enablebanking.com"
AUDIENCE = "api.enablebanking.com"
LIFETIME = 600
"""Seconds; at most a day is allowed, and a short one does less harm in wrong hands."""
LEAST_BITS = 2048


class Signer:
    """Signs for one application. ``key``: PEM text of its RSA key. Raises ``ValueError`` for one that cannot sign."""

    def __init__(self, application, key, clock=time.time):
        try:
            self._key = load_pem_private_key(key.encode(), None)
        except (ValueError, TypeError):
            raise ValueError("it is no private key in PEM without a password") from None
        if not isinstance(self._key, rsa.RSAPrivateKey) or self._key.key_size < LEAST_BITS:
            raise ValueError("it is no RSA key of at least %d bits" % LEAST_BITS)
        self._application = application
        self._clock = clock

    def headers(self):
        """Return the header that proves who asks, good for ``LIFETIME`` seconds."""
        now = int(self._clock())
        header = {"typ": "JWT", "alg": "RS256", "kid": self._application}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
        signed = b".".join(map(_part, (header, claims)))
        signature = self._key.sign(signed, padding.PKCS1v15(), SHA256())
        return {"Authorization": "Bearer %s.%s" % (signed.decode(), _encoded(signature).decode())}


def _part(members):
    return _encoded(json.dumps(members, separators=(",", ":")).encode())


def _encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")
