"""The parts of the suite, each as one or more runs of pytest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from provision import cache, counterparties, packages, suite
from provision.engine import Engine
from provision.failure import StepFailed
from provision.progress import StepLog, steps
from provision.suite import REPOSITORY

from .ground import Ground
from .options import Options, chosen_targets
from .pytest_run import NOTHING_COLLECTED, Outcome, logs, run_pytest

SETUP = REPOSITORY / "setup"
ADDONS = REPOSITORY / "addons"
NO_JOBS = "root:0"
"""Channels with which queue_job starts no runner: it would take the tests' jobs away from them."""

_LIBRARIES = ("pytest", "pytest_odoo", "standardwebhooks", "websocket")


def lint_tools() -> Path:
    """The Python of the environment that holds the tools of `setup/lint`."""
    listed = (SETUP / "lint" / "requirements.txt").read_text().splitlines()
    wanted = [line for line in listed if line.strip() and not line.startswith("#")]
    if packages.is_ready("lint", wanted):
        return packages.environment("lint", wanted, StepLog(Path(os.devnull)))
    with steps("Installing the tools of setup/lint") as log:
        return packages.environment("lint", wanted, log)


def lint(python: Path, asked: Options) -> Outcome | None:
    """The checks of the sources."""
    kept = {"RUFF_CACHE_DIR": str(cache.root() / "ruff"), "PYLINTHOME": str(cache.root() / "pylint")}
    return _run("lint", python, [SETUP / "lint"], asked, [], _outside_odoo(**kept))


def own_tests(python: Path, asked: Options) -> Outcome | None:
    """The tests of what is in `setup/`."""
    return _run("core: tests of setup/", python, [SETUP / "tests"], asked, [], _outside_odoo())


def core(engine: Engine, asked: Options) -> Outcome | None:
    """The core of each addon in the libraries of one engine, and in the addons as they are for it, but without Odoo."""
    tree = suite.suite_for(engine).addons_path
    # One core may have files that are called like those of another.
    options = ["-p", "testing.bare_addons", "--import-mode=importlib", f"--rootdir={tree.parent}"]
    return _run(
        f"core: libraries of Odoo {engine.series}", engine.python, sorted(tree.glob("*/core/tests")), asked, options,
        _outside_odoo(AUDIT_ADDONS=str(tree)), moved=(ADDONS, tree),
    )  # fmt: skip


def addons(ground: Ground, asked: Options) -> Outcome | None:
    """The addons' own tests, inside Odoo."""
    engine, tree = ground.engine, ground.suite.addons_path
    targets = sorted(folder for folder in tree.glob("*/tests") if any(folder.glob("test_*.py")))
    if not chosen_targets(asked.paths, targets, (ADDONS, tree)):
        return None
    _require_libraries(engine.python)
    settings = {"channels": NO_JOBS, "options": {"max_cron_threads": 0, "screenshots": logs() / "screenshots"}}
    with ground.fresh_odoo("addons", **settings) as odoo:
        log = logs() / f"odoo-{engine.series}-addons.log"
        log.unlink(missing_ok=True)
        environment = odoo.process_environment()
        environment["PYTHONPATH"] += f":{SETUP}"
        # For servers that the tests start themselves, because their libraries clash with what Odoo pins.
        with steps("Preparing the counterparties") as preparing:
            environment["AUDIT_SANDBOX_PYTHON"] = str(counterparties.libraries(preparing))
        environment["AUDIT_SANDBOX"] = str(counterparties.SANDBOX)
        options = [
            "-p", "pytest_odoo", "-p", "testing.log_watch", "--odoo-http", "--odoo-log-level=info",
            f"--odoo-config={odoo.write_configuration(workers=0, logfile=log)}", f"--rootdir={tree.parent}",
            # Odoo puts Python's warnings into its log; pytest would keep them to itself.
            "-p", "no:warnings", "-o", "log_level=WARNING",
        ]  # fmt: skip
        return _run(
            f"addons on Odoo {engine.series}", engine.python, targets, asked, options, environment, moved=(ADDONS, tree)
        )


def end_to_end(ground: Ground, asked: Options) -> Outcome | None:
    """The tests against a served Odoo; they start it themselves, with `testing.house`."""
    series = ground.engine.series
    environment = _outside_odoo(AUDIT_TEST_SERIES=series)
    return _run(f"e2e on Odoo {series}", ground.engine.python, [REPOSITORY / "tests"], asked, [], environment)


def _run(
    name: str, python: Path, targets: list[Path], asked: Options, options: list, environment: dict[str, str],
    moved: tuple[Path, Path] | None = None,
) -> Outcome | None:  # fmt: skip
    """Run what was asked for of the targets; None when that is nothing."""
    chosen = chosen_targets(asked.paths, targets, moved)
    if not chosen:
        return None
    folder = moved[1].parent if moved else REPOSITORY
    arguments = [*options, *asked.pytest, *chosen]
    outcome = run_pytest(name, python, arguments, environment, folder, at_end=asked.together)
    # Of a selection such as -k, not every run needs to hold a test.
    return None if outcome.code == NOTHING_COLLECTED and asked.pytest else outcome


def _require_libraries(python: Path) -> None:
    """Without websocket-client Odoo would skip its tours and say nothing."""
    look = "import sys, importlib.util as u; print(*[name for name in sys.argv[1:] if not u.find_spec(name)])"
    ended = subprocess.run([python, "-c", look, *_LIBRARIES], capture_output=True, text=True, check=False)
    if ended.returncode or ended.stdout.strip():
        raise StepFailed(f"{python} lacks {ended.stdout.strip() or ended.stderr.strip()}")


def _outside_odoo(**further: str) -> dict[str, str]:
    """The environment of a run that imports from `setup/` and not Odoo."""
    return packages.clean_environment(PYTHONPATH=str(SETUP), **further)
