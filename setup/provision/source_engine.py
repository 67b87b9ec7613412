"""Odoo from a source tree: the person's own, one put into the cache, or Odoo's published source archive."""

from __future__ import annotations

import os
import re
import tarfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import cache
from .progress import StepLog, steps

ARCHIVES = {"17.0": "https://nightly.odoo.com/17.0/nightly/src/odoo_17.0.latest.tar.gz"}
"""Odoo's own nightly source archives; `ODOO_ARCHIVE_URL` names another place for the same thing."""

_TIMEOUT = 10
_ASK_AGAIN_AFTER = 24 * 3600
_NEEDS = 3 * cache.GIGABYTE


class NotHere(Exception):
    """This place has no engine; the text says why."""


@dataclass(frozen=True)
class Source:
    """An Odoo source tree, without its libraries."""

    series: str
    root: Path
    script: Path
    python_path: Path
    addons_paths: tuple[Path, ...]
    origin: str
    key: str


def from_home(series: str) -> Source:
    """The tree that `ODOO_HOME` names."""
    home = os.environ.get("ODOO_HOME")
    if not home:
        raise NotHere("ODOO_HOME is not set")
    return read_tree(Path(home).absolute(), series, f"ODOO_HOME ({home})")


def from_cache(series: str) -> Source:
    """The tree somebody, or an earlier run, put into the cache folder."""
    folder = cache.root() / f"odoo-{series}" / "src"
    if not folder.exists():
        raise NotHere(f"there is no source tree in {folder}")
    return read_tree(folder, series, f"the source tree in {folder}")


def from_archive(series: str, *, again: bool = True) -> Source:
    """Download and unpack the source archive into the cache."""
    url = os.environ.get("ODOO_ARCHIVE_URL") or ARCHIVES[series]
    refusal = cache.root() / f"odoo-{series}" / ".archive-refused"
    if not again and _refused_lately(refusal, url):
        raise NotHere(f"{url} could not be had earlier today")
    with steps(f"Downloading Odoo {series}") as log:
        cache.require_free(_NEEDS, cache.root())
        try:
            folder = cache.build_once(cache.root() / f"odoo-{series}", "src", lambda place: _fetch(url, place, log))
            return read_tree(folder, series, f"Odoo's source archive {url}")
        except NotHere as reason:
            log.write(str(reason))
            log.outcome = "could not be had"
            failure = reason
    refusal.parent.mkdir(exist_ok=True)
    refusal.write_text(url)
    raise failure


def read_tree(root: Path, series: str, origin: str) -> Source:
    """Understand a source tree: a git checkout (`addons/` beside `odoo/`) or an archive (`odoo/addons` holds all)."""
    release = root / "odoo" / "release.py"
    if not release.exists():
        raise NotHere(f"{origin} holds no Odoo (no odoo/release.py)")
    match = re.search(r"^version_info\s*=\s*\((\d+),\s*(\d+)", release.read_text(), re.MULTILINE)
    found = f"{match[1]}.{match[2]}" if match else "of unknown series"
    if found != series:
        raise NotHere(f"{origin} is Odoo {found}, not {series}")
    # Some archives carry the start script only where setup.py expects it.
    script = next((path for path in (root / "odoo-bin", root / "setup" / "odoo") if path.is_file()), None)
    if script is None:
        raise NotHere(f"{origin} has no odoo-bin")
    addons = tuple(path for path in (root / "addons", root / "odoo" / "addons") if any(path.glob("*/__manifest__.py")))
    return Source(series, root, script, root, addons, origin, tree_key(root))


def tree_key(root: Path) -> str:
    """Changes with the tree without reading a gigabyte: the commit or package version, and all manifests' sizes."""
    manifests = sorted(root.glob("addons/*/__manifest__.py")) + sorted(root.glob("odoo/addons/*/__manifest__.py"))
    sizes = [f"{path.parent.name}:{path.stat().st_size}" for path in manifests]
    markers = [path for path in (root / "odoo" / "release.py", root / "PKG-INFO") if path.exists()]
    return cache.content_hash(markers, _commit(root), *sizes)


def unpack(archive: Path, place: Path) -> None:
    """Unpack a tar archive into `place` without its top folder, refusing members that would land elsewhere."""
    with tarfile.open(archive) as tar:
        members = []
        for member in tar:
            parts = PurePosixPath(member.name).parts
            if member.name.startswith("/") or ".." in parts:
                raise NotHere(f"the archive has a member outside of its folder: {member.name}")
            inside = PurePosixPath(*parts[1:]) if len(parts) > 1 else None
            if inside is None:
                continue
            if member.issym() or member.islnk():
                _check_link(member, inside)
            elif not (member.isreg() or member.isdir()):
                raise NotHere(f"the archive has a member that is neither file nor folder: {member.name}")
            member.name = str(inside)
            if member.islnk():
                member.linkname = str(PurePosixPath(*PurePosixPath(member.linkname).parts[1:]))
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.uid = member.gid = os.getuid()
            member.uname = member.gname = ""
            members.append(member)
        options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(place, members=members, **options)


def _check_link(member: tarfile.TarInfo, inside: PurePosixPath) -> None:
    target = PurePosixPath(member.linkname)
    base = inside.parent if member.issym() else PurePosixPath()
    steps_up = os.path.normpath(str(base / target))
    if target.is_absolute() or steps_up.startswith(".."):
        raise NotHere(f"the archive has a link that leads outside of its folder: {member.name}")


def _fetch(url: str, place: Path, log: StepLog) -> None:
    archive = place.with_name(f"{place.name}.tar")
    try:
        log.write(f"GET {url}")
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, open(archive, "wb") as out:
            while chunk := answer.read(1024 * 1024):
                out.write(chunk)
        unpack(archive, place)
    except (urllib.error.URLError, TimeoutError, ConnectionError, tarfile.TarError, EOFError, ValueError) as error:
        raise NotHere(f"{url} could not be had ({getattr(error, 'reason', error)})") from error
    finally:
        archive.unlink(missing_ok=True)


def _refused_lately(refusal: Path, url: str) -> bool:
    return refusal.exists() and refusal.read_text() == url and time.time() - refusal.stat().st_mtime < _ASK_AGAIN_AFTER


def _commit(root: Path) -> str:
    """The commit a checkout stands at, without calling git; empty for what is no checkout."""
    head = root / ".git" / "HEAD"
    if not head.is_file():
        return ""
    text = head.read_text().strip()
    if not text.startswith("ref: "):
        return text
    named = root / ".git" / text[5:]
    packed = root / ".git" / "packed-refs"
    if named.is_file():
        return named.read_text().strip()
    listed = packed.read_text() if packed.is_file() else ""
    return next((line.split()[0] for line in listed.splitlines() if line.endswith(text[5:])), "")
