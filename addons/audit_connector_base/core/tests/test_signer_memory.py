import multiprocessing
import os
import stat

import pytest

from odoo.addons.audit_connector_base.core.signer_memory import MemoryUnusable, SignerMemory

ORIGIN = "example.com/odoo-audit/1"


@pytest.fixture
def memory(tmp_path):
    return SignerMemory(tmp_path / "state" / "signer")


def test_the_last_note_is_remembered_each_log_for_itself(memory):
    with memory.locked(ORIGIN):
        assert memory.recall(ORIGIN) is None
        memory.keep(ORIGIN, "first", "db")
        memory.keep(ORIGIN, "second", "db")
        memory.keep("other", "third", "db2")
        assert memory.recall(ORIGIN) == ("second", "db")
    assert memory.origins("db") == [ORIGIN]


def test_files_are_for_their_owner_only(memory, tmp_path):
    with memory.locked(ORIGIN):
        memory.keep(ORIGIN, "note", "db")
    for path in (tmp_path / "state").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_file_of_another_log_is_not_believed(memory, tmp_path):
    with memory.locked(ORIGIN):
        memory.keep(ORIGIN, "note", "db")
    (file,) = (tmp_path / "state" / "signer").glob("*.json")
    file.write_text(file.read_text().replace(ORIGIN, "elsewhere"))
    with pytest.raises(ValueError, match="not the memory of"):
        memory.recall(ORIGIN)
    file.write_text("{")
    with pytest.raises(ValueError):
        memory.recall(ORIGIN)


def test_what_was_written_is_on_the_disk_before_it_takes_the_place_of_the_old(memory, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append("fsync"), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append("replace"), replace(old, new)))
    with memory.locked(ORIGIN):
        memory.keep(ORIGIN, "note", "db")
    assert done == ["fsync", "replace", "fsync"]


def test_a_folder_that_cannot_be_made_is_told_by_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MemoryUnusable, match="file"):
        with SignerMemory(tmp_path / "file" / "signer").locked(ORIGIN):
            pass


def test_one_process_signs_at_a_time(memory):
    with memory.locked(ORIGIN):
        memory.keep(ORIGIN, "0", "db")
    processes = [multiprocessing.Process(target=_count, args=(memory, 50)) for _number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert memory.recall(ORIGIN) == ("200", "db")


def _count(memory, times):
    for _time in range(times):
        with memory.locked(ORIGIN):
            memory.keep(ORIGIN, str(int(memory.recall(ORIGIN)[0]) + 1), "db")
