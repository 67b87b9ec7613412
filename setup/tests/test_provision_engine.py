"""Where an Odoo is looked for, in which order, and what is said when there is none."""

import io
import os
import tarfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from provision import cache, debian_engine, engine, requirements, source_engine
from provision.failure import CannotStart
from provision.source_engine import NotHere


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """An empty cache, no engine configured, and no way to the outside."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ODOO_HOME", raising=False)
    monkeypatch.setenv("ODOO_ARCHIVE_URL", "http://127.0.0.1:9/odoo.tar.gz")

    def no_mirror(series):
        raise NotHere("the apt configuration of this machine names no Debian mirror")

    monkeypatch.setattr(debian_engine, "from_mirror", no_mirror)


def tree(folder, series="17.0", checkout=False):
    major, minor = series.split(".")
    files = {
        "odoo-bin": "#!/usr/bin/env python3\n",
        "odoo/release.py": f"version_info = ({major}, {minor}, 0, 'final', 0, '')\n",
        "odoo/addons/base/__manifest__.py": "{}",
        "addons/account/__manifest__.py" if checkout else "odoo/addons/account/__manifest__.py": "{}",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def locate(series=None):
    """The first source, with what was tried before."""
    tried = []
    for wanted in [series] if series else engine.SERIES:
        found = engine._locate(wanted, tried, in_a_hurry=series is None)
        if found:
            return found, tried
    return None, tried


@contextmanager
def served(folder):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def archive(path, files, links=()):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return path


def test_the_persons_own_tree_comes_before_the_cache(tmp_path, monkeypatch):
    tree(cache.root() / "odoo-17.0" / "src")
    monkeypatch.setenv("ODOO_HOME", str(tree(tmp_path / "mine")))
    found, _ = locate()
    assert found.root == tmp_path / "mine"


def test_the_cache_comes_before_the_archive():
    tree(cache.root() / "odoo-17.0" / "src")
    found, tried = locate()
    assert found.root == cache.root() / "odoo-17.0" / "src"
    assert len(tried) == 1


def test_a_19_tree_serves_when_no_17_can_be_had(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tree(tmp_path / "mine", "19.0")))
    found, tried = locate()
    assert found.series == "19.0"
    assert "is Odoo 19.0, not 17.0" in tried[0]


@pytest.mark.parametrize("checkout", [True, False])
def test_both_layouts_of_a_source_tree_give_all_addons(tmp_path, checkout):
    source = source_engine.read_tree(tree(tmp_path, checkout=checkout), "17.0", "here")
    found = {path.parent.name for folder in source.addons_paths for path in folder.glob("*/__manifest__.py")}
    assert found == {"base", "account"}
    assert all(any(folder.glob("*/__manifest__.py")) for folder in source.addons_paths)


def test_an_archive_without_odoo_bin_starts_through_its_other_script(tmp_path):
    (tree(tmp_path) / "odoo-bin").unlink()
    with pytest.raises(NotHere, match="no odoo-bin"):
        source_engine.read_tree(tmp_path, "17.0", "here")
    (tmp_path / "setup").mkdir()
    (tmp_path / "setup" / "odoo").touch()
    assert source_engine.read_tree(tmp_path, "17.0", "here").script == tmp_path / "setup" / "odoo"


def test_none_at_all_lists_what_was_tried_and_what_to_do():
    with pytest.raises(CannotStart) as refusal:
        engine.find_engine()
    said = str(refusal.value)
    for part in ("17.0: ODOO_HOME is not set", "no source tree in", "127.0.0.1:9", "no Debian mirror", "Set ODOO_HOME"):
        assert part in said


def test_available_engines_give_a_reason_for_each_series_that_is_missing():
    tree(cache.root() / "odoo-17.0" / "src")
    found, reasons = engine.available_engines()
    assert [source.series for source in found] == ["17.0"]
    assert "no Debian mirror" in reasons["19.0"]


def test_an_unknown_series_is_refused():
    with pytest.raises(CannotStart, match="18.0 is not a series"):
        engine.find_engine("18.0")


def test_an_archive_is_downloaded_unpacked_and_kept(tmp_path, monkeypatch):
    files = {
        "odoo-17.0.post20990101/odoo-bin": "",
        "odoo-17.0.post20990101/odoo/release.py": "version_info = (17, 0, 0, 'final', 0, '')\n",
        "odoo-17.0.post20990101/odoo/addons/base/__manifest__.py": "{}",
    }
    archive(tmp_path / "odoo.tar.gz", files, links=[("odoo-17.0.post20990101/link", "odoo/release.py")])
    with served(tmp_path) as address:
        monkeypatch.setenv("ODOO_ARCHIVE_URL", f"{address}/odoo.tar.gz")
        found = source_engine.from_archive("17.0")
    assert found.root == cache.root() / "odoo-17.0" / "src"
    assert (found.root / "link").read_text().startswith("version_info")
    assert source_engine.from_cache("17.0").key == found.key


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({"odoo/../../evil": "x"}, []),
        ({"/evil": "x"}, []),
        ({}, [("odoo/link", "/etc/passwd")]),
        ({}, [("odoo/link", "../../outside")]),
    ],
)
def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path, files, links):
    path = archive(tmp_path / "evil.tar.gz", files, links)
    (tmp_path / "place").mkdir()
    with pytest.raises(NotHere, match="outside"):
        source_engine.unpack(path, tmp_path / "place")
    assert not (tmp_path / "evil").exists()


def test_a_broken_download_leaves_nothing_and_is_not_waited_for_again_today(tmp_path, monkeypatch):
    (tmp_path / "odoo.tar.gz").write_bytes(b"not an archive")
    with served(tmp_path) as address:
        monkeypatch.setenv("ODOO_ARCHIVE_URL", f"{address}/odoo.tar.gz")
        with pytest.raises(NotHere, match="could not be had"):
            source_engine.from_archive("17.0")
    assert not (cache.root() / "odoo-17.0" / "src").exists()
    with pytest.raises(NotHere, match="earlier today"):
        source_engine.from_archive("17.0", again=False)


def test_the_key_of_a_tree_follows_its_commit(tmp_path):
    tree(tmp_path)
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/17.0\n")
    (tmp_path / ".git" / "refs" / "heads" / "17.0").write_text("a" * 40)
    before = source_engine.tree_key(tmp_path)
    (tmp_path / ".git" / "refs" / "heads" / "17.0").write_text("b" * 40)
    assert source_engine.tree_key(tmp_path) != before


def test_odoos_requirements_are_rewritten_to_need_no_compiler():
    text = (
        "# comment\n"
        "psycopg2==2.9.5 ; python_version == '3.11'\n"
        "python-ldap==3.4.0 ; sys_platform != 'win32'\n"
        "ebaysdk==2.1.5\n"
        "gevent==21.8.0 ; sys_platform != 'win32' and python_version == '3.10'  # (Jammy)\n"
        "gevent==22.10.2; python_version > '3.10'\n"
        "pytz  # no pin\n"
    )
    assert requirements.rewrite(text) == [
        "psycopg2-binary==2.9.5 ; python_version == '3.11'",
        "gevent==21.12.0 ; sys_platform != 'win32' and python_version == '3.10'",
        "gevent==22.10.2 ; python_version > '3.10'",
        "pytz",
    ]


def test_our_own_requirements_never_override_odoos_pins():
    assert all("=" not in line for line in requirements.SUITE)


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "there").touch()
    (tmp_path / "good").symlink_to("there")
    (tmp_path / "bad").symlink_to("nowhere")
    assert debian_engine.dangling_links(tmp_path) == [tmp_path / "bad"]
    assert os.path.islink(tmp_path / "good")
