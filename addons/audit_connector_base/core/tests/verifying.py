"""Running ``tools/audit_verify.py`` as an auditor does, and changing exports as somebody does who has the file."""

import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

PROGRAM = Path(__file__).parents[2] / "tools" / "audit_verify.py"
TOP = "audit-export/"


def run(arguments, bare=False):
    """Run the program apart from everything (``python -I``); ``bare``: also without any installed library."""
    command = [sys.executable, "-I", *(["-S"] if bare else []), PROGRAM, *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=120)


def verify(folder, content, *arguments, bare=False, name="given.zip"):
    """What the program says of a file with this content: the members of its ``--json``, and ``kinds`` of damage.

    ``arguments`` may be text, or bytes that become a file of their own.
    """
    given = []
    for number, one in enumerate(arguments):
        if isinstance(one, bytes):
            (folder / ("argument-%d" % number)).write_bytes(one)
            one = folder / ("argument-%d" % number)
        given.append(one)
    file = folder / name
    file.write_bytes(content)
    ended = run([*given, "--json", file], bare)
    assert not ended.stderr, ended.stderr
    said = json.loads(ended.stdout)
    assert said["exit"] == ended.returncode
    return SimpleNamespace(**said, kinds=[(one["kind"], one["index"]) for one in said["damage"]])


def rewritten(export, changes):
    """An export in which files were replaced, added, or, with ``None``, taken out; everything else stays.

    ``changes``: by the path below the top folder; a function gets the content and returns another one.
    """
    source, target = zipfile.ZipFile(io.BytesIO(export)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            change = changes.get(name.removeprefix(TOP), content)
            if callable(change):
                change = change(content)
            if change is not None:
                archive.writestr(name, change)
        for name, change in changes.items():
            if TOP + name not in source.namelist() and change is not None:
                archive.writestr(TOP + name, change)
    return target.getvalue()


def files_of(export):
    """``{path below the top folder: content}`` of an export."""
    source = zipfile.ZipFile(io.BytesIO(export))
    return {name.removeprefix(TOP): source.read(name) for name in source.namelist()}


def loaded():
    """The program as a module of this process, for what has to be tried very often."""
    spec = importlib.util.spec_from_file_location("audit_verify", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
