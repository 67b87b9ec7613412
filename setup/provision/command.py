"""Runs the main function of a command and turns what went wrong into a sentence and an exit code."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from .failure import CannotStart, StepFailed

INTERRUPTED = 130


def run(main: Callable[[list[str]], int | None], arguments: list[str] | None = None) -> int:
    """Return the exit code of `main(arguments)`.

    A polite request to end (also SIGTERM, SIGHUP) unwinds the stack as Ctrl-C does, so that whatever was started is
    stopped again.
    """
    name = Path(sys.argv[0]).name
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, _unwind)
    try:
        return main(sys.argv[1:] if arguments is None else arguments) or 0
    except (CannotStart, StepFailed) as failure:
        return _tell(name, str(failure), failure.exit_code)
    except KeyboardInterrupt:
        return _tell(name, "interrupted", INTERRUPTED)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _tell(name, f"no space is left on the disk ({error.filename or 'while writing'})", 2)
        raise


def _unwind(signal_number, frame):
    raise KeyboardInterrupt


def _tell(name: str, sentence: str, code: int) -> int:
    sys.stdout.flush()
    print(f"{name}: {sentence}", file=sys.stderr, flush=True)
    return code
