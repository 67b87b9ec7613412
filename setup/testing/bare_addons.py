"""Pytest plugin: ``odoo.addons.<addon>.core`` can be imported without Odoo.

The ``core`` folder of an addon is plain Python, but its import path leads through ``odoo.addons.<addon>``, whose
``__init__`` would load models and therefore Odoo. This plugin puts empty packages in their place that only know
where their files lie, so no ``__init__`` of an addon runs.

Usage, from the root of the repository (pytest 8 or later)::

    PYTHONPATH=setup python -m pytest -p testing.bare_addons --import-mode=importlib addons/*/core/tests

``AUDIT_ADDONS`` names another addons folder than the repository's own, for example a ported copy.
"""

import os
import sys
import types
from pathlib import Path

import pytest

ADDONS = Path(os.environ.get("AUDIT_ADDONS") or Path(__file__).parents[2] / "addons").resolve()


def register(parent):
    """Register empty packages for ``parent`` (a dotted name) and for each addon below it.

    Raises ``RuntimeError`` when a real Odoo has been imported before: the two must not be mixed in one process.
    """
    if hasattr(sys.modules.get("odoo"), "release"):
        raise RuntimeError("Odoo is already imported in this process; run the core tests in one of their own.")
    names = parent.split(".")
    for depth in range(1, len(names)):
        _package(".".join(names[:depth]), [])
    _package(parent, [str(ADDONS)])
    for addon in sorted(ADDONS.iterdir()):
        if addon.is_dir() and addon.name.isidentifier():
            _package(parent + "." + addon.name, [str(addon)])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Cover the second name under which pytest itself imports the parents of a file: its path.

    The ``conftest.py`` of a folder that was named on the command line is imported before anything is configured.
    """
    if early_config.rootpath in ADDONS.parents:
        register(".".join(ADDONS.relative_to(early_config.rootpath).parts))


def pytest_collect_directory(path, parent):
    """Let pytest walk an addon as a folder: as a package it would import its ``__init__``."""
    if ADDONS in path.parents:
        return pytest.Dir.from_parent(parent, path=path)
    return None


def _package(name, path):
    if name in sys.modules:
        return
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


register("odoo.addons")
