"""What somebody sees of the program while it is at work."""

import contextlib
import os
import pty
import subprocess
import sys

from odoo.addons.audit_connector_base.core.tests.sample_log import KEY, made_log, vector_log
from odoo.addons.audit_connector_base.core.tests.verifying import PROGRAM, run


def test_progress_is_told_when_it_is_asked_for(tmp_path):
    file = tmp_path / "export.zip"
    file.write_bytes(vector_log().export())
    assert run(["--vkey", KEY, "--progress", file]).returncode == 0


def test_progress_is_told_by_itself_on_a_terminal_and_nowhere_else(tmp_path):
    file = tmp_path / "export.zip"
    file.write_bytes(made_log(600).export())
    shown = on_terminal(tmp_path, ["--vkey", KEY, file])
    assert "My Company: 600 of 600 (100 %)" in shown
    assert shown.endswith("\r\x1b[K"), "what stood there last is wiped"
    assert "\n" not in shown, "in one place"
    piped = subprocess.run(hurried(tmp_path, ["--vkey", KEY, file]), capture_output=True, text=True, check=True)
    assert piped.stderr == ""


def hurried(folder, arguments):
    """The command that runs the program with a clock that goes a million times as fast, so that it takes long."""
    starter = folder / "hurried.py"
    starter.write_text(
        "import runpy, sys, time\nclock = time.monotonic\ntime.monotonic = lambda: clock() * 1e6\n"
        "sys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    return [sys.executable, "-I", str(starter), str(PROGRAM), *map(str, arguments)]


def on_terminal(folder, arguments):
    """What the program writes to standard error when that is a terminal."""
    master, slave = pty.openpty()
    try:
        with subprocess.Popen(hurried(folder, arguments), stdout=subprocess.DEVNULL, stderr=slave) as running:
            os.close(slave)
            written = b""
            # Linux tells the end of a terminal by an error.
            with contextlib.suppress(OSError):
                while piece := os.read(master, 65536):
                    written += piece
            assert running.wait(60) == 0
    finally:
        os.close(master)
    return written.decode()
