"""The manifest of a package of evidence: BagIt (RFC 8493), with one way to write it.

The identity of a package is the SHA-256 of its ``manifest-sha256.txt``. So that the same files always give the same
identity, lines are sorted by the bytes of their paths. Proofs, notes and salts lie in the tag folder ``audit/``, which
the manifest does not list: they are made after the identity was sealed.
"""

import hashlib
import re

PAYLOAD = "data/"
AUDIT = "audit/"

_ESCAPED = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BagError(ValueError):
    """A file that a package cannot hold; the text names it."""


def manifest(digests):
    """Return the bytes of ``manifest-sha256.txt``. ``digests``: ``{path below data/: SHA-256 as 64 hex digits}``."""
    for path, digest in digests.items():
        parts = path.split("/")
        if not path.startswith(PAYLOAD) or not all(parts) or {".", ".."} & {*parts} or re.search(r"[\\:\0]", path):
            raise BagError("%r is no path of a payload file" % path)
        if not _DIGEST.fullmatch(digest):
            raise BagError("%r comes without a SHA-256" % path)
    lines = {path.encode(): "%s  %s\n" % (digest, escaped(path)) for path, digest in digests.items()}
    return "".join(lines[path] for path in sorted(lines)).encode()


def escaped(path):
    """Return a path as a manifest writes it (RFC 8493, 2.1.3): only the signs that could end or fake a line."""
    return re.sub("[%\r\n]", lambda sign: _ESCAPED[sign[0]], path)


def identity(manifest):
    """Return what a package is known by, 64 hex digits; the log entry ``package.sealed`` says it."""
    return hashlib.sha256(manifest).hexdigest()
