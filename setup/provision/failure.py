"""The two ways in which a command of `setup/` ends badly."""

from __future__ import annotations

from pathlib import Path


class CannotStart(Exception):
    """Something outside of our hands is missing: one sentence for the person, exit code 2."""

    exit_code = 2


class StepFailed(Exception):
    """A step broke: names the step, what happened and where its log is; exit code 1."""

    exit_code = 1

    def __init__(self, what: str, log_path: Path | None = None, step: str | None = None):
        super().__init__(what)
        self.what = what
        self.log_path = log_path
        self.step = step

    def __str__(self) -> str:
        sentence = f"{self.step}: {self.what}" if self.step else self.what
        return f"{sentence}\n  log: {self.log_path}" if self.log_path else sentence
