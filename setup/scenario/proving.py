"""That nothing recorded was changed: shown inside Odoo, to an outsider, and the other way round on a changed copy."""

from __future__ import annotations

import http.cookiejar
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from provision import database
from provision.progress import StepLog
from provision.server import Odoo
from provision.suite import REPOSITORY

from .acting import wait_for

PROGRAM = REPOSITORY / "addons" / "audit_connector_base" / "tools" / "audit_verify.py"
TAMPERING = Path(__file__).with_name("tampering.py")


def verified_by_the_button(stage) -> str:
    accountant = stage.session("accountant")
    ours = [["company_id", "!=", False], ["state", "=", "open"]]
    (log,) = accountant.call("audit.log", "search_read", ours, ["verifier_key", "origin"])
    stage.notes["log"] = log
    wait_for(lambda: _last_note(stage), "the log to be signed")
    action = accountant.call("audit.log", "action_verify", [log["id"]])

    def finished():
        fields = ["state", "explanation"]
        (found,) = accountant.call("audit.log.verification", "read", [action["res_id"]], fields)
        return found if found["state"] != "running" else None

    found = wait_for(finished, "the verification")
    assert found["state"] == "verified", found
    return found["explanation"]


def verified_by_an_outsider(stage) -> str:
    """The auditor keeps the first note of the log that they ever got, and compares with it from then on."""
    held = stage.folder / "auditor.note"
    if not held.exists() or held.read_text().split("\n", 1)[0] != stage.notes["log"]["origin"]:
        held.write_text(_last_note(stage))
    size = held.read_text().split("\n")[1]
    file = exported(stage, stage.notes["log"]["id"], reason="Audit of the year", held_sizes=size)
    code, report = audit_verify(file, stage.notes["log"]["verifier_key"], "--seen", str(held))
    assert code == 0, report
    (log,) = report["logs"]
    return f"audit_verify.py, without Odoo: {log['end']} entries verified, as a continuation of the note of {size}"


def tampering_is_found_on_a_copy(stage) -> str:
    """In a copy of the database it is changed who posted an invoice, in what is recorded and in what is shown."""
    running = stage.odoo.odoo
    copy = f"{stage.db}_tampered"
    database.drop(stage.postgres.server, copy)
    stage.odoo.stop()
    try:
        database.create(stage.postgres.server, copy, template=stage.db)
    finally:
        stage.odoo = running.start(workers=0)
        stage.children.append(stage.odoo.child)
    folder = stage.folder / "tampered"
    odoo = Odoo(running.engine, running.postgres, copy, folder, running.addons_paths, audit=running.audit)
    try:
        log_file = StepLog(folder / "tampering.log")
        found = odoo.run_script(TAMPERING, log_file, stage.notes["first"]["name"])
        assert found["state"] == "damaged", found
        code, report = audit_verify(Path(found["export"]), stage.notes["log"]["verifier_key"])
        assert code == 1, report
        first = report["damage"][0]
        assert first["index"] == found["index"], (report["damage"], found)
    finally:
        database.drop(stage.postgres.server, copy)
    return f"the button: {found['explanation']} audit_verify.py: entry {first['index']} {first['kind']}"


STEPS = [
    ("The log is verified by the button", verified_by_the_button),
    ("An outsider verifies an export", verified_by_an_outsider),
    ("Tampering is found on a copy", tampering_is_found_on_a_copy),
]


def _last_note(stage) -> str | None:
    of_log = [["log_id", "=", stage.notes["log"]["id"]]]
    found = stage.session("accountant").call("audit.log.checkpoint", "search_read", of_log, ["note"], limit=1)
    return found[0]["note"] if found else None


def exported(stage, log: int, **values) -> Path:
    """An export with contents, as an administrator makes and downloads it."""
    administrator = stage.session("administrator")
    export = administrator.call("audit.log.export", "create", {"log_id": log, "with_content": True, **values})
    administrator.call("audit.log.export", "action_export", [export])
    over = [["id", "=", export], ["state", "!=", "queued"]]
    read = ["state", "trouble"]
    (made,) = wait_for(
        lambda: administrator.call("audit.log.export", "search_read", over, read), "the export to be written"
    )
    assert made["state"] == "ready", made
    file = stage.folder / "export.zip"
    file.write_bytes(downloaded(stage, "administrator", f"/audit/log/export/{export}"))
    return file


def audit_verify(file: Path, key: str, *arguments: str) -> tuple[int, dict]:
    """The program as an outsider runs it: with Python alone, without any library."""
    command = [sys.executable, "-I", "-S", str(PROGRAM), "--json", "--vkey", key, *arguments, str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def downloaded(stage, role: str, path: str) -> bytes:
    """What a person's browser gets at an address."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
    login, password = stage.logins[role]
    said = {"jsonrpc": "2.0", "method": "call", "params": {"db": stage.db, "login": login, "password": password}}
    request = urllib.request.Request(
        f"{stage.url}/web/session/authenticate", json.dumps(said).encode(), {"Content-Type": "application/json"}
    )
    with browser.open(request, timeout=60) as answer:
        assert "error" not in json.load(answer), "the browser could not sign in"
    with browser.open(stage.url + path, timeout=600) as answer:
        return answer.read()
