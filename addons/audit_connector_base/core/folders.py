"""A folder of this machine that messages are written to and picked up from, and the errors of all folders in words.

Nothing outside of the folders that the server's configuration names is ever reached: a path is opened one component
after the other, each relative to the one before and none through a symbolic link.
"""

import errno
import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from itertools import count
from typing import NamedTuple

from .file_names import earlier_temporary_names, numbered, temporary_name

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking, because somebody may have put a pipe there.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1024 * 1024

_REMEDIES = {
    errno.ENOSPC: ("slow_down", "no space is left on its disk; free some, what waits is written then"),
    errno.EDQUOT: ("slow_down", "the disk quota is used up; free some space, what waits is written then"),
    errno.EFBIG: ("slow_down", "the file is larger than the system lets Odoo write"),
    errno.EACCES: ("retry", "permission denied; give the user that Odoo runs as the right to write there"),
    errno.EPERM: ("retry", "permission denied; give the user that Odoo runs as the right to write there"),
    errno.EROFS: ("retry", "it can only be read; mount it for writing"),
    errno.ENOENT: ("retry", "it is not there; create it, or mount the disk that it is on"),
    errno.ENOTDIR: ("retry", "a part of its path is a link or no folder; Odoo follows no links there"),
    errno.ELOOP: ("retry", "a part of its path is a link; Odoo follows no links there"),
    errno.EISDIR: ("dead", "a folder has the name that the file should get; rename it and send again"),
    errno.ENAMETOOLONG: ("dead", "the name of the file is too long for it"),
    errno.EXDEV: ("retry", "its sub-folders must be on the same disk"),
    errno.ESTALE: ("retry", "its network disk was disconnected; mount it again"),
}


class FolderError(Exception):
    """What was asked of a folder could not be done.

    ``verdict``: ``retry``, ``slow_down`` or ``dead``; ``fault``: ``settings`` where a person has to repair something, a
    kind of ``dial.Unreachable``, ``refused``, ``login``, or an empty text.
    """

    def __init__(self, verdict, reason, fault="settings"):
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.fault = fault


class Entry(NamedTuple):
    """A file as it was seen: size in bytes, time of its last change in seconds by the folder's own clock."""

    name: str
    size: int
    changed: float
    inode: int = 0


def roots(option):
    """Return the folders below which connectors may have theirs: the option ``folders`` of ``odoo.conf``.

    Raises ``ValueError`` for one that is not an absolute path or is the whole disk.
    """
    found = [os.path.normpath(path.strip()) for path in (option or "").split(",") if path.strip()]
    for path in found:
        if not os.path.isabs(path) or path.strip("/") == "":
            raise ValueError("“%s” in the option folders of odoo.conf is no absolute path of a folder." % path)
    return found


def locate(path, allowed):
    """Return ``(root, [component, …])`` of the folder ``path`` below one of the roots ``allowed``.

    Raises ``ValueError`` with the reason in plain words.
    """
    if not path or not path.startswith("/"):
        raise ValueError("The folder needs its whole path, such as /srv/audit/out.")
    components = [component for component in path.split("/") if component not in ("", ".")]
    if ".." in components or "\0" in path:
        raise ValueError("The folder's path holds “..”; write it as it is.")
    if not allowed:
        raise ValueError(
            "The server does not let Odoo use any folder. Ask its administrator to name those that are meant for it in "
            "odoo.conf, section [audit]: folders = /srv/audit"
        )
    for root in sorted(allowed, key=len, reverse=True):
        start = [component for component in root.split("/") if component]
        if components[: len(start)] == start:
            return root, components[len(start) :]
    raise ValueError(
        "The folder %s is not among those that the server lets Odoo use (%s)." % (path, ", ".join(sorted(allowed)))
    )


class LocalFolder:
    """A folder of this machine below one of the roots ``allowed``. May be used from several threads.

    Raises ``ValueError`` for a path that may not be used, and ``FolderError`` for all that goes wrong later.
    """

    def __init__(self, path, allowed):
        self.path = path.rstrip("/")
        self._root, self._components = locate(path, allowed)
        self._creating = 0

    def sub(self, *names):
        """Return the folder ``names`` below this one; it is made when something is put there."""
        found = LocalFolder("/".join((self.path, *names)), [self._root])
        found._creating = self._creating + len(names)
        return found

    def put(self, name, data, attempt=1):
        """Write the file ``name``, in place of one that was there, so that nobody ever sees a part of it.

        It is on the disk when this returns; it was read back and compared before it got its name.
        """
        with self._opened(create=True) as folder:
            for left_behind in (*earlier_temporary_names(name, attempt), temporary_name(name, attempt)):
                with suppress(FileNotFoundError):
                    os.unlink(left_behind, dir_fd=folder)
            temporary = temporary_name(name, attempt)
            try:
                _write(folder, temporary, data)
                if _digest(folder, temporary) != hashlib.sha256(data).digest():
                    raise FolderError("retry", "%s: %s reads back other than it was written" % (self.path, name), "")
                # From here on it may be taken away at once by whom it is for.
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
            os.fsync(folder)

    def entries(self):
        """Return the ``Entry`` of each ordinary file, in no order."""
        with self._opened() as folder, os.scandir(folder) as found:
            names = [item.name for item in found if item.is_file(follow_symlinks=False)]
            entries = []
            for name in names:
                with suppress(FileNotFoundError):
                    entries.append(_entry(name, os.stat(name, dir_fd=folder, follow_symlinks=False)))
            return entries

    def clock(self):
        """Return the time (seconds) by the clock that changes of files are noted with; a network disk has its own."""
        name = temporary_name("clock-%d" % os.getpid(), 1)
        with self._opened() as folder:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            file = os.open(name, _CREATE, 0o600, dir_fd=folder)
            try:
                return os.fstat(file).st_mtime
            finally:
                os.close(file)
                os.unlink(name, dir_fd=folder)

    def content(self, entry):
        """Return the bytes of a file, None when it is not as it was seen any more."""
        with self._opened() as folder:
            try:
                file = os.open(entry.name, _READ, dir_fd=folder)
            except FileNotFoundError:
                return None
            with open(file, "rb") as opened:
                if _entry(entry.name, os.fstat(file)) != entry:
                    return None
                data = opened.read(entry.size + 1)
                return data if _entry(entry.name, os.fstat(file)) == entry and len(data) == entry.size else None

    def move(self, entry, into):
        """Move a file to the folder ``into`` and return the name it got there, another than that of any other file.

        None when it is not as it was seen any more: then it stays.
        """
        with self._opened() as folder, into._opened(create=True) as target:
            try:
                if _entry(entry.name, os.stat(entry.name, dir_fd=folder, follow_symlinks=False)) != entry:
                    return None
            except FileNotFoundError:
                return None
            name = _reserve(target, entry.name)
            try:
                # Over the empty file that holds the name: nothing else is ever overwritten.
                os.rename(entry.name, name, src_dir_fd=folder, dst_dir_fd=target)
            except BaseException:
                os.unlink(name, dir_fd=target)
                raise
            os.fsync(target)
            os.fsync(folder)
            return name

    def close(self):
        """Nothing is kept open."""

    @contextmanager
    def _opened(self, create=False):
        """File descriptor of the folder; errors inside the block are told in words."""
        descriptors = []
        try:
            # The root is the choice of the server's administrator, who may have made it a link.
            descriptors.append(os.open(os.path.realpath(self._root), _DIRECTORY))
            given = len(self._components) - self._creating
            for position, component in enumerate(self._components):
                if create and position >= given:
                    with suppress(FileExistsError):
                        os.mkdir(component, 0o750, dir_fd=descriptors[-1])
                descriptors.append(os.open(component, _DIRECTORY, dir_fd=descriptors[-1]))
            yield descriptors[-1]
        except OSError as error:
            verdict, words = _REMEDIES.get(error.errno, ("retry", error.strerror or type(error).__name__))
            fault = "settings" if error.errno in _REMEDIES else ""
            raise FolderError(verdict, "the folder %s: %s" % (self.path, words), fault) from error
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


def _write(folder, name, data):
    with open(os.open(name, _CREATE, 0o640, dir_fd=folder), "wb", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())


def _digest(folder, name):
    digest = hashlib.sha256()
    with open(os.open(name, _READ, dir_fd=folder), "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


def _entry(name, status):
    # The time of the change of its place or rights counts too: copying programs set the time of the original.
    changed = max(status.st_mtime, status.st_ctime)
    return Entry(name, status.st_size if stat.S_ISREG(status.st_mode) else -1, changed, status.st_ino)


def _reserve(folder, name):
    for number in count(1):
        with suppress(FileExistsError):
            os.close(os.open(numbered(name, number), _CREATE, 0o640, dir_fd=folder))
            return numbered(name, number)
