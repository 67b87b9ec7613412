"""What a file is that came as the answer of a bank: told from its content, never from its name or its sender."""

import re

LARGEST = 20 * 1024 * 1024  # bytes
UTF8_MARK = b"\xef\xbb\xbf"
MAGIC = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (b"II*\x00", "image/tiff", (".tif", ".tiff")),
    (b"MM\x00*", "image/tiff", (".tif", ".tiff")),
)


class Refused(ValueError):
    """A file that is not taken; the code says why: ``empty``, ``large`` or ``kind``."""


def kind_of(content):
    """Return ``(media type, endings)`` of a PDF, an image, an XML document or a plain text; the endings are those that
    fit a name for it, the usual one first.

    Web pages, drawings with scripts, programs, archives and office documents are none of these.

    :param content: bytes
    :raises Refused: with the code of the reason
    """
    if not content:
        raise Refused("empty")
    if len(content) > LARGEST:
        raise Refused("large")
    for magic, media_type, endings in MAGIC:
        if content.startswith(magic):
            return media_type, endings
    if b"\0" in content:
        raise Refused("kind")
    try:
        text = content.removeprefix(UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("kind") from None
    if re.search(r"<\s*(!doctype|html|svg|script|\?php)", text[:4096], re.IGNORECASE):
        raise Refused("kind")
    if text.lstrip().startswith("<"):
        return "application/xml", (".xml",)
    return "text/plain", (".txt", ".csv", ".json")
