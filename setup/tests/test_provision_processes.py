"""What a killed command left running is found by its file, and nothing else is ever touched."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from provision import odoo_log, ports, processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
FAMILY = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print('up', flush=True); time.sleep(60)",
]
# Memory takes a while to be given back, so that the worker outlives who started it.
LARGE_FAMILY = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; kept = b\"x\" * 200_000_000; "
    "print(\"up\", flush=True); time.sleep(60)']); time.sleep(60)",
]


def gone(pid):
    deadline = time.monotonic() + 5
    while processes.started_at(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return processes.started_at(pid) is None


def test_a_leftover_is_stopped(tmp_path):
    child = processes.spawn(SLEEP, pid_file=tmp_path / "pid", log=tmp_path / "log")
    assert processes.stop_leftover(tmp_path / "pid")
    assert gone(child.pid)
    assert not (tmp_path / "pid").exists()
    child.process.wait()


def test_workers_whose_leader_died_are_stopped_too(tmp_path):
    child = processes.spawn(FAMILY, pid_file=tmp_path / "pid", log=tmp_path / "log")
    while "up" not in (tmp_path / "log").read_text():
        time.sleep(0.02)
    worker = next(pid for pid in processes.group_members(child.pid) if pid != child.pid)
    os.kill(child.pid, signal.SIGKILL)
    child.process.wait()
    assert processes.stop_leftover(tmp_path / "pid")
    assert gone(worker)


def test_who_kills_a_family_finds_none_of_it_afterwards(tmp_path):
    child = processes.spawn(LARGE_FAMILY, pid_file=tmp_path / "pid", log=tmp_path / "log")
    while "up" not in (tmp_path / "log").read_text():
        time.sleep(0.02)
    assert len(processes.group_members(child.pid)) == 2
    child.kill()
    assert processes.group_members(child.pid) == []


def test_a_reused_number_is_left_alone(tmp_path):
    with subprocess.Popen(SLEEP) as stranger:
        record = {"pid": stranger.pid, "started": "0000:1", "command": SLEEP}
        (tmp_path / "pid").write_text(json.dumps(record))
        assert not processes.stop_leftover(tmp_path / "pid")
        assert stranger.poll() is None
        assert not (tmp_path / "pid").exists()
        stranger.kill()


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x", "started": null}', "[1]"])
def test_an_unreadable_file_is_removed(tmp_path, text):
    (tmp_path / "pid").write_text(text)
    assert not processes.stop_leftover(tmp_path / "pid")
    assert not (tmp_path / "pid").exists()


def test_a_missing_file_is_fine(tmp_path):
    assert not processes.stop_leftover(tmp_path / "pid")


def test_a_child_ends_with_its_killed_parent(tmp_path):
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, {path!r})\n"
        "from provision import processes\n"
        "print(processes.spawn({sleep!r}, pid_file=Path({pid!r}), log=Path({log!r})).pid, flush=True)\n"
        "import time; time.sleep(60)\n"
    ).format(
        path=os.path.dirname(os.path.dirname(__file__)), sleep=SLEEP, pid=str(tmp_path / "p"), log=str(tmp_path / "l")
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    assert gone(child)


def test_processes_are_found_by_the_folder_they_run_in(tmp_path):
    with subprocess.Popen(SLEEP, cwd=tmp_path) as inside:
        assert processes.running_in(tmp_path) == [inside.pid]
        inside.kill()


def test_the_next_free_port_is_taken_unless_one_was_asked_for():
    import socket

    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        busy = taken.getsockname()[1]
        assert ports.choose(None, busy) != busy


LOG = """\
2026-01-01 10:00:00,000 1 INFO audit_demo odoo.modules: loading audit_connector_base
2026-01-01 10:00:00,000 1 WARNING audit_demo odoo.addons.base: something in audit_demo that is not ours
2026-01-01 10:00:00,000 1 WARNING audit_demo odoo.fields: audit.event.name has two labels
2026-01-01 10:00:01,000 1 ERROR audit_demo odoo.http: it broke
Traceback (most recent call last):
  File "/somewhere/addons/audit_evidence/models/request.py", line 3, in _x
ValueError: no
2026-01-01 10:00:02,000 1 ERROR ? odoo.service: the audit_bank_sync adapter is missing
2026-01-01 10:00:03,000 1 WARNING other py.warnings: a library in /somewhere/odoo-audit/venvs is old
"""


def test_complaints_about_our_addons_are_found_with_their_tracebacks(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(LOG)
    found = odoo_log.warnings_of_ours(log)
    assert len(found) == 3
    assert "audit.event.name" in found[0]
    assert found[1].endswith("ValueError: no")
    assert "audit_bank_sync" in found[2]


def test_the_last_error_says_why_odoo_ended(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(LOG.rsplit("\n", 3)[0])
    assert odoo_log.last_error(log) == "ValueError: no"
