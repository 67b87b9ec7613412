"""Ports a whole folder of addons, and keeps the result until the sources or the rules change."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from . import rules_js, rules_python, rules_xml
from .rule import Place, PortError, Rule

SERIES = ("17.0", "19.0")
RULES: tuple[Rule, ...] = (*rules_python.RULES, *rules_xml.RULES, *rules_js.RULES)
KEPT = 3  # trees of other branches, which a running Odoo may still be reading
ABANDONED_AFTER = 3600  # seconds; no port takes nearly as long


def ported_tree(series: str, addons: Path, destination: Path) -> Path:
    """The folder to put into the addons path of an Odoo of `series`.

    For 17.0 that is `addons` itself. For 19.0 it is `destination/<hash of sources and rules>`, written when it is not
    there yet; it appears whole or not at all. Raises `PortError` for a source that no rule can rewrite.
    """
    if series not in SERIES:
        raise PortError(f"unknown series {series!r}: there are {' and '.join(SERIES)}")
    if series == "17.0":
        return addons
    tree = destination / _fingerprint(addons)
    if not tree.is_dir():
        _build(addons, tree)
    os.utime(tree)
    _prune(destination, tree)
    return tree


def ported_text(text: str, place: Place) -> str:
    """One file's text for 19.0, checked to be still Python or XML."""
    new = text
    for rule in RULES:
        if rule.suffix == place.path.suffix:
            try:
                new = rule.apply(new, place)
            except ElementTree.ParseError as error:
                raise place.refuse(error.position[0], f"this is not well-formed XML: {error}") from error
    if new != text:
        _check(new, place)
    return new


def ported_files(addons: Path) -> Iterator[tuple[PurePosixPath, str, str]]:
    """Path, text for 17.0 and text for 19.0 of every file that has rules."""
    names = frozenset(folder.name for folder in addons.iterdir() if folder.is_dir())
    suffixes = {rule.suffix for rule in RULES}
    for file in source_files(addons):
        if file.suffix in suffixes:
            path = PurePosixPath(file.relative_to(addons).as_posix())
            try:
                text = file.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise PortError(f"{path}:1: this is not UTF-8: {error.reason}") from error
            yield path, text, ported_text(text, Place(path, names))


def source_files(addons: Path) -> list[Path]:
    """Every file of the addons in a fixed order, without what Python and editors leave behind."""
    return sorted(
        file
        for file in addons.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.endswith((".pyc", "~"))
    )


def _fingerprint(addons: Path) -> str:
    digest = hashlib.sha256()
    rules = Path(__file__).parent
    for root, files in ((addons, source_files(addons)), (rules, sorted(rules.glob("*.py")))):
        for file in files:
            digest.update(f"{file.relative_to(root).as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _build(addons: Path, tree: Path) -> None:
    tree.parent.mkdir(parents=True, exist_ok=True)
    building = tree.with_name(f".{tree.name}.{os.getpid()}")
    try:
        for file in source_files(addons):
            copy = building / file.relative_to(addons)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        for path, before, after in ported_files(addons):
            if after != before:
                (building / path).write_text(after, encoding="utf-8")
        try:
            building.rename(tree)
        except OSError:
            # somebody else built the same tree meanwhile
            if not tree.is_dir():
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _prune(destination: Path, current: Path) -> None:
    now = time.time()
    trees = []
    for folder in destination.iterdir():
        if folder.name.startswith("."):
            if now - folder.stat().st_mtime > ABANDONED_AFTER:
                shutil.rmtree(folder, ignore_errors=True)
        elif folder.is_dir() and folder != current and _is_tree(folder):
            trees.append(folder)
    trees.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in trees[KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def _is_tree(folder: Path) -> bool:
    return len(folder.name) == 16 and set(folder.name) <= set("0123456789abcdef")


def _check(text: str, place: Place) -> None:
    try:
        if place.path.suffix == ".py":
            compile(text, str(place.path), "exec", dont_inherit=True)
        elif place.path.suffix == ".xml":
            ElementTree.fromstring(text.encode())
    except (SyntaxError, ElementTree.ParseError) as error:
        raise place.refuse(1, f"the rules made this file unreadable ({error}); mend the rule") from error
