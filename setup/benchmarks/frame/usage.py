"""What a server uses of the machine (Linux; 0 elsewhere)."""

from __future__ import annotations

from pathlib import Path


def processor_seconds(pid: int) -> float:
    """Processor time so far of a process and of all that descend from it and still live."""
    return sum(_nanoseconds(one) for one in _family(pid)) / 1e9


def _family(pid: int) -> set[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name stands in parentheses and may hold anything.
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {pid}
    while further := {child for child, parent in parents.items() if parent in family} - family:
        family |= further
    return family


def _nanoseconds(pid: int) -> int:
    """Of all threads of a process, by the statistics of the scheduler."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").glob("[0-9]*"):
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue
    return total
