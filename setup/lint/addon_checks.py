"""Checks of each addon as a whole. Each returns its complaints; none means all is well."""

import ast
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

from porting import PortError, ported_tree
from porting.leftovers import find_leftovers
from porting.tree import ported_files

from .sources import addons

MANIFEST = {
    "name": r".+",
    "summary": r".+",
    "version": r"17\.0(\.\d+){3}",
    "category": r"Accounting/Audit",
    "author": r"Odoo Audit Suite contributors",
    "license": r"LGPL-3",
}
# folders whose files Odoo reads only when the manifest lists them
DATA_FOLDERS = ("data", "demo", "report", "security", "views", "wizards")
ICON_SIZE = 128


def incomplete_addons(root: Path) -> list[str]:
    """Addons without a part that each has: manifest, readme, icon, packaging."""
    complaints = []
    for addon in addons(root):
        parts = (_manifest(addon), _readme(addon), _icon(addon), _packaging(addon))
        complaints += [f"addons/{addon.name}/{complaint}" for part in parts for complaint in part]
    return complaints


def unported(root: Path, destination: Path) -> list[str]:
    """What stands between the sources and 19.0: refused by a rule, unreadable, or changed again by a second port."""
    try:
        tree = ported_tree("19.0", root / "addons", destination)
        complaints = [
            f"{path}: the rules change their own result: one of them is not done after one pass"
            for path, before, after in ported_files(tree)
            if before != after
        ]
    except PortError as error:
        return [f"addons/{error}"]
    for file in tree.rglob("*"):
        try:
            if file.suffix == ".py":
                compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True)
            elif file.suffix == ".xml":
                ElementTree.parse(file)
        except (SyntaxError, ElementTree.ParseError) as error:
            complaints.append(f"{file.relative_to(tree)}: {error}")
    return complaints


def without_common_form(root: Path) -> list[str]:
    """Constructs that only one of the series has."""
    try:
        return [f"addons/{leftover}" for leftover in find_leftovers(root / "addons")]
    except PortError as error:
        return [f"addons/{error}"]


def _manifest(addon: Path) -> list[str]:
    file = addon / "__manifest__.py"
    if not file.is_file():
        return ["__manifest__.py: missing"]
    manifest = ast.literal_eval(file.read_text(encoding="utf-8"))
    complaints = [
        f"__manifest__.py: {key} is {manifest.get(key)!r} and should match {pattern}"
        for key, pattern in MANIFEST.items()
        if not re.fullmatch(pattern, str(manifest.get(key, "")))
    ]
    if not isinstance(manifest.get("depends"), list) or not manifest.get("installable", True):
        complaints.append("__manifest__.py: depends must be a list, and the addon installable")
    return complaints + _listed_files(addon, manifest)


def _listed_files(addon: Path, manifest: dict) -> list[str]:
    listed = {*manifest.get("data", ()), *manifest.get("demo", ())}
    present = {
        file.relative_to(addon).as_posix()
        for folder in DATA_FOLDERS
        for file in (addon / folder).rglob("*")
        if file.suffix in (".xml", ".csv")
    }
    absent = [name for name in sorted(listed) if not (addon / name).is_file()]
    return [
        *(f"__manifest__.py: lists {name}, which is not there" for name in absent),
        *(f"{name}: not in the manifest, so Odoo never reads it" for name in sorted(present - listed)),
    ]


def _readme(addon: Path) -> list[str]:
    description = addon / "readme" / "DESCRIPTION.md"
    if not description.is_file() or not description.read_text(encoding="utf-8").strip():
        return ["readme/DESCRIPTION.md: missing or empty"]
    return []


def _icon(addon: Path) -> list[str]:
    icon = addon / "static" / "description" / "icon.png"
    head = icon.read_bytes()[:24] if icon.is_file() else b""
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        return ["static/description/icon.png: missing, or not a PNG"]
    width, height = struct.unpack(">II", head[16:24])
    if width != height or width < ICON_SIZE:
        return [f"static/description/icon.png: {width}x{height}; a square of at least {ICON_SIZE} is needed"]
    return []


def _packaging(addon: Path) -> list[str]:
    file = addon / "pyproject.toml"
    # tomllib came with Python 3.11, and these few lines are always the same
    if not file.is_file() or 'build-backend = "whool.buildapi"' not in file.read_text(encoding="utf-8"):
        return ["pyproject.toml: missing, or not built by whool"]
    return []
