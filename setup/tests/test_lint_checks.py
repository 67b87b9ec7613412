"""The checks find what they are there for, and leave a sound repository alone."""

import struct

import pytest

from lint import addon_checks, file_checks, sources, translations

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MANIFEST = """{
    "name": "X", "summary": "An addon", "version": "17.0.1.0.0", "category": "Accounting/Audit",
    "author": "Odoo Audit Suite contributors", "license": "LGPL-3", "depends": ["base"],
    "data": ["views/x_views.xml"], "installable": True,
}
"""


@pytest.fixture
def root(tmp_path):
    write(tmp_path, "addons/audit_x/__init__.py", "")
    write(tmp_path, "addons/audit_x/__manifest__.py", MANIFEST)
    write(tmp_path, "addons/audit_x/pyproject.toml", 'build-backend = "whool.buildapi"\n')
    write(tmp_path, "addons/audit_x/readme/DESCRIPTION.md", "What it is.\n")
    write(tmp_path, "addons/audit_x/views/x_views.xml", "<odoo/>\n")
    write(tmp_path, "addons/audit_x/static/description/icon.png", PNG + struct.pack(">II", 256, 256))
    write(tmp_path, "setup/go", "#!/bin/sh\n").chmod(0o755)
    return tmp_path


def write(root, name, content):
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def complaints(root):
    found = addon_checks.incomplete_addons(root) + addon_checks.unported(root, root.parent / "ported")
    found += addon_checks.without_common_form(root)
    checks = (
        file_checks.malformed_xml,
        file_checks.malformed_json,
        file_checks.too_long,
        file_checks.wrong_commands,
        file_checks.forbidden_words,
    )
    return found + [complaint for check in checks for complaint in check(root)]


def test_a_sound_repository_has_no_complaints(root):
    assert complaints(root) == []


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("addons/audit_x/data/a.xml", "<odoo>\n  <record></odoo>", "addons/audit_x/data/a.xml:2:13: mismatched tag"),
        ("addons/audit_x/static/a.json", '{"a":\n }', "addons/audit_x/static/a.json:2: Expecting value"),
        ("addons/audit_x/static/a.json", '{"a": 1, "a": 2}', "addons/audit_x/static/a.json:1: an object has the member 'a'"),
        ("addons/audit_x/models/a.py", "a = 1\n" * 401, "addons/audit_x/models/a.py:401: more than 400 lines"),
        ("addons/audit_x/data/a.xml", "<odoo/>", "addons/audit_x/data/a.xml: not in the manifest"),
        ("addons/audit_x/__manifest__.py", MANIFEST.replace("17.0.1", "16.0.1"), "addons/audit_x/__manifest__.py: version is"),
        ("addons/audit_x/__manifest__.py", MANIFEST.replace("x_views", "y"), "addons/audit_x/__manifest__.py: lists views/y"),
        ("addons/audit_x/__manifest__.py", MANIFEST.replace("True", "False"), "addons/audit_x/__manifest__.py: depends"),
        ("addons/audit_x/readme/DESCRIPTION.md", "\n", "addons/audit_x/readme/DESCRIPTION.md: missing or empty"),
        ("addons/audit_x/pyproject.toml", "[project]\n", "addons/audit_x/pyproject.toml: missing"),
        ("addons/audit_x/static/description/icon.png", b"GIF", "addons/audit_x/static/description/icon.png: missing"),
        (
            "addons/audit_x/static/description/icon.png",
            PNG + struct.pack(">II", 256, 128),
            "addons/audit_x/static/description/icon.png: 256x128",
        ),
        ("addons/audit_x/models/a.py", "self._cr\n", "addons/audit_x/models/a.py:1: _cr: self.env.cr"),
        ("addons/audit_x/models/a.py", "a = = 1\n", "addons/audit_x/models/a.py:1: this is not Python"),
        ("setup/stop", "#!/bin/sh\n", "setup/stop:1: starts with #! and is not executable"),
        ("README.md", "see https://pypi." + "org/x\n", "README.md:1: pypi." + "org: the address"),
        ("README.md", "\ncd /home/" + "me/x\n", "README.md:2: home/" + "me/: a path"),
    ],
)
def test_a_defect_is_named_with_its_place(root, name, content, complaint):
    write(root, name, content)
    found = complaints(root)
    assert any(text.startswith(complaint) for text in found), found


def test_an_addon_without_manifest_is_incomplete(root):
    (root / "addons/audit_x/__manifest__.py").unlink()
    assert addon_checks.incomplete_addons(root) == ["addons/audit_x/__manifest__.py: missing"]


def test_a_command_with_an_extension_is_named(root):
    write(root, "setup/run.sh", "#!/bin/sh\n").chmod(0o755)
    assert file_checks.wrong_commands(root) == ["setup/run.sh:1: a command has no extension"]


def test_a_file_that_is_no_program_is_not_executable(root):
    write(root, "LICENSE", "free\n").chmod(0o755)
    assert file_checks.wrong_commands(root) == ["LICENSE:1: is executable and does not start with #!"]


def test_a_long_file_may_give_its_reason(root, monkeypatch):
    write(root, "addons/audit_x/models/a.py", "a = 1\n" * 401)
    monkeypatch.setitem(file_checks.LONG_FILES, "addons/audit_x/models/a.py", "a table of bank codes")
    assert file_checks.too_long(root) == []


def test_what_git_ignores_is_not_looked_at(root):
    write(root, "build/x.xml", "<odoo>")
    assert file_checks.malformed_xml(root) == []
    assert sources.files(root, ".xml") == [root / "addons/audit_x/views/x_views.xml"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f(text):\n    return _(text)\n", [2]),
        ("def f(self):\n    return [_(text) for text in ('a',)]\n", [2]),
        ("def f(self):\n    return sorted([], key=lambda one: _('a'))\n", [2]),
        ("def f(self):\n    return _('a'), [one for one in _('b')]\n", []),
        ("def f(self):\n    return [_(self.name) for one in ('a',)]\n", []),
        ("def f(records):\n    env = records.env\n    return _('a')\n", []),
    ],
)
def test_words_are_found_where_the_language_of_their_reader_is_not_known(source, lines):
    assert translations.lines_without_language(source) == lines
