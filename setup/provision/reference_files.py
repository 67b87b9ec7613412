"""Schemas and sample files of others, as they lie in pip packages: for tests to read, and not kept here."""

from __future__ import annotations

from pathlib import Path

from . import cache, packages, requirements
from .progress import steps

VARIABLE = "AUDIT_REFERENCE_FILES"
"""The environment variable that names the folder to the tests."""


def folder(python: Path) -> Path:
    """Return the folder that the packages of `requirements.REFERENCE_FILES` were unpacked into, the first time fetched.

    Nothing in it is run or importable: it is on no path. Raises `CannotStart` or `StepFailed` when it cannot be had.
    """
    place = cache.root() / "reference-files"
    key = cache.content_hash([], *requirements.REFERENCE_FILES)
    if (place / key / cache.COMPLETE).exists():
        return place / key
    with steps("Fetching schemas and sample files") as log:
        return cache.build_once(
            place, key, lambda target: packages.pip_install(python, requirements.REFERENCE_FILES, log, target=target)
        )
