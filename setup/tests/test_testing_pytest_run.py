"""One run of pytest as `setup/test` starts it, with a real pytest inside."""

import sys
import time

import pytest

from provision import packages, processes
from testing import pytest_run
from testing.pytest_run import closing_line, run_pytest, skipped_tests

SUITE = """
import os, pathlib, tempfile, unittest
import pytest

def test_passes(): pass
@pytest.mark.skip(reason="Chrome executable not found")
def test_skips(): pass
@pytest.mark.xfail(reason="known")
def test_expected(): assert 0
class TestCase(unittest.TestCase):
    def test_skips_too(self): self.skipTest("no websocket")
def test_temporary_files_stay_in_the_cache():
    assert tempfile.gettempdir().startswith(os.environ["XDG_CACHE_HOME"])
"""


@pytest.fixture(autouse=True)
def cache_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(tmp_path, text, *arguments):
    file = tmp_path / "test_it.py"
    file.write_text(text)
    options = ["--rootdir", tmp_path, "-W", "ignore", *arguments, file]
    return run_pytest("A run: 17.0", sys.executable, options, packages.clean_environment())


def test_its_closing_line_and_its_skips_are_known(tmp_path):
    outcome = run(tmp_path, SUITE)
    assert outcome.code == 0
    assert outcome.closing.strip("= ").startswith("2 passed, 2 skipped, 1 xfailed in ")
    assert outcome.closing in outcome.log.read_text().splitlines()
    assert outcome.log == pytest_run.logs() / "a-run-17.0.log"
    assert [skip.partition(": ")[2] for skip in outcome.skipped] == ["Chrome executable not found", "no websocket"]


def test_a_failing_run_has_its_closing_line_too(tmp_path):
    outcome = run(tmp_path, "def test_fails(): assert 0")
    assert (outcome.code, outcome.closing.strip("= ")[:8]) == (1, "1 failed")


def test_a_run_that_breaks_early_has_none(tmp_path):
    outcome = run(tmp_path, "", "--no-such-option")
    assert (outcome.code, outcome.closing, outcome.skipped) == (4, "", [])


def test_what_a_run_leaves_running_is_ended(tmp_path):
    text = """
import pathlib, subprocess
def test_forgets_a_browser():
    child = subprocess.Popen(["sleep", "600"])
    pathlib.Path(__file__).with_name("pid").write_text(str(child.pid))
"""
    # Without capturing, the child keeps the line open on which pytest's output comes.
    assert run(tmp_path, text, "-s").code == 0
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 5
    while processes.started_at(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not processes.started_at(pid)


@pytest.mark.parametrize(
    "line",
    [
        "=== 64 passed in 51.3s ===",
        "========= 1 failed, 63 passed, 2 skipped, 1 warning in 71.30s (0:01:11) =========",
        "64 passed, 3 deselected in 0.51s",
        "==== no tests ran in 0.01s ====",
        "==== 3 deselected in 0.01s ====",
        "==== 2 passed, 1 error in 1.00s ====",
        "\x1b[32m=== \x1b[32m\x1b[1m2 passed\x1b[0m\x1b[32m in 0.01s\x1b[0m\x1b[32m ===\x1b[0m",
    ],
)
def test_closing_lines_are_recognised(tmp_path, line):
    log = tmp_path / "log"
    log.write_text(f"=== test session starts ===\n3 passed the door in 2 lines\n{line}\n[end of output]\n")
    assert closing_line(log) == line


def test_a_report_that_is_missing_or_cut_off_holds_no_skips(tmp_path):
    assert skipped_tests(tmp_path / "none.xml") == []
    (tmp_path / "half.xml").write_text("<testsuites><testsuite>")
    assert skipped_tests(tmp_path / "half.xml") == []
