"""What is wrong with a file, said so that a person finds the place.

An error means that the file as a whole is not read. A warning means that it was read and that the bank's own figures
or dates do not fit together: a person looks at it, nothing is repaired. A note is worth knowing.
"""

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"
NOTE = "note"
MOST = 20
"""Problems of one severity that are listed one by one; the rest is counted."""


class Problem(NamedTuple):
    """One finding. ``code``: a fixed word for programs; ``line``: 1-based; ``path``: as Stmt[1]/Ntry[3]/Amt."""

    severity: str
    code: str
    message: str
    line: int | None = None
    path: str | None = None

    def __str__(self):
        place = ", ".join(([] if self.line is None else ["line %d" % self.line]) + ([self.path] if self.path else []))
        return "%s (%s)" % (self.message, place) if place else self.message


class Unreadable(ValueError):
    """A file that is not read; what was handed out of it so far is void. ``problems``: all findings, errors first."""

    def __init__(self, problems):
        self.problems = sorted(problems, key=lambda problem: (ERROR, WARNING, NOTE).index(problem.severity))
        super().__init__("\n".join(str(problem) for problem in self.problems if problem.severity == ERROR))


class Invalid(ValueError):
    """One value that cannot be what it has to be; ``path`` leads to it from the element that is being read."""

    def __init__(self, code, message, path=None):
        super().__init__(message)
        self.code = code
        self.path = path


class Findings:
    """The problems of one file, in the order in which they were met; ``list`` holds at most ``MOST`` of a severity."""

    def __init__(self):
        self.list = []
        self.counts = {ERROR: 0, WARNING: 0, NOTE: 0}

    def add(self, severity, code, message, line=None, path=None):
        self.counts[severity] += 1
        if self.counts[severity] <= MOST:
            self.list.append(Problem(severity, code, message, line, path))

    def error(self, code, message, line=None, path=None):
        self.add(ERROR, code, message, line, path)

    def warning(self, code, message, line=None, path=None):
        self.add(WARNING, code, message, line, path)

    def note(self, code, message, line=None, path=None):
        self.add(NOTE, code, message, line, path)

    def refuse(self, code, message, line=None, path=None):
        """Add an error after which reading on makes no sense; raises ``Unreadable``."""
        self.error(code, message, line, path)
        self.raise_errors()

    def raise_errors(self):
        """Raise ``Unreadable`` when there was an error."""
        if not self.counts[ERROR]:
            return
        unlisted = self.counts[ERROR] - MOST
        if unlisted > 0:
            self.list.append(Problem(ERROR, "more-errors", "And %d errors more." % unlisted))
        raise Unreadable(self.list)


def shown(text, length=40):
    """Return ``text`` from a file as it may be quoted in a message: on one line and not too long."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[: length + 1])
    return '"%s"' % (text if len(text) <= length else text[:length] + "\N{HORIZONTAL ELLIPSIS}")
