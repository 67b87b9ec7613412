"""The one folder outside of the checkout that is written to, and how things get into it whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .failure import CannotStart

COMPLETE = ".complete"
GIGABYTE = 1024**3


def root() -> Path:
    """`${XDG_CACHE_HOME:-~/.cache}/odoo-audit`, created when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base).absolute() / "odoo-audit"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable")
    except OSError as error:
        raise CannotStart(f"The cache folder {folder} cannot be written to: {error.strerror}.") from error
    return folder


def build_once(
    folder: Path, key: str, build: Callable[[Path], None], *, relocatable: bool = True, needs_bytes: int = 0
) -> Path:
    """Return `folder/key`, calling `build(path)` first when it is not there whole.

    The build happens in a sibling that is renamed at the end, so an interrupted one leaves nothing that looks
    finished; its leftovers go with the next build. What remembers its own path (a virtual environment) is built in
    place with `relocatable=False` and counts only once its marker is written. Two processes wait for each other.
    """
    target = folder / key
    if (target / COMPLETE).exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f".{key}.lock"):
        if (target / COMPLETE).exists():
            return target
        for leftover in [target, *folder.glob(f".{key}.building-*")]:
            remove_tree(leftover)
        require_free(needs_bytes, folder)
        place = folder / f".{key}.building-{os.getpid()}" if relocatable else target
        place.mkdir()
        try:
            build(place)
            (place / COMPLETE).touch()
            if relocatable:
                place.rename(target)
        except BaseException:
            remove_tree(place)
            raise
    return target


def forget_unused(folder: Path, days: int) -> None:
    """Remove what `build_once` made there and nobody has used for so many days; users touch the marker."""
    for marker in folder.glob(f"*/{COMPLETE}"):
        if time.time() - marker.stat().st_mtime > days * 24 * 3600:
            remove_tree(marker.parent)


@contextlib.contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold a lock between processes; yields whether it was got (always, when waiting). It ends with the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as handle:
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def content_hash(paths: Iterable[Path], *texts: str) -> str:
    """Twelve hex digits over the names and bytes of files (folders are walked) and over further texts."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" in file.parts or file.name.startswith(".") or not file.is_file():
                continue
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            digest.update(f"{name}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    for text in texts:
        digest.update(b"\0text\0" + text.encode())
    return digest.hexdigest()[:12]


def require_free(needed: int, folder: Path) -> None:
    """Raise `CannotStart` unless the disk of `folder` has `needed` bytes free."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk of {folder} has {free / GIGABYTE:.1f} GB free and {needed / GIGABYTE:.1f} GB are needed: "
            "free some space, or set XDG_CACHE_HOME to a folder on another disk."
        )


def secret(path: Path) -> str:
    """A random password that stays the same from run to run, kept in a file of mode 0600."""
    if not path.exists() or not path.read_text().strip():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def write_private(path: Path, text: str) -> Path:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as handle:
        handle.write(text)
    draft.replace(path)
    return path


def remove_tree(path: Path) -> None:
    """Remove a file or folder that may be missing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
