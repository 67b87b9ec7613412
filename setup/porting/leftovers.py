"""Finds what no rule can port: constructs that one of the series lacks, and for which another form serves both.

Files called `compat.py` may use them, that is what they are for; elsewhere a line that must ends in a comment
`series: <why>`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import leftovers_js, leftovers_python, leftovers_xml
from .rule import Place
from .tree import source_files

Check = Callable[[str, Place], Iterator[tuple[int, str, str]]]

CHECKS: dict[str, Check] = {
    ".py": leftovers_python.check,
    ".xml": leftovers_xml.check,
    ".js": leftovers_js.check,
}


@dataclass(frozen=True, order=True)
class Leftover:
    """A construct without a common form: where it stands and what to write `instead`."""

    path: PurePosixPath
    line: int
    construct: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.construct}: {self.instead}"


def find_leftovers(addons: Path) -> list[Leftover]:
    """All leftovers of a folder of addons, in the order of the files."""
    found = []
    for file in source_files(addons):
        check = CHECKS.get(file.suffix)
        if check and file.name != "compat.py":
            path = PurePosixPath(file.relative_to(addons).as_posix())
            found += leftovers_of(file.read_text(encoding="utf-8"), Place(path))
    return sorted(found)


def leftovers_of(text: str, place: Place) -> list[Leftover]:
    """The leftovers in the text of one file."""
    lines = text.split("\n")
    return [
        Leftover(place.path, line, construct, instead)
        for line, construct, instead in CHECKS[place.path.suffix](text, place)
        if "series: " not in lines[line - 1]
    ]
