"""The receiver that both sides send to: `outside/receiver.py` as a process of its own."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path

from provision.failure import StepFailed

PROGRAM = Path(__file__).parents[1] / "outside" / "receiver.py"


class Receiver:
    """Runs from ``with`` to its end."""

    def __enter__(self) -> Receiver:
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        said = self._process.stdout.readline().split()
        if said[:1] != ["ready"]:
            raise StepFailed("the receiver did not start")
        self.port = int(said[1])
        return self

    def __exit__(self, *exception) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def figures(self) -> dict:
        return json.loads(self._ask("GET"))

    def forget(self) -> None:
        self._ask("DELETE")

    def wait_for(self, count: int, patience: float) -> dict:
        """The figures once so many distinct messages have come."""
        deadline = time.monotonic() + patience
        while (figures := self.figures())["distinct"] < count:
            if time.monotonic() > deadline:
                raise StepFailed(f"only {figures['distinct']} of {count} messages came within {patience:.0f} s")
            time.sleep(0.1)
        return figures

    def _ask(self, method: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, "/figures")
            return connection.getresponse().read()
        finally:
            connection.close()
