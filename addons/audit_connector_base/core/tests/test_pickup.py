import json
import os
import time
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core.folders import FolderError, LocalFolder
from odoo.addons.audit_connector_base.core.pickup import Pickup

WANTED = ["*.json", "*.jsonl"]


@pytest.fixture
def box(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def pickup(box, **options):
    options.setdefault("settle_seconds", 0)
    return Pickup(LocalFolder(str(box), [str(box.parent)]), WANTED, **options)


def drop(box, name, *messages):
    (box / name).write_text("\n".join(json.dumps(message) for message in messages))


def inside(box):
    return sorted(str(path.relative_to(box)) for path in box.rglob("*") if path.is_file())


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def test_files_come_oldest_first_and_go_to_the_archive_once_confirmed(box):
    for name in ("b.json", "a.json"):
        drop(box, name, {"name": name})
        time.sleep(0.02)
    job = pickup(box)
    taken = job.take(10)
    assert [picked.file_name for picked in taken] == ["b.json", "a.json"]
    assert inside(box) == ["a.json", "b.json"]
    for picked in taken:
        job.confirm(picked.source)
    assert inside(box) == ["archive/%s/a.json" % today(), "archive/%s/b.json" % today()]


def test_a_file_moves_only_after_its_last_message_is_confirmed(box):
    drop(box, "a.jsonl", {"n": 1}, {"n": 2}, {"n": 3})
    job = pickup(box)
    first, second = job.take(2), job.take(2)
    assert (len(first), len(second), job.take(2)) == (2, 1, [])
    for picked in first:
        job.confirm(picked.source)
    assert inside(box) == ["a.jsonl"]
    job.confirm(second[0].source)
    assert inside(box) == ["archive/%s/a.jsonl" % today()]


def test_what_was_not_confirmed_comes_again_with_the_same_ids(box):
    drop(box, "a.jsonl", {"n": 1}, {"specversion": "1.0", "id": "e-2", "source": "/", "type": "t"})
    first = [picked.content.id for picked in pickup(box).take(10)]
    assert [picked.content.id for picked in pickup(box).take(10)] == first


def test_a_file_that_somebody_still_writes_is_left_alone(box):
    drop(box, "new.json", {})
    drop(box, ".hidden.json", {})
    drop(box, "copy.json.part", {})
    drop(box, "other.csv", {})
    assert pickup(box, settle_seconds=10).take(10) == []
    assert [picked.file_name for picked in pickup(box).take(10)] == ["new.json"]


def test_the_time_of_the_original_that_a_copying_program_sets_does_not_make_a_file_old(box):
    drop(box, "a.json", {})
    os.utime(box / "a.json", (1, 1))
    assert pickup(box, settle_seconds=10).take(10) == []


def test_a_file_that_cannot_be_read_goes_aside_with_its_reason_and_stops_no_other(box):
    (box / "bad.jsonl").write_bytes(b"{}\nnot json\n")
    time.sleep(0.02)
    drop(box, "good.json", {})
    job = pickup(box)
    assert [picked.file_name for picked in job.take(10)] == ["good.json"]
    assert inside(box) == ["failed/bad.jsonl", "failed/bad.jsonl.reason.txt", "good.json"]
    assert "Line 2: Expecting value" in (box / "failed" / "bad.jsonl.reason.txt").read_text()
    assert [(failure.file_name, failure.moved) for failure in job.failures] == [("bad.jsonl", True)]


def test_a_file_beyond_the_limit_is_not_read(box):
    drop(box, "big.json", {"a": "x" * 1000})
    job = pickup(box, max_bytes=500)
    assert job.take(10) == []
    assert "at most 500 are read" in job.failures[0].reason


def test_a_file_that_was_replaced_meanwhile_stays_for_the_next_time(box):
    drop(box, "a.json", {"n": 1})
    job = pickup(box)
    (picked,) = job.take(10)
    drop(box, "a.json", {"n": 22})
    job.confirm(picked.source)
    assert inside(box) == ["a.json"]
    assert pickup(box).take(10)[0].content.body == b'{"n": 22}'


def test_a_folder_that_is_not_there_is_told(box):
    box.rmdir()
    with pytest.raises(FolderError, match="not there"):
        pickup(box).take(1)


def test_a_file_that_can_be_neither_read_nor_moved_stops_no_other(box):
    (box / "failed").write_text("a file where the folder should be")
    drop(box, "bad.json")
    time.sleep(0.02)
    drop(box, "good.json", {})
    job = pickup(box)
    assert [picked.file_name for picked in job.take(10)] == ["good.json"]
    assert not job.failures[0].moved and "link or no folder" in job.failures[0].reason
    assert Path(box, "bad.json").exists()
