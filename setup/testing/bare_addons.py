"""Pytest plugin: ``odoo.addons.<addon>.core`` can be imported without Odoo.

The ``core`` folder of an addon is plain Python, but its import path leads through ``odoo.addons.<addon>``, whose
``__init__`` would load models and therefore Odoo. This plugin puts empty packages in their place that only know
where their files lie, so no ``__init__`` of an addon runs.

Usage, from the root of the repository::

    PYTHONPATH=setup python -m pytest -p testing.bare_addons --import-mode=importlib addons/*/core/tests

``AUDIT_ADDONS`` names another addons folder than the repository's own, for example a ported copy.
"""

import os
import sys
import types
from pathlib import Path

DEFAULT_ADDONS = Path(__file__).resolve().parents[2] / "addons"


def register(addons_folder):
    """Register stub packages for ``odoo``, ``odoo.addons`` and each addon below ``addons_folder``.

    Raises ``RuntimeError`` when a real Odoo has been imported before: the two must not be mixed in one process.
    """
    if hasattr(sys.modules.get("odoo"), "release"):
        raise RuntimeError("Odoo is already imported in this process; run the core tests in one of their own.")
    _stub("odoo", [])
    _stub("odoo.addons", [])
    for addon in sorted(addons_folder.iterdir()):
        if addon.is_dir() and addon.name.isidentifier():
            _stub("odoo.addons." + addon.name, [str(addon)])


def _stub(name, path):
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


register(Path(os.environ.get("AUDIT_ADDONS") or DEFAULT_ADDONS))
