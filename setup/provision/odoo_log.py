"""Reads an Odoo log: what of it is a complaint about our addons."""

from __future__ import annotations

import re
from pathlib import Path

from . import cache
from .suite import REPOSITORY

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<database>\S+) (?P<message>.*)$")
_COMPLAINTS = {"WARNING", "ERROR", "CRITICAL"}
_OURS = re.compile(r"\baudit[_.]|/audit/v\d")


def records(log_path: Path) -> list[dict[str, str]]:
    """The records of a log, each with `level`, `database` and `text` (its message and the lines that belong to it)."""
    found: list[dict[str, str]] = []
    for line in log_path.read_text(errors="replace").splitlines():
        match = _RECORD.match(line)
        if match:
            found.append({"level": match["level"], "database": match["database"], "text": match["message"]})
        elif found:
            found[-1]["text"] += "\n" + line
    return found


def concerns_us(logger: str, text: str) -> bool:
    """Whether a log record names one of our addons, models, tables or routes, in a traceback perhaps.

    Where the checkout and the cache lie does not count. Of a warning that Python gives only the place and the text
    do: the way there, which Odoo adds, leads through our addons whenever they are the first to import a library.
    """
    said = text.partition("\n")[0] if logger == "py.warnings" else text
    for folder in (str(REPOSITORY), str(cache.root())):
        said = said.replace(folder, "")
    return bool(_OURS.search(f"{logger}: {said}"))


def warnings_of_ours(log_path: Path) -> list[str]:
    """The warnings and errors that mention our addons, with their tracebacks.

    The name of the database is left out of account wherever it stands: ours usually has `audit_` in it.
    """
    found = []
    for record in records(log_path):
        if record["level"] not in _COMPLAINTS:
            continue
        said = record["text"].replace(record["database"], "") if record["database"] != "?" else record["text"]
        logger, _colon, text = said.partition(": ")
        if concerns_us(logger, text):
            found.append(f"{record['level']} {record['text']}")
    return found


def last_error(log_path: Path) -> str:
    """The last line of the last complaint, the shortest account of why Odoo ended; empty when there is none."""
    complaints = [record for record in records(log_path) if record["level"] in {"ERROR", "CRITICAL"}]
    return complaints[-1]["text"].strip().splitlines()[-1] if complaints else ""
