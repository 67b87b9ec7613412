"""Backups, copies and clusters as an administrator of databases handles them: what the log makes of each.

A log that lost what was signed, or that goes on in two places, is stopped and says why; one that merely moved to
another cluster, with everything in it, goes on.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from provision import cache, database
from provision.embedded_postgres import Cluster
from provision.postgres import Postgres
from provision.progress import StepLog
from provision.server import Odoo
from testing.ground import prepared
from testing.pytest_run import logs
from testing.series import engine_of

COPY = "00000000-0000-4000-8000-000000000000"
# Runs inside Odoo: records so many entries, seals, and says how the log is.
LOOK = """
import sys
company = env.company.id
said = {
    "kind": "event.written", "direction": "none", "company_id": company, "res_model": "res.company",
    "res_id": company, "correlation": "ab" * 16, "payload": b"{}",
}
number = int(sys.argv[1])
env["audit.log.entry"]._append([said] * number)
env.cr.commit()
env["audit.log"]._seal_waiting(all_logs=True)
env.cr.rollback()
env.invalidate_all()
log = env["audit.log"].search([("company_id", "=", company), ("state", "=", "open")])
alarm = env["audit.exception"].search([("res_model", "=", "audit.log"), ("res_id", "=", log.id)], limit=1)
env.cr.execute("SELECT count(*) FROM audit_log_pending WHERE log_id = %s", [log.id])
waiting = env.cr.fetchone()[0]
verification = env["audit.log.verification"].browse(log.action_verify()["res_id"])
verification._work(600)
env.cr.rollback()
env.invalidate_all()
result = {
    "size": log.size,
    "waiting": waiting,
    "stopped": log.frozen_kind or "",
    "alarm": alarm.explanation or "",
    "verification": verification.kind or verification.state,
    "elsewhere": env["audit.log"]._is_elsewhere(),
}
"""


@dataclass
class Machine:
    """An Odoo on a database, which is looked at by scripts and handled by its administrator between them."""

    odoo: Odoo

    def look(self, record: int = 0) -> dict:
        """Record so many entries, seal, and return how the log of the company is."""
        script = self.odoo.folder / "look.py"
        script.write_text(LOOK)
        return self.odoo.run_script(script, StepLog(self.odoo.folder / "look.log"), str(record))

    def back_up(self, name: str) -> str:
        """Copy the database under another name, byte for byte, and return that."""
        backup = f"{self.odoo.database}_{name}"
        database.drop(self._server, backup)
        database.create(self._server, backup, template=self.odoo.database)
        return backup

    def put_back(self, backup: str) -> None:
        database.drop(self._server, self.odoo.database)
        database.create(self._server, self.odoo.database, template=backup)

    def on(self, name: str, postgres: Postgres | None = None) -> Machine:
        """The same Odoo, with its keys and the memory of its signer, on another database."""
        return Machine(replace(self.odoo, database=name, postgres=postgres or self.odoo.postgres))

    def sql(self, statement: str, *values) -> None:
        self._server.execute((statement, list(values)), database=self.odoo.database)

    @property
    def _server(self) -> database.Server:
        return self.odoo.postgres.server


@pytest.fixture(scope="module")
def ground(series):
    with prepared(engine_of(series)) as ground:
        yield ground


@pytest.fixture
def machine(ground) -> Iterator[Machine]:
    """A log of some entries, signed, and nothing put back or copied yet."""
    with ground.fresh_odoo("restores") as odoo:
        machine = Machine(odoo)
        # The log of the system in the template is left to it at the first look.
        machine.look(record=1)
        before = machine.look(record=20)
        assert before["stopped"] == "" and before["verification"] == "verified" and before["size"] > 20, before
        try:
            yield machine
        finally:
            for name in ("older", "copy", "twin"):
                database.drop(odoo.postgres.server, f"{odoo.database}_{name}")


def test_an_older_backup_that_was_put_back_is_stopped(machine):
    backup = machine.back_up("older")
    signed = machine.look(record=10)["size"]
    machine.put_back(backup)
    found = machine.look()
    assert found["stopped"] == "truncated"
    assert f"{signed} entries were signed" in found["alarm"]
    assert found["verification"] == "truncated"


def test_an_older_backup_with_a_new_memory_of_the_signer_is_stopped_all_the_same(machine):
    backup = machine.back_up("older")
    machine.look(record=10)
    machine.put_back(backup)
    machine.odoo.audit = {**machine.odoo.audit, "state_dir": str(machine.odoo.folder / "elsewhere")}
    assert machine.look()["stopped"] == "memory_missing"


def test_a_copy_that_odoo_gave_a_number_of_its_own_is_stopped_and_the_original_goes_on(machine):
    copy = machine.on(machine.back_up("copy"))
    copy.sql("UPDATE ir_config_parameter SET value = %s WHERE key = 'database.uuid'", COPY)
    found = copy.look(record=5)
    assert (found["stopped"], found["elsewhere"]) == ("moved", True)
    assert found["waiting"] >= 5, "what is recorded in it waits"
    after = machine.look(record=5)
    assert (after["stopped"], after["verification"]) == ("", "verified")


def test_a_twin_with_the_same_number_is_stopped_when_the_original_has_gone_on(machine):
    twin = machine.on(machine.back_up("twin"))
    machine.look(record=3)
    assert twin.look(record=9)["stopped"] in ("truncated", "forked")
    assert machine.look(record=3)["stopped"] == ""


@pytest.fixture(scope="module")
def fresh_cluster(ground) -> Iterator[Postgres]:
    """Another PostgreSQL server, whose numbers of transactions begin anew."""
    log = StepLog(logs() / "log-restores.log")
    with Cluster("log-restores", log, durable=False, ends_with_us=True).in_use() as other:
        server = database.Server(ground.engine.python, "127.0.0.1", other.port, "postgres", other.password)
        yield Postgres(_with_role(server, ground.postgres.server), "another cluster", other)


def _with_role(server: database.Server, like: database.Server) -> database.Server:
    role = server.as_user("odoo_audit_restores", cache.secret(Path(cache.root() / "postgres" / "restores.password")))
    if not server.execute(("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.user]))[0]:
        server.execute(f"CREATE ROLE {role.user} LOGIN CREATEDB")
    server.execute((f"ALTER ROLE {role.user} PASSWORD %s", [role.password]))
    return role


def _restore(machine: Machine, cluster: Postgres) -> Machine:
    """Dump the database and restore it in another cluster, as when a server is replaced."""
    there = cluster.server
    name = machine.odoo.database
    database.drop(there, name)
    database.create(there, name)
    binaries = cluster.cluster.binaries
    dump = [binaries / "pg_dump", "--no-owner", "--no-privileges", machine.odoo.postgres.url(name)]
    restore = [binaries / "psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", cluster.url(name)]
    dumped = subprocess.run(dump, capture_output=True, check=True)
    subprocess.run(restore, input=dumped.stdout, capture_output=True, check=True)
    return machine.on(name, cluster)


def test_a_log_goes_on_in_a_fresh_cluster(machine, fresh_cluster):
    before = machine.look()
    there = _restore(machine, fresh_cluster)
    found = there.look(record=7)
    assert (found["stopped"], found["waiting"], found["verification"]) == ("", 0, "verified"), found
    assert found["size"] >= before["size"] + 7


def test_an_older_backup_in_a_fresh_cluster_is_stopped(machine, fresh_cluster):
    there = _restore(machine, fresh_cluster)
    machine.look(record=10)
    found = there.look(record=2)
    assert (found["stopped"], found["verification"]) == ("truncated", "truncated"), found


def test_a_fresh_cluster_to_which_the_signers_memory_was_not_brought_is_stopped(machine, fresh_cluster):
    there = _restore(machine, fresh_cluster)
    there.odoo.audit = {**there.odoo.audit, "state_dir": str(there.odoo.folder / "another server")}
    assert there.look(record=2)["stopped"] == "memory_missing"
