"""Runs side by side: their order, and how all of them end when one breaks or the person stops them."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from testing import lanes
from testing.pytest_run import run_pytest

SETUP = Path(__file__).resolve().parents[1]


def test_lanes_go_at_the_same_time_and_keep_their_own_order():
    meeting, seen = threading.Barrier(2, timeout=10), []
    slow = [meeting.wait, lambda: seen.append("a"), lambda: seen.append("b")]
    lanes.run([[], slow, [meeting.wait]])
    assert seen == ["a", "b"]


def test_one_lane_alone_stays_in_its_thread():
    seen = []
    lanes.run([[], [lambda: seen.append(threading.current_thread())]])
    assert seen == [threading.main_thread()]


def test_what_breaks_in_one_lane_ends_the_others():
    meeting, seen = threading.Barrier(2, timeout=10), []

    def broken():
        meeting.wait()
        raise ZeroDivisionError

    def slow():
        meeting.wait()
        time.sleep(0.5)

    with pytest.raises(ZeroDivisionError):
        lanes.run([[broken], [slow, lambda: seen.append("further")]])
    assert seen == []


def test_shown_at_its_end_the_output_comes_in_one_piece(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    test = tmp_path / "test_it.py"
    test.write_text("def test_it(): assert 1 == 2")
    outcome = run_pytest("A run", sys.executable, ["--rootdir", tmp_path, test], dict(os.environ), at_end=True)
    lines = capsys.readouterr().out.strip().splitlines()
    assert (lines[0], lines.count("A run"), outcome.code) == ("A run begins", 1, 1)
    assert outcome.closing in lines


def test_ctrl_c_ends_what_is_under_way_in_every_lane(tmp_path):
    """With real processes: both are asked to end, and the tests' own clean-up is done."""
    script = tmp_path / "go.py"
    script.write_text(
        f"""
import sys, functools
sys.path.insert(0, {str(SETUP)!r})
from testing import lanes
from testing.pytest_run import run_pytest
run = lambda name: run_pytest(name, sys.executable, ["--rootdir", {str(tmp_path)!r}, {str(tmp_path / "test_it.py")!r}],
                              {{"FOLDER": {str(tmp_path)!r}, "PATH": "/usr/bin:/bin"}}, at_end=True)
lanes.run([[functools.partial(run, "a"), functools.partial(run, "late")], [functools.partial(run, "b")]])
"""
    )
    (tmp_path / "test_it.py").write_text(
        """
import os, pathlib, time
def test_waits():
    mark = pathlib.Path(os.environ["FOLDER"], "begun-%d" % os.getpid())
    mark.touch()
    try:
        time.sleep(60)
    finally:
        mark.rename(mark.with_name("ended-%d" % os.getpid()))
"""
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    process = subprocess.Popen(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    _until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(30)
    assert len(list(tmp_path.glob("ended-*"))) == 2


def _until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
