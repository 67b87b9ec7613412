"""Finds a Python that Odoo runs on (3.10 to 3.12) among those of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .failure import CannotStart

SUPPORTED = ((3, 11), (3, 10), (3, 12))
"""In the order of preference when the running Python is none of them: Odoo 17.0 is used most on 3.10 and 3.11."""

_PROBE = "import ssl, zlib, ctypes, sqlite3, venv, sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


def find_python() -> tuple[Path, str]:
    """Return the path and the version (`3.11`) of a Python to make environments with; the running one is preferred."""
    if sys.version_info[:2] in SUPPORTED:
        found = _probe(Path(getattr(sys, "_base_executable", sys.executable)))
        if found:
            return found
    for candidate in _candidates():
        found = _probe(candidate)
        if found and found[1] in {f"{major}.{minor}" for major, minor in SUPPORTED}:
            return found
    raise CannotStart("No Python 3.10, 3.11 or 3.12 was found on the PATH or in pyenv: install one of them.")


def _candidates() -> list[Path]:
    found = []
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for major, minor in SUPPORTED:
        name = f"python{major}.{minor}"
        on_path = shutil.which(name)
        if on_path:
            found.append(Path(on_path))
        try:
            found += sorted(pyenv.glob(f"{major}.{minor}.*/bin/{name}"), reverse=True)
        except OSError:
            continue
    return found


def _probe(python: Path) -> tuple[Path, str] | None:
    """A Python counts when it runs (a pyenv shim may not) and has the modules that pip and Odoo need."""
    try:
        ended = subprocess.run([python, "-c", _PROBE], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if ended.returncode:
        return None
    version, executable = ended.stdout.split(maxsplit=1)
    # One interpreter has many names, and must not get an environment for each.
    return Path(executable.strip()).resolve(), version
