"""What the signer of a log remembers outside the database: the last note that it signed, one file a log.

A database can be put back to an older state, copied, or shortened by whoever administers it; this file is what then
contradicts it. It is replaced as a whole and is on the disk before anybody learns of the note: temporary file, fsync,
rename, fsync of the folder. One signer at a time holds a log's lock, whatever the number of processes.
"""

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path


class MemoryUnusable(OSError):
    """The memory cannot be read or written; the text names the file and says why."""


class SignerMemory:
    """The folder of all logs that are signed here. ``folder``: made when it is first written to, for its owner only."""

    def __init__(self, folder):
        self._folder = Path(folder)

    @contextmanager
    def locked(self, origin):
        """Let nobody else sign for this log during the block; waits. Raises ``MemoryUnusable``."""
        try:
            for folder in (*reversed(self._folder.parents), self._folder):
                folder.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(self._file(origin).with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise _told(error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def recall(self, origin):
        """Return ``(note, database)`` as they were kept, both text; None when this log was never signed here.

        Raises ``MemoryUnusable``, ``ValueError`` when the file is not one of ours.
        """
        try:
            kept = json.loads(self._file(origin).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _told(error) from None
        if not isinstance(kept, dict) or kept.get("origin") != origin:
            raise ValueError("%s is not the memory of %s" % (self._file(origin), origin))
        return str(kept["note"]), str(kept["database"])

    def keep(self, origin, note, database):
        """Keep the last note, with the UUID of the database that it was signed for; on the disk when this returns."""
        file = self._file(origin)
        fresh = file.with_suffix(".new")
        content = json.dumps({"origin": origin, "database": database, "note": note}, indent=1)
        try:
            with open(fresh, "w", encoding="utf-8", opener=_for_owner_only) as stream:
                stream.write(content + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(fresh, file)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _told(error) from None

    def origins(self, database):
        """Return the names of the logs that were signed for a database, sorted; files of nobody are passed over."""
        found = []
        for file in self._folder.glob("*.json"):
            try:
                kept = json.loads(file.read_text(encoding="utf-8"))
                if kept["database"] == database:
                    found.append(kept["origin"])
            except (OSError, ValueError, TypeError, KeyError):
                continue
        return sorted(found)

    def _file(self, origin):
        return self._folder / (hashlib.sha256(origin.encode()).hexdigest()[:40] + ".json")


def _for_owner_only(path, flags):
    return os.open(path, flags, 0o600)


def _told(error):
    return MemoryUnusable(error.errno, error.strerror, error.filename)
