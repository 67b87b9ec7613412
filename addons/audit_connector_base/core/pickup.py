"""Picking up files: the oldest first, only those that nobody is writing any more, each stored before it is moved away.

A file stays where it is until all of its messages are confirmed. After a crash in between it is read again, its
messages bear the same ids, and whoever stored them recognises them.
"""

import time
from collections import deque
from datetime import datetime, timezone
from typing import NamedTuple

from . import file_contents, file_names
from .folders import FolderError


class Picked(NamedTuple):
    """A message and where it came from; ``source`` is for ``Pickup.confirm``."""

    content: file_contents.Content
    file_name: str
    source: object


class Failure(NamedTuple):
    """A file of which nothing was taken, and why; ``moved`` tells whether it lies in the folder for these."""

    file_name: str
    reason: str
    moved: bool


class Pickup:
    """What waits in ``folder`` (a ``LocalFolder`` or ``SftpFolder``). Used from one thread.

    ``wanted``: patterns of names; ``settle_seconds``: how long a file must not have changed; ``max_bytes``: larger
    files are not read; ``archive`` and ``failed``: names of the sub-folders that files are moved to; ``read``: what
    makes messages of a name and bytes, as ``file_contents.read``. ``failures`` lists the ``Failure`` of each file that
    could not be read.
    """

    def __init__(
        self, folder, wanted, settle_seconds=10, max_bytes=10_000_000, archive="archive", failed="failed",
        read=file_contents.read,
    ):  # fmt: skip
        self._folder = folder
        self._wanted = wanted
        self._settle_seconds = settle_seconds
        self._max_bytes = max_bytes
        self._archive = archive
        self._failed = failed
        self._read = read
        self._listed = None
        self._pending = deque()
        self.failures = []

    def take(self, limit):
        """Return up to ``limit`` ``Picked`` messages, none when nothing (more) waits. Raises ``FolderError``.

        The folder is listed once; what is dropped later is for the next pick-up.
        """
        if self._listed is None:
            self._listed = deque(self._ready())
        while self._listed and len(self._pending) < limit:
            self._open(self._listed.popleft())
        return [self._pending.popleft() for _one in range(min(limit, len(self._pending)))]

    def confirm(self, source):
        """Note that one more message of a file is stored; after its last one, move the file to the archive.

        Raises ``FolderError`` when it cannot be moved: it comes again, as known.
        """
        source.open -= 1
        if not source.open:
            # One that was replaced meanwhile stays, and is read anew.
            self._folder.move(source.entry, self._folder.sub(self._archive, _today()))

    def close(self):
        """Hang up; files that are not confirmed come again."""
        self._folder.close()

    def _ready(self):
        entries = [
            entry
            for entry in self._folder.entries()
            if not file_names.is_unfinished(entry.name) and file_names.matches(entry.name, self._wanted)
        ]
        if not entries:
            return []
        until = self._folder.clock() - self._settle_seconds
        return sorted((entry for entry in entries if entry.changed <= until), key=lambda one: (one.changed, one.name))

    def _open(self, entry):
        if entry.size > self._max_bytes:
            self._refuse(entry, "The file has %d bytes; at most %d are read." % (entry.size, self._max_bytes))
            return
        data = self._folder.content(entry)
        if data is None:
            return
        try:
            contents = self._read(entry.name, data)
        except file_contents.Unreadable as error:
            self._refuse(entry, str(error))
            return
        source = _Source(entry, len(contents))
        self._pending.extend(Picked(content, entry.name, source) for content in contents)

    def _refuse(self, entry, reason):
        """Move a file out of the way of the others, with the reason beside it."""
        moved = None
        try:
            failed = self._folder.sub(self._failed)
            moved = self._folder.move(entry, failed)
            if moved:
                said = "%s\n\n%s\n" % (time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()), reason)
                failed.put(moved + ".reason.txt", said.encode())
        except FolderError as error:
            reason = "%s (%s)" % (reason, error)
        self.failures.append(Failure(entry.name, reason, bool(moved)))


class _Source:
    def __init__(self, entry, messages):
        self.entry = entry
        self.open = messages


def _today():
    return datetime.now(timezone.utc).strftime("%Y-%m-%d")
