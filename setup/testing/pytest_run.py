"""One run of pytest: its output shown while it comes, kept in a log, and its closing line remembered."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from provision import cache, processes
from provision.suite import REPOSITORY

NOTHING_COLLECTED = 5
_PATIENCE = 30
_screen = threading.Lock()
_under_way: set[int] = set()

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COUNT = r"\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?|rerun|subtests? passed)"
_CLOSING = re.compile(rf"^(?:=+ )?(?:{_COUNT}(?:, {_COUNT})*|no tests (?:ran|collected.*)) in [\d.]+s.*$")


@dataclass(frozen=True)
class Outcome:
    """How a run of pytest ended."""

    name: str
    """Which run it was, in words for people."""
    code: int
    closing: str
    """pytest's own last line, as it printed it; empty when it did not get that far."""
    seconds: float
    log: Path
    skipped: list[str] = field(default_factory=list)
    """Tests that did not run, each with its reason."""


def run_pytest(
    name: str, python: Path, arguments: list[str], environment: dict[str, str], folder: Path = REPOSITORY,
    *, at_end: bool = False,
) -> Outcome:  # fmt: skip
    """Run pytest with `arguments` from `folder`; nothing it keeps goes anywhere but into the cache.

    Its output is shown while it comes, or in one piece `at_end`, so that others can run beside it.
    """
    slug = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")
    log, junit = logs() / f"{slug}.log", logs() / f"{slug}.xml"
    junit.unlink(missing_ok=True)
    scratch = scratch_folder(slug)
    command = [
        python, "-m", "pytest", "-c", REPOSITORY / "pyproject.toml", f"--junitxml={junit}",
        "-o", f"cache_dir={cache.root() / 'pytest' / slug}",
        "--color=yes" if sys.stdout.isatty() else "--color=no", *arguments,
    ]  # fmt: skip
    print(f"\n{name}{' begins' if at_end else ''}", flush=True)
    began = time.monotonic()
    code = _run([str(part) for part in command], log, _environment(environment, scratch), folder, shown=not at_end)
    cache.remove_tree(scratch)
    if at_end:
        with _screen:
            sys.stdout.write(f"\n{name}\n{log.read_text(errors='replace').partition(os.linesep)[2]}")
            sys.stdout.flush()
    return Outcome(name, code, closing_line(log), time.monotonic() - began, log, skipped_tests(junit))


def interrupt_all() -> None:
    """Have every pytest that is under way take down what its tests started, as after Ctrl-C, and end."""
    processes.kill_all(list(_under_way), signal.SIGINT)


def logs() -> Path:
    """Where the full output of every run is kept."""
    folder = cache.root() / "logs" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def scratch_folder(name: str) -> Path:
    """An empty folder for temporary files, emptied again by the next run when this one is killed."""
    folder = cache.root() / "tmp" / name
    cache.remove_tree(folder)
    folder.mkdir(parents=True)
    return folder


def closing_line(log: Path) -> str:
    """The last line in which pytest counts its tests, as it stands in the log; empty when there is none."""
    lines = log.read_text(errors="replace").splitlines()
    return next((line for line in reversed(lines) if _CLOSING.match(_COLOUR.sub("", line))), "")


def skipped_tests(junit: Path) -> list[str]:
    """The tests that were skipped according to pytest's XML report; a failure that is expected is no skip."""
    try:
        cases = ElementTree.parse(junit).iter("testcase")
        return [
            f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
            for case in cases
            for skip in case.findall("skipped")
            if skip.get("type") != "pytest.xfail"
        ]
    except (OSError, ElementTree.ParseError):
        return []


def _environment(given: dict[str, str], scratch: Path) -> dict[str, str]:
    return {
        **given,
        # Plugins are named by each run: pytest-odoo, where it is installed, would import Odoo into every one.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPYCACHEPREFIX": str(cache.root() / "pycache"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache.root() / "hypothesis"),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": str(shutil.get_terminal_size((120, 24)).columns),
        "TMPDIR": str(scratch),
    }


def _run(command: list[str], log: Path, environment: dict[str, str], folder: Path, shown: bool) -> int:
    """Run a command in a process group of its own; what is left of the group afterwards (a browser) is ended."""
    with open(log, "wb") as kept:
        kept.write(f"$ {' '.join(command)}\n".encode())
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=processes.end_with_parent,
        )  # fmt: skip
        _under_way.add(process.pid)
        try:
            for piece in _output(process):
                kept.write(piece)
                kept.flush()
                if shown:
                    sys.stdout.buffer.write(piece)
                    sys.stdout.flush()
            return process.wait()
        except BaseException:
            _interrupt(process)
            raise
        finally:
            _under_way.discard(process.pid)
            processes.kill_all(processes.group_members(process.pid))
            process.stdout.close()


def _output(process: subprocess.Popen) -> Iterator[bytes]:
    """What a process writes, until it ends: something it left behind may keep the line open for longer."""
    line = process.stdout.fileno()
    ended = False
    while True:
        ready = select.select([line], [], [], 0 if ended else 0.5)[0]
        if ready and (piece := os.read(line, 65536)):
            yield piece
        elif ready or ended:
            return
        else:
            ended = process.poll() is not None


def _interrupt(process: subprocess.Popen) -> None:
    """Let pytest take down what its tests started, as after Ctrl-C."""
    processes.kill_all([process.pid], signal.SIGINT)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
