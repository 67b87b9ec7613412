"""The door: a bank file of any known format, opened, recognised and read.

    reading = bank_file.open_file(file)
    for entry in reading:
        stage(entry)
    reading.pages, reading.findings, reading.sha256

Entries come while the file is read, so that a large one needs no memory. Only when the loop has ended without
``Unreadable`` was the file whole: do all that the entries cause in one transaction, or use ``read_whole``.
"""

import re
from dataclasses import dataclass, field

from . import balances
from .camt import CamtReader
from .csv_reader import CsvReader
from .joining import Statement, join_pages
from .mt940 import MtReader
from .pain002 import PainReader
from .problems import Findings, Problem
from .source import Limits, Source
from .statement import Entry
from .status_report import StatusReport

HEAD = 4096
"""Bytes at the beginning of a file that tell its format."""

_MARK = b"\xef\xbb\xbf"
_PAIN = re.compile(r"pain\.002\.|CstmrPmtStsRpt")
_ZIP = b"PK\x03\x04"
_MT = re.compile(rb"(?:^|[\r\n]|\{4:)\s*:20:")


@dataclass(slots=True)
class Content:
    """A file that was read as a whole. ``problems``: warnings and notes; errors raise instead."""

    format: str
    sha256: str
    size: int
    statements: list[Statement] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    report: StatusReport | None = None
    problems: list[Problem] = field(default_factory=list)


class Reading:
    """Iterate over the entries of a file, once.

    ``format``: as camt.053.001.08 or MT940; ``pages``: what was met so far; ``findings``: warnings and notes.
    After the end: ``sha256`` and ``size`` of the file, ``statements``: the pages joined and their balances checked,
    ``report``: of a pain.002, ``repeated``: indexes of pages that the file holds twice. The entries of those were
    handed out again, since a page is known only at its end: they do not count.
    """

    def __init__(self, source, reader):
        self._source = source
        self._reader = reader
        self.findings = source.findings
        self.statements = []

    @property
    def pages(self):
        return self._reader.pages

    @property
    def format(self):
        return self._reader.format

    @property
    def report(self):
        return getattr(self._reader, "report", None)

    @property
    def repeated(self):
        return {page.index for statement in self.statements for page in statement.repeated}

    @property
    def sha256(self):
        return self._source.sha256

    @property
    def size(self):
        return self._source.size

    def __iter__(self):
        yield from self._reader
        self.statements = join_pages(self.pages)
        balances.check(self.statements, self.findings)


def open_file(file, mapping=None, limits=None):
    """Return the ``Reading`` of ``file`` (opened in binary mode, or bytes); raises ``Unreadable``.

    ``mapping``: a ``csv_mapping.Mapping``; with one, the file is CSV.
    """
    source = Source(file, Findings(), limits or Limits())
    head = source.peek(HEAD)
    if not head.strip():
        source.findings.refuse("empty", "The file is empty.")
    if mapping is not None:
        return Reading(source, CsvReader(source, mapping))
    if _is_xml(head):
        text = head.replace(b"\0", b"").decode("latin-1")
        return Reading(source, PainReader(source) if _PAIN.search(text) else CamtReader(source))
    if head.startswith(_ZIP):
        source.findings.refuse("archive", "The file is a ZIP archive of files, not a file.")
    if _MT.search(head):
        return Reading(source, MtReader(source))
    return source.findings.refuse(
        "format-unknown", "The file is neither camt, pain.002, MT940 nor MT942; a CSV file needs its saved mapping."
    )


def tells_its_format(head):
    """Whether the first ``HEAD`` bytes of a file are those of camt, pain.002, MT940, MT942 or ZIP; CSV never tells."""
    return bool(_is_xml(head) or head.startswith(_ZIP) or _MT.search(head))


def read_whole(file, mapping=None, limits=None):
    """Return the ``Content`` of ``file``, or raise ``Unreadable``: nothing of a file that is partly wrong comes out."""
    reading = open_file(file, mapping, limits)
    entries = list(reading)
    entries = [entry for entry in entries if entry.page.index not in reading.repeated]
    return Content(
        reading.format, reading.sha256, reading.size, reading.statements, entries, reading.report, reading.findings.list
    )


def _is_xml(head):
    return head.removeprefix(_MARK).replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")[:1] == b"<"
