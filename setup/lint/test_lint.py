"""The lint step of `setup/test`: one test per check, its complaints as the failure's text.

Runs in the virtual environment of `requirements.txt`:  python -m pytest setup/lint
"""

import re
import subprocess
import sys

import pytest

from . import addon_checks, file_checks, translations
from .sources import ROOT, addons


def accept(complaints: list[str]) -> None:
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


def run(*command: str) -> list[str]:
    """Runs a tool of this environment; its output is the complaint when it fails."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    return [done.stdout + done.stderr] if done.returncode else []


def test_ruff():
    accept(run("ruff", "check", "--output-format=concise", "."))


def test_pylint_odoo():
    accept(run("pylint", "--rcfile=.pylintrc", "--jobs=2", *(str(addon.relative_to(ROOT)) for addon in addons(ROOT))))


def test_xml_is_well_formed():
    accept(file_checks.malformed_xml(ROOT))


def test_json_parses():
    accept(file_checks.malformed_json(ROOT))


def test_files_are_read_in_one_sitting():
    accept(file_checks.too_long(ROOT))


def test_commands_start_and_have_no_extension():
    accept(file_checks.wrong_commands(ROOT))


def test_nothing_of_one_machine_is_left():
    accept(file_checks.forbidden_words(ROOT))


def test_addons_are_complete():
    accept(addon_checks.incomplete_addons(ROOT))


def test_the_port_to_19_compiles_and_parses(tmp_path):
    accept(addon_checks.unported(ROOT, tmp_path))


def test_no_construct_of_one_series_only():
    accept(addon_checks.without_common_form(ROOT))


def test_the_hooks_before_a_commit_use_the_same_tools():
    pinned = set(re.findall(r"[\w-]+==[\d.]+", (ROOT / "setup/lint/requirements.txt").read_text()))
    hooks = set(re.findall(r"[\w-]+==[\d.]+", (ROOT / ".pre-commit-config.yaml").read_text()))
    accept([f".pre-commit-config.yaml: {tool} differs from setup/lint/requirements.txt" for tool in hooks - pinned])


def test_words_are_translated_where_the_language_is_known():
    accept(translations.without_language(ROOT))
