"""The tree as a whole: when it is built, and that nothing half-made is ever seen."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from porting import PortError, ported_tree, tree
from porting.cli import main

COMMAND = Path(__file__).resolve().parents[1] / "port"
MODEL = 'class A(models.Model):\n    _sql_constraints = [("a_uniq", "unique(a)", "Taken")]\n'
VIEW = '<odoo><record id="v" model="ir.ui.view"><field name="arch" type="xml"><tree/></field></record></odoo>\n'


@pytest.fixture
def addons(tmp_path):
    folder = tmp_path / "addons"
    files = {
        "__manifest__.py": '{"version": "17.0.1.0.0"}\n',
        "models/a.py": MODEL,
        "views/a.xml": VIEW,
        "static/description/icon.png": b"\x89PNG\r\n",
        "models/__pycache__/a.pyc": b"old",
    }
    for name, content in files.items():
        file = folder / "audit_x" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "cache" / "19.0"


def test_the_tree_for_17_is_the_source_itself(addons, destination):
    assert ported_tree("17.0", addons, destination) == addons
    assert not destination.exists()


def test_the_tree_for_19_is_a_copy_that_compiles_and_parses(addons, destination):
    ported = ported_tree("19.0", addons, destination) / "audit_x"
    assert '"19.0.1.0.0"' in (ported / "__manifest__.py").read_text()
    assert "models.Constraint(" in (ported / "models/a.py").read_text()
    assert (ported / "static/description/icon.png").read_bytes() == b"\x89PNG\r\n"
    assert not (ported / "models/__pycache__").exists()
    compile((ported / "models/a.py").read_text(), "a.py", "exec")
    ElementTree.parse(ported / "views/a.xml")
    assert (addons / "audit_x/models/a.py").read_text() == MODEL


def test_it_is_built_again_only_when_sources_change(addons, destination, monkeypatch):
    builds = []
    build = tree._build
    monkeypatch.setattr(tree, "_build", lambda *args: (builds.append(args), build(*args)))
    first = ported_tree("19.0", addons, destination)
    os.utime(addons / "audit_x/models/a.py")
    (addons / "audit_x/models/__pycache__/a.pyc").write_bytes(b"new")
    assert ported_tree("19.0", addons, destination) == first
    assert len(builds) == 1
    (addons / "audit_x/models/a.py").write_text(MODEL + "# more\n")
    assert ported_tree("19.0", addons, destination) != first
    assert len(builds) == 2


def test_a_renamed_file_is_a_change(addons, destination):
    first = ported_tree("19.0", addons, destination)
    (addons / "audit_x/models/a.py").rename(addons / "audit_x/models/b.py")
    second = ported_tree("19.0", addons, destination)
    assert second != first
    assert not (second / "audit_x/models/a.py").exists()


def test_a_change_of_the_rules_is_a_change(addons, destination, monkeypatch, tmp_path):
    first = ported_tree("19.0", addons, destination)
    rules = tmp_path / "porting"
    rules.mkdir()
    (rules / "rules_xml.py").write_text("# another rule\n")
    monkeypatch.setattr(tree, "__file__", str(rules / "tree.py"))
    assert ported_tree("19.0", addons, destination) != first


def test_a_failing_port_leaves_nothing_behind(addons, destination):
    (addons / "audit_x/models/a.py").write_text(MODEL.replace("a_uniq", "name"))
    with pytest.raises(PortError, match=r"audit_x/models/a\.py:2"):
        ported_tree("19.0", addons, destination)
    assert list(destination.iterdir()) == []


def test_the_tree_of_somebody_faster_is_taken(addons, destination):
    expected = ported_tree("19.0", addons, destination)
    tree._build(addons, expected)
    assert [folder.name for folder in destination.iterdir()] == [expected.name]


def test_old_trees_go_and_foreign_folders_stay(addons, destination):
    current = ported_tree("19.0", addons, destination)
    for age in range(1, 6):
        old = destination / f"{age:016x}"
        old.mkdir()
        os.utime(old, (age, age))
    (destination / "mine").mkdir()
    abandoned = destination / ".abandoned.1"
    abandoned.mkdir()
    os.utime(abandoned, (1, 1))
    ported_tree("19.0", addons, destination)
    left = {folder.name for folder in destination.iterdir()}
    assert left == {current.name, f"{5:016x}", f"{4:016x}", "mine"}


def test_an_unknown_series_is_refused(addons, destination):
    with pytest.raises(PortError, match=r"unknown series '16\.0'"):
        ported_tree("16.0", addons, destination)


def test_the_command_prints_the_path(addons, destination):
    done = subprocess.run(
        [sys.executable, COMMAND, "--addons", addons, "--to", destination], capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).parent == destination


def test_the_command_keeps_trees_in_the_cache(addons, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert main(["--addons", str(addons)]) == 0
    assert Path(capsys.readouterr().out.strip()).parent == tmp_path / "xdg/odoo-audit/ported/19.0"


def test_the_command_shows_rules_and_differences(addons, capsys):
    assert main(["--list"]) == 0
    assert "sql-constraints (.py)" in capsys.readouterr().out
    assert main(["--addons", str(addons), "--diff"]) == 0
    shown = capsys.readouterr().out
    assert "+++ 19.0/audit_x/views/a.xml" in shown
    assert '-{"version": "17.0.1.0.0"}\n+{"version": "19.0.1.0.0"}' in shown


def test_a_refusal_is_one_sentence_and_exit_code_2(addons, destination, capsys):
    (addons / "audit_x/views/a.xml").write_text("<odoo>")
    assert main(["--addons", str(addons), "--to", str(destination)]) == 2
    assert capsys.readouterr().err.startswith("port: audit_x/views/a.xml:1: this is not well-formed XML")
