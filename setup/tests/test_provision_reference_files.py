"""Files of others are fetched once; a test run without them goes on and says so."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from provision import cache, ports, reference_files, requirements
from provision.failure import CannotStart
from provision.pythons import find_python
from testing import parts


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where the files would lie in an empty cache, on a machine without a network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{ports.HOST}:{ports.free_port()}/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "1")
    return cache.root() / "reference-files" / cache.content_hash([], *requirements.REFERENCE_FILES)


def test_what_was_fetched_is_not_fetched_again(place):
    place.mkdir(parents=True)
    (place / cache.COMPLETE).touch()
    assert reference_files.folder(Path("/no/python")) == place


def test_without_a_network_nothing_half_fetched_is_left(place):
    python, _version = find_python()
    with pytest.raises(CannotStart, match="package index"):
        reference_files.folder(python)
    assert not place.exists()


def test_tests_are_told_where_the_files_are_only_when_they_are_there(place, capfd):
    engine = SimpleNamespace(python=find_python()[0])
    assert parts._reference_files(engine) == {}
    assert "could not be fetched" in capfd.readouterr().out
    place.mkdir(parents=True)
    (place / cache.COMPLETE).touch()
    assert parts._reference_files(engine) == {"AUDIT_REFERENCE_FILES": str(place)}
