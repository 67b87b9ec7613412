"""The facts about a machine that its figures depend on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from .stage import Stage


def facts(stage: Stage) -> dict[str, object]:
    """Of the machine, and of the engine and database server as far as a benchmark has used them."""
    found: dict[str, object] = {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    if "engine" in stage.__dict__:
        found["python"] = _python(stage.engine.python)
        found["odoo"] = f"{stage.engine.series} from {stage.engine.origin}"
    if "postgres" in stage.__dict__:
        found["postgresql"] = _postgresql(stage)
    return found


def _processor() -> str:
    try:
        listed = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in listed.splitlines() if line.startswith("model name")), "")


def _python(python: Path) -> str:
    code = "import platform; print(platform.python_version())"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=False).stdout.strip()


def _postgresql(stage: Stage) -> str:
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    rows = stage.postgres.server.execute(*(f"SHOW {name}" for name in names))
    version, *settings = (row[0][0] for row in rows)
    told = ", ".join(f"{name} {value}" for name, value in zip(names[1:], settings))
    return f"{version.split()[0]}, {stage.postgres.origin} ({told})"
