"""A process inside Odoo that is asked questions, so that two of them can work in turns."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from pathlib import Path

from provision.failure import StepFailed
from provision.progress import StepLog
from provision.server import Odoo

PATIENCE = 120


class Worker:
    """Runs a script of `inside/` in `odoo shell`; it ends when the line to it is closed, also by our own end."""

    def __init__(self, odoo: Odoo, script: Path):
        self.odoo, self.script = odoo, script
        self.log = StepLog(odoo.folder / f"{script.stem}.log")
        self.log.path.unlink(missing_ok=True)
        self._ended: Exception | None = None

    def __enter__(self) -> Worker:
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as door:
            door.settimeout(0.2)
            port = door.getsockname()[1]
            self._thread = threading.Thread(target=self._run, args=(str(port), token), daemon=True)
            self._thread.start()
            self._line = self._accept(door, token)
        return self

    def __exit__(self, *exception) -> None:
        self._line.close()
        self._thread.join(30)

    def ask(self, what: str, **details):
        """Let the script's function `what` work; returns its answer. Raises `StepFailed` with what went wrong."""
        self._line.write(json.dumps([what, details]) + "\n")
        self._line.flush()
        answer = self._line.readline()
        if not answer:
            self._thread.join(10)
            raise self._failure(f"Odoo ended while asked to {what}")
        said = json.loads(answer)
        if "error" in said:
            self.log.write(said["traceback"])
            raise StepFailed(f"{self.script.name}: {said['error']}", self.log.path)
        return said["answer"]

    def _run(self, *arguments: str) -> None:
        try:
            self.odoo.run_script(self.script, self.log, *arguments)
        except Exception as error:
            self._ended = error

    def _accept(self, door: socket.socket, token: str):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not self._thread.is_alive():
                break
            try:
                connection, _address = door.accept()
            except TimeoutError:
                continue
            connection.settimeout(None)
            line = connection.makefile("rw", encoding="utf-8")
            connection.close()  # the file keeps the line open
            if line.readline().strip() == token:
                return line
            line.close()
        raise self._failure(f"Odoo did not start {self.script.name}")

    def _failure(self, what: str) -> Exception:
        return self._ended if isinstance(self._ended, StepFailed) else StepFailed(what, self.log.path)
