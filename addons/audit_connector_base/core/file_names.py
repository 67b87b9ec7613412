"""Names of the files that carry messages: stable for the same message, and safe on every file system.

A name that begins with a dot is one in the making. Whoever reads the folder leaves it alone, as ``is_unfinished`` does.
"""

import hashlib
import posixpath
import re
from fnmatch import fnmatchcase

MAX_NAME = 200  # bytes; file systems take 255, of which temporary names and checksums need some
EARLIER_ATTEMPTS = 8

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")


def message_name(created_at, type, message_id):
    """Return ``<time>-<type>-<message id>.json``; ``created_at`` is a naive ``datetime`` in UTC.

    The same message has the same name at each attempt, so that a repeat replaces the file instead of doubling it.
    """
    return _safe("%s-%s-%s" % (created_at.strftime("%Y%m%dT%H%M%SZ"), type, message_id)) + ".json"


def batch_name(batch_id):
    """Return ``<batch id>.jsonl``."""
    return _safe(batch_id) + ".jsonl"


def temporary_name(name, attempt):
    """Return the name under which attempt number ``attempt`` writes ``name``.

    No two attempts share one, so that a run that was thought dead never writes into the file of the one after it.
    """
    return ".%s.%d.part" % (name, attempt)


def earlier_temporary_names(name, attempt):
    """Names that attempts before number ``attempt`` may have left behind when they were killed."""
    return [temporary_name(name, number) for number in range(max(1, attempt - EARLIER_ATTEMPTS), attempt)]


def numbered(name, number):
    """Return ``name`` for 1, and ``stem~2.ext`` and so on for further files of that name."""
    if number == 1:
        return name
    stem, extension = posixpath.splitext(name)
    return "%s~%d%s" % (stem, number, extension)


def is_unfinished(name):
    """Whether somebody is still writing the file, by the habits of programs that copy files."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def patterns(text):
    """Return the patterns in ``text``, such as ``*.json, *.jsonl``; raises ``ValueError`` for one with a path."""
    found = [pattern.strip() for pattern in (text or "").split(",") if pattern.strip()]
    for pattern in found:
        if "/" in pattern or "\\" in pattern:
            raise ValueError("The pattern %s names a folder; patterns speak of names of files only." % pattern)
    return found


def matches(name, wanted):
    """Whether ``name`` fits one of the patterns ``wanted``, with ``*``, ``?`` and ``[…]``."""
    return any(fnmatchcase(name, pattern) for pattern in wanted)


def _safe(text):
    """``text`` as a name. What had to be replaced or cut is told apart by a piece of its hash."""
    safe = _UNSAFE.sub("-", text).lstrip(".")[:MAX_NAME]
    if safe == text:
        return safe
    return "%s-%s" % (safe[: MAX_NAME - 13], hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12])
