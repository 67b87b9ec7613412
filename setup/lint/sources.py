"""Which files belong to the repository."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSED_OVER = {".git", "__pycache__", ".venv", "build", "dist", "node_modules"}


def files(root: Path, *suffixes: str) -> list[Path]:
    """The files that are, or would be, committed; with suffixes, only those that end so.

    Outside of a git checkout, such as an unpacked release, every file counts.
    """
    found = _tracked(root) if (root / ".git").exists() else _walked(root)
    return sorted(path for path in found if path.is_file() and (not suffixes or path.suffix in suffixes))


def addons(root: Path) -> list[Path]:
    """The folders of the addons."""
    return sorted(path for path in (root / "addons").iterdir() if path.is_dir() and path.name not in PASSED_OVER)


def _tracked(root: Path) -> list[Path]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [root / name for name in listed.split("\0") if name]


def _walked(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if not PASSED_OVER.intersection(path.relative_to(root).parts)]
