"""Things get into the cache whole or not at all, also when a build is killed or two run at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provision import cache

SETUP = Path(__file__).resolve().parents[1]

BUILDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from provision import cache

def build(place):
    (place / "first").touch()
    print("building", flush=True)
    time.sleep(float(sys.argv[3]))
    with open(Path(sys.argv[2], "built"), "a") as log:
        log.write("x")

cache.build_once(Path(sys.argv[2]), "thing", build, relocatable=sys.argv[4] == "yes")
"""


def builder(folder, seconds, relocatable="yes"):
    return subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(SETUP), str(folder), str(seconds), relocatable], stdout=subprocess.PIPE
    )


@pytest.mark.parametrize("relocatable", ["yes", "no"])
def test_a_killed_build_is_done_again_from_the_start(tmp_path, relocatable):
    first = builder(tmp_path, 30, relocatable)
    first.stdout.readline()
    first.send_signal(signal.SIGKILL)
    first.wait()
    made = cache.build_once(
        tmp_path, "thing", lambda place: (place / "second").touch(), relocatable=relocatable == "yes"
    )
    assert (made / "second").exists()
    assert not (made / "first").exists()
    assert [path.name for path in tmp_path.iterdir() if "building" in path.name] == []


def test_a_failing_build_leaves_nothing(tmp_path):
    def build(place):
        (place / "half").touch()
        raise RuntimeError("broken")

    for relocatable in (True, False):
        with pytest.raises(RuntimeError):
            cache.build_once(tmp_path, "thing", build, relocatable=relocatable)
        assert [path.name for path in tmp_path.iterdir()] == [".thing.lock"]


def test_two_at_once_build_once(tmp_path):
    both = [builder(tmp_path, 0.5), builder(tmp_path, 0.5)]
    assert [process.wait(20) for process in both] == [0, 0]
    assert (tmp_path / "built").read_text() == "x"


def test_what_is_there_is_not_built_again(tmp_path):
    cache.build_once(tmp_path, "thing", lambda place: None)
    cache.build_once(tmp_path, "thing", lambda place: pytest.fail("built twice"))


def test_what_nobody_used_for_long_is_forgotten(tmp_path):
    for name, days in (("old", 20), ("new", 1)):
        made = cache.build_once(tmp_path, name, lambda place: None)
        used = time.time() - days * 86400
        os.utime(made / cache.COMPLETE, (used, used))
    cache.forget_unused(tmp_path, days=14)
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "new").exists()


def test_a_lock_ends_with_its_process(tmp_path):
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\nfrom provision import cache\n"
        "with cache.locked(Path(sys.argv[2])): print('held', flush=True); time.sleep(30)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(SETUP), str(tmp_path / "lock")], stdout=subprocess.PIPE
    )
    holder.stdout.readline()
    with cache.locked(tmp_path / "lock", wait=False) as got:
        assert not got
    holder.kill()
    holder.wait()
    with cache.locked(tmp_path / "lock", wait=False) as got:
        assert got


def test_the_hash_follows_names_and_contents_but_not_compiled_files(tmp_path):
    (tmp_path / "a.py").write_text("1")
    before = cache.content_hash([tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").touch()
    assert cache.content_hash([tmp_path]) == before
    (tmp_path / "a.py").write_text("2")
    changed = cache.content_hash([tmp_path])
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({before, changed, cache.content_hash([tmp_path])}) == 3


def test_a_secret_stays_and_is_private(tmp_path):
    file = tmp_path / "deep" / "secret"
    first = cache.secret(file)
    assert first == cache.secret(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_cache_folder_follows_xdg(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert cache.root() == tmp_path / "c" / "odoo-audit"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "h"))
    assert cache.root() == tmp_path / "h" / ".cache" / "odoo-audit"
    assert os.access(cache.root(), os.W_OK)
