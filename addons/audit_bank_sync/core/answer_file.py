"""What a file is that came as the answer of a bank: told from its content, never from its name or its sender."""

import re
import unicodedata

LARGEST = 20 * 1024 * 1024  # bytes
LONGEST_NAME = 120
UTF8_MARK = b"\xef\xbb\xbf"
MAGIC = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"II*\x00", "image/tiff", ".tif"),
    (b"MM\x00*", "image/tiff", ".tif"),
)


class Refused(ValueError):
    """A file that is not taken; the code says why: ``empty``, ``large`` or ``kind``."""


def kind_of(content):
    """Return ``(media type, extension)`` of a PDF, an image, an XML document or a plain text.

    Web pages, drawings with scripts, programs, archives and office documents are none of these.

    :param content: bytes
    :raises Refused: with the code of the reason
    """
    if not content:
        raise Refused("empty")
    if len(content) > LARGEST:
        raise Refused("large")
    for magic, media_type, extension in MAGIC:
        if content.startswith(magic):
            return media_type, extension
    if b"\0" in content:
        raise Refused("kind")
    try:
        text = content.removeprefix(UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("kind") from None
    if re.search(r"<\s*(!doctype|html|svg|script|\?php)", text[:4096], re.IGNORECASE):
        raise Refused("kind")
    return ("application/xml", ".xml") if text.lstrip().startswith("<") else ("text/plain", ".txt")


def safe_name(name, extension):
    """Return a file name to show and to save under: without folders or control characters, ending as its content asks.

    :param extension: of ``kind_of``, with the dot
    """
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name or ""))[-1]
    base = "".join(char for char in base if char.isprintable() and char not in '<>:"|?*').strip(" .")
    alike = {".jpg": (".jpg", ".jpeg"), ".tif": (".tif", ".tiff"), ".txt": (".txt", ".csv", ".json")}.get(
        extension, (extension,)
    )
    ending = next((one for one in alike if base.lower().endswith(one)), None)
    stem = base[: -len(ending)] if ending else base
    stem = stem[: LONGEST_NAME - 5].strip(" .") or "answer"
    return stem + (ending or extension)
