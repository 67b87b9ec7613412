"""Checks of single files. Each returns its complaints as `path:line: what is wrong`; none means all is well."""

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

from .sources import files

LONGEST = 400
WRITTEN_BY_HAND = (".py", ".js", ".xml", ".scss", ".css")
# files that may be longer, each with its reason
LONG_FILES: dict[str, str] = {
    "addons/audit_connector_base/tools/audit_verify.py": "auditors get one file that needs nothing beside it",
    "addons/audit_connector_base/core/tests/test_dial.py": "one subject: every way in which a server can misbehave",
}

# The machine that somebody works on is no part of the product. The words are put together here, or this file
# would be the first to be reported.
FORBIDDEN = {
    re.compile(r"\b" + word): reason
    for reason, words in {
        "the address of a package index comes from the machine's own configuration": (
            r"pypi\." + "org",
            r"files\.python" + "hosted",
            r"registry\.npm" + "js",
            r"registry\." + "yarnpkg",
            r"(?:deb|ftp|snapshot|security)\.debian\." + "org",
            r"archive\." + r"ubuntu\.com",
        ),
        "a path of one machine means nothing on another": (
            "(?<=/)work/(?:shared|main|wt)",
            "(?<=/)root/" + r"\.(?:cache|pyenv)",
            "(?<=/)home/" + r"[a-z]\w+/",
        ),
    }.items()
    for word in words
}


def malformed_xml(root: Path) -> list[str]:
    """XML files that no parser accepts."""
    complaints = []
    for file in files(root, ".xml", ".svg"):
        try:
            ElementTree.parse(file)
        except ElementTree.ParseError as error:
            line, column = error.position
            complaints.append(f"{file.relative_to(root)}:{line}:{column + 1}: {str(error).partition(':')[0]}")
    return complaints


def malformed_json(root: Path) -> list[str]:
    """JSON files that do not parse, or in which an object has a member twice."""
    complaints = []
    for file in files(root, ".json"):
        try:
            json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_without_duplicates)
        except json.JSONDecodeError as error:
            complaints.append(f"{file.relative_to(root)}:{error.lineno}: {error.msg}")
        except ValueError as error:
            complaints.append(f"{file.relative_to(root)}:1: {error}")
    return complaints


def too_long(root: Path) -> list[str]:
    """Files that are no longer read in one sitting."""
    complaints = []
    for file in files(root, *WRITTEN_BY_HAND):
        name = file.relative_to(root).as_posix()
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST and name not in LONG_FILES:
            complaints.append(f"{name}:{lines}: more than {LONGEST} lines: split it, or give the reason in LONG_FILES")
    return complaints


def wrong_commands(root: Path) -> list[str]:
    """Commands that cannot be started, or that carry an extension."""
    complaints = []
    for file in files(root):
        name = file.relative_to(root).as_posix()
        runs = os.access(file, os.X_OK)
        begins = file.open("rb").read(2) == b"#!"
        in_setup = name.startswith("setup/") and name.count("/") == 1
        if begins and not runs:
            complaints.append(f"{name}:1: starts with #! and is not executable")
        if runs and not begins:
            complaints.append(f"{name}:1: is executable and does not start with #!")
        if runs and in_setup and file.suffix:
            complaints.append(f"{name}:1: a command has no extension")
        if in_setup and not file.suffix and not runs:
            complaints.append(f"{name}:1: a file without extension is a command, and this one is not executable")
    return complaints


def forbidden_words(root: Path) -> list[str]:
    """Traces of a single machine."""
    complaints = []
    for file in files(root):
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            complaints += [
                f"{file.relative_to(root)}:{number}: {found[0]}: {reason}"
                for word, reason in FORBIDDEN.items()
                if (found := word.search(line))
            ]
    return complaints


def _without_duplicates(members: list[tuple[str, object]]) -> dict:
    names = [name for name, _value in members]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"an object has the member {sorted(twice)[0]!r} twice")
    return dict(members)
