"""Programs that tests need and pip cannot install: a row for each, and how to come by them.

A further one (ClamAV, OpenSSH …) is a row in `NEEDS`.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from provision.failure import StepFailed
from provision.progress import StepLog, steps


@dataclass(frozen=True)
class Need:
    """A program, the Debian package it is in, and what cannot be tested without it."""

    name: str
    package: str
    binaries: tuple[str, ...]
    """Any of them will do."""
    part: str
    """The part of the suite that uses it."""
    purpose: str

    def is_here(self) -> bool:
        return any(shutil.which(binary, path=_PATH) for binary in self.binaries)


NEEDS = (
    Need("Chromium", "chromium", ("google-chrome", "chromium", "chromium-browser"), "addons", "the tours in a browser"),
    Need("RabbitMQ", "rabbitmq-server", ("rabbitmq-server",), "addons", "the protocol AMQP"),
    Need("NATS", "nats-server", ("nats-server",), "addons", "the protocol NATS"),
    Need("Redis", "redis-server", ("redis-server",), "addons", "the protocol Redis"),
    Need("wkhtmltopdf", "wkhtmltopdf", ("wkhtmltopdf",), "addons", "letters and statements as PDF"),
)

# Servers of Debian packages often lie where only root looks.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def missing(parts: tuple[str, ...]) -> list[str]:
    """Install what `parts` need where that is possible; a sentence for each thing that is still not here."""
    found = []
    for need in NEEDS:
        if need.part in parts and not need.is_here():
            why = _install(need)
            if not need.is_here():
                found.append(f"{need.purpose}: {need.name} is not here and {why} (Debian package {need.package})")
    return found


def _install(need: Need) -> str:
    """Install a package with apt-get; returns why it is not there afterwards."""
    if os.geteuid() != 0:
        return "only root could install it"
    if not shutil.which("apt-get"):
        return "there is no apt-get to install it with"
    try:
        with steps(f"Installing {need.name}") as log:
            _apt_get(need.package, log)
    except StepFailed as failure:
        return f"could not be installed, see {failure.log_path}"
    return "its package holds no such program"


def _apt_get(package: str, log: StepLog) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    try:
        log.run(install, "apt-get install failed", env=environment)
    except StepFailed:
        log.run(["apt-get", "update"], "apt-get update failed", env=environment)
        log.run(install, "apt-get install failed", env=environment)
