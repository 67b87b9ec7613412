"""The odoo.conf of an Odoo that we start."""

from __future__ import annotations

from pathlib import Path

from . import cache
from .engine import Engine
from .ports import HOST
from .postgres import Postgres

QUEUE_CHANNELS = "root:2,root.audit:2,root.audit.delivery.bulk:1,root.audit.backfill:1,root.audit.retention:1"


def write(
    path: Path,
    engine: Engine,
    postgres: Postgres,
    *,
    database: str,
    data_dir: Path,
    addons_paths: tuple[Path, ...],
    http_port: int,
    gevent_port: int,
    channels: str = QUEUE_CHANNELS,
    audit: dict[str, str] | None = None,
    options: dict[str, object] | None = None,
) -> Path:
    """Write the file, readable by its owner only since it holds passwords; `options` win over the rest."""
    # 17.0 refuses an addons path without addons in it.
    paths = [str(folder) for folder in (*addons_paths, *engine.addons_paths) if any(folder.glob("*/__manifest__.py"))]
    settings: dict[str, object] = {
        **postgres.odoo_options(),
        "db_name": database,
        "dbfilter": f"^{database}$",
        "list_db": False,
        "admin_passwd": cache.secret(path.with_name("master.password")),
        "addons_path": ",".join(paths),
        "data_dir": data_dir,
        "http_interface": HOST,
        "http_port": http_port,
        "gevent_port": gevent_port,
        "server_wide_modules": ",".join(engine.server_wide_modules),
        "max_cron_threads": 1,
        "log_level": "info",
        **_without_demo(engine),
        **(options or {}),
    }
    lines = ["[options]", *_lines(settings), "", "[queue_job]", f"channels = {channels}", f"host = {HOST}"]
    lines += [f"port = {http_port}", "scheme = http"]
    if audit:
        lines += ["", "[audit]", *_lines(audit)]
    return cache.write_private(path, "\n".join(lines) + "\n")


def _without_demo(engine: Engine) -> dict[str, str]:
    """17.0 loads Odoo's demonstration data unless told not to; 19.0 only when told to."""
    return {"without_demo": "all"} if engine.series == "17.0" else {}


def _lines(settings: dict) -> list[str]:
    return [f"{name} = {value}" for name, value in settings.items()]
