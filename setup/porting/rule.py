"""What a port rule is, and the errors it may raise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath


class PortError(Exception):
    """A source cannot be ported; the message names the file, the line and what to write instead."""


@dataclass(frozen=True)
class Place:
    """Where a text stands: its path below the addons folder, and the addons that are ported together with it."""

    path: PurePosixPath
    addons: frozenset[str] = field(default_factory=frozenset)

    def refuse(self, line: int, message: str) -> PortError:
        """An error to raise for something in this file that no rule can rewrite."""
        return PortError(f"{self.path}:{line}: {message}")


@dataclass(frozen=True)
class Rule:
    """One construct that differs between the series.

    `apply` takes the text of a file and its place and returns the new text; applied twice it changes nothing more.
    """

    name: str
    suffix: str
    reason: str
    apply: Callable[[str, Place], str]


@dataclass(frozen=True)
class Edit:
    """Replace the characters from `start` to `stop` with `new`."""

    start: int
    stop: int
    new: str


def edited(text: str, edits: list[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.stop :]
    return text
