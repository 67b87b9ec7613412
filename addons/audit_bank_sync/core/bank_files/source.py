"""The bytes of a bank file: read piece by piece, counted and hashed on the way, decoded when they are text."""

import codecs
import hashlib
import io
from dataclasses import dataclass

PIECE = 1 << 14
"""Bytes that are read at once: what they become lives until the next ones, and the collector goes through it."""
_UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Limits:
    """How much of a file is read before it is refused.

    ``size``: bytes; ``whole``: bytes of a file that is held in memory (MT940, CSV); ``text``: characters of one XML
    text; ``depth``: of XML elements; ``transactions``: details of one entry, or transactions of one status report.
    """

    size: int = 512 * 1024 * 1024
    whole: int = 64 * 1024 * 1024
    text: int = 256 * 1024
    depth: int = 48
    transactions: int = 200_000


class Source:
    """A file, opened in binary mode, or bytes. ``sha256`` and ``size`` are those of what was read so far."""

    def __init__(self, file, findings, limits):
        self.file = io.BytesIO(file) if isinstance(file, bytes | bytearray) else file
        self.findings = findings
        self.limits = limits
        self.size = 0
        self._hash = hashlib.sha256()
        self._ahead = b""

    @property
    def sha256(self):
        """SHA-256 in hex; two files with the same one are the same, whatever they are called."""
        return self._hash.hexdigest()

    def peek(self, length=4096):
        """Return the first bytes without consuming them; at most ``PIECE``."""
        while len(self._ahead) < length:
            piece = self._take(length - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead[:length]

    def pieces(self):
        """Yield the bytes; raises ``Unreadable`` beyond the limit of size."""
        if self._ahead:
            piece, self._ahead = self._ahead, b""
            yield piece
        while piece := self._take(PIECE):
            yield piece

    def text(self, encoding=None):
        """Return the whole as text, and the encoding it was in.

        Without ``encoding``: UTF-8 or UTF-16 by its mark, UTF-8 when it is, else Windows-1252, the letters of most
        European banks' programs, with a note. Raises ``Unreadable`` when the bytes are not in ``encoding``.
        """
        data = bytearray()
        for piece in self.pieces():
            data += piece
            if len(data) > self.limits.whole:
                self.findings.refuse("too-large", "The file is larger than %d bytes, the limit." % self.limits.whole)
        data = bytes(data)
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return self._decoded(data, "utf-16")
        if encoding:
            return self._decoded(data.removeprefix(_UTF8_MARK) if encoding.lower() == "utf-8" else data, encoding)
        try:
            return data.removeprefix(_UTF8_MARK).decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            self.findings.note(
                "encoding-guessed", "The file does not say its encoding and is not UTF-8; read as Windows-1252."
            )
        return data.decode("cp1252", "replace"), "cp1252"

    def _decoded(self, data, encoding):
        try:
            return data.decode(encoding), encoding
        except LookupError:
            self.findings.refuse("encoding-unknown", "The encoding %s is not known." % encoding)
        except UnicodeDecodeError as error:
            self.findings.refuse(
                "encoding-wrong",
                "The letters of the file are not in the encoding %s." % encoding,
                line=data.count(b"\n", 0, error.start) + 1,
            )

    def _take(self, length):
        piece = self.file.read(length)
        self._hash.update(piece)
        self.size += len(piece)
        if self.size > self.limits.size:
            self.findings.refuse("too-large", "The file is larger than %d bytes, the limit." % self.limits.size)
        return piece
