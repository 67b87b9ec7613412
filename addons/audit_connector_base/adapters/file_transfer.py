"""What the file adapter hands to the delivery and to the collecting job; nothing here touches the database."""

import hashlib
import posixpath
import time
from urllib.parse import unquote

from ..core import file_names, folders, sftp
from ..models.connector.adapter import CannotCollect, Collector, Incoming, Outcome, Sender


class FileSender(Sender):
    """Writes each message, or each batch of them, into a file of its own. The same message has the same name again."""

    answers_once = True

    def __init__(self, folder, checksum=False):
        self._folder = folder
        self._checksum = checksum

    def __call__(self, message):
        name = file_names.message_name(message.created_at, message.type, message.id)
        return self._write(name, message.body, message.attempt)

    def batch(self, messages, batch_id):
        """Write one file of JSON lines; one outcome for all."""
        # Canonical JSON has no line breaks; what has some keeps its meaning without them.
        lines = b"".join(message.body.replace(b"\n", b" ") + b"\n" for message in messages)
        attempt = max(message.attempt for message in messages)
        return [self._write(file_names.batch_name(batch_id), lines, attempt)] * len(messages)

    def put(self, name, data):
        """Write a file that is no message, under a name of its own; returns its ``Outcome``."""
        return self._write(name, data, 1)

    def close(self):
        self._folder.close()

    def _write(self, name, data, attempt):
        digest = hashlib.sha256(data).hexdigest()
        said = {
            "request_headers": {"File": name, "Size": str(len(data)), "SHA-256": digest},
            "target": posixpath.join(self._folder.path, name),
        }
        started = time.monotonic()
        try:
            self._folder.put(name, data, attempt)
            if self._checksum:
                self._folder.put(name + ".sha256", ("%s  %s\n" % (digest, name)).encode(), attempt)
        except folders.FolderError as error:
            # An address that is closed to us says nothing about how the place fares.
            said |= {"fault": error.fault, "reached": error.fault != "refused"}
            return Outcome(error.verdict, error.reason, seconds=time.monotonic() - started, **said)
        return Outcome("delivered", "written as %s" % name, seconds=time.monotonic() - started, **said)


class FileCollector(Collector):
    """Picks up files, and puts those aside that cannot be read."""

    def __init__(self, job):
        self._job = job

    @property
    def put_aside(self):
        return ["%s: %s" % (failure.file_name, failure.reason) for failure in self._job.failures]

    def take(self, limit, seconds):
        """Return what waits; never waits itself, as a file has to rest for a while before it is taken anyway."""
        return [
            Incoming(
                picked.content.id,
                picked.content.content_type,
                picked.content.body,
                {"file": picked.file_name, "line": str(picked.content.line)},
                picked.source,
            )
            for picked in self._spoken(self._job.take, limit)
        ]

    def confirm(self, incoming):
        self._spoken(self._job.confirm, incoming.handle)

    def close(self):
        self._job.close()

    def _spoken(self, function, argument):
        try:
            return function(argument)
        except folders.FolderError as error:
            raise CannotCollect(error.reason, error.fault) from error


class LocalPlace:
    """Folders of this server: what ``sends`` writes and ``picks_up`` takes in, paths or None."""

    def __init__(self, sends, picks_up, roots):
        self.sends, self.picks_up = sends, picks_up
        self._roots = roots

    def folder(self, path):
        return folders.LocalFolder(path, self._roots)


class RemotePlace:
    """Folders of an SFTP server; the one to pick up from is below the other unless its path says otherwise."""

    def __init__(self, connections, sends, picks_up):
        self.sends = sends
        self.picks_up = picks_up and posixpath.join(sends, picks_up)
        self._connections = connections

    def folder(self, path):
        return sftp.SftpFolder(self._connections, path)


def remote_path(url):
    """The folder that an address ends with; ``/~/…`` is below the home of the user, as other programs have it."""
    path = unquote(url.target)
    return path[1:] if path.startswith("/~/") else path


def overlap(one, other):
    """Whether one of the two folders holds the other, or they are the same."""
    one, other = (posixpath.normpath(path).rstrip("/") + "/" for path in (one, other))
    return one.startswith(other) or other.startswith(one)
