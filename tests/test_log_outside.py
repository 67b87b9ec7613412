"""What leaves the log for outsiders, from a served Odoo with jobs: a time stamp of a real authority, and exports."""

import base64
import importlib.util
import io
import zipfile

import pytest

from provision.progress import StepLog
from provision.suite import REPOSITORY
from scenario.proving import audit_verify, downloaded

MANY = 20_500  # more than are exported while somebody waits
RECORD = """
import sys
said = {
    "kind": "event.written", "direction": "none", "company_id": env.company.id, "res_model": "res.company",
    "res_id": env.company.id, "correlation": "ab" * 16, "payload": b'{"type":"invoice.posted"}',
}
env["audit.log.entry"]._append([said] * int(sys.argv[1]))
env["audit.log"]._seal_now()  # a script ends before the few seconds in which a process gathers what is to be sealed
"""
SEALED = "SELECT count(*) FROM audit_log_leaf"
WAITING = "SELECT count(*) FROM audit_log_pending"


def _time_authority():
    file = REPOSITORY / "addons" / "audit_connector_base" / "core" / "tests" / "time_authority.py"
    spec = importlib.util.spec_from_file_location("time_authority", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time-stamping authority behind HTTP."""
    module = _time_authority()
    made = module.TimeAuthority(tmp_path_factory.mktemp("authority"))
    server = module.TimeServer(made)
    yield made, server
    server.close()


@pytest.fixture(scope="module")
def log(house):
    """The log of the company, once it is signed."""
    script = house.folder / "record.py"
    script.write_text(RECORD)
    house.odoo.odoo.run_script(script, StepLog(house.folder / "record.log"), str(MANY))
    house.wait_for(lambda: house.sql(SEALED)[0][0] > MANY and house.sql(WAITING) == [[0]], "all to be sealed")
    ours = [["company_id", "!=", False], ["state", "=", "open"]]
    (found,) = house.session("accountant").call("audit.log", "search_read", ours, ["verifier_key", "company_id"])
    return found


def export(house, log, **values):
    """Return ``(state before the job, bytes)`` of an export as an administrator makes and downloads it."""
    administrator = house.session("administrator")
    number = administrator.call("audit.log.export", "create", {"log_id": log["id"], **values})
    administrator.call("audit.log.export", "action_export", [number])

    def read():
        return administrator.call("audit.log.export", "read", [number], ["state", "trouble"])[0]

    first = read()["state"]
    found = house.wait_for(lambda: read() if read()["state"] != "queued" else None, "the export")
    assert found["state"] == "ready", found
    return first, downloaded(house, "administrator", f"/audit/log/export/{number}")


def test_a_large_export_with_a_time_stamp_is_written_by_a_job_and_verified_without_odoo(
    house, log, authority, tmp_path
):
    made, server = authority
    administrator = house.session("administrator")
    values = {
        "name": "Authority", "kind": "tsa", "company_id": log["company_id"][0], "url": f"http://{server.host}/tsr",
        "roots": made.root, "allowed_destinations": server.host,
    }  # fmt: skip
    holder = administrator.call("audit.log.anchor.target", "create", values)
    told = administrator.call("audit.log.anchor.target", "action_hand_over", [holder])
    assert told["params"]["type"] == "success", told
    of_holder = [["target_id", "=", holder]]
    (anchor,) = administrator.call("audit.log.anchor", "search_read", of_holder, ["content", "proven_at", "size"])
    assert anchor["proven_at"]

    state, content = export(house, log, with_content=True)
    assert state == "queued"
    file = tmp_path / "export.zip"
    file.write_bytes(content)
    code, report = audit_verify(file, log["verifier_key"], "--complete")
    assert code == 0, report
    (verified,) = report["logs"]
    assert verified["end"] > MANY
    assert [stamp["size"] for stamp in verified["time_stamps"]] == [anchor["size"]]
    (token,) = [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if name.endswith(".tst")]
    assert zipfile.ZipFile(io.BytesIO(content)).read(token) == base64.b64decode(anchor["content"])


def test_a_changed_byte_of_a_downloaded_export_is_found(house, log, tmp_path):
    _state, content = export(house, log)
    file = tmp_path / "export.zip"
    name = "audit-export/log-1/entries.jsonl"
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if member.filename == name:
                lines = data.split(b"\n")
                lines[7] = lines[7].replace(b'"kind":"', b'"kind":"x')
                data = b"\n".join(lines)
            target.writestr(member, data)
    code, report = audit_verify(file, log["verifier_key"])
    assert (code, report["damage"][0]["kind"], report["damage"][0]["index"]) == (1, "changed", 7), report["damage"]
