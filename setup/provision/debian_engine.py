"""Odoo from the machine's own Debian mirror: the `odoo-NN` package of unstable, unpacked without installing it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import cache
from .progress import StepLog, steps
from .source_engine import NotHere, Source, tree_key

PACKAGES = {"19.0": "odoo-19"}

_NEEDS = 3 * cache.GIGABYTE
_KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")
_STATIC = re.compile(r"^(libjs-|fonts-)")
# The package dropped this library of the video call screen; without any file there, every browser test of Odoo fails.
_STUB = Path("odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js")

_LAUNCHER = """#!/usr/bin/env python3
# Starts the unpacked package: prefork workers start through this file again, so the path is set here.
import os
import sys

os.environ["TZ"] = "UTC"
sys.path[0] = os.path.join(os.path.dirname(os.path.abspath(__file__)), {path!r})

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
"""


def from_mirror(series: str) -> Source:
    """Return the unpacked package of `series`, fetching it into the cache first when it is not there."""
    package = PACKAGES[series]
    ready = cache.root() / f"odoo-{series}" / "debian"
    if not (ready / cache.COMPLETE).exists():
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise NotHere(f"the Debian package {package} needs {tool}, which this machine does not have")
        with steps(f"Fetching Odoo {series} from the machine's Debian mirror") as log:
            failure = None
            try:
                cache.build_once(
                    ready.parent, ready.name, lambda place: _build(package, place, log), needs_bytes=_NEEDS
                )
            except NotHere as reason:
                log.write(str(reason))
                log.outcome = "could not be had"
                failure = reason
        if failure:
            raise failure
    sources = ready / "root" / "usr" / "lib" / "python3" / "dist-packages"
    return Source(
        series=series,
        root=sources,
        script=ready / "odoo-bin",
        python_path=sources,
        addons_paths=(sources / "odoo" / "addons",),
        origin=f"the Debian package {package} {(ready / 'version').read_text().strip()}",
        key=tree_key(sources) + (ready / "version").read_text().strip(),
    )


def dangling_links(root: Path) -> list[Path]:
    """The links below `root` that lead nowhere."""
    found = []
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = f"{folder}/{name}"
            if os.path.islink(path) and not os.path.exists(path):
                found.append(Path(path))
    return found


def _build(package: str, place: Path, log: StepLog) -> None:
    """Unpack the package and what its links lead to, then fill the one gap it has."""
    apt = Apt(place / "apt", log)
    root = place / "root"
    apt.update()
    version = apt.candidates(package)[0]
    apt.unpack(package, version, root)
    missing = dangling_links(root)
    for other in apt.static_dependencies(package):
        if not missing:
            break
        # Stable's version second: unstable moves files that the package still links to.
        for candidate in apt.candidates(other)[:2]:
            apt.unpack(other, candidate, root)
            still = [link for link in missing if not link.exists()]
            useful, missing = len(still) < len(missing), still
            if useful:
                break
    # What was unpacked may have links of its own.
    missing = dangling_links(root)
    if missing:
        raise NotHere(f"{package}: {len(missing)} links lead nowhere, such as {missing[0].relative_to(root)}")
    sources = root / "usr" / "lib" / "python3" / "dist-packages"
    stub = sources / _STUB
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.touch()
    (place / "odoo-bin").write_text(_LAUNCHER.format(path=str(sources.relative_to(place))))
    (place / "version").write_text(version + "\n")
    shutil.rmtree(apt.folder)


class Apt:
    """apt-get with folders of its own, which needs no root and leaves the machine's package state alone.

    Its configuration (proxy, checks) stays the machine's. The signature of the suite's Release file is verified
    with the Debian keyring of the system.
    """

    def __init__(self, folder: Path, log: StepLog):
        self.folder = folder
        self.log = log
        for name in ("lists/partial", "archives/partial", "empty.d"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(self._sources())

    def update(self) -> None:
        ended = self._run("apt-get", "update")
        if ended.returncode or not any((self.folder / "lists").glob("*Packages*")):
            raise NotHere(f"the Debian mirror of this machine gave no package lists ({_last_line(ended)})")

    def candidates(self, package: str) -> list[str]:
        """The versions to take, unstable's first; of Font Awesome only those Odoo knows, which are 4.x."""
        versions = [line.split("|")[1].strip() for line in self._ask("madison", package).splitlines() if "|" in line]
        if package == "fonts-font-awesome":
            versions = [version for version in versions if re.search(r"(^|really)4\.", version)]
        if not versions:
            raise NotHere(f"the Debian mirror of this machine has no {package}")
        return versions

    def static_dependencies(self, package: str) -> list[str]:
        """The web libraries and fonts a package links to instead of carrying them."""
        depends = re.search(r"^Depends: (.*)$", self._ask("show", package), re.MULTILINE)
        names = [part.split("|")[0].split("(")[0].strip() for part in (depends[1] if depends else "").split(",")]
        return [name for name in names if _STATIC.match(name)]

    def unpack(self, package: str, version: str, root: Path) -> None:
        ended = self._run("apt-get", "download", f"{package}={version}", cwd=self.folder / "archives")
        debs = list((self.folder / "archives").glob("*.deb"))
        if ended.returncode or not debs:
            raise NotHere(f"{package} could not be downloaded from the Debian mirror ({_last_line(ended)})")
        for deb in debs:
            self.log.run(["dpkg-deb", "-x", deb, root], f"{package} could not be unpacked")
            deb.unlink()

    def _sources(self) -> str:
        keyring = next((path for name in _KEYRINGS if (path := Path("/usr/share/keyrings", name)).exists()), None)
        signed = f"[signed-by={keyring}] " if keyring else ""
        address = self._mirror()
        return "".join(f"deb {signed}{address} {suite} main\n" for suite in ("unstable", "stable"))

    def _mirror(self) -> str:
        """The address of the Debian mirror in the machine's apt configuration."""
        for options in ([], ["--no-release-info"]):
            ended = subprocess.run(
                ["apt-get", "indextargets", *options, "--format", "$(REPO_URI)|$(RELEASE)", "Target-Of: deb"],
                capture_output=True,
                text=True,
                check=False,
            )
            for line in ended.stdout.splitlines():
                address, _, release = line.partition("|")
                if re.search(r"/debian/?$", address) and "security" not in release:
                    return address
        raise NotHere("the apt configuration of this machine names no Debian mirror")

    def _ask(self, *arguments: str) -> str:
        return self._run("apt-cache", *arguments).stdout

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
        settings = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": self.folder / "empty.d",
            "Dir::State": self.folder,
            "Dir::State::lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder,
            "Dir::Cache::archives": self.folder / "archives",
            "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
            "Dir::Log": self.folder,
            "Acquire::Languages": "none",
            "Acquire::http::Timeout": "20",
            "Acquire::https::Timeout": "20",
            "Acquire::Retries": "1",
        }
        if os.geteuid() == 0:
            # apt would hand the download to its user `_apt`, who may not enter the home folder of root.
            settings["APT::Sandbox::User"] = "root"
        command = [program, *arguments]
        for name, value in settings.items():
            command += ["-o", f"{name}={value}"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
        self.log.write(f"$ {program} {' '.join(arguments)}")
        if program == "apt-get" or ended.returncode:
            self.log.write(ended.stdout + ended.stderr)
        return ended


def _last_line(ended: subprocess.CompletedProcess) -> str:
    lines = [line.strip() for line in (ended.stderr + ended.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "Err:"))]
    return (errors or lines or ["no answer"])[-1]
