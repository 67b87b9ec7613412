"""Names of files that are safe on every file system: of those that carry messages, and of those that people hand in.

The name of a message's file is stable for the same message. One that begins with a dot is in the making: whoever reads
the folder leaves it alone, as ``is_unfinished`` does.
"""

import hashlib
import posixpath
import re
import unicodedata
from fnmatch import fnmatchcase

MAX_NAME = 200  # bytes; file systems take 255, of which temporary names and checksums need some
EARLIER_ATTEMPTS = 8
LONGEST_HANDED_IN = 120  # characters
LONGEST_ENDING = 10  # characters; what follows a dot and is longer belongs to the name

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_REFUSED = frozenset('<>:"|?*')
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


def safe_name(name, endings=(), otherwise="file"):
    """Return the name of a file that somebody hands in, to show and to save under.

    Without folders, control characters and what file systems refuse, and of at most ``LONGEST_HANDED_IN`` characters.
    Where nothing is known of the content the ending stays, as people go by it.

    :param endings: those that fit the content, with the dot and in small letters, the usual one first: the name gets
        one of them, whatever it ended with
    :param otherwise: name where nothing is left of the one given

    >>> safe_name("C:\\\\tmp\\\\list<1>.xlsx")
    'list1.xlsx'
    >>> safe_name("letter.pdf", (".txt",))
    'letter.pdf.txt'
    """
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name or ""))[-1]
    base = "".join(char for char in base if char.isprintable() and char not in _REFUSED).strip(" .")
    own = _ending_of(base, endings)
    ending = (own.lower() or endings[0]) if endings else own
    stem = base[: len(base) - len(own)][: LONGEST_HANDED_IN - len(ending)].strip(" .")
    return (stem or otherwise) + ending


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


def _ending_of(name, endings):
    """The ending of ``name``, with the dot; with ``endings`` only if it is one of these. Empty where there is none."""
    if endings:
        fitting = next((one for one in endings if name.lower().endswith(one)), "")
        return name[len(name) - len(fitting) :]
    _stem, dot, ending = name.rpartition(".")
    return dot + ending if dot and len(ending) <= LONGEST_ENDING else ""


def _safe(text):
    """``text`` as a name. What had to be replaced or cut is told apart by a piece of its hash."""
    safe = _UNSAFE.sub("-", text).lstrip(".")[:MAX_NAME]
    if safe == text:
        return safe
    return "%s-%s" % (safe[: MAX_NAME - 13], hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12])
