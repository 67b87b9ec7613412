"""`setup/test` from the outside: exit codes, and what of the suite a request starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from provision.failure import StepFailed
from testing import cli, parts
from testing.pytest_run import Outcome

COMMAND = Path(__file__).resolve().parents[1] / "test"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--series", "16.0"], "test: Odoo 16.0 is not a series this suite runs on: choose 17.0 or 19.0."),
        (["--", "no/such/test.py"], "test: There is no no/such/test.py to test."),
    ],
)
def test_what_cannot_start_ends_with_2_and_one_sentence(arguments, sentence, tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    ended = subprocess.run([sys.executable, COMMAND, *arguments], capture_output=True, text=True, env=environment)
    assert (ended.returncode, ended.stderr.strip(), ended.stdout) == (2, sentence, "")


@pytest.fixture
def started(monkeypatch):
    """The names of the runs that were started; every one of them passes unless it is in `broken`."""
    names = []

    def run(name, *_given):
        names.append(name)
        if name in broken:
            raise StepFailed("it did not start")
        return Outcome(name, 0, "=== 1 passed in 0.1s ===", 0.1, Path("x.log"))

    broken = set()
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(parts, "lint_tools", lambda: Path("python"))
    monkeypatch.setattr(parts, "_run", lambda name, *given, **options: run(name))
    run.names, run.broken = names, broken
    return run


def test_lint_needs_no_odoo(started, capsys):
    assert cli.main(["--only", "lint"]) == 0
    assert started.names == ["lint"]
    assert "none was needed" in capsys.readouterr().out


def test_a_part_that_cannot_start_fails_the_run(started, capsys):
    started.broken.add("lint")
    assert cli.main(["--only", "lint"]) == 1
    assert "lint: it did not start" in capsys.readouterr().out


def test_a_missing_test_library_is_a_failure_and_not_a_silent_skip_of_tours(monkeypatch):
    monkeypatch.setattr(parts, "_LIBRARIES", ("pytest", "no_such_library"))
    with pytest.raises(StepFailed, match="lacks no_such_library"):
        parts._require_libraries(Path(sys.executable))
