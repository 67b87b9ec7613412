"""Virtual environments in the cache, filled with pip as the person configured it (index, proxy, certificates)."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from . import cache
from .failure import CannotStart, StepFailed
from .progress import StepLog
from .pythons import find_python

_DEBIAN_WHEELS = Path("/usr/share/python-wheels")

_NO_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ProxyError|NameResolutionError|ReadTimeoutError|SSLError|"
    r"Failed to establish a new connection|Network is unreachable|Temporary failure in name resolution|"
    r"Connection refused|Cannot connect to proxy|Could not fetch URL"
)
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
_REDIRECTING = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def environment(name: str, requirements: Iterable[str], log: StepLog) -> Path:
    """Return the Python of a virtual environment that holds `requirements`, made once per list and Python version."""
    python, version = find_python()
    requirements = list(requirements)
    key = f"{name}-py{version}-{cache.content_hash([], str(python), *requirements)}"

    def build(folder: Path) -> None:
        create_venv(python, folder, log)
        pip_install(folder / "bin" / "python", requirements, log)

    folder = cache.build_once(cache.root() / "venvs", key, build, relocatable=False, needs_bytes=cache.GIGABYTE)
    (folder / cache.COMPLETE).touch()
    cache.forget_unused(cache.root() / "venvs", days=14)
    return folder / "bin" / "python"


def is_ready(name: str, requirements: Iterable[str]) -> bool:
    """Whether `environment` would find the environment already made."""
    python, version = find_python()
    key = f"{name}-py{version}-{cache.content_hash([], str(python), *requirements)}"
    return (cache.root() / "venvs" / key / cache.COMPLETE).exists()


def create_venv(python: Path, folder: Path, log: StepLog) -> None:
    """Make a virtual environment with pip in it, also where the Python came without `ensurepip` as on Debian."""
    try:
        log.run([python, "-m", "venv", folder], "python -m venv failed", env=clean_environment())
        return
    except StepFailed:
        log.write("no ensurepip here: making the environment without pip first")
    log.run(
        [python, "-m", "venv", "--clear", "--without-pip", folder],
        "python -m venv failed",
        env=clean_environment(),
    )
    inside = folder / "bin" / "python"
    if _pip_version(python) >= (22, 3):
        _pip([python, "-m", "pip", "--python", inside], ["install", "pip"], log)
        return
    wheels = sorted(_DEBIAN_WHEELS.glob("pip-*.whl")) or _wheel_from_apt(folder, log)
    if not wheels:
        raise CannotStart(
            f"{python} has neither ensurepip nor pip: install its venv package (on Debian: python3-venv) and try again."
        )
    log.run(
        [inside, f"{wheels[-1]}/pip", "install", "--no-index", wheels[-1]],
        "installing pip from its wheel failed",
        env=clean_environment(),
    )


def pip_install(python: Path, requirements: Iterable[str], log: StepLog, target: Path | None = None) -> None:
    """Install into the environment of `python`, or, with `target`, only these packages into a folder of their own."""
    listed = (target or python.parent.parent) / ".requirements.txt"
    listed.write_text("\n".join(requirements) + "\n")
    options = ["--no-deps", "--target", target] if target else ["--prefer-binary"]
    _pip([python, "-m", "pip"], ["install", "--no-input", *options, "-r", listed], log)


def clean_environment(**further: str) -> dict[str, str]:
    """The person's environment without what would send packages elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name not in _REDIRECTING}
    return {**kept, **further}


def _pip(program: list, arguments: list, log: StepLog) -> None:
    before = len(log.text())
    options = ["--disable-pip-version-check", "--no-color"]
    # With no retry at all pip does not say that the index was out of reach.
    if os.environ.get("PIP_RETRIES", "0") == "0":
        options += ["--retries", "2"]
    # pip's own place would be outside of our folder.
    surroundings = {"PIP_CACHE_DIR": str(cache.root() / "pip"), **clean_environment()}
    try:
        log.run([*program, *arguments, *options], "pip could not install the packages", env=surroundings)
    except StepFailed as failure:
        said = log.text()[before:]
        if _NO_SPACE.search(said):
            raise CannotStart(f"No space is left on the disk for Python packages (details: {log.path}).") from failure
        if _NO_NETWORK.search(said):
            raise CannotStart(
                "The Python package index cannot be reached: check the network, the proxy and pip's index-url "
                f"(details: {log.path})."
            ) from failure
        raise


def _pip_version(python: Path) -> tuple[int, ...]:
    ended = subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True, text=True, check=False, env=clean_environment()
    )
    match = re.match(r"pip (\d+)\.(\d+)", ended.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _wheel_from_apt(folder: Path, log: StepLog) -> list[Path]:
    """Debian keeps pip's wheel in a package of its own, which needs no root to be fetched and unpacked."""
    place = folder / ".pip-wheel"
    place.mkdir()
    try:
        log.run(["apt-get", "download", "python3-pip-whl"], "apt-get download failed", cwd=place)
        for package in place.glob("*.deb"):
            log.run(["dpkg-deb", "-x", package, place], "dpkg-deb failed")
    except (OSError, StepFailed) as error:
        log.write(str(error))
    return sorted(place.glob("usr/share/python-wheels/pip-*.whl"))
