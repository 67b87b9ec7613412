"""ZIP archives in which banks deliver several files: unpacked in memory, within limits.

Nothing is written to a disk, so names in the archive lead nowhere; they serve messages only.
"""

import re
import stat
import zipfile
import zlib
from typing import NamedTuple

from .problems import Findings, shown
from .source import Limits

MOST_FILES = 500
_PIECE = 1 << 16
_DRIVE = re.compile(r"[A-Za-z]:")
_PASSED_OVER = ("__MACOSX/", ".DS_Store")


class Member(NamedTuple):
    """One file of an archive; ``data``: its bytes."""

    name: str
    data: bytes


def is_archive(file):
    """Return whether ``file`` (binary, seekable) begins as a ZIP archive does; its position stays."""
    position = file.tell()
    head = file.read(4)
    file.seek(position)
    return head == b"PK\x03\x04"


def members(file, limits=None):
    """Yield the ``Member`` files of a ZIP archive (binary, seekable), in the order of the archive.

    Raises ``Unreadable`` for what is damaged, encrypted, too large when unpacked (``limits.size`` for all together), an
    archive in the archive, or named as no bank names a file: twice the same, a link, out of the archive. What was
    yielded before is then void, like the entries of a file.
    """
    limits, findings = limits or Limits(), Findings()
    left = limits.size
    try:
        with zipfile.ZipFile(file) as archive:
            listed = [one for one in archive.infolist() if not one.is_dir() and not _passed_over(one.filename)]
            if len(listed) > MOST_FILES:
                findings.refuse("too-many", "The archive holds more than %d files." % MOST_FILES)
            if not listed:
                findings.refuse("empty", "The archive holds no file.")
            _check_names(archive.infolist(), findings)
            for one in listed:
                if one.flag_bits & 1:
                    findings.refuse("encrypted", "The file %s of the archive is encrypted." % shown(one.filename))
                data = _unpacked(archive, one, left, findings)
                left -= len(data)
                yield Member(one.filename, data)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, zlib.error):
        findings.refuse("archive-damaged", "The archive is damaged, not complete, or packed in a way that is not read.")


def _passed_over(name):
    return name.startswith(_PASSED_OVER[0]) or name.rpartition("/")[2] == _PASSED_OVER[1]


def _check_names(infos, findings):
    """Refuse what programs would take for different things: two files of one name, links, ways out of the archive."""
    seen = set()
    for one in infos:
        name = one.filename.replace("\\", "/")
        if name in seen:
            findings.refuse("name-twice", "The archive holds two files named %s." % shown(name))
        seen.add(name)
        if stat.S_ISLNK(one.external_attr >> 16):
            findings.refuse("link", "%s in the archive is a link and no file." % shown(name))
        if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
            findings.refuse("name-outside", "The name %s leads out of the archive." % shown(name))


def _unpacked(archive, one, left, findings):
    """Unpack by pieces: the size that the archive declares need not be true."""
    data = bytearray()
    with archive.open(one) as stream:
        while piece := stream.read(_PIECE):
            data += piece
            if len(data) > left:
                findings.refuse("too-large", "The files of the archive are larger than the limit when unpacked.")
    if data.startswith(b"PK\x03\x04"):
        findings.refuse("archive-in-archive", "The file %s is an archive in the archive." % shown(one.filename))
    return bytes(data)
