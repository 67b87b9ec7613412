"""A folder on an SFTP server, with the methods of ``folders.LocalFolder``."""

import posixpath
import stat
from contextlib import suppress
from itertools import count

from .file_names import earlier_temporary_names, numbered, temporary_name
from .folders import Entry, FolderError

_CHUNK = 32 * 1024  # as much as every server takes in one request


class SftpFolder:
    """The folder ``path`` on the server of ``connections``; ``~/…`` is below the home of the user who signs in.

    May be used from several threads. Raises ``FolderError`` for all that goes wrong.
    """

    def __init__(self, connections, path):
        self._connections = connections
        self.path = path[2:] if path.startswith("~/") else path
        self.path = self.path.rstrip("/") or ("/" if path.startswith("/") else ".")
        self._creating = []

    def sub(self, *names):
        """Return the folder ``names`` below this one; it is made when something is put there."""
        found = SftpFolder(self._connections, posixpath.join(self.path, *names))
        found._creating = self._creating + [
            posixpath.join(self.path, *names[: depth + 1]) for depth in range(len(names))
        ]
        return found

    def put(self, name, data, attempt=1):
        """Write the file ``name``, in place of one that was there, so that nobody ever sees a part of it.

        The server said that it has all of its bytes before the file got its name.
        """
        temporary, final = self._path(temporary_name(name, attempt)), self._path(name)
        with self._connections.session() as client:
            self._make_folders(client)
            for left_behind in earlier_temporary_names(name, attempt):
                with suppress(FileNotFoundError):
                    client.remove(self._path(left_behind))
            try:
                with client.open(temporary, "wb") as file:
                    for start in range(0, len(data), _CHUNK):
                        # The last waits for the answers to all, which would be lost with the file closed.
                        file.set_pipelined(start + _CHUNK < len(data))
                        file.write(data[start : start + _CHUNK])
                size = client.stat(temporary).st_size
                if size != len(data):
                    raise FolderError("retry", "the server has %s of the %d bytes of %s" % (size, len(data), name), "")
                # From here on it may be taken away at once by whom it is for.
                self._replace(client, temporary, final)
            except (FolderError, OSError):
                with suppress(OSError, EOFError):
                    client.remove(temporary)
                raise

    def entries(self):
        """Return the ``Entry`` of each ordinary file, in no order."""
        with self._connections.session() as client:
            return [_entry(item.filename, item) for item in client.listdir_attr(self.path) if _is_file(item)]

    def clock(self):
        """Return the time (seconds) by the server's clock."""
        path = self._path(temporary_name("clock", 1))
        with self._connections.session() as client:
            with client.open(path, "wb"):
                pass
            try:
                return client.stat(path).st_mtime
            finally:
                client.remove(path)

    def content(self, entry):
        """Return the bytes of a file, None when it is not as it was seen any more."""
        path = self._path(entry.name)
        with self._connections.session() as client:
            try:
                if _seen(client, path, entry.name) != entry:
                    return None
                with client.open(path, "rb") as file:
                    file.prefetch(entry.size)
                    data = file.read(entry.size + 1)
                return data if _seen(client, path, entry.name) == entry and len(data) == entry.size else None
            except FileNotFoundError:
                return None

    def move(self, entry, into):
        """Move a file to the folder ``into`` and return the name it got there, another than that of any other file.

        None when it is not as it was seen any more: then it stays.
        """
        path = self._path(entry.name)
        with self._connections.session() as client:
            into._make_folders(client)
            with suppress(FileNotFoundError):
                if _seen(client, path, entry.name) == entry:
                    name = next(
                        name
                        for name in (numbered(entry.name, number) for number in count(1))
                        if not _exists(client, into._path(name))
                    )
                    # Not the POSIX way, which would overwrite what came there just now.
                    client.rename(path, into._path(name))
                    return name
        return None

    def close(self):
        """Close the connections."""
        self._connections.close()

    def _path(self, name):
        return posixpath.join(self.path, name)

    def _make_folders(self, client):
        for path in self._creating:
            if not _exists(client, path):
                client.mkdir(path, 0o750)

    def _replace(self, client, temporary, final):
        """Rename over what was there: in one step where the server can, else with the old file kept until the end."""
        try:
            client.posix_rename(temporary, final)
            return
        except OSError as error:
            if error.errno is not None:
                raise
        if not _exists(client, final):
            client.rename(temporary, final)
            return
        kept = temporary + ".old"
        with suppress(FileNotFoundError):
            client.remove(kept)
        client.rename(final, kept)
        try:
            client.rename(temporary, final)
        except OSError:
            client.rename(kept, final)
            raise
        client.remove(kept)


def _is_file(attributes):
    return attributes.st_mode is not None and stat.S_ISREG(attributes.st_mode)


def _entry(name, attributes):
    return Entry(name, attributes.st_size, attributes.st_mtime)


def _seen(client, path, name):
    attributes = client.lstat(path)
    return _entry(name, attributes) if _is_file(attributes) else None


def _exists(client, path):
    try:
        client.lstat(path)
        return True
    except FileNotFoundError:
        return False
