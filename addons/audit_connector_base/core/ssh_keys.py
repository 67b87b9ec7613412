"""Host keys of SSH servers as people compare them: public keys in the notation of OpenSSH, and fingerprints."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_TYPE = re.compile(r"(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521))")


class HostKey(NamedTuple):
    """A key that a server may show. ``type`` is empty where only the fingerprint is known."""

    type: str
    fingerprint: str


def fingerprint(blob):
    """Return the fingerprint of the key bytes ``blob`` as OpenSSH shows it, ``SHA256:…``."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def line(type, blob):
    """Return the key as a line ``<type> <base64>``."""
    return "%s %s" % (type, base64.b64encode(blob).decode())


def parse(text):
    """Return the ``HostKey`` of each line: ``<type> <base64>``, a line of ``known_hosts``, or a fingerprint.

    Raises ``ValueError`` naming the line that is none of these.
    """
    keys = []
    for written in (text or "").splitlines():
        if written.strip() and not written.strip().startswith("#"):
            keys.append(_parse_line(written.strip()))
    return keys


def _parse_line(written):
    if _FINGERPRINT.fullmatch(written):
        return HostKey("", written.rstrip("="))
    words = written.split()
    for position, word in enumerate(words[:-1]):
        if _TYPE.fullmatch(word):
            try:
                blob = base64.b64decode(words[position + 1], validate=True)
            except binascii.Error:
                break
            # The bytes begin with the type once more; a key that was cut when it was copied seldom gets past this.
            if blob[4 : 4 + len(word)] == word.encode() and len(blob) > len(word) + 32:
                return HostKey(word, fingerprint(blob))
            break
    raise ValueError(
        "“%s” is no host key: enter a line such as “ssh-ed25519 AAAA…”, or a fingerprint “SHA256:…”." % written[:60]
    )
