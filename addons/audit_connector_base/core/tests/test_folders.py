import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core.folders import FolderError, LocalFolder, locate, roots

ADDONS = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return LocalFolder(str(tmp_path / "out"), [str(tmp_path)])


def files(folder):
    return sorted(os.listdir(folder.path))


def seen(folder, name):
    return next(entry for entry in folder.entries() if entry.name == name)


def test_roots_are_read_from_the_option_and_the_whole_disk_is_none():
    assert roots("/srv/audit, /data/drop/ ,") == ["/srv/audit", "/data/drop"]
    assert roots(None) == []
    for wrong in ("relative", "/", "/srv,."):
        with pytest.raises(ValueError, match="no absolute path"):
            roots(wrong)


@pytest.mark.parametrize(
    "path, words",
    [
        ("", "whole path"),
        ("out", "whole path"),
        ("/srv/audit/../../etc", "holds"),
        ("/srv/auditor", "not among those"),
        ("/etc", "not among those"),
    ],
)
def test_a_folder_outside_of_the_roots_is_refused(path, words):
    with pytest.raises(ValueError, match=words):
        locate(path, ["/srv/audit"])


def test_without_roots_no_folder_can_be_used_and_the_words_tell_what_to_do():
    with pytest.raises(ValueError, match=r"folders = /srv/audit"):
        locate("/srv/audit", [])


def test_the_innermost_root_counts():
    assert locate("/srv/audit/out/a", ["/srv", "/srv/audit/out"]) == ("/srv/audit/out", ["a"])


def test_a_repeat_replaces_the_file_and_leaves_nothing_beside_it(folder):
    folder.put("a.json", b"1")
    folder.put("a.json", b"22", attempt=2)
    assert files(folder) == ["a.json"]
    assert Path(folder.path, "a.json").read_bytes() == b"22"


def test_what_a_killed_attempt_left_behind_goes_with_the_next(folder):
    Path(folder.path, ".a.json.1.part").write_bytes(b"ha")
    folder.put("a.json", b"half no more", attempt=2)
    assert files(folder) == ["a.json"]


def test_a_link_in_the_path_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "out").symlink_to(tmp_path / "elsewhere")
    folder = LocalFolder(str(tmp_path / "root" / "out"), [str(tmp_path / "root")])
    with pytest.raises(FolderError, match="link"):
        folder.put("a.json", b"1")
    assert not os.listdir(tmp_path / "elsewhere")


def test_a_link_under_the_name_of_the_file_is_replaced_and_not_written_through(folder, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"untouched")
    for name in ("a.json", ".a.json.1.part"):
        Path(folder.path, name).symlink_to(target)
    folder.put("a.json", b"1")
    assert target.read_bytes() == b"untouched"
    assert not Path(folder.path, "a.json").is_symlink()


def test_a_root_that_is_a_link_is_the_choice_of_the_server(tmp_path):
    (tmp_path / "disk" / "out").mkdir(parents=True)
    (tmp_path / "root").symlink_to(tmp_path / "disk")
    LocalFolder(str(tmp_path / "root" / "out"), [str(tmp_path / "root")]).put("a.json", b"1")
    assert (tmp_path / "disk" / "out" / "a.json").exists()


@pytest.mark.parametrize(
    "spoil, verdict, words",
    [
        (lambda path: path.rmdir(), "retry", "not there; create it"),
        (lambda path: (path / "a.json").mkdir(), "dead", "a folder has the name"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told_with_the_remedy(folder, spoil, verdict, words):
    spoil(Path(folder.path))
    with pytest.raises(FolderError, match=words) as caught:
        folder.put("a.json", b"1")
    assert caught.value.verdict == verdict


def _inside(folder, code, before=()):
    """Run ``code``, which finds ``folder``, in a process of its own."""
    program = (
        "import os, resource, sys\n"
        "sys.path.insert(0, %r)\n"
        "from core.folders import FolderError, LocalFolder\n"
        "folder = LocalFolder(%r, [%r])\n"
    ) % (str(ADDONS / "audit_connector_base"), folder.path, os.path.dirname(folder.path)) + code
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [*before, sys.executable, "-c", program]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


WRITE = "try:\n  folder.put('a.json', b'x' * 200_000)\nexcept FolderError as error:\n  print(error.verdict, error)\n"


def test_a_file_beyond_the_limit_of_the_system_leaves_nothing_behind_and_slows_down(folder):
    child = _inside(folder, "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n" + WRITE)
    assert child.communicate(timeout=20)[0].startswith("slow_down the folder %s: the file is larger" % folder.path)
    assert files(folder) == []


def test_a_full_disk_leaves_the_old_file_and_slows_down(tmp_path):
    """On a real disk of 64 KiB, where we may mount one; else against the limit of the size of a file."""
    small = tmp_path / "small"
    small.mkdir()
    folder = LocalFolder(str(small), [str(tmp_path)])
    code = "%sfolder.put('a.json', b'old')\n" + WRITE + "print(sorted(os.listdir(folder.path)), open(%r).read())"
    mount = 'mount -t tmpfs -o size=64k none %s && exec "$@"' % small
    own = ["--user", "--map-root-user"] if os.geteuid() else []
    unshare = ["unshare", *own, "--mount", "sh", "-c", mount, "sh"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0:
        before, words = "", "no space is left on its disk; free some"
    else:
        unshare, before, words = [], "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n", "larger than"
    child = _inside(folder, code % (before, str(small / "a.json")), before=unshare)
    said, left = child.communicate(timeout=20)[0].splitlines()
    assert said.startswith("slow_down") and words in said
    assert left == "['a.json'] old"


def test_a_folder_that_may_not_be_written_is_told_with_the_remedy():
    """As another user where the tests run as root, whom nothing is denied; in /tmp, which every user reaches."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chmod(place, 0o755)
        closed = os.path.join(place, "closed")
        os.mkdir(closed, 0o555)
        become = "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n" if os.geteuid() == 0 else ""
        child = _inside(LocalFolder(closed, [place]), become + WRITE)
        assert "retry the folder %s: permission denied; give the user" % closed in child.communicate(timeout=20)[0]


def test_a_writer_killed_at_any_moment_leaves_no_half_file_under_a_final_name(folder):
    code = (
        "print('on', flush=True)\n"
        "for n in range(10**6):\n"
        "    folder.put('%d.json' % (n % 5), bytes([65 + n % 26]) * 300_000)\n"
    )
    for delay in (0.0, 0.003, 0.01, 0.02, 0.03, 0.05):
        child = _inside(folder, code)
        assert child.stdout.readline() == "on\n"
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=20)
        for name in files(folder):
            if not name.startswith("."):
                written = Path(folder.path, name).read_bytes()
                assert len(written) == 300_000 and len(set(written)) == 1
    assert any(not name.startswith(".") for name in files(folder))


def test_a_moved_file_never_overwrites_another(folder):
    archive = folder.sub("archive", "2026-03-31")
    names = []
    for content in (b"1", b"22", b"333"):
        folder.put("a.json", content)
        names.append(folder.move(seen(folder, "a.json"), archive))
    assert names == ["a.json", "a~2.json", "a~3.json"]
    assert [Path(archive.path, name).read_bytes() for name in names] == [b"1", b"22", b"333"]


def test_a_file_that_changed_since_it_was_seen_is_neither_read_nor_moved(folder):
    folder.put("a.json", b"1")
    entry = seen(folder, "a.json")
    folder.put("a.json", b"2")
    assert folder.content(entry) is None
    assert folder.move(entry, folder.sub("archive")) is None
    assert Path(folder.path, "a.json").read_bytes() == b"2"
    os.unlink(Path(folder.path, "a.json"))
    assert folder.content(entry) is None
    assert folder.move(entry, folder.sub("archive")) is None


def test_only_ordinary_files_are_seen(folder):
    folder.put("a.json", b"1")
    os.mkfifo(Path(folder.path, "pipe.json"))
    Path(folder.path, "link.json").symlink_to("a.json")
    Path(folder.path, "folder.json").mkdir()
    assert [entry.name for entry in folder.entries()] == ["a.json"]


def test_the_folders_clock_is_the_one_its_files_are_stamped_with(folder):
    before = folder.clock()
    folder.put("a.json", b"1")
    assert before <= seen(folder, "a.json").changed <= folder.clock()
    assert files(folder) == ["a.json"]


def test_nothing_is_left_open(folder):
    def opened():
        return len(os.listdir("/proc/self/fd"))

    folder.put("a.json", b"1")
    before = opened()
    for _time in range(5):
        folder.put("b.json", b"1")
        folder.content(seen(folder, "a.json"))
        folder.move(seen(folder, "b.json"), folder.sub("archive"))
    assert opened() == before
