"""Tells the person what is going on, step by step, with the time each step took."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from . import cache
from .failure import CannotStart, StepFailed
from .processes import end_with_parent

_open_line: str | None = None


class StepLog:
    """The log file of one step; `outcome` is said in the end when it is no failure and yet not done."""

    def __init__(self, path: Path):
        self.path = path
        self.outcome = ""

    def write(self, text: str) -> None:
        with open(self.path, "a") as handle:
            handle.write(text.rstrip("\n") + "\n")

    def run(self, command: list, what: str, **options) -> None:
        """Run a program with its output in the log; `StepFailed(what)` when it does not end with 0."""
        self.write(f"$ {' '.join(str(part) for part in command)}")
        with open(self.path, "a") as handle:
            options.setdefault("stdin", subprocess.DEVNULL)
            # Killed midway, we leave nobody behind who goes on writing into what the next run makes anew.
            ended = subprocess.run(
                command, stdout=handle, stderr=subprocess.STDOUT, check=False, preexec_fn=end_with_parent, **options
            )
        if ended.returncode:
            raise StepFailed(f"{what} (exit code {ended.returncode})", self.path)

    def text(self) -> str:
        return self.path.read_text(errors="replace") if self.path.exists() else ""


@contextlib.contextmanager
def steps(title: str) -> Iterator[StepLog]:
    """Show a step and the seconds it took. Whatever breaks inside becomes a `StepFailed` of this step."""
    log = StepLog(_log_file(title))
    began = time.monotonic()
    _begin(title)
    try:
        yield log
    except (CannotStart, KeyboardInterrupt):
        _end(title, "stopped")
        raise
    except StepFailed as failure:
        _end(title, "FAILED")
        failure.step = failure.step or title
        failure.log_path = failure.log_path or log.path
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (28, 122):
            raise
        _end(title, "FAILED")
        log.write(traceback.format_exc())
        raise StepFailed(f"{type(error).__name__}: {error}", log.path, title) from error
    _end(title, f"{log.outcome + ', ' if log.outcome else ''}{time.monotonic() - began:.1f} s")


def note(sentence: str) -> None:
    """A remark between the steps."""
    global _open_line
    if _open_line:
        print(flush=True)
        _open_line = None
    print(f"  {sentence}", flush=True)


def _begin(title: str) -> None:
    global _open_line
    if _open_line:
        print()
    print(f"{title} … ", end="", flush=True)
    _open_line = title


def _end(title: str, outcome: str) -> None:
    global _open_line
    print(outcome if _open_line == title else f"{title} … {outcome}", flush=True)
    _open_line = None


def _log_file(title: str) -> Path:
    """One file per step and command, started anew by each run."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.stem == "__main__" else program.stem
    folder = cache.root() / "logs" / (name or "command")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^a-z0-9.]+', '-', title.lower()).strip('-')}.log"
    path.write_text(f"{time.strftime('%Y-%m-%d %H:%M:%S')} process {os.getpid()}: {title}\n")
    return path
