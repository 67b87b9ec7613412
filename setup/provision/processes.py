"""Child processes that are found and stopped again, also when the command that started them was killed."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import cache

GONE_AFTER = 10  # seconds at most until what was killed is gone
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Child:
    """A program running in a process group of its own, remembered in a file."""

    process: subprocess.Popen
    pid_file: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, request: int = signal.SIGTERM, patience: float = 20) -> None:
        """Ask the program to end, then end its whole group; forget it."""
        if self.alive():
            self.process.send_signal(request)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        self.kill()
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it and its whole group at once, as a crash would (for tests of recovery).

        The program may be a script around another, which holds its port until it is gone as well.
        """
        _kill_group(self.pid)
        self.process.wait()
        _wait_until_gone(lambda: bool(group_members(self.pid)), GONE_AFTER)


def spawn(
    command: list, *, pid_file: Path, log: Path, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> Child:
    """Start a program in a group of its own; where the system can, it is asked to end when this process dies."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    record = {"pid": process.pid, "started": started_at(process.pid), "command": [str(part) for part in command]}
    cache.write_private(pid_file, json.dumps(record))
    return Child(process, pid_file)


def stop_leftover(pid_file: Path, patience: float = 10) -> bool:
    """Stop what a killed command left running according to `pid_file`; a reused process number is left alone."""
    try:
        record = json.loads(pid_file.read_text())
        pid, started = int(record["pid"]), record["started"]
    except (OSError, ValueError, KeyError, TypeError):
        pid_file.unlink(missing_ok=True)
        return False
    ours = started is not None and started_at(pid) == started
    # The leader may be dead while its workers live on: their group keeps its number from being given away again.
    orphans = [member for member in group_members(pid) if _same_boot_and_later(member, started)]
    stopped = False
    if ours or (started_at(pid) is None and orphans):
        stopped = True
        _signal(pid, signal.SIGTERM)
        _wait_until_gone(lambda: started_at(pid) == started, patience)
        _kill_group(pid)
        _wait_until_gone(lambda: bool(group_members(pid)), GONE_AFTER)
    pid_file.unlink(missing_ok=True)
    return stopped


def started_at(pid: int) -> str | None:
    """When a process began, as text that never changes while it lives; None when it does not run."""
    if sys.platform != "linux":
        ended = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return ended.stdout.strip() or None
    fields = _stat(pid)
    if fields is None or fields[0] == "Z":
        return None
    return f"{_boot()}:{fields[19]}"


def group_members(group: int) -> list[int]:
    """The living processes of a process group."""
    return [pid for pid in _all() if (fields := _stat(pid)) and fields[0] != "Z" and int(fields[2]) == group]


def running_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder`, as those of a PostgreSQL cluster."""
    found = []
    for pid in _all():
        try:
            if os.path.realpath(f"/proc/{pid}/cwd") == str(folder.resolve()):
                found.append(pid)
        except OSError:
            continue
    return found


def kill_all(pids: list[int], request: int = signal.SIGKILL) -> None:
    for pid in pids:
        _signal(pid, request)


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the state on."""
    try:
        with open(f"/proc/{pid}/stat") as handle:
            return handle.read().rpartition(")")[2].split()
    except OSError:
        return None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return ""


def _same_boot_and_later(pid: int, started: str | None) -> bool:
    now = started_at(pid)
    if not now or not started:
        return False
    (boot, ticks), (boot_then, ticks_then) = now.split(":"), started.split(":")
    return boot == boot_then and int(ticks) >= int(ticks_then)


def _signal(pid: int, request: int) -> None:
    try:
        os.kill(pid, request)
    except (ProcessLookupError, PermissionError):
        pass


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _wait_until_gone(still_there, patience: float) -> None:
    deadline = time.monotonic() + patience
    while still_there() and time.monotonic() < deadline:
        time.sleep(0.05)


def end_with_parent() -> None:
    """Called in the child between fork and exec: the system sends it SIGTERM when its parent dies (Linux)."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
