"""The door: a bank file of any known format, opened, recognised and read.

    reading = bank_file.open_file(file)
    for entry in reading:
        stage(entry)
    reading.pages, reading.findings, reading.sha256

Entries come while the file is read, so that a large one needs no memory. Only when the loop has ended without
``Unreadable`` was the file whole: do all that the entries cause in one transaction, or use ``read_whole``.
"""

from dataclasses import dataclass

from .camt import CamtReader
from .problems import Findings
from .source import Limits, Source
from .statement import Entry, Page


class Reading:
    """Iterate over the entries of a file.

    ``format``: as camt.053.001.08 or MT940; ``pages``: what was met so far; ``findings``: warnings and notes;
    ``sha256``: of the whole file, after the end.
    """

    def __init__(self, source, reader):
        self.source = source
        self.reader = reader
        self.findings = source.findings

    @property
    def pages(self):
        return self.reader.pages

    @property
    def format(self):
        return self.reader.format

    @property
    def sha256(self):
        return self.source.sha256

    def __iter__(self):
        yield from self.reader
        self.findings.raise_errors()


def open_file(file, limits=None):
    """Return the ``Reading`` of ``file`` (binary file or bytes); raises ``Unreadable``."""
    source = Source(file, Findings(), limits or Limits())
    return Reading(source, CamtReader(source))
