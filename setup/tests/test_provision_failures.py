"""Bad input and a bad machine: one sentence and the right exit code, nothing half-made left behind."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from provision import cache, command, ports
from provision.failure import CannotStart, StepFailed
from provision.packages import environment
from provision.progress import StepLog, steps
from provision.pythons import find_python

DEMO = Path(__file__).resolve().parents[1] / "demo"
MINIMAL_TREE = {
    "odoo/release.py": "version_info = (17, 0, 0, 'final', 0, '')\n",
    "odoo/addons/base/__manifest__.py": "{}",
    "odoo-bin": "",
    "requirements.txt": "polib==1.1.1\n",
}


@pytest.fixture
def bare_machine(tmp_path):
    """The environment of a person with an empty cache and an Odoo tree that needs nothing but one library."""
    for name, text in MINIMAL_TREE.items():
        file = tmp_path / "home" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_URL", "PIP_"))}
    return {**kept, "XDG_CACHE_HOME": str(tmp_path / "cache"), "ODOO_HOME": str(tmp_path / "home")}


def demo(environment, *arguments):
    return subprocess.run(
        [sys.executable, DEMO, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def one_sentence(ended):
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    assert ended.returncode == 2, ended.stderr
    assert len(lines) == 1, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return lines[0]


def test_an_unknown_series_is_refused(bare_machine):
    assert "18.0 is not a series" in one_sentence(demo(bare_machine, "--series", "18.0"))


def test_a_port_in_use_is_refused_before_anything_is_made(bare_machine, tmp_path):
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in one_sentence(demo(bare_machine, "--port", str(port)))
    assert not list((tmp_path / "cache").rglob("pyvenv.cfg"))


def test_a_number_that_is_no_port_is_refused(bare_machine):
    assert "is no TCP port" in one_sentence(demo(bare_machine, "--port", "70000"))


def test_no_network_is_told_in_one_sentence_and_leaves_nothing_half_made(bare_machine, tmp_path):
    dead = f"http://{ports.HOST}:{ports.free_port()}"
    without = {
        **bare_machine,
        "PIP_INDEX_URL": f"{dead}/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }
    assert "index cannot be reached" in one_sentence(demo(without))
    assert not list((tmp_path / "cache").rglob("pyvenv.cfg"))


def test_a_cache_that_cannot_be_written_is_told(bare_machine, tmp_path):
    (tmp_path / "file").touch()
    ended = demo({**bare_machine, "XDG_CACHE_HOME": str(tmp_path / "file")})
    assert "cannot be written" in one_sentence(ended)


def test_too_little_disk_stops_before_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 10**8})())
    built = []
    with pytest.raises(CannotStart, match="0.1 GB free and 1.0 GB are needed"):
        cache.build_once(tmp_path, "thing", built.append, needs_bytes=cache.GIGABYTE)
    assert not built


def test_a_disk_that_fills_up_is_no_traceback(capsys):
    def main(arguments):
        with steps("Writing"):
            raise OSError(errno.ENOSPC, "No space left on device", "/some/file")

    assert command.run(main, []) == 2
    assert "no space is left" in capsys.readouterr().err


def test_a_failed_step_names_itself_and_its_log(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def main(arguments):
        with steps("Baking bread") as log:
            log.run([sys.executable, "-c", "import sys; print('too hot'); sys.exit(3)"], "the oven failed")

    assert command.run(main, []) == 1
    said = capsys.readouterr()
    assert "Baking bread: the oven failed (exit code 3)" in said.err
    log = Path(said.err.split("log: ")[1].strip())
    assert "too hot" in log.read_text()


@pytest.mark.parametrize("request_to_end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_request_to_end_runs_the_clean_up(request_to_end):
    program = (
        f"import os, sys; sys.path.insert(0, {str(DEMO.parent)!r})\n"
        "from provision import command\n"
        "def main(arguments):\n"
        f"    try: os.kill(os.getpid(), {int(request_to_end)}); import time; time.sleep(10)\n"
        "    finally: print('cleaned up')\n"
        "sys.exit(command.run(main))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (command.INTERRUPTED, "cleaned up\n")


def test_a_package_that_does_not_exist_is_a_failed_step_and_not_the_network(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(StepFailed, match="could not install"):
        environment("try", ["no-such-package-of-ours==1"], StepLog(tmp_path / "log"))


def test_a_python_that_odoo_runs_on_is_found():
    python, version = find_python()
    assert python.exists()
    assert version in {"3.10", "3.11", "3.12"}
